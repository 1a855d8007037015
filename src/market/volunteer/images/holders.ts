// Other volunteers that have the layers of an image, by the word of its tenant, and with its grants. They are strangers for whom nobody
// answers: one that is slow, refuses or sends other bytes is not asked for this image any more.
import type { Clock } from '../../../lib/clock.ts';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { type LayerItem, MOST_GRANTS, sharedLayerProtocol } from '../../../overlay/protocols/images.ts';
import type { Overlay } from '../../../overlay/terms/overlay.ts';
import { parseRecord } from '../../../records/envelope.ts';
import { peerOf } from '../../../records/identity.ts';
import type { IncomingLayer } from '../../../runtime/images/incoming-layer.ts';
import type { OrderBook } from '../../book/book.ts';
import {
  HOLDER_LEAST_BYTES_PER_SECOND,
  HOLDER_LOOK_MS,
  HOLDER_MISSES,
  HOLDER_PATIENCE_MS,
} from '../../terms/parameters.ts';
import type { Arrival } from './image-source.ts';

export interface HoldersParts {
  readonly peer: string;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Pick<Overlay, 'feed' | 'learn'>;
  readonly book: Pick<OrderBook, 'addressesOf'>;
}

export interface Holder {
  readonly peer: string;
  /** The latest grant of the tenant. */
  grant: Uint8Array;
  /** How many layers it did not have. */
  misses: number;
  isDropped: boolean;
}

export class Holders {
  readonly #parts: HoldersParts;
  readonly #holders = new Map<string, Holder>();
  #turn = 0;

  constructor(parts: HoldersParts) {
    this.#parts = parts;
  }

  /**
   * Takes the tenant's latest grants; whether they are right their holders find out. Once there are as many as it may name, no others
   * come in: however often it is asked, it leads nobody to more strangers.
   */
  named(grants: readonly Uint8Array[]): void {
    for (const grant of grants) {
      const peer = this.#holderIn(grant);
      if (peer === undefined) continue;
      const known = this.#holders.get(peer);
      if (known !== undefined) known.grant = grant;
      else if (this.#holders.size < MOST_GRANTS)
        this.#holders.set(peer, { peer, grant, misses: 0, isDropped: false });
    }
  }

  /** Whom to ask for a layer next, of those who were not asked for it: another one each time. */
  next(asked: Set<Holder>): Holder | undefined {
    const left = [...this.#holders.values()].filter((each) => !each.isDropped && !asked.has(each));
    const holder = left[this.#turn % Math.max(1, left.length)];
    this.#turn += 1;
    if (holder !== undefined) asked.add(holder);
    return holder;
  }

  /** Takes a layer from its beginning. Throws what the holder refuses with, PEER_SILENT for one that is slow, and as `incoming.take`. */
  async take(
    holder: Holder,
    { diffId, encoding }: LayerItem,
    incoming: IncomingLayer,
    arrival: Arrival,
    signal: AbortSignal,
  ): Promise<void> {
    const { overlay, book } = this.#parts;
    const pace = this.#watch();
    const bound = AbortSignal.any([signal, pace.signal]);
    const pieces = async function* () {
      await overlay.learn(holder.peer, book.addressesOf(holder.peer));
      const request = { grant: holder.grant, diffId, encoding };
      for await (const { bytes } of overlay.feed(sharedLayerProtocol, holder.peer, request, bound)) {
        pace.came(bytes.byteLength);
        arrival.came(bytes.byteLength, 'shared-in');
        yield bytes;
      }
    };
    try {
      await incoming.take(pieces(), bound);
    } catch (error) {
      this.#failed(holder, error);
      throw error;
    } finally {
      pace.end();
    }
  }

  /** A holder can lack a layer that the engine there had before; one that lacks several is of no use. */
  #failed(holder: Holder, error: unknown): void {
    const code = codeOf(error);
    holder.misses += 1;
    holder.isDropped = code !== 'IMAGE_LAYER_MISSING' || holder.misses >= HOLDER_MISSES;
    this.#parts.log.debug({ code, peer: holder.peer }, 'a layer did not come from another volunteer');
  }

  #holderIn(grant: Uint8Array): string | undefined {
    const { network, peer } = this.#parts;
    try {
      const holder = peerOf(parseRecord('grant', grant, network).body.holder);
      return holder === peer ? undefined : holder;
    } catch {
      return undefined;
    }
  }

  /** Aborts its signal for a holder that is slow: the tenant waits behind it. */
  #watch() {
    const { clock } = this.#parts;
    const slow = new AbortController();
    const beganAtMs = clock.monotonicMs();
    let [cameAtMs, cameBytes] = [beganAtMs, 0];
    let cancel = () => {};
    const look = () => {
      const nowMs = clock.monotonicMs();
      const dueMs = HOLDER_PATIENCE_MS + (cameBytes / HOLDER_LEAST_BYTES_PER_SECOND) * 1_000;
      if (nowMs > cameAtMs + HOLDER_PATIENCE_MS || nowMs > beganAtMs + dueMs)
        slow.abort(new TallyError('PEER_SILENT', { reason: 'it is slow' }));
      else cancel = clock.after(HOLDER_LOOK_MS, look);
    };
    look();
    return {
      signal: slow.signal,
      came(bytes: number) {
        cameAtMs = clock.monotonicMs();
        cameBytes += bytes;
      },
      end: () => cancel(),
    };
  }
}
