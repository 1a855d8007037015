// The images that came to this volunteer for tenants, sent or pulled, in its engine: all together they stay below a limit, and what
// nobody has used for longest goes first.
import type { Table } from '../../../ledger/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { Serial } from '../../../lib/serial.ts';
import type { MarketMetrics } from '../../../metrics/market.ts';
import { TIME_MS } from '../../../records/common.ts';
import { fields } from '../../../records/shape.ts';
import type { Engine, LoadedImage } from '../../../runtime/engine.ts';
import { PUSH_SPARES_MS } from '../../terms/parameters.ts';
import type { CachedImageView } from '../../terms/views.ts';
import type { GivenLease, GivenLeases } from '../given-lease.ts';
import type { Holdings } from './holdings.ts';
import type { SharedImages } from './shared-images.ts';

/** When an image was used last, by its digest. */
export const IMAGE_USE_ROW = fields({ usedAtMs: TIME_MS });
type ImageUseRow = ReturnType<typeof IMAGE_USE_ROW>;

const CALL_TIMEOUT_MS = 30_000;

export interface ImageCacheParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'loadedImages' | 'removeImage'>;
  readonly rows: Table<ImageUseRow>;
  readonly leases: Pick<GivenLeases, 'live'>;
  readonly shared: Pick<SharedImages, 'drop'>;
  readonly holdings: Pick<Holdings, 'has'>;
  /** All images together, unpacked. */
  readonly maxBytes: number;
  readonly metrics?: MarketMetrics | undefined;
}

/** What is kept for an image that is on its way. */
interface Coming {
  readonly bytes: number;
  /** Ends it, of one that comes ahead of a lease. */
  readonly giveWay: (() => void) | undefined;
}

export class ImageCache {
  readonly #parts: ImageCacheParts;
  /** Images that are on their way into the engine, by digest. */
  readonly #coming = new Map<string, Coming>();
  /** One at a time makes room. */
  readonly #changing = new Serial();

  constructor(parts: ImageCacheParts) {
    this.#parts = parts;
  }

  /** Whether all images that live leases use or wait for have room beside each other, and beside so much more. */
  hasRoom(moreBytes = 0): boolean {
    const coming = this.#parts.leases.live().filter(({ bid }) => bid.body.image.way !== 'held');
    const sizes = new Map(coming.map((each) => [this.#sharedBy(each), each.bid.body.image.maxBytes]));
    return [...sizes.values()].reduce((sum, size) => sum + size, moreBytes) <= this.#parts.maxBytes;
  }

  /** Leases share an image once their tenants have shown to have it: before, room would tell a tenant what others have. */
  #sharedBy({ tenant, bid }: GivenLease): string {
    const { digest } = bid.body.image;
    return this.#parts.holdings.has(tenant, digest) ? digest : `${tenant}/${digest}`;
  }

  /**
   * Removes what was not used for longest until an image has room, and keeps that room until `settled`. One that comes ahead of a
   * lease, with `giveWay`, removes nothing that was used lately, and is ended where the image of a lease needs its room. Throws
   * IMAGE_CACHE_FULL where what is left takes it all.
   */
  makeRoom(bytes: number, digest: string, giveWay?: () => void): Promise<void> {
    return this.#changing.run(async () => {
      const { maxBytes, clock } = this.#parts;
      const cached = (await this.#cached()).filter((each) => each.digest !== digest);
      const coming = [...this.#coming].filter(([each]) => each !== digest);
      const taken = [...cached.map(({ sizeBytes }) => sizeBytes), ...coming.map(([, each]) => each.bytes)];
      let free = maxBytes - taken.reduce((sum, size) => sum + size, 0);
      const spared = giveWay === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - PUSH_SPARES_MS;
      for (const image of cached) {
        if (free >= bytes || image.usedAtMs > spared) break;
        if (await this.#evict(image)) free += image.sizeBytes;
      }
      for (const [each, ahead] of giveWay === undefined ? coming : []) {
        if (free >= bytes || ahead.giveWay === undefined) continue;
        ahead.giveWay();
        this.#coming.delete(each);
        free += ahead.bytes;
      }
      if (free < bytes) throw new TallyError('IMAGE_CACHE_FULL', { neededBytes: bytes, maxBytes });
      this.#coming.set(digest, { bytes, giveWay });
    });
  }

  /** An image is in the engine, or does not come: its room is what the engine says. */
  settled(digest: string): void {
    this.#coming.delete(digest);
  }

  /** An image has come, or is used once more. */
  async used(digest: string): Promise<void> {
    await this.#parts.rows.put(digest, { usedAtMs: this.#parts.clock.nowMs() });
    await this.#measure();
  }

  /** Those in the engine, the one that nobody has used for longest first. */
  async list(): Promise<CachedImageView[]> {
    const cached = await this.#cached();
    return cached.map((image) => ({ ...image, inUse: this.#isLeased(image.digest) }));
  }

  /** Removes one of them at the owner's wish. Throws IMAGE_NOT_KEPT, IMAGE_IN_USE. */
  remove(digest: string): Promise<void> {
    return this.#changing.run(async () => {
      const image = (await this.#cached()).find((each) => each.digest === digest);
      if (image === undefined) throw new TallyError('IMAGE_NOT_KEPT', { image: digest });
      if (!(await this.#evict(image))) throw new TallyError('IMAGE_IN_USE', { digest });
      await this.#measure();
    });
  }

  async #cached(): Promise<(LoadedImage & { readonly usedAtMs: number })[]> {
    const { engine, peer, rows } = this.#parts;
    const images = await engine.loadedImages(peer, AbortSignal.timeout(CALL_TIMEOUT_MS));
    const used = new Map<string, number>();
    for await (const [digest, { usedAtMs }] of rows.entries()) used.set(digest, usedAtMs);
    return images
      .map((image) => ({ ...image, usedAtMs: used.get(image.digest) ?? 0 }))
      .toSorted((a, b) => a.usedAtMs - b.usedAtMs);
  }

  /** Whether it is gone: one that a live lease is for, or that a container was made from, stays. */
  async #evict({ digest }: LoadedImage): Promise<boolean> {
    const { engine, peer, rows, shared, log, metrics } = this.#parts;
    if (this.#isLeased(digest)) return false;
    try {
      await engine.removeImage(peer, digest, AbortSignal.timeout(CALL_TIMEOUT_MS));
    } catch (error) {
      if (codeOf(error) !== 'IMAGE_IN_USE') throw error;
      return false;
    }
    await rows.delete(digest);
    await shared.drop(digest);
    metrics?.imagesEvictedTotal.inc();
    log.info({ digest }, 'removed an image of a tenant');
    return true;
  }

  #isLeased(digest: string): boolean {
    return this.#parts.leases.live().some(({ bid }) => bid.body.image.digest === digest);
  }

  async #measure(): Promise<void> {
    const { metrics } = this.#parts;
    if (metrics === undefined) return;
    const images = await this.#cached();
    metrics.imageCacheBytes.set(images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  }
}
