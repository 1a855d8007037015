// Pair states of another peer, stored here: everything that its newest header commits to, or, for a peer with very many
// pairs, a sample that the peer cannot choose. Receipts count only in this way, because a peer that could choose which
// of its pairs are known could raise any other peer. If something does not add up, all of it is refused, and the earlier
// state stays.
import { randomBytes } from 'node:crypto';
import type { HeaderVerdict } from '../../ledger/header-rules.ts';
import {
  type ClaimedLeaf,
  type PairsAnswer,
  type PairsQuery,
  type Replica,
  replicaAfter,
} from '../../ledger/pair-states/replica.ts';
import { PAIR_LIST_MAX } from '../../ledger/parameters.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { Slices } from '../../lib/slices.ts';
import type { ReputationMetrics } from '../../metrics/reputation.ts';
import { openRecord } from '../../records/envelope.ts';
import type { Header } from '../../records/fork-proof.ts';
import { sameBytes, sha256, showId } from '../../records/id.ts';
import { peerOf, publicKeyOf } from '../../records/identity.ts';
import { pairName, type Side, sampleRanks } from '../../records/pair-map.ts';
import { openRankedState, type PairState } from '../../records/pair-statement.ts';
import type { ServiceFact } from '../facts/facts.ts';
import {
  FETCH_MAX_PEERS,
  LISTED_PAIRS_MAX,
  SAMPLE_PAGE,
  SAMPLE_PERIOD_MS,
  SAMPLED_PAIRS,
  SLICE_MS,
  SPOT_CHECKS,
  STATES_PAGE,
  STATES_PAGES,
} from '../facts/parameters.ts';
import {
  type ParsedEvidence,
  parseEvidence,
  receiptEvidence,
  type VerifiedEvidence,
  verifyEvidence,
} from './judge-evidence.ts';

