// Which volunteers a tenant asks, in which order: the product's match over a part of the book.
import type { Random } from '../../bench/support/random.ts';
import { match } from '../../src/market/matching/match.ts';
import { HELD, PLAIN_BID } from '../../src/records/bid.ts';
import type { Books } from './books.ts';
import type { Opinions } from './opinions.ts';
import type { PeerState, Wanted } from './peers.ts';

/** How many offers of the book a bid looks at, and how many of those that owe the tenant. */
const LOOKED_AT = 8;
const DEBTORS_LOOKED_AT = 8;

export interface ChoosingParts {
  readonly random: Random;
  readonly books: Books;
  readonly peers: ReadonlyMap<string, PeerState>;
  readonly opinionsOf: (peer: PeerState) => Opinions;
  readonly isReached: (one: PeerState, other: PeerState) => boolean;
}

export class Choosing {
  readonly #parts: ChoosingParts;
  /** Who owes each peer, as of the first time that it was asked today. */
  readonly #debtors = new Map<PeerState, readonly PeerState[]>();

  constructor(parts: ChoosingParts) {
    this.#parts = parts;
  }

  endDay(): void {
    this.#debtors.clear();
  }

  /** Volunteers for a wish, the best first, out of those that are up. */
  candidates(tenant: PeerState, { resources, hours }: Wanted, up: readonly PeerState[]): PeerState[] {
    const { random, peers, opinionsOf, isReached } = this.#parts;
    const looked = new Set<PeerState>(this.#debtorsOf(tenant));
    for (let i = 0; i < LOOKED_AT && up.length > 0; i += 1) {
      const each = up[random.int(0, up.length - 1)];
      if (each !== undefined && isReached(tenant, each)) looked.add(each);
    }
    const listings = [...looked].map(({ listing }) => listing);
    const ask = {
      ...{ tenant: tenant.key, resources, durationMs: hours * 3_600_000 },
      ...{ maxPriceMicrocreditsPerHour: Number.MAX_SAFE_INTEGER, architecture: '', region: '' },
      ...{ runtimeClass: '', labels: [], image: { name: '', digest: '', ...HELD }, ...PLAIN_BID },
    };
    const opinions = opinionsOf(tenant);
    const { candidates } = match(ask, listings, {
      ...{ nowMs: 0, seed: random.int(0, 2 ** 31) },
      rate: (volunteer) => opinions.rating(tenant.id, volunteer),
    });
    return candidates.flatMap(({ volunteer }) => peers.get(volunteer) ?? []);
  }

  /** Volunteers that owe the tenant something and are up, those who owe most first. */
  #debtorsOf(tenant: PeerState): PeerState[] {
    const known = this.#debtors.get(tenant) ?? this.#lookForDebtors(tenant);
    this.#debtors.set(tenant, known);
    return known
      .filter((peer) => peer.isUp && peer.role.serves && this.#parts.isReached(tenant, peer))
      .slice(0, DEBTORS_LOOKED_AT);
  }

  #lookForDebtors(tenant: PeerState): PeerState[] {
    const { books, peers } = this.#parts;
    const debtors: { peer: PeerState; owed: number }[] = [];
    for (const id of books.servedBy(tenant.id)) {
      const peer = peers.get(id);
      const owed = books.owed(id, tenant.id);
      if (peer !== undefined && owed > 0) debtors.push({ peer, owed });
    }
    return debtors.sort((a, b) => b.owed - a.owed).map(({ peer }) => peer);
  }
}
