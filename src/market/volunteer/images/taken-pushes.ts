// Pushes that this volunteer takes: an image comes ahead of a lease, where its tenant is lent to and it is small beside what images may
// take. A push is an invitation to fetch; its tenant repeats it, so nothing of it is on disk but the layers that have come.
import { BoundedMap } from '../../../lib/bounded-map.ts';
import { asTallyError, TallyError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { KeyedSerial } from '../../../lib/serial.ts';
import type { PushRequest, PushResponse } from '../../../overlay/protocols/images.ts';
import { showId } from '../../../records/id.ts';
import type { Credit } from '../../../reputation/credit/credit.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import { PUSH_SHARE, PUSHES_AT_ONCE } from '../../terms/parameters.ts';
import type { OwnOffers } from '../offers/own-offers.ts';
import type { Fetching } from './fetching.ts';
import type { ImageAccess } from './image-access.ts';
import type { ImageCache } from './image-cache.ts';
import type { ImageSource } from './image-source.ts';

export interface TakenPushesParts {
  readonly log: Log;
  /** Where an image comes from that a tenant pushes under this id. */
  readonly sourceOf: (tenant: string, push: Uint8Array) => ImageSource;
  readonly store: Pick<LayerStore, 'maxBytes'>;
  readonly access: Pick<ImageAccess, 'has'>;
  readonly offers: Pick<OwnOffers, 'maxSentBytes'>;
  readonly credit: Pick<Credit, 'left' | 'hasLimit'>;
  readonly cache: Pick<ImageCache, 'hasRoom' | 'used'>;
  readonly fetching: Pick<Fetching, 'bring' | 'isUnderWay' | 'progress'>;
  /** What images of tenants may take in the engine. */
  readonly cacheBytes: number;
}

const OUTCOMES_KEPT = 256;

const HELD: PushResponse = { isHeld: 1, fetchedBytes: 0, ofBytes: 0 };

export class TakenPushes {
  readonly #parts: TakenPushesParts;
  readonly #lanes = new KeyedSerial();
  /** What is on its way, by tenant. */
  readonly #coming = new Map<string, { readonly id: string; readonly sizeBytes: number }>();
  /** What became of pushes, to be told to whoever asks again: why one failed; undefined: its image came. */
  readonly #outcomes = new BoundedMap<string, TallyError | undefined>(OUTCOMES_KEPT);
  #isClosed = false;

  constructor(parts: TakenPushesParts) {
    this.#parts = parts;
  }

  /** Nothing more is taken; what is on its way is the fetching's to end. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Begins to fetch the image, or says how far it is. Throws REFUSED_STOPPING, REFUSED_PUSH, REFUSED_CREDIT, REFUSED_CAPACITY,
   * ENGINE_UNREACHABLE, and why it failed.
   */
  take(tenant: string, request: PushRequest): Promise<PushResponse> {
    return this.#lanes.run(tenant, () => this.#take(tenant, request));
  }

  async #take(tenant: string, { push, digest, sizeBytes }: PushRequest): Promise<PushResponse> {
    const { fetching, access, cache } = this.#parts;
    const id = idOf(tenant, push);
    const failure = this.#outcomes.get(id);
    if (failure !== undefined) throw failure;
    if (this.#outcomes.has(id)) return HELD;
    if (!fetching.isUnderWay(id)) {
      this.#requireWelcome(tenant, sizeBytes);
      if (await access.has(tenant, digest)) {
        await cache.used(digest);
        return HELD;
      }
      this.#begin(tenant, id, { push, digest, sizeBytes });
    }
    const { bytes = 0, ofBytes = 0 } = fetching.progress(id) ?? {};
    return { isHeld: 0, fetchedBytes: bytes, ofBytes };
  }

  /** By what costs nothing to find out, before anything is looked at for a stranger. */
  #requireWelcome(tenant: string, sizeBytes: number): void {
    const { offers, credit, cache, store, cacheBytes } = this.#parts;
    if (this.#isClosed) throw new TallyError('REFUSED_STOPPING');
    const left = credit.left(tenant);
    if (left === 0 || (left !== undefined && !credit.hasLimit(tenant)))
      throw new TallyError('REFUSED_CREDIT');
    const share = Math.floor(Math.min(cacheBytes, store.maxBytes) * PUSH_SHARE);
    if (sizeBytes > Math.min(offers.maxSentBytes(), share)) throw new TallyError('REFUSED_PUSH');
    const coming = [...this.#coming.values()].reduce((sum, each) => sum + each.sizeBytes, 0);
    const isBusy = this.#coming.has(tenant) || this.#coming.size >= PUSHES_AT_ONCE;
    if (isBusy || !cache.hasRoom(coming + sizeBytes))
      throw new TallyError('REFUSED_CAPACITY', { lacking: ['image'] });
  }

  #begin(tenant: string, id: string, { push, digest, sizeBytes }: PushRequest): void {
    const { fetching, sourceOf, log } = this.#parts;
    const source = sourceOf(tenant, push);
    this.#coming.set(tenant, { id, sizeBytes });
    fetching
      .bring({ id, tenant, image: { digest, maxBytes: sizeBytes, source, isAhead: true } })
      .then(() => this.#outcomes.set(id, undefined))
      .catch((error: unknown) => {
        const failure = asTallyError(error);
        // Whoever asks again begins it anew: the next process of this peer, or this one once the engine is back
        if (this.#isClosed || failure.code === 'ENGINE_UNREACHABLE') return;
        this.#outcomes.set(id, failure);
        log.debug({ code: failure.code, peer: tenant }, 'a push did not come');
      })
      .finally(() => this.#coming.delete(tenant));
  }
}

/** Two tenants may choose one id. */
function idOf(tenant: string, push: Uint8Array): string {
  return `${tenant}/${showId(push)}`;
}