/** What a peer is asked for its pair states; errors are those of the overlay's requests. */
export interface AskStates {
  pairs(peer: string, query: PairsQuery, signal: AbortSignal): Promise<PairsAnswer>;
  receipts(peer: string, ids: readonly Uint8Array[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
  sample(
    peer: string,
    ranks: readonly number[],
    signal: AbortSignal,
  ): Promise<{ readonly header: readonly Uint8Array[]; readonly states: readonly PairState[] }>;
}

export interface ReplicatingParts {
  readonly me: string;
  readonly network: string;
  readonly clock: Clock;
  readonly ask: AskStates;
  /** What the chain that is followed makes of a header that its author shows. */
  readonly judgeHeader: (author: string, header: Uint8Array) => Promise<HeaderVerdict['is']>;
  /** Peers whose rows matter. */
  readonly trusted: () => readonly string[];
  /** The state of a pair that is known, from whichever side. */
  readonly known: (tenant: string, volunteer: string) => ServiceFact | undefined;
  /** Ids, as text, of the receipts that are kept of a tenant. */
  readonly kept: (tenant: string) => Iterable<string>;
  /** Keeps a receipt that was checked. */
  readonly keep: (receipt: VerifiedEvidence) => void;
  readonly metrics?: ReputationMetrics | undefined;
}

/** What is kept of one peer beside its receipts. */
interface Kept {
  readonly replica: Replica | undefined;
  /** Ids of receipts that were looked at. */
  readonly seen: ReadonlySet<string>;
  /** When a sample was taken, by the monotonic clock. */
  readonly sampledAtMs: number | undefined;
}

interface Asking {
  readonly peer: string;
  readonly signal: AbortSignal;
  readonly slices: Slices;
}

export class Replicating {
  readonly #parts: ReplicatingParts;
  /** By peer, the one that was asked longest ago first. */
  readonly #kept = new Map<string, Kept>();
  readonly #served = new BoundedMap<string, string>(FETCH_MAX_PEERS * 2);
  /** Whose ranks these are nobody else can say. */
  readonly #seed = randomBytes(32);

  constructor(parts: ReplicatingParts) {
    this.#parts = parts;
  }

  /**
   * Brings what is known of a peer's pairs up to its newest header. Throws STATES_* and PROTOCOL_VIOLATION for what no honest
   * peer shows (but STATES_STALE, which is also a restored backup's), RECORD_*, SIGNATURE_INVALID, PROOF_INVALID,
   * EVIDENCE_REFUSED for one that shows two histories, and as the asking does.
   */
  async refresh(peer: string, signal: AbortSignal): Promise<void> {
    const { ask, clock, metrics } = this.#parts;
    const before = this.#keptOf(peer);
    const head = before.replica?.header;
    const query = { id: head?.id ?? new Uint8Array(), seq: head?.body.seq ?? 0 };
    const answer = await ask.pairs(peer, query, signal);
    const asking = { peer, signal, slices: new Slices(clock, SLICE_MS) };
    const header = await this.#accept(peer, answer.header[0]);
    if (header === undefined) {
      if (head !== undefined) throw new TallyError('STATES_STALE', { known: head.body.seq });
      return;
    }
    const isListed = header.body.pairs <= PAIR_LIST_MAX;
    const kept = isListed
      ? await this.#all(asking, replicaAfter(before.replica, header, answer), before)
      : await this.#sample(asking, header, before);
    this.#keep(peer, kept);
    metrics?.statesTotal.inc({ shown: isListed ? 'all' : 'sample' });
  }

  #keptOf(peer: string): Kept {
    return (
      this.#kept.get(peer) ?? {
        ...{ replica: undefined, sampledAtMs: undefined },
        seen: new Set(this.#parts.kept(peer)),
      }
    );
  }

  /** A list that is forgotten is asked for as a whole the next time; its receipts stay where they are kept. */
  #keep(peer: string, kept: Kept): void {
    this.#kept.delete(peer);
    this.#kept.set(peer, kept);
    let pairs = 0;
    for (const { replica } of this.#kept.values()) pairs += replica?.pairs.size ?? 0;
    for (const [oldest, { replica }] of this.#kept) {
      if (this.#kept.size <= FETCH_MAX_PEERS && pairs <= LISTED_PAIRS_MAX) return;
      pairs -= replica?.pairs.size ?? 0;
      this.#kept.delete(oldest);
    }
  }

  /** The header, verified, of that peer, and no branch of what is followed. */
  async #accept(peer: string, envelope: Uint8Array | undefined): Promise<Header | undefined> {
    if (envelope === undefined) return undefined;
    const header = openRecord('header', envelope, this.#parts.network);
    if (peerOf(header.body.peer) !== peer)
      throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the header belongs to another peer' });
    const verdict = await this.#parts.judgeHeader(peer, envelope);
    if (verdict === 'fork')
      throw new TallyError('EVIDENCE_REFUSED', {
        reason: 'the header contradicts an earlier one of the same key',
      });
    if (verdict !== 'applied' && verdict !== 'known')
      throw new TallyError('STATES_STALE', { seq: header.body.seq, header: verdict });
    return header;
  }

  /** Fetches what is new in a replica; nothing of it is kept unless all of it stands the checks. */
  async #all(asking: Asking, replica: Replica, before: Kept): Promise<Kept> {
    const wanted = this.#wanted(asking.peer, replica, before.seen);
    const states = await this.#receipts(asking, wanted);
    for (const state of states) this.#parts.keep(state);
    const present = [...replica.pairs.values()].map(({ receipt }) => showId(receipt));
    const looked = new Set(wanted.map(({ receipt }) => showId(receipt)));
    const seen = present.filter((id) => before.seen.has(id) || looked.has(id));
    return { replica, seen: new Set(seen), sampledAtMs: undefined };
  }

  /**
   * The peer's own row, the other side of rows that matter, and a few of the rest: a pair that is claimed to be on the
   * other side is found out there.
   */
  #wanted(peer: string, { pairs }: Replica, seen: ReadonlySet<string>): ClaimedLeaf[] {
    const { me, trusted, known } = this.#parts;
    const unseen = [...pairs.values()].filter(({ receipt }) => !seen.has(showId(receipt)));
    // Mostly nothing has changed, and naming everybody who matters is not free
    if (unseen.length === 0) return [];
    const rows = new Map([me, ...trusted()].map((tenant) => [this.#servedName(tenant), tenant]));
    const isKnown = ({ name, receipt }: ClaimedLeaf) => {
      const tenant = rows.get(showId(name));
      return tenant !== undefined && known(tenant, peer)?.id === showId(receipt);
    };
    const unknown = unseen.filter((leaf) => !isKnown(leaf));
    const isWanted = ({ side, name }: ClaimedLeaf) => side === 'tenant' || rows.has(showId(name));
    const rest = unknown.filter((leaf) => !isWanted(leaf));
    return [...unknown.filter(isWanted), ...drawn(rest, SPOT_CHECKS)];
  }

  /** Where the pair with this tenant stands in the map of whoever served it, as text. */
  #servedName(tenant: string): string {
    const known = this.#served.get(tenant);
    if (known !== undefined) return known;
    const name = showId(pairName('volunteer', publicKeyOf(tenant)));
    this.#served.set(tenant, name);
    return name;
  }

  async #receipts(asking: Asking, wanted: readonly ClaimedLeaf[]): Promise<VerifiedEvidence[]> {
    const { peer, signal, slices } = asking;
    const pending = new Map(wanted.map((leaf) => [showId(leaf.receipt), leaf]));
    const checked: VerifiedEvidence[] = [];
    for (let page = 0; pending.size > 0; page += 1) {
      const ids = [...pending.values()].slice(0, STATES_PAGE).map(({ receipt }) => receipt);
      const shown = await this.#parts.ask.receipts(peer, ids, signal);
      if (shown.length === 0 || page === STATES_PAGES)
        throw new TallyError('STATES_WITHHELD', { receipts: pending.size });
      for (const envelope of shown) {
        if (slices.isOver) await slices.pause();
        const { state, id } = this.#check(peer, envelope, pending);
        pending.delete(id);
        checked.push(state);
      }
    }
    return checked;
  }

  #check(peer: string, envelope: Uint8Array, pending: ReadonlyMap<string, ClaimedLeaf>) {
    const state = parseEvidence({ record: envelope, leases: [] }, this.#parts.network);
    const id = showId(state.record.id);
    const leaf = pending.get(id);
    if (leaf === undefined || state.fact.kind !== 'receipt')
      throw new TallyError('PROTOCOL_VIOLATION', {
        reason: 'the answer contains a record that was not requested',
      });
    const { author, subject } = state.fact;
    const [own, other] = leaf.side === 'tenant' ? [author, subject] : [subject, author];
    if (own !== peer || !sameBytes(pairName(leaf.side, publicKeyOf(other)), leaf.name))
      throw new TallyError('STATES_FORGED', { receipt: id });
    const verified = verifyEvidence(state);
    this.#requireNewest(state.fact);
    return { state: verified, id };
  }

  /** The other side may have one receipt more, in flight; with two the peer has signed on and shows what was before. */
  #requireNewest({ author, subject, pairSeq }: ServiceFact): void {
    const known = this.#parts.known(author, subject);
    if (known !== undefined && known.pairSeq > pairSeq + 1)
      throw new TallyError('STATES_STALE', { pairSeq, known: known.pairSeq });
  }

