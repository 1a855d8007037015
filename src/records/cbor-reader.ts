// Reads bytes that are the one encoding of a value, and refuses all others where they first differ: one pass, in which
// every head must be the shortest, every length definite and within the input, every key after the one before it, and
// all text UTF-8. The bytes are a stranger's: nothing is allocated by a length before so many bytes were seen to be there.
import {
  FORBIDDEN_KEY,
  isKeyBefore,
  MAJOR,
  MAX_DEPTH,
  malformed,
  requireInteger,
  type Value,
} from './cbor-rules.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    this.#bytes = new Uint8Array(buffer, byteOffset, length);
    this.#text = Buffer.from(buffer, byteOffset, length);
  }

  all(): Value {
    const value = this.#item(0);
    if (this.#at !== this.#bytes.length) malformed('bytes after the value');
    return value;
  }

  #item(depth: number): Value {
    if (depth > MAX_DEPTH) malformed('nested too deeply');
    const first = this.#byte();
    const argument = this.#argument(first & 31);
    switch (first >> 5) {
      case MAJOR.unsigned:
        return argument;
      case MAJOR.negative:
        return requireInteger(-1 - argument);
      case MAJOR.bytes:
        return this.#bytes.slice(this.#at, this.#past(argument));
      case MAJOR.text:
        return this.#string(argument);
      case MAJOR.array:
        return this.#array(argument, depth);
      case MAJOR.map:
        return this.#map(argument, depth);
      default:
        return malformed('a tag, a float or a simple value');
    }
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? malformed('the bytes end too early');
  }

  /** The argument of a head, in its shortest form (RFC 8949 section 4.2.1). */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) malformed('an indefinite length');
    const width = 1 << (info - 24);
    let argument = 0;
    for (let i = 0; i < width; i += 1) argument = argument * 256 + this.#byte();
    const least = width === 1 ? 24 : 2 ** (width * 4);
    if (argument < least) malformed('a number in more bytes than it needs');
    return requireInteger(argument);
  }

  /** Goes past so many bytes, which must be there. */
  #past(length: number): number {
    if (length > this.#bytes.length - this.#at) malformed('the bytes end too early');
    this.#at += length;
    return this.#at;
  }

  #string(length: number): string {
    const start = this.#at;
    const end = this.#past(length);
    return this.#isAscii(start, end) ? this.#text.toString('latin1', start, end) : this.#wideText(start, end);
  }

  #isAscii(start: number, end: number): boolean {
    for (let i = start; i < end; i += 1) if ((this.#bytes[i] ?? 0) > 127) return false;
    return true;
  }

  #wideText(start: number, end: number): string {
    try {
      return UTF8.decode(this.#bytes.subarray(start, end));
    } catch {
      return malformed('text that is no UTF-8');
    }
  }

  #array(length: number, depth: number): Value[] {
    const values: Value[] = [];
    for (let i = 0; i < length; i += 1) values.push(this.#item(depth + 1));
    return values;
  }

  #map(length: number, depth: number): { readonly [key: string]: Value } {
    const map: { [key: string]: Value } = {};
    let before: string | undefined;
    for (let i = 0; i < length; i += 1) {
      const key = this.#key();
      if (before !== undefined && !isKeyBefore(before, key)) malformed('keys out of order');
      map[key] = this.#item(depth + 1);
      before = key;
    }
    return map;
  }

  #key(): string {
    const first = this.#byte();
    if (first >> 5 !== MAJOR.text) malformed('a key that is no text');
    const length = this.#argument(first & 31);
    const start = this.#at;
    const end = this.#past(length);
    const key = this.#isAscii(start, end) ? this.#text.toString('latin1', start, end) : FORBIDDEN_KEY;
    return key === FORBIDDEN_KEY ? malformed('a key that no record has') : key;
  }
}

/** The value that these bytes are the encoding of. Throws RECORD_MALFORMED. */
export function readCbor(bytes: Uint8Array): Value {
  return new CborReader(bytes).all();
}
