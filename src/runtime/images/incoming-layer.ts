// A layer that comes from another store: written and checked as it comes, resumed where it broke off.
import { codeOf, TallyError } from '../../lib/errors.ts';
import { type Bytes, Pushback } from './bytes.ts';
import { LayerCheck } from './layer-check.ts';
import type { LayerFile } from './layer-file.ts';
import type { EncodedLayer } from './layer-names.ts';
import { OWN_WINDOW_LOG } from './parameters.ts';
import { decoded, zstdDecoder } from './unpack.ts';

/** What the store does with the file in the end; `released` comes last, always and once. */
export interface Fate {
  keep(): Promise<EncodedLayer>;
  leave(): Promise<void>;
  released(): void;
}

export class IncomingLayer {
  /** From here on the sender has to send. */
  readonly offset: number;
  readonly #announced: EncodedLayer;
  readonly #file: LayerFile;
  readonly #fate: Fate;
  /** Why the sender's bytes ended; undefined while that was not their failure. */
  #broken: { readonly reason: unknown } | undefined;
  /** Aborts once it is known what came: nobody waits for more. */
  readonly #judged = new AbortController();
  #isOver = false;

  constructor(announced: EncodedLayer, file: LayerFile, fate: Fate) {
    this.offset = file.bytes;
    this.#announced = announced;
    this.#file = file;
    this.#fate = fate;
  }

  /** How much of it is here. */
  get receivedBytes(): number {
    return this.#file.bytes;
  }

  /**
   * Takes the bytes from `offset` to the end, and keeps the layer once it is checked. When they break off, because their source
   * or the signal says so or because they end early (IMAGE_LAYER_INCOMPLETE), what came is left to go on with. Everything else
   * leaves nothing: IMAGE_DIGEST_WRONG, IMAGE_LAYER_TOO_LARGE, IMAGE_STORE_FULL, IMAGE_STORE_DISK_FULL.
   */
  async take(bytes: Bytes, signal: AbortSignal): Promise<EncodedLayer> {
    this.#begin();
    try {
      await this.#check(bytes, signal);
      await this.#file.settle();
      return await this.#fate.keep();
    } catch (error) {
      const isBreak = this.#broken !== undefined || codeOf(error) === 'IMAGE_LAYER_INCOMPLETE';
      await (isBreak ? this.#fate.leave() : this.#file.discard());
      throw this.#broken === undefined ? error : this.#broken.reason;
    } finally {
      this.#fate.released();
    }
  }

  /** Lets it go before anything comes; what came earlier stays. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#begin();
    await this.#fate.leave();
    this.#fate.released();
  }

  #begin(): void {
    if (this.#isOver) throw new Error('a layer that comes in is taken once');
    this.#isOver = true;
  }

  async #check(bytes: Bytes, signal: AbortSignal): Promise<void> {
    const { diffId, sizeBytes, encodedBytes } = this.#announced;
    const check = new LayerCheck({ diffId, maxBytes: sizeBytes });
    const source = new Pushback(this.#arriving(bytes, AbortSignal.any([signal, this.#judged.signal])));
    const decoder = zstdDecoder(OWN_WINDOW_LOG);
    try {
      for await (const _ of check.passing(decoded(source, decoder)));
    } catch (cause) {
      // Bytes that do not decode are as wrong as those of another layer
      if (codeOf(cause) !== 'IMAGE_ARCHIVE_MALFORMED') throw cause;
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId }, { cause });
    } finally {
      this.#judged.abort();
      await source.close();
    }
    if (check.bytes !== sizeBytes || decoder.bytesWritten !== encodedBytes)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId, reason: 'its sizes are others' });
  }

  /** What came earlier, then what comes now, written as it passes. */
  async *#arriving(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { diffId, encodedBytes } = this.#announced;
    yield* this.#file.read();
    const pieces = new Pushback(bytes);
    try {
      while (this.#file.bytes < encodedBytes) {
        const piece = await this.#next(pieces, signal);
        if (piece === undefined) throw this.#incomplete();
        if (this.#file.bytes + piece.byteLength > encodedBytes)
          throw new TallyError('IMAGE_LAYER_TOO_LARGE', { diffId, encodedBytes });
        await this.#file.write(piece);
        yield piece;
      }
    } finally {
      // Not waited for: a source that hangs is its owner's to end
      void pieces.close().catch(() => {});
    }
  }

  #incomplete(): TallyError {
    const { diffId, encodedBytes } = this.#announced;
    return new TallyError('IMAGE_LAYER_INCOMPLETE', {
      diffId,
      encodedBytes,
      receivedBytes: this.#file.bytes,
    });
  }

  async #next(pieces: Pushback, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([pieces.next(), aborted.promise]);
    } catch (reason) {
      if (!this.#judged.signal.aborted) this.#broken = { reason };
      throw reason;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
