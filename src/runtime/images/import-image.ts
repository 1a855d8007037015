// Brings an image into the store of layers: from an engine's stream, an archive file or a folder. It is judged as a whole before
// any of it is kept, and of its layers only those that the store lacks are read.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { atOnce } from '../../lib/at-once.ts';
import { TallyError } from '../../lib/errors.ts';
import { malformed, TAR_BLOCK_BYTES } from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { atMost, type Bytes, gathered } from './bytes.ts';
import { DOCKER_MANIFEST, findDockerImage } from './docker-archive.ts';
import { FolderFiles } from './folder-files.ts';
import { type FoundImage, type ImageChoice, readSmall } from './found-image.ts';
import { onDisk, readRange } from './layer-file.ts';
import type { EncodedLayer } from './layer-names.ts';
import type { LayerStore, StagedLayer } from './layer-store.ts';
import { type ImageLimits, type ImageManifest, openManifest, requireArchitecture } from './manifest.ts';
import { findOciImage, OCI_INDEX } from './oci-layout.ts';
import { ARCHIVE_OVERHEAD_BYTES, LAYERS_AT_A_TIME, PIECE_BYTES } from './parameters.ts';
import { openTarFiles } from './tar-files.ts';
import { inWhole, openTarStream } from './tar-stream.ts';
import { isPacked, unpacked } from './unpack.ts';

/**
 * Where an image comes from: an archive as a stream, as of `Engine.exportImage`, which has to end when the signal aborts; or a path of
 * this machine's own user.
 */
export type ImageSource = { readonly stream: Bytes } | { readonly path: string };

export interface ImportOptions extends ImageLimits, ImageChoice {
  /** The image has to be this one. */
  readonly digest?: string | undefined;
}

/** An image whose layers are in the store, pinned until `release`. */
export interface ImportedImage {
  readonly manifest: ImageManifest;
  release(): void;
}

/**
 * Throws IMAGE_ARCHIVE_MALFORMED, IMAGE_ARCHIVE_UNCLEAR, IMAGE_CONFIG_INVALID,
 * IMAGE_DIGEST_WRONG, IMAGE_LAYER_MISSING, IMAGE_LAYER_TOO_LARGE, IMAGE_TOO_MANY_LAYERS, IMAGE_TOO_LARGE,
 * IMAGE_WRONG_ARCHITECTURE, IMAGE_STORE_FULL, IMAGE_STORE_DISK_FULL, what the stream throws and the signal's reason; then
 * nothing of it is kept.
 */
export async function importImage(
  source: ImageSource,
  store: LayerStore,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<ImportedImage> {
  const files = await openFiles(source, store, options, signal);
  try {
    const found = await findImage(files, options);
    requireArchitecture(found.architecture, options.architecture);
    if (options.digest !== undefined && options.digest !== found.digest)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: options.digest, got: found.digest });
    return await importLayers(found, store, options, signal);
  } finally {
    await files.close();
  }
}

async function findImage(files: ArchiveFiles, choice: ImageChoice): Promise<FoundImage> {
  // An archive of `docker save` is both since 25; this description names its files without a detour
  const manifest = await readSmall(files, DOCKER_MANIFEST);
  if (manifest !== undefined) return findDockerImage(files, manifest, choice);
  const index = await readSmall(files, OCI_INDEX);
  if (index !== undefined) return findOciImage(files, index, choice);
  throw malformed(`it has neither "${DOCKER_MANIFEST}" nor "${OCI_INDEX}"`);
}

