// Streams of bytes: counted, and read a little ahead.
import type { TallyError } from '../../lib/errors.ts';

export type Bytes = AsyncIterable<Uint8Array>;

/** Bytes as they come; throws what `refuse` makes as soon as there are more than `max`. */
export async function* atMost(
  bytes: Bytes,
  max: number,
  refuse: () => TallyError,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const piece of bytes) {
    seen += piece.byteLength;
    if (seen > max) throw refuse();
    yield piece;
  }
}

/** The same bytes in pieces of at least so many, but for the last. */
export async function* gathered(bytes: Bytes, least: number): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length < least) continue;
    yield joined(pieces);
    [pieces, length] = [[], 0];
  }
  if (length > 0) yield joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

/** All of a stream that has at most `max` bytes; throws what `refuse` makes for a longer one. */
export async function collect(bytes: Bytes, max: number, refuse: () => TallyError): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of atMost(bytes, max, refuse)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A stream of which some can be looked at, or given back, before it is read. */
export class Pushback {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #ahead: Uint8Array[] = [];

  constructor(bytes: Bytes) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** The next bytes, or undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const ahead = this.#ahead.shift();
    if (ahead !== undefined) return ahead;
    const { done, value } = await this.#iterator.next();
    return done === true ? undefined : value;
  }

  /** The first bytes, fewer where there are not so many. */
  async peek(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let seen = 0; seen < length; ) {
      const piece = await this.next();
      if (piece === undefined) break;
      pieces.push(piece);
      seen += piece.byteLength;
    }
    const start = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    this.unread(start);
    return start.subarray(0, length);
  }

  unread(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#ahead.unshift(bytes);
  }

  /** Lets the stream go before its end. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** A stream of which some parts are taken whole, and others, bodies, go as they come; what nobody read of a body is passed over. */
export class PassingBytes {
  readonly #source: Pushback;
  readonly #broken: () => Error;
  /** What is to be read of the last body, and of what fills it up. */
  #left = 0;
  #padding = 0;

  /** `broken` makes what is thrown where the stream ends too early. */
  constructor(bytes: Bytes, broken: () => Error) {
    this.#source = new Pushback(bytes);
    this.#broken = broken;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async isAtEnd(): Promise<boolean> {
    return (await this.#source.peek(1)).byteLength === 0;
  }

  /** The next bytes, all of them. Throws where there are not so many. */
  async take(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      const piece = await this.#next(missing);
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return Buffer.concat(pieces, length);
  }

  /** A body of so many bytes comes next, filled up with so many more. */
  begin(sizeBytes: number, paddingBytes: number): void {
    [this.#left, this.#padding] = [sizeBytes, paddingBytes];
  }

  /** What is left of the body. Throws where it breaks off. */
  async *body(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const piece = await this.#next(this.#left);
      this.#left -= piece.byteLength;
      yield piece;
    }
  }

  /** Goes on behind the body; the last one of all may come without what fills it up. */
  async passOver(): Promise<void> {
    for await (const _ of this.body());
    if (this.#padding > 0 && !(await this.isAtEnd())) await this.take(this.#padding);
    this.#padding = 0;
  }

  /** At most so many bytes, as they came. */
  async #next(most: number): Promise<Uint8Array> {
    const piece = await this.#source.next();
    if (piece === undefined) throw this.#broken();
    const own = piece.subarray(0, most);
    this.#source.unread(piece.subarray(own.byteLength));
    return own;
  }
}
