// Checks a layer while it streams past: its size at most as announced, and at its end its digest, or says what that is.
import { createHash } from 'node:crypto';
import { TallyError } from '../../lib/errors.ts';
import type { Bytes } from './bytes.ts';

/** What a layer is checked against. */
export interface Expected {
  /** Undefined: it is named by what comes. */
  readonly diffId?: string;
  /** The most bytes that its tar may have; stops a small form that unpacks to a large one. */
  readonly maxBytes: number;
}

export class LayerCheck {
  readonly #expected: Expected;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #diffId = '';

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  /** The size so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What came in all; empty before its end. */
  get diffId(): string {
    return this.#diffId;
  }

  /** The tar as it comes, counted. Throws IMAGE_LAYER_TOO_LARGE at the first byte too many, IMAGE_DIGEST_WRONG at its end. */
  async *passing(tar: Bytes): AsyncGenerator<Uint8Array> {
    const { diffId, maxBytes } = this.#expected;
    const named = diffId === undefined ? {} : { diffId };
    for await (const piece of tar) {
      this.#bytes += piece.byteLength;
      if (this.#bytes > maxBytes) throw new TallyError('IMAGE_LAYER_TOO_LARGE', { ...named, maxBytes });
      this.#hash.update(piece);
      yield piece;
    }
    this.#diffId = `sha256:${this.#hash.digest('hex')}`;
    if (diffId !== undefined && this.#diffId !== diffId)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId, got: this.#diffId });
  }
}