async function importLayers(
  found: FoundImage,
  store: LayerStore,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<ImportedImage> {
  const release = store.pin(found.diffIds);
  const staging = new Staging(found, store, limits.maxBytes, signal);
  try {
    const sizes = await staging.run();
    const layers = found.diffIds.map((diffId) => ({ diffId, sizeBytes: sizes.get(diffId) ?? 0 }));
    const manifest = openManifest(found.config, layers, limits);
    await staging.keep();
    return { manifest, release };
  } catch (error) {
    await staging.discard();
    release();
    throw error;
  }
}

/** The layers of one image on their way into the store. */
class Staging {
  readonly #store: LayerStore;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  readonly #failing = new AbortController();
  /** Each layer once, with its file if the archive has one. */
  readonly #layers: ReadonlyMap<string, ArchiveFile | undefined>;
  readonly #sizes = new Map<string, number>();
  #staged: StagedLayer[] = [];

  constructor({ diffIds, files }: FoundImage, store: LayerStore, maxBytes: number, signal: AbortSignal) {
    this.#store = store;
    this.#maxBytes = maxBytes;
    this.#signal = AbortSignal.any([signal, this.#failing.signal]);
    this.#layers = new Map(diffIds.map((diffId, i) => [diffId, files[i]]));
  }

  /** Reads all layers that the store lacks; answers with the size of each. Throws the first failure, when all have ended. */
  async run(): Promise<ReadonlyMap<string, number>> {
    await atOnce(this.#layers, LAYERS_AT_A_TIME, async ([diffId, file]) => {
      try {
        await this.#stage(diffId, file);
      } catch (error) {
        this.#failing.abort(error);
        throw error;
      }
    });
    return this.#sizes;
  }

  async keep(): Promise<void> {
    for (let layer = this.#staged.shift(); layer !== undefined; layer = this.#staged.shift())
      await layer.keep();
  }

  async discard(): Promise<void> {
    for (const layer of this.#staged) await layer.discard();
    this.#staged = [];
  }

  async #stage(diffId: string, file: ArchiveFile | undefined): Promise<void> {
    this.#signal.throwIfAborted();
    const { sizeBytes } = this.#store.find(diffId) ?? (await this.#read(diffId, file));
    this.#sizes.set(diffId, sizeBytes);
    if (this.#leftBytes() < 0) throw new TallyError('IMAGE_TOO_LARGE', { maxBytes: this.#maxBytes });
  }

  async #read(diffId: string, file: ArchiveFile | undefined): Promise<EncodedLayer> {
    if (file === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
    const staged = 'take' in file ? await file.take() : await this.#compress(diffId, file.read());
    this.#staged.push(staged);
    if (staged.layer.diffId !== diffId)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId, got: staged.layer.diffId });
    return staged.layer;
  }

  #compress(diffId: string, bytes: Bytes): Promise<StagedLayer> {
    const expected = { diffId, maxBytes: this.#leftBytes() };
    return this.#store
      .stage(expected, unpacked(bytes), this.#signal)
      .catch((error) => inWhole(error, this.#maxBytes));
  }

  /** How large the layers may be that are not known yet. */
  #leftBytes(): number {
    return this.#maxBytes - [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}

async function openFiles(
  source: ImageSource,
  store: LayerStore,
  { maxBytes }: ImageLimits,
  signal: AbortSignal,
): Promise<ArchiveFiles> {
  if ('stream' in source) {
    // An engine writes small pieces, of which each would take its own way through all that follows
    const stream = withinLimit(gathered(source.stream, PIECE_BYTES), maxBytes);
    return openTarStream(stream, store, maxBytes, signal);
  }
  const { path } = source;
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory()) return new FolderFiles(path);
  if (!facts?.isFile()) throw malformed('no file or folder is at this path', { path });
  return openArchive(await open(path, 'r'), facts.size, store, maxBytes, signal);
}

/** A plain archive is read where it lies; of a compressed one a plain copy is made. */
async function openArchive(
  handle: FileHandle,
  sizeBytes: number,
  store: LayerStore,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ArchiveFiles> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAR_BLOCK_BYTES), 0, TAR_BLOCK_BYTES, 0);
    if (!isPacked(buffer.subarray(0, bytesRead))) return await openTarFiles(handle);
    const files = await spool(readRange(handle, 0, sizeBytes), store, maxBytes, signal);
    await handle.close();
    return files;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An archive, unpacked, with an image of at most so many bytes. Throws IMAGE_TOO_LARGE. */
function withinLimit(stream: Bytes, maxBytes: number): Bytes {
  const tooLarge = () => new TallyError('IMAGE_TOO_LARGE', { maxBytes });
  return atMost(unpacked(stream), maxBytes + ARCHIVE_OVERHEAD_BYTES, tooLarge);
}

/** Writes a stream to a file without a name: it may hold many images, of which one is wanted. Throws IMAGE_TOO_LARGE, IMAGE_STORE_DISK_FULL. */
async function spool(
  stream: Bytes,
  store: LayerStore,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ArchiveFiles> {
  const handle = await store.scratch();
  try {
    for await (const piece of withinLimit(stream, maxBytes)) {
      signal.throwIfAborted();
      await onDisk(() => handle.writeFile(piece));
    }
    return await openTarFiles(handle);
  } catch (error) {
    await handle.close();
    signal.throwIfAborted();
    throw error;
  }
}
