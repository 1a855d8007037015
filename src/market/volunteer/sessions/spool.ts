// What is copied, between the engine and a tenant: a file without a name, so that neither waits for the other.
import type { FileHandle } from 'node:fs/promises';
import { onDisk, readRange } from '../../../runtime/images/layer-file.ts';
import { SPOOL_PIECE_BYTES } from '../../terms/parameters.ts';

export class Spool {
  readonly #file: FileHandle;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** How much it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds to its end. Throws IMAGE_STORE_DISK_FULL. */
  async fill(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const piece of pieces) {
      this.#pending.push(piece);
      this.#pendingBytes += piece.byteLength;
      this.#bytes += piece.byteLength;
      if (this.#pendingBytes >= SPOOL_PIECE_BYTES) await this.#flush();
    }
    await this.#flush();
  }

  /** From one place to another, also while it is filled. */
  async *read(from = 0, to = this.#bytes): AsyncGenerator<Uint8Array> {
    await this.#flush();
    yield* readRange(this.#file, from, to);
  }

  /** Nothing of it is left. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending, this.#pendingBytes);
    [this.#pending, this.#pendingBytes] = [[], 0];
    if (bytes.byteLength > 0) await onDisk(() => this.#file.writeFile(bytes));
  }
}
