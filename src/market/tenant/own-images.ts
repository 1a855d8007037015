// The images that this peer can send: read out of its engine, an archive or a folder once, kept as layers, and shown to the
// volunteers that have given it a lease for one of them, or that it pushes one to.
import type { Readable } from 'node:stream';
import type { Table } from '../../ledger/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { MIB } from '../../lib/units.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import {
  type ImageResponse,
  LAYER_PIECE_BYTES,
  type LayerPiece,
  type LayerRequest,
} from '../../overlay/protocols/images.ts';
import { DIGEST, IMAGE_NAME, TIME_MS } from '../../records/common.ts';
import { bytes, fields, int, list } from '../../records/shape.ts';
import type { Engine } from '../../runtime/engine.ts';
import { namesRoot } from '../../runtime/image-user.ts';
import { importImage } from '../../runtime/images/import-image.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import { type ImageManifest, openManifest } from '../../runtime/images/manifest.ts';
import { sameName } from '../matching/image-name.ts';
import type { ImageSourceInput, OwnImageView } from '../terms/views.ts';
import type { ComingImage } from './bidding.ts';
import type { Contents } from './contents.ts';
import { isOver } from './deployment.ts';
import type { Deployments } from './deployments.ts';

/** An image by its digest: what travels of it, beside the layers. */
export const OWN_IMAGE_ROW = fields({
  name: IMAGE_NAME,
  config: bytes(1, MIB),
  layers: list(fields({ diffId: DIGEST, sizeBytes: int(0) }), 125),
  addedAtMs: TIME_MS,
});
type OwnImageRow = ReturnType<typeof OWN_IMAGE_ROW>;

interface OwnImage {
  readonly row: OwnImageRow;
  readonly manifest: ImageManifest;
  /** Lets its layers go. */
  readonly release: () => void;
}

const EXPORT_TIMEOUT_MS = 10 * 60_000;

export interface OwnImagesParts {
  readonly clock: Clock;
  readonly rows: Table<OwnImageRow>;
  readonly store: LayerStore;
  readonly deployments: Pick<Deployments, 'byLease'>;
  /** What fills volumes travels as layers do. */
  readonly contents: Pick<Contents, 'isFor'>;
  /** The image that is pushed under an id to a volunteer, while it is. */
  readonly pushed: (id: Uint8Array, volunteer: string) => string | undefined;
  /** Undefined where the settings want no engine. */
  readonly engine: Pick<Engine, 'image' | 'exportImage'> | undefined;
  readonly metrics?: MarketMetrics | undefined;
}

export class OwnImages {
  readonly #parts: OwnImagesParts;
  /** By digest. */
  readonly #images = new Map<string, OwnImage>();

  constructor(parts: OwnImagesParts) {
    this.#parts = parts;
  }

  /** Reads back what was added before; an image whose layers are gone is forgotten. */
  async load(): Promise<void> {
    const { rows, store } = this.#parts;
    for await (const [digest, row] of rows.entries()) {
      const isWhole = row.layers.every(({ diffId }) => store.has(diffId));
      if (isWhole) this.#hold(row, store.pin(row.layers.map(({ diffId }) => diffId)));
      else await rows.delete(digest);
    }
  }

