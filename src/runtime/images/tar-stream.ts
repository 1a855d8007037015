// An archive that passes by once, as an engine writes it: what may be a layer is compressed and hashed while the engine reads the next, and
// small files wait on the disk. Writers put the description behind the layers, so that only the end tells what each file was.
import type { FileHandle } from 'node:fs/promises';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { malformed, tarPadding } from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { type Bytes, Pushback } from './bytes.ts';
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
  readonly #source: Pushback;
  readonly #store: LayerStore;
  readonly #scratch: FileHandle;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  /** Layers that nobody has taken yet. */
  readonly #staged = new Set<Promise<StagedLayer>>();
  readonly #unfinished = new Set<Promise<StagedLayer>>();
  #scratchBytes = 0;

  constructor(stream: Bytes, store: LayerStore, scratch: FileHandle, maxBytes: number, signal: AbortSignal) {
    this.#source = new Pushback(stream);
    this.#store = store;
    this.#scratch = scratch;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
  }

  async isAtEnd(): Promise<boolean> {
    return (await this.#source.peek(1)).byteLength === 0;
  }

  async take(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#next(new Passing(length))) pieces.push(piece);
    return Buffer.concat(pieces, length);
  }

  async keep(sizeBytes: number): Promise<ArchiveFile> {
    const file = this.#mayBeNew(sizeBytes) ? await this.#stage(sizeBytes) : await this.#spool(sizeBytes);
    // The last body may come without what fills its block
    if (!(await this.isAtEnd())) await this.take(tarPadding(sizeBytes));
    return file;
  }

  async close(): Promise<void> {
    await this.#source.close();
    for (const staged of this.#staged) await staged.then((layer) => layer.discard()).catch(() => {});
    await this.#scratch.close();
  }

  /** A layer that the store has needs no work again, and is known by its size until its name is. */
  #mayBeNew(sizeBytes: number): boolean {
    return sizeBytes > CONFIG_BYTES && !this.#store.list().some((layer) => layer.sizeBytes === sizeBytes);
  }

  async #spool(sizeBytes: number): Promise<ArchiveFile> {
    const at = this.#scratchBytes;
    for await (const piece of this.#next(new Passing(sizeBytes)))
      await onDisk(() => this.#scratch.writeFile(piece));
    this.#scratchBytes += sizeBytes;
    return { sizeBytes, read: () => readRange(this.#scratch, at, at + sizeBytes) };
  }

  /** The last of it may still be on its way to the disk when the next file begins. */
  async #stage(sizeBytes: number): Promise<ArchiveFile> {
    const body = new Passing(sizeBytes);
    const expected = { maxBytes: this.#maxBytes };
    const staged = this.#store
      .stage(expected, unpacked(this.#next(body)), this.#signal)
      .catch((error: unknown) => inWhole(error, this.#maxBytes));
    this.#staged.add(staged);
    this.#unfinished.add(staged);
    const over = staged.finally(() => this.#unfinished.delete(staged));
    over.catch(() => {});
    await Promise.race([body.passed, over]);
    // What is packed can end before its file does
    for await (const _ of this.#next(body));
    if (this.#unfinished.size >= LAYERS_AT_A_TIME) await Promise.race(this.#unfinished);
    const take = () => {
      this.#staged.delete(staged);
      return staged;
    };
    return { sizeBytes, take };
  }

  /** What is left of these bytes. */
  async *#next(passing: Passing): AsyncGenerator<Uint8Array> {
    while (passing.left > 0) {
      this.#signal.throwIfAborted();
      const piece = await this.#source.next();
      if (piece === undefined) throw malformed('it breaks off');
      const own = piece.subarray(0, passing.left);
      this.#source.unread(piece.subarray(own.byteLength));
      passing.take(own.byteLength);
      yield own;
    }
  }
}

/** Bytes of the archive that are read, by one or the other. */
class Passing {
  readonly #passed = Promise.withResolvers<void>();
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  /** Resolves once all of them are. */
  get passed(): Promise<void> {
    return this.#passed.promise;
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left === 0) this.#passed.resolve();
  }
}

/** Nobody announced a size: it is the image that is too large. */
export function inWhole(error: unknown, maxBytes: number): never {
  if (codeOf(error) !== 'IMAGE_LAYER_TOO_LARGE') throw error;
  throw new TallyError('IMAGE_TOO_LARGE', { maxBytes }, { cause: error });
}
