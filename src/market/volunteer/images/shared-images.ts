// Images of tenants whose layers this volunteer keeps for a while and shows to other volunteers, with a grant of the tenant: a favour,
// bounded in bytes and in speed, which gives way to whatever this peer sends or fetches itself.
import type { Table } from '../../../ledger/database.ts';
import { type Clock, wait } from '../../../lib/clock.ts';
import { TallyError } from '../../../lib/errors.ts';
import { Serial } from '../../../lib/serial.ts';
import type { MarketMetrics } from '../../../metrics/market.ts';
import type { LayerPiece, SharedLayerRequest } from '../../../overlay/protocols/images.ts';
import { DIGEST, TIME_MS } from '../../../records/common.ts';
import { parseRecord, type UnverifiedRecord, verifyRecord } from '../../../records/envelope.ts';
import { peerOf } from '../../../records/identity.ts';
import { fields, list, text } from '../../../records/shape.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import { layerPieces } from '../../terms/layer-pieces.ts';
import type { OwnTraffic } from '../../terms/own-traffic.ts';
import { SHARED_AT_ONCE, SHARED_IMAGES_KEPT, SHARED_MOST_TIMES, SHARED_MS } from '../../terms/parameters.ts';

/** An image that came from a tenant, under both names: two tenants can send one image, and each grants its own. */
export const SHARED_IMAGE_ROW = fields({
  tenant: text(64),
  digest: DIGEST,
  /** All that it is made of; those that the engine had already may not be in the store. */
  layers: list(DIGEST, 125),
  cameAtMs: TIME_MS,
});
type SharedImageRow = ReturnType<typeof SHARED_IMAGE_ROW>;

interface SharedImage {
  readonly row: SharedImageRow;
  /** What this process has shown of it. */
  shownBytes: number;
}

export interface SharedImagesParts {
  readonly peer: string;
  readonly network: string;
  readonly clock: Clock;
  readonly rows: Table<SharedImageRow>;
  /** Nothing is pinned in it: what this peer needs room for itself takes that of layers that are only shared. */
  readonly store: Pick<LayerStore, 'find' | 'read' | 'removeUnpinned'>;
  readonly traffic: Pick<OwnTraffic, 'isUnderWay'>;
  /** What all layers may take, compressed; 0: none are kept. */
  readonly sharedBytes: number;
  readonly sharedBytesPerSecond: number;
  readonly metrics?: MarketMetrics | undefined;
}

export class SharedImages {
  readonly #parts: SharedImagesParts;
  /** The oldest first. */
  readonly #images = new Map<string, SharedImage>();
  readonly #changing = new Serial();
  #open = 0;
  /** When the line is free for the next piece, on the clock that never goes back. */
  #freeAtMs = 0;

  constructor(parts: SharedImagesParts) {
    this.#parts = parts;
  }