  list(): OwnImageView[] {
    return [...this.#images.values()].map(viewImage);
  }

  /** The image of this name, `name@sha256:…`, or digest; the one that was added last where several have the name. */
  find(reference: string): ComingImage | undefined {
    const [called = '', wanted] = reference.startsWith('sha256:') ? ['', reference] : reference.split('@');
    const fitting = [...this.#images.values()].filter(({ row, manifest }) =>
      wanted === undefined ? sameName(row.name, called) : manifest.digest === wanted,
    );
    const found = fitting.toSorted((a, b) => a.row.addedAtMs - b.row.addedAtMs).at(-1);
    if (found === undefined) return undefined;
    const { row, manifest } = found;
    const { digest, sizeBytes, settings } = manifest;
    const comes = { way: 'sent', maxBytes: sizeBytes } as const;
    return { name: row.name, digest, comes, needsRoot: namesRoot(settings.user) };
  }

  /**
   * Adds an image, and takes its name from another that had it. Throws IMAGE_NOT_HELD, OFFER_WITHOUT_ENGINE, ENGINE_UNREACHABLE, and what
   * `importImage` does.
   */
  async add(source: ImageSourceInput, signal: AbortSignal): Promise<OwnImageView> {
    const known = await this.#known(source, signal);
    if (known !== undefined) return this.#rename(known, nameIn(source));
    const { store, clock, rows } = this.#parts;
    const limits = { maxBytes: store.maxBytes };
    const bound = AbortSignal.any([signal, AbortSignal.timeout(EXPORT_TIMEOUT_MS)]);
    const { manifest, release } =
      'engine' in source
        ? await this.#export(source.engine, bound)
        : await importImage({ path: source.path }, store, { ...limits, ...choiceOf(source) }, bound);
    const { digest, config, layers } = manifest;
    const row = { name: nameIn(source), config, layers, addedAtMs: clock.nowMs() };
    const before = this.#images.get(digest);
    await rows.put(digest, row);
    before?.release();
    return viewImage(this.#hold(row, release));
  }

  /** The image that the engine holds under a name, where it was read before. */
  async #known(source: ImageSourceInput, signal: AbortSignal): Promise<OwnImage | undefined> {
    const { engine } = this.#parts;
    if (!('engine' in source) || engine === undefined) return undefined;
    const image = await engine.image(source.engine, signal);
    return image && this.#images.get(image.digest);
  }

  async #rename(image: OwnImage, name: string): Promise<OwnImageView> {
    const row = { ...image.row, name, addedAtMs: this.#parts.clock.nowMs() };
    await this.#parts.rows.put(image.manifest.digest, row);
    return viewImage(this.#hold(row, image.release));
  }

  async #export(reference: string, signal: AbortSignal) {
    const { engine, store } = this.#parts;
    if (engine === undefined) throw new TallyError('OFFER_WITHOUT_ENGINE');
    const image = await engine.image(reference, signal);
    if (image === undefined) throw new TallyError('IMAGE_NOT_HELD', { image: reference });
    const stream: Readable = await engine.exportImage(image.digest, signal);
    try {
      return await importImage({ stream }, store, { maxBytes: store.maxBytes, digest: image.digest }, signal);
    } finally {
      stream.destroy();
    }
  }

  /** Throws IMAGE_NOT_FOUND. What runs of it goes on; a copy that is placed later is not. */
  async remove(reference: string): Promise<void> {
    const found = this.find(reference);
    const image = found && this.#images.get(found.digest);
    if (found === undefined || image === undefined)
      throw new TallyError('IMAGE_NOT_FOUND', { image: reference });
    this.#images.delete(found.digest);
    await this.#parts.rows.delete(found.digest);
    image.release();
    await this.#parts.store.removeUnpinned(image.row.layers.map(({ diffId }) => diffId));
  }

  /** What an image is made of, for a volunteer with leave to read it. Throws LEASE_UNKNOWN, IMAGE_LAYER_MISSING. */
  describe(volunteer: string, leave: Uint8Array): ImageResponse {
    const { row } = this.#ofLeave(volunteer, leave);
    const layers = row.layers.map(({ diffId }) => {
      const layer = this.#parts.store.find(diffId);
      if (layer === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
      return { ...layer };
    });
    return { config: row.config, layers };
  }

  /** A layer of that image, or a content of its lease, from an offset on. Throws as `describe`, and IMAGE_LAYER_MISSING for another form of it. */
  async *layer(
    volunteer: string,
    { leave, diffId, encoding, offset }: LayerRequest,
  ): AsyncGenerator<LayerPiece> {
    const { store, metrics, contents } = this.#parts;
    const isReadable = contents.isFor(volunteer, leave, diffId) || this.#isOfImage(volunteer, leave, diffId);
    if (!isReadable || store.find(diffId)?.encoding !== encoding)
      throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
    for await (const chunk of store.read(diffId, offset))
      for (let from = 0; from < chunk.byteLength; from += LAYER_PIECE_BYTES) {
        const piece = chunk.subarray(from, from + LAYER_PIECE_BYTES);
        metrics?.imageBytesTotal.inc({ direction: 'out' }, piece.byteLength);
        yield { bytes: piece };
      }
  }

  #isOfImage(volunteer: string, leave: Uint8Array, diffId: string): boolean {
    return this.#ofLeave(volunteer, leave).row.layers.some((layer) => layer.diffId === diffId);
  }

  #ofLeave(volunteer: string, leave: Uint8Array): OwnImage {
    const digest = this.#leased(volunteer, leave) ?? this.#parts.pushed(leave, volunteer);
    if (digest === undefined) throw new TallyError('LEASE_UNKNOWN');
    const image = this.#images.get(digest);
    if (image === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { digest });
    return image;
  }

  /** A lease is the leave to read its image, for the volunteer that gave it and as long as it is not over. */
  #leased(volunteer: string, lease: Uint8Array): string | undefined {
    const instance = this.#parts.deployments.byLease(lease);
    if (instance === undefined || instance.row.volunteer !== volunteer || isOver(instance)) return undefined;
    return instance.deployment.row.imageDigest;
  }

  #hold(row: OwnImageRow, release: () => void): OwnImage {
    const manifest = openManifest(row.config, row.layers, { maxBytes: Number.MAX_SAFE_INTEGER });
    const image = { row, manifest, release };
    this.#images.set(manifest.digest, image);
    return image;
  }
}

function nameIn(source: ImageSourceInput): string {
  return 'engine' in source ? (source.name ?? source.engine) : source.name;
}

function choiceOf({ tag, architecture }: Extract<ImageSourceInput, { path: string }>) {
  return {
    ...(tag === undefined ? {} : { name: tag }),
    ...(architecture === undefined ? {} : { architecture }),
  };
}

function viewImage({ row, manifest }: OwnImage): OwnImageView {
  const { digest, architecture, sizeBytes, settings } = manifest;
  return {
    ...{ name: row.name, digest, architecture, sizeBytes, user: settings.user },
    ...{ layers: row.layers.length, addedAtMs: row.addedAtMs },
  };
}
