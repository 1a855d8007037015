// The images that this peer can send: read out of its engine, an archive or a folder once, kept as layers, and shown to the
// volunteers that have given it a lease for one of them, or that it pushes one to.
import type { Readable } from 'node:stream';
import type { Table } from '../../ledger/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { Serial } from '../../lib/serial.ts';
import { MIB } from '../../lib/units.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { ImageResponse, LayerPiece, LayerRequest } from '../../overlay/protocols/images.ts';
import type { Value } from '../../records/codec.ts';
import { DIGEST, IMAGE_NAME, TIME_MS } from '../../records/common.ts';
import { bytes, fields, int, list } from '../../records/shape.ts';
import type { Engine } from '../../runtime/engine.ts';
import { namesRoot } from '../../runtime/image-user.ts';
import { importImage } from '../../runtime/images/import-image.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import { type ImageManifest, openManifest } from '../../runtime/images/manifest.ts';
import { sameName } from '../matching/image-name.ts';
import { layerPieces } from '../terms/layer-pieces.ts';
import type { OwnTraffic } from '../terms/own-traffic.ts';
import type { ImageSourceInput, OwnImageView } from '../terms/views.ts';
import type { ComingImage } from './bidding.ts';
import type { Contents } from './contents.ts';
import { hasEnded, isOver } from './deployment.ts';
import type { Deployments } from './deployments.ts';
import type { Granting } from './granting.ts';
import type { Pushes } from './pushes.ts';

/** Names that one image may have. */
const MOST_NAMES = 128;

const ROW = fields({
  /** A name stands for one image; without any, deployments that have not ended or pushes under way still need the image. */
  names: list(IMAGE_NAME, MOST_NAMES),
  config: bytes(1, MIB),
  layers: list(fields({ diffId: DIGEST, sizeBytes: int(0) }), 125),
  addedAtMs: TIME_MS,
});
type OwnImageRow = ReturnType<typeof ROW>;

/** An image by its digest: what travels of it, beside the layers. Its first form had one name, and is still read. */
export function OWN_IMAGE_ROW(value: Value, path: string): OwnImageRow {
  if (typeof value !== 'object' || !('name' in value)) return ROW(value, path);
  const { name, ...others } = value as { readonly [field: string]: Value };
  return ROW({ ...others, names: [name as Value] }, path);
}

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
  readonly deployments: Pick<Deployments, 'all' | 'byLease' | 'onChange'>;
  readonly log: Log;
  /** What fills volumes travels as layers do. */
  readonly contents: Pick<Contents, 'isFor'>;
  readonly pushes: Pick<Pushes, 'imageFor' | 'isUnderWay' | 'onEnd'>;
  /** Others that have an image by now. */
  readonly granting: Pick<Granting, 'grantsFor'>;
  readonly traffic: Pick<OwnTraffic, 'begin'>;
  /** Undefined where the settings want no engine. */
  readonly engine: Pick<Engine, 'image' | 'exportImage'> | undefined;
  readonly metrics?: MarketMetrics | undefined;
}

export class OwnImages {
  readonly #parts: OwnImagesParts;
  /** By digest. */
  readonly #images = new Map<string, OwnImage>();
  /** Names go from image to image one change at a time. */
  readonly #changing = new Serial();

  constructor(parts: OwnImagesParts) {
    this.#parts = parts;
  }

