// Checks a layer while it streams past: its size at most as announced, and at its end its digest.
import { createHash } from 'node:crypto';
import { TallyError } from '../../lib/errors.ts';
import type { Bytes } from './bytes.ts';

/** What a layer is checked against. */
export interface Expected {
  readonly diffId: string;
  /** The most bytes that its tar may have; stops a small form that unpacks to a large one. */
  readonly maxBytes: number;
}

export class LayerCheck {
  readonly #expected: Expected;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  /** The size so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The tar as it comes, counted. Throws IMAGE_LAYER_TOO_LARGE at the first byte too many, IMAGE_DIGEST_WRONG at its end. */
  async *passing(tar: Bytes): AsyncGenerator<Uint8Array> {
    const { diffId, maxBytes } = this.#expected;
    for await (const piece of tar) {
      this.#bytes += piece.byteLength;
      if (this.#bytes > maxBytes) throw new TallyError('IMAGE_LAYER_TOO_LARGE', { diffId, maxBytes });
      this.#hash.update(piece);
      yield piece;
    }
    const got = `sha256:${this.#hash.digest('hex')}`;
    if (got !== diffId) throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId, got });
  }
}
