// How many bytes the store of layers may take on its disk, and what goes when there is no room for more.
import { codeOf, TallyError } from '../../lib/errors.ts';

/** Bytes taken and promised, within a limit. */
export class Room {
  readonly maxBytes: number;
  /** Lets something go that nobody holds, and answers with its size; undefined where all is held. */
  readonly #evict: () => number | undefined;
  #usedBytes = 0;
  #promisedBytes = 0;

  constructor(maxBytes: number, evict: () => number | undefined) {
    this.maxBytes = maxBytes;
    this.#evict = evict;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes so many bytes. Throws IMAGE_STORE_FULL when nothing more can go. */
  take(bytes: number): void {
    while (this.#usedBytes + bytes > this.maxBytes) {
      const freed = this.#evict();
      if (freed === undefined) throw this.full();
      this.#usedBytes -= freed;
    }
    this.#usedBytes += bytes;
  }

  /** Runs a call that writes; where the disk itself has no room, what nobody holds goes first. Throws IMAGE_STORE_DISK_FULL. */
  async writing<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const freed = codeOf(error) === 'IMAGE_STORE_DISK_FULL' ? this.#evict() : undefined;
        if (freed === undefined) throw error;
        this.#usedBytes -= freed;
      }
    }
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /**
   * Promises so many bytes beside what is held for good, before one of them comes. Throws IMAGE_STORE_FULL; nothing goes for a
   * promise. The function returned takes it back.
   */
  promise(bytes: number, heldBytes: number): () => void {
    if (heldBytes + this.#promisedBytes + bytes > this.maxBytes) throw this.full();
    this.#promisedBytes += bytes;
    return () => {
      this.#promisedBytes -= bytes;
      bytes = 0;
    };
  }

  full(): TallyError {
    return new TallyError('IMAGE_STORE_FULL', { maxBytes: this.maxBytes });
  }
}
