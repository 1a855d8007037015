// An archive that passes by once, as an engine writes it: what may be a layer is compressed and hashed while the engine reads the next, and
// small files wait on the disk. Writers put the description behind the layers, so that only the end tells what each file was.
import type { FileHandle } from 'node:fs/promises';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { malformed, tarPadding } from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { type Bytes, PassingBytes } from './bytes.ts';
import { onDisk, readRange } from './layer-file.ts';
import type { LayerStore, StagedLayer } from './layer-store.ts';
import { CONFIG_BYTES, LAYERS_AT_A_TIME } from './parameters.ts';
import { scanTar, type TarSource } from './tar-scan.ts';
import { unpacked } from './unpack.ts';

/** Reads the archive to its end. Throws IMAGE_ARCHIVE_MALFORMED, IMAGE_TOO_LARGE, IMAGE_STORE_FULL, IMAGE_STORE_DISK_FULL; then nothing is left of it. */
export async function openTarStream(
  stream: Bytes,
  store: LayerStore,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ArchiveFiles> {
  const passing = new PassingTar(stream, store, await store.scratch(), maxBytes, signal);
  try {
    const entries = await scanTar(passing);
    return { find: async (name) => entries.find(name), close: () => passing.close() };
  } catch (error) {
    await passing.close();
    signal.throwIfAborted();
    throw error;
  }
}

class PassingTar implements TarSource {
  readonly #bytes: PassingBytes;
  readonly #store: LayerStore;
  readonly #scratch: FileHandle;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  /** Layers that nobody has taken yet. */
  readonly #staged = new Set<Promise<StagedLayer>>();
  readonly #unfinished = new Set<Promise<StagedLayer>>();
  #scratchBytes = 0;

  constructor(stream: Bytes, store: LayerStore, scratch: FileHandle, maxBytes: number, signal: AbortSignal) {
    this.#bytes = new PassingBytes(wanted(stream, signal), () => malformed('it breaks off'));
    this.#store = store;
    this.#scratch = scratch;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
  }

  isAtEnd(): Promise<boolean> {
    return this.#bytes.isAtEnd();
  }

  take(length: number): Promise<Buffer> {
    return this.#bytes.take(length);
  }

  async keep(sizeBytes: number): Promise<ArchiveFile> {
    this.#bytes.begin(sizeBytes, tarPadding(sizeBytes));
    const file = this.#mayBeNew(sizeBytes) ? await this.#stage(sizeBytes) : await this.#spool(sizeBytes);
    // What is packed can end before its file does
    await this.#bytes.passOver();
    return file;
  }

  async close(): Promise<void> {
    await this.#bytes.close();
    for (const staged of this.#staged) await staged.then((layer) => layer.discard()).catch(() => {});
    await this.#scratch.close();
  }

  /** A layer that the store has needs no work again, and is known by its size until its name is. */
  #mayBeNew(sizeBytes: number): boolean {
    return sizeBytes > CONFIG_BYTES && !this.#store.list().some((layer) => layer.sizeBytes === sizeBytes);
  }

  async #spool(sizeBytes: number): Promise<ArchiveFile> {
    const at = this.#scratchBytes;
    for await (const piece of this.#bytes.body()) await onDisk(() => this.#scratch.writeFile(piece));
    this.#scratchBytes += sizeBytes;
    return { sizeBytes, read: () => readRange(this.#scratch, at, at + sizeBytes) };
  }

  /** The last of it may still be on its way to the disk when the next file begins. */
  async #stage(sizeBytes: number): Promise<ArchiveFile> {
    const { promise: passed, resolve } = Promise.withResolvers<void>();
    const body = told(this.#bytes.body(), resolve);
    const staged = this.#store
      .stage({ maxBytes: this.#maxBytes }, unpacked(body), this.#signal)
      .catch((error: unknown) => inWhole(error, this.#maxBytes));
    this.#staged.add(staged);
    this.#unfinished.add(staged);
    const over = staged.finally(() => this.#unfinished.delete(staged));
    over.catch(() => {});
    await Promise.race([passed, over]);
    if (this.#unfinished.size >= LAYERS_AT_A_TIME) await Promise.race(this.#unfinished);
    const take = () => {
      this.#staged.delete(staged);
      return staged;
    };
    return { sizeBytes, take };
  }
}

/** As it comes, until the signal aborts. */
async function* wanted(stream: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    signal.throwIfAborted();
    yield piece;
  }
}

/** The same, and a word when all of it was taken. */
async function* told(bytes: Bytes, passed: () => void): AsyncGenerator<Uint8Array> {
  yield* bytes;
  passed();
}

/** Nobody announced a size: it is the image that is too large. */
export function inWhole(error: unknown, maxBytes: number): never {
  if (codeOf(error) !== 'IMAGE_LAYER_TOO_LARGE') throw error;
  throw new TallyError('IMAGE_TOO_LARGE', { maxBytes }, { cause: error });
}
