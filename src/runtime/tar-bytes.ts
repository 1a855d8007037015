// The bytes of a tar that passes by once: headers are taken whole, the body of an entry goes as it comes, and what nobody read of that
// is passed over.
import { type Bytes, Pushback } from './images/bytes.ts';
import { malformed, tarPadding } from './tar-header.ts';

export class TarBytes {
  readonly #source: Pushback;
  readonly #broken: () => Error;
  /** What is to be read of the last body, and then fills its block. */
  #left = 0;
  #padding = 0;

  /** `broken` makes what is thrown where the tar ends too early. */
  constructor(tar: Bytes, broken: () => Error = () => malformed('it breaks off')) {
    this.#source = new Pushback(tar);
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

  /** A body of so many bytes comes next. */
  begin(sizeBytes: number): void {
    [this.#left, this.#padding] = [sizeBytes, tarPadding(sizeBytes)];
  }

  /** What is left of the body. Throws where it breaks off. */
  async *body(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const piece = await this.#next(this.#left);
      this.#left -= piece.byteLength;
      yield piece;
    }
  }

  /** Goes on behind the body; the last one of all may come without what fills its block. */
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