  /** Reads back what was added before; an image whose layers are gone is forgotten. */
  async load(): Promise<void> {
    const { rows, store, deployments, pushes } = this.#parts;
    for await (const [digest, row] of rows.entries()) {
      const isWhole = row.layers.every(({ diffId }) => store.has(diffId));
      if (isWhole) this.#hold(openRow(row, store.pin(row.layers.map(({ diffId }) => diffId))));
      else await rows.delete(digest);
    }
    await this.#settleNames();
    await this.#dropUnneeded();
    deployments.onChange((deployment) => {
      if (hasEnded(deployment)) this.#lookAgain();
    });
    pushes.onEnd(() => this.#lookAgain());
  }

  /** Something is over that may have needed an image. */
  #lookAgain(): void {
    this.#changing
      .run(() => this.#dropUnneeded())
      .catch((err) => this.#parts.log.warn({ err }, 'failed to remove an image that nothing needs any more'));
  }

  /** In rows of the first form images can share a name: it is that of the one that was read last. */
  async #settleNames(): Promise<void> {
    const newestFirst = [...this.#images.values()].sort((a, b) => b.row.addedAtMs - a.row.addedAtMs);
    for (const { manifest } of newestFirst)
      for (const name of this.#images.get(manifest.digest)?.row.names ?? [])
        await this.#change(this.#losing(name, manifest.digest));
  }

  /** One for each name; an image that has lost its names, and is still needed, has an empty one. */
  list(): OwnImageView[] {
    return [...this.#images.values()].flatMap((image) => {
      const { names } = image.row;
      return (names.length === 0 ? [''] : names).map((name) => viewImage(image, name));
    });
  }

  has(digest: string): boolean {
    return this.#images.has(digest);
  }

  /** The image of this name, `name@sha256:…`, or digest. */
  find(reference: string): ComingImage | undefined {
    const { called, digest: wanted } = partsOf(reference);
    const found = wanted === undefined ? this.#named(called) : this.#images.get(wanted);
    if (found === undefined) return undefined;
    const { names } = found.row;
    const { digest, sizeBytes, settings } = found.manifest;
    const name = names.find((each) => sameName(each, called)) ?? names.at(-1) ?? digest;
    return {
      ...{ name, digest, needsRoot: namesRoot(settings.user) },
      comes: { way: 'sent', maxBytes: sizeBytes },
    };
  }

  #named(name: string): OwnImage | undefined {
    return [...this.#images.values()].find((image) => hasName(image, name));
  }

  /**
   * Adds an image under a name, beside those that it has, and takes the name from another that had it. Throws IMAGE_NOT_HELD,
   * OFFER_WITHOUT_ENGINE, ENGINE_UNREACHABLE, BAD_REQUEST for one name too many, and what `importImage` does.
   */
  async add(source: ImageSourceInput, signal: AbortSignal): Promise<OwnImageView> {
    const name = nameIn(source);
    const known = await this.#known(source, signal);
    const named =
      known === undefined ? undefined : await this.#changing.run(() => this.#nameAgain(known, name));
    if (named !== undefined) return named;
    const { store } = this.#parts;
    const limits = { maxBytes: store.maxBytes };
    const bound = AbortSignal.any([signal, AbortSignal.timeout(EXPORT_TIMEOUT_MS)]);
    const { manifest, release } =
      'engine' in source
        ? await this.#export(source.engine, bound)
        : await importImage({ path: source.path }, store, { ...limits, ...choiceOf(source) }, bound);
    const { config, layers } = manifest;
    const row = { names: [], config, layers, addedAtMs: 0 };
    try {
      return await this.#changing.run(() => this.#name({ row, manifest, release }, name));
    } catch (error) {
      const isHeld = this.#images.get(manifest.digest)?.release === release;
      if (!isHeld) release();
      throw error;
    }
  }

  /** The digest that the engine has under a name. */
  async #known(source: ImageSourceInput, signal: AbortSignal): Promise<string | undefined> {
    const { engine } = this.#parts;
    if (!('engine' in source) || engine === undefined) return undefined;
    return (await engine.image(source.engine, signal))?.digest;
  }

  /** Undefined where it was not read before. */
  async #nameAgain(digest: string, name: string): Promise<OwnImageView | undefined> {
    const image = this.#images.get(digest);
    return image && this.#name(image, name);
  }

  async #name(image: OwnImage, name: string): Promise<OwnImageView> {
    const { digest } = image.manifest;
    const before = this.#images.get(digest);
    const others = (before?.row.names ?? []).filter((each) => !sameName(each, name));
    if (others.length >= MOST_NAMES)
      throw new TallyError('BAD_REQUEST', { field: 'name', reason: `it has ${MOST_NAMES} names already` });
    const row = { ...image.row, names: [...others, name], addedAtMs: this.#parts.clock.nowMs() };
    const named = { ...image, row };
    await this.#change([named, ...this.#losing(name, digest)]);
    if (before !== undefined && before.release !== image.release) before.release();
    await this.#dropUnneeded();
    return viewImage(named, name);
  }

  /** The other images that have a name, without it. */
  #losing(name: string, digest: string): OwnImage[] {
    return [...this.#images.values()]
      .filter((image) => image.manifest.digest !== digest && hasName(image, name))
      .map((image) => withoutName(image, name));
  }