  /** Pairs of ranks that follow from this peer's own seed, each with its path; once an hour. */
  async #sample(asking: Asking, header: Header, before: Kept): Promise<Kept> {
    const nowMs = this.#parts.clock.monotonicMs();
    const isFresh = before.sampledAtMs !== undefined && nowMs < before.sampledAtMs + SAMPLE_PERIOD_MS;
    if (isFresh) return before;
    const seed = sha256(Buffer.concat([this.#seed, Buffer.from(asking.peer)]));
    const ranks = sampleRanks(seed, header.body.pairs, SAMPLED_PAIRS);
    const states: VerifiedEvidence[] = [];
    for (let from = 0; from < ranks.length; from += SAMPLE_PAGE)
      states.push(...(await this.#samplePage(asking, ranks.slice(from, from + SAMPLE_PAGE))));
    const rows = new Set([asking.peer, ...this.#parts.trusted()]);
    for (const state of states) if (rows.has(state.fact.author)) this.#parts.keep(state);
    return { replica: { header, pairs: new Map() }, seen: new Set(), sampledAtMs: nowMs };
  }

  async #samplePage(asking: Asking, ranks: readonly number[]): Promise<VerifiedEvidence[]> {
    const { peer, signal, slices } = asking;
    const answer = await this.#parts.ask.sample(peer, ranks, signal);
    const header = await this.#accept(peer, answer.header[0]);
    if (header === undefined || answer.states.length !== ranks.length)
      throw new TallyError('STATES_WITHHELD', { asked: ranks.length, shown: answer.states.length });
    const checked: VerifiedEvidence[] = [];
    for (const [index, state] of answer.states.entries()) {
      if (slices.isOver) await slices.pause();
      const { receipt, side } = openRankedState(state, ranks[index] ?? 0, header.body, this.#parts.network);
      const parsed = receiptEvidence(receipt);
      if (parsed.fact.kind === 'receipt') this.#requireNewest(parsed.fact);
      requireOwn(parsed, side, peer);
      checked.push(parsed);
    }
    return checked;
  }
}

function requireOwn({ fact }: ParsedEvidence, side: Side, peer: string): void {
  if ((side === 'tenant' ? fact.author : fact.subject) !== peer)
    throw new TallyError('STATES_FORGED', { receipt: fact.id });
}

/** Up to `count` of these, nobody outside can say which. */
function drawn<T>(all: readonly T[], count: number): T[] {
  const bytes = randomBytes(all.length * 4);
  return all
    .map((each, i) => ({ each, ticket: bytes.readUInt32LE(i * 4) }))
    .sort((a, b) => a.ticket - b.ticket)
    .slice(0, count)
    .map(({ each }) => each);
}