  /** Reads back what the process before this one kept; what is too old or too much by now is removed. */
  async load(): Promise<void> {
    const rows: SharedImageRow[] = [];
    for await (const [, row] of this.#parts.rows.entries()) rows.push(row);
    for (const row of rows.sort((a, b) => a.cameAtMs - b.cameAtMs))
      this.#images.set(keyOf(row), { row, shownBytes: 0 });
    await this.trim();
  }

  /** The engine holds an image now, and whoever sent it can grant it to others. Removes of it what is not to be kept. */
  add(tenant: string, digest: string, layers: readonly string[]): Promise<void> {
    return this.#changing.run(async () => {
      const { rows, store, clock, sharedBytes } = this.#parts;
      const row = { tenant, digest, layers: [...layers], cameAtMs: clock.nowMs() };
      if (sharedBytes > 0 && layers.some((diffId) => store.find(diffId) !== undefined)) {
        await rows.put(keyOf(row), row);
        this.#images.delete(keyOf(row));
        this.#images.set(keyOf(row), { row, shownBytes: 0 });
      }
      await this.#trim();
      await this.#remove(layers);
    });
  }

  /** The engine has let an image go: nobody else is to have it from here. */
  drop(digest: string): Promise<void> {
    return this.#changing.run(async () => {
      for (const [key, { row }] of this.#images) if (row.digest === digest) await this.#drop(key, row);
    });
  }

  /** A disk is full: all that is kept for others goes, and before anything is written. */
  clear(): Promise<void> {
    return this.#changing.run(async () => {
      const [keys, layers] = [[...this.#images.keys()], this.#layers()];
      this.#images.clear();
      await this.#remove([...layers]);
      await this.#parts.rows.change(keys.map((key) => ({ key })));
    });
  }

  /** Removes what is too old, and the oldest of what is too much. */
  trim(): Promise<void> {
    return this.#changing.run(() => this.#trim());
  }

  /** A layer, for another volunteer with a grant. Throws REFUSED_GRANT, REFUSED_CAPACITY, IMAGE_LAYER_MISSING. */
  async *layer(
    volunteer: string,
    { grant, diffId, encoding }: SharedLayerRequest,
    signal: AbortSignal,
  ): AsyncGenerator<LayerPiece> {
    const { store, metrics } = this.#parts;
    const image = this.#granted(volunteer, grant);
    const isHere = image.row.layers.includes(diffId) && store.find(diffId)?.encoding === encoding;
    if (!isHere) throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
    if (this.#open >= SHARED_AT_ONCE) throw new TallyError('REFUSED_CAPACITY');
    this.#open += 1;
    try {
      for await (const piece of layerPieces(store, diffId)) {
        this.#requireLeisure(image, piece.byteLength);
        image.shownBytes += piece.byteLength;
        metrics?.imageBytesTotal.inc({ direction: 'shared-out' }, piece.byteLength);
        yield { bytes: piece };
        await this.#pace(piece.byteLength, signal);
      }
    } finally {
      this.#open -= 1;
    }
  }

  /** The image that a grant is for. Throws REFUSED_GRANT, the same whether this peer has the image or not. */
  #granted(volunteer: string, envelope: Uint8Array): SharedImage {
    const grant = this.#parseGrant(envelope);
    const { holder, audience, expiresAtMs, tenant, image } = grant.body;
    const isForThem = peerOf(holder) === this.#parts.peer && peerOf(audience) === volunteer;
    if (!isForThem) throw refusal('it is for others');
    if (this.#parts.clock.nowMs() >= expiresAtMs) throw refusal('it has expired');
    const found = this.#images.get(keyOf({ tenant: peerOf(tenant), digest: image }));
    if (found === undefined) throw refusal('no such image came from this tenant');
    try {
      verifyRecord(grant);
    } catch (cause) {
      throw refusal('its signature is wrong', cause);
    }
    return found;
  }

  #parseGrant(envelope: Uint8Array): UnverifiedRecord<'grant'> {
    try {
      return parseRecord('grant', envelope, this.#parts.network);
    } catch (cause) {
      throw refusal('it is none', cause);
    }
  }

  /** Throws REFUSED_CAPACITY while this peer needs its line itself, and where the image was shown often enough. */
  #requireLeisure({ row, shownBytes }: SharedImage, bytes: number): void {
    const isEnough = shownBytes + bytes > SHARED_MOST_TIMES * this.#bytesOf(new Set(row.layers));
    if (isEnough || this.#parts.traffic.isUnderWay) throw new TallyError('REFUSED_CAPACITY');
  }

  /** All that is shown shares one line. */
  async #pace(bytes: number, signal: AbortSignal): Promise<void> {
    const { clock, sharedBytesPerSecond } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes / sharedBytesPerSecond) * 1_000;
    // No timer is finer than that
    if (this.#freeAtMs - nowMs >= 1) await wait(clock, this.#freeAtMs - nowMs, signal);
  }

  async #trim(): Promise<void> {
    for (const [key, { row }] of this.#images) {
      if (!this.#isTooMuch(row)) return;
      await this.#drop(key, row);
    }
  }

  /** Whether the oldest has to go. */
  #isTooMuch({ cameAtMs }: SharedImageRow): boolean {
    const { clock, sharedBytes } = this.#parts;
    if (this.#images.size > SHARED_IMAGES_KEPT || clock.nowMs() >= cameAtMs + SHARED_MS) return true;
    return this.#bytesOf(this.#layers()) > sharedBytes;
  }

  async #drop(key: string, { layers }: SharedImageRow): Promise<void> {
    this.#images.delete(key);
    await this.#remove(layers);
    await this.#parts.rows.delete(key);
  }

  /** Those of these layers that no image here is made of. */
  async #remove(layers: readonly string[]): Promise<void> {
    const kept = this.#layers();
    await this.#parts.store.removeUnpinned(layers.filter((diffId) => !kept.has(diffId)));
  }

  #layers(): Set<string> {
    return new Set([...this.#images.values()].flatMap(({ row }) => row.layers));
  }

  #bytesOf(layers: ReadonlySet<string>): number {
    const { store } = this.#parts;
    return [...layers].reduce((sum, diffId) => sum + (store.find(diffId)?.encodedBytes ?? 0), 0);
  }
}

function keyOf({ tenant, digest }: Pick<SharedImageRow, 'tenant' | 'digest'>): string {
  return `${tenant}/${digest}`;
}

function refusal(reason: string, cause?: unknown): TallyError {
  return new TallyError('REFUSED_GRANT', { reason }, { cause });
}