  /** On disk, all or none, and then here. */
  async #change(images: readonly OwnImage[]): Promise<void> {
    if (images.length === 0) return;
    await this.#parts.rows.change(images.map(({ manifest, row }) => ({ key: manifest.digest, value: row })));
    for (const image of images) this.#hold(image);
  }

  /** Lets go of the images that have no name, and that neither a deployment nor a push needs. */
  async #dropUnneeded(): Promise<void> {
    const nameless = [...this.#images.values()].filter(({ row }) => row.names.length === 0);
    if (nameless.length === 0) return;
    const { deployments, pushes } = this.#parts;
    const going = deployments.all().filter((each) => !hasEnded(each));
    const wanted = new Set(going.map(({ row }) => row.imageDigest));
    const isNeeded = (digest: string) => wanted.has(digest) || pushes.isUnderWay(digest);
    for (const image of nameless) if (!isNeeded(image.manifest.digest)) await this.#drop(image);
  }

  async #drop({ manifest, row, release }: OwnImage): Promise<void> {
    this.#images.delete(manifest.digest);
    await this.#parts.rows.delete(manifest.digest);
    release();
    await this.#parts.store.removeUnpinned(row.layers.map(({ diffId }) => diffId));
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

  /**
   * Takes a name away and, with the last one or by its digest, the image. Throws IMAGE_NOT_KEPT. What runs of it goes on; a copy that
   * is placed later is not, and its pushes end.
   */
  remove(reference: string): Promise<void> {
    return this.#changing.run(async () => {
      const { called, digest } = partsOf(reference);
      const image = digest === undefined ? this.#named(called) : this.#images.get(digest);
      if (image === undefined || (called !== '' && !hasName(image, called)))
        throw new TallyError('IMAGE_NOT_KEPT', { image: reference });
      const left = withoutName(image, called);
      if (called === '' || left.row.names.length === 0) await this.#drop(image);
      else await this.#change([left]);
    });
  }

  /** What an image is made of, for a volunteer with leave to read it. Throws LEASE_UNKNOWN, IMAGE_LAYER_MISSING. */
  describe(volunteer: string, leave: Uint8Array): ImageResponse {
    const { row, manifest } = this.#ofLeave(volunteer, leave);
    const layers = row.layers.map(({ diffId }) => {
      const layer = this.#parts.store.find(diffId);
      if (layer === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
      return { ...layer };
    });
    const grants = this.#parts.granting.grantsFor(manifest.digest, volunteer);
    return { config: row.config, layers, grants };
  }

  /** A layer of that image, or a content of its lease, from an offset on. Throws as `describe`, and IMAGE_LAYER_MISSING for another form of it. */
  async *layer(
    volunteer: string,
    { leave, diffId, encoding, offset }: LayerRequest,
  ): AsyncGenerator<LayerPiece> {
    const { store, metrics, contents, traffic } = this.#parts;
    const isReadable = contents.isFor(volunteer, leave, diffId) || this.#isOfImage(volunteer, leave, diffId);
    if (!isReadable || store.find(diffId)?.encoding !== encoding)
      throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
    const done = traffic.begin();
    try {
      for await (const piece of layerPieces(store, diffId, offset)) {
        metrics?.imageBytesTotal.inc({ direction: 'out' }, piece.byteLength);
        yield { bytes: piece };
      }
    } finally {
      done();
    }
  }

  #isOfImage(volunteer: string, leave: Uint8Array, diffId: string): boolean {
    return this.#ofLeave(volunteer, leave).row.layers.some((layer) => layer.diffId === diffId);
  }

  #ofLeave(volunteer: string, leave: Uint8Array): OwnImage {
    const digest = this.#leased(volunteer, leave) ?? this.#parts.pushes.imageFor(leave, volunteer);
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

  #hold(image: OwnImage): void {
    this.#images.set(image.manifest.digest, image);
  }
}

function openRow(row: OwnImageRow, release: () => void): OwnImage {
  const manifest = openManifest(row.config, row.layers, { maxBytes: Number.MAX_SAFE_INTEGER });
  return { row, manifest, release };
}

function hasName({ row }: OwnImage, name: string): boolean {
  return row.names.some((each) => sameName(each, name));
}

function withoutName(image: OwnImage, name: string): OwnImage {
  const names = image.row.names.filter((each) => !sameName(each, name));
  return { ...image, row: { ...image.row, names } };
}

/** A name, `name@sha256:…`, or a digest, for which the name is empty. */
function partsOf(reference: string): { called: string; digest: string | undefined } {
  if (reference.startsWith('sha256:')) return { called: '', digest: reference };
  const [called = '', digest] = reference.split('@');
  return { called, digest };
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

function viewImage({ row, manifest }: OwnImage, name: string): OwnImageView {
  const { digest, architecture, sizeBytes, settings } = manifest;
  return {
    ...{ name, digest, architecture, sizeBytes, user: settings.user },
    ...{ layers: row.layers.length, addedAtMs: row.addedAtMs },
  };
}
