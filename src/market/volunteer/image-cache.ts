// The images that came to this volunteer for tenants, sent or pulled, in its engine: all together they stay below a limit, and what
// nobody has used for longest goes first.
import type { Table } from '../../ledger/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { Serial } from '../../lib/serial.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import { TIME_MS } from '../../records/common.ts';
import { fields } from '../../records/shape.ts';
import type { Engine, LoadedImage } from '../../runtime/engine.ts';
import type { GivenLeases } from './given-lease.ts';

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
  /** All images together, unpacked. */
  readonly maxBytes: number;
  readonly metrics?: MarketMetrics | undefined;
}

export class ImageCache {
  readonly #parts: ImageCacheParts;
  /** Sizes of images that are on their way into the engine, by digest. */
  readonly #coming = new Map<string, number>();
  /** One at a time makes room. */
  readonly #changing = new Serial();

  constructor(parts: ImageCacheParts) {
    this.#parts = parts;
  }

  /** Whether all images that live leases use or wait for have room beside each other. */
  hasRoom(): boolean {
    const images = this.#parts.leases.live().map(({ bid }) => bid.body.image);
    const sizes = new Map(
      images.filter(({ way }) => way !== 'held').map((each) => [each.digest, each.maxBytes]),
    );
    return [...sizes.values()].reduce((sum, size) => sum + size, 0) <= this.#parts.maxBytes;
  }

  /**
   * Removes what was not used for longest until an image has room, and keeps that room until `settled`. Throws IMAGE_CACHE_FULL
   * where what is in use takes it all.
   */
  makeRoom(bytes: number, digest: string): Promise<void> {
    return this.#changing.run(async () => {
      const { maxBytes } = this.#parts;
      const images = (await this.#loaded()).filter((each) => each.digest !== digest);
      const coming = [...this.#coming].filter(([each]) => each !== digest);
      const taken = [...images.map(({ sizeBytes }) => sizeBytes), ...coming.map(([, size]) => size)];
      let free = maxBytes - taken.reduce((sum, size) => sum + size, 0);
      for (const image of images) {
        if (free >= bytes) break;
        if (await this.#evict(image)) free += image.sizeBytes;
      }
      if (free < bytes) throw new TallyError('IMAGE_CACHE_FULL', { neededBytes: bytes, maxBytes });
      this.#coming.set(digest, bytes);
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
  async #loaded(): Promise<LoadedImage[]> {
    const { engine, peer, rows } = this.#parts;
    const images = await engine.loadedImages(peer, AbortSignal.timeout(CALL_TIMEOUT_MS));
    const used = new Map<string, number>();
    for await (const [digest, { usedAtMs }] of rows.entries()) used.set(digest, usedAtMs);
    const usedAtMs = ({ digest }: LoadedImage) => used.get(digest) ?? 0;
    return images.toSorted((a, b) => usedAtMs(a) - usedAtMs(b));
  }

  /** Whether it is gone: one that a live lease is for, or that a container was made from, stays. */
  async #evict({ digest }: LoadedImage): Promise<boolean> {
    const { engine, peer, rows, leases, log, metrics } = this.#parts;
    if (leases.live().some(({ bid }) => bid.body.image.digest === digest)) return false;
    try {
      await engine.removeImage(peer, digest, AbortSignal.timeout(CALL_TIMEOUT_MS));
    } catch (error) {
      if (codeOf(error) !== 'IMAGE_IN_USE') throw error;
      return false;
    }
    await rows.delete(digest);
    metrics?.imagesEvictedTotal.inc();
    log.info({ digest }, 'removed an image that nobody has used for longest');
    return true;
  }

  async #measure(): Promise<void> {
    const { metrics } = this.#parts;
    if (metrics === undefined) return;
    const images = await this.#loaded();
    metrics.imageCacheBytes.set(images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  }
}
