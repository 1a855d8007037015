// Writes the one encoding of a value. A receipt takes some ten encodings, so they are written straight into a buffer that
// is used again: with tokens and lists of parts in between, encoding took longer than hashing and storing together.
import { FORBIDDEN_KEY, isKeyBefore, MAJOR, MAX_DEPTH, malformed, requireInteger } from './cbor-rules.ts';

const FIRST_BYTES = 4_096;
/** A buffer that one large value made grow beyond this is not kept. */
const KEPT_BYTES = 65_536;
/** A head is a byte and an argument of up to eight. */
const HEAD_BYTES = 9;
/** What one character of a string takes in UTF-8 at most, by its UTF-16 units. */
const UNIT_BYTES = 3;

class CborWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  write(value: unknown): Uint8Array {
    this.#at = 0;
    this.#item(value, 0);
    // From the platform's pool: a backing store of its own costs ten times as much as the bytes that go into it.
    const { buffer, byteOffset, length } = Buffer.allocUnsafe(this.#at);
    const written = new Uint8Array(buffer, byteOffset, length);
    written.set(this.#buffer.subarray(0, this.#at));
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(FIRST_BYTES);
    return written;
  }

  #item(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) malformed('nested too deeply');
    if (typeof value === 'number') this.#number(requireInteger(value));
    else if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (Array.isArray(value)) this.#array(value, depth);
    else if (typeof value === 'object' && value !== null) this.#map(value, depth);
    else malformed(`a value of type ${value === null ? 'null' : typeof value}`);
  }

  #number(value: number): void {
    this.#reserve(HEAD_BYTES);
    if (value < 0) this.#head(MAJOR.negative, -1 - value);
    else this.#head(MAJOR.unsigned, value);
  }

  #bytes(value: Uint8Array): void {
    this.#reserve(HEAD_BYTES + value.length);
    this.#head(MAJOR.bytes, value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  #array(values: readonly unknown[], depth: number): void {
    this.#reserve(HEAD_BYTES);
    this.#head(MAJOR.array, values.length);
    for (const value of values) this.#item(value, depth + 1);
  }

  #map(map: object, depth: number): void {
    const keys = sorted(Object.keys(map));
    this.#reserve(HEAD_BYTES);
    this.#head(MAJOR.map, keys.length);
    for (const key of keys) {
      if (key === FORBIDDEN_KEY || !this.#ascii(key)) malformed('a key that no record has');
      this.#item((map as { readonly [key: string]: unknown })[key], depth + 1);
    }
  }

  #text(value: string): void {
    if (this.#ascii(value)) return;
    if (!value.isWellFormed()) malformed('text with half a character');
    this.#reserve(HEAD_BYTES + value.length * UNIT_BYTES);
    this.#head(MAJOR.text, Buffer.byteLength(value));
    this.#at += this.#buffer.write(value, this.#at);
  }

  /** Most text is short and ASCII, and is written a character at a time; false, and nothing written, for other text. */
  #ascii(value: string): boolean {
    const start = this.#at;
    const { length } = value;
    this.#reserve(HEAD_BYTES + length);
    this.#head(MAJOR.text, length);
    const buffer = this.#buffer;
    const at = this.#at;
    this.#at += length;
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.#at = start;
        return false;
      }
      buffer[at + i] = code;
    }
    return true;
  }

  /** A head whose argument takes the fewest bytes; there is room for it. */
  #head(major: number, argument: number): void {
    if (argument < 24) this.#byte((major << 5) | argument);
    else if (argument < 2 ** 8) {
      this.#byte((major << 5) | 24);
      this.#byte(argument);
    } else if (argument < 2 ** 16) {
      this.#byte((major << 5) | 25);
      this.#at = this.#buffer.writeUInt16BE(argument, this.#at);
    } else {
      const isLong = argument >= 2 ** 32;
      this.#byte((major << 5) | (isLong ? 27 : 26));
      if (isLong) this.#at = this.#buffer.writeUInt32BE(Math.floor(argument / 2 ** 32), this.#at);
      this.#at = this.#buffer.writeUInt32BE(argument % 2 ** 32, this.#at);
    }
  }

  #byte(byte: number): void {
    this.#buffer[this.#at] = byte;
    this.#at += 1;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed));
    larger.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = larger;
  }
}

/** Keys in their order: few and short, so that insertion beats the platform's sort. */
function sorted(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i += 1) {
    const key = keys[i] ?? '';
    let to = i;
    for (; to > 0 && isKeyBefore(key, keys[to - 1] ?? ''); to -= 1) keys[to] = keys[to - 1] ?? '';
    keys[to] = key;
  }
  return keys;
}

const WRITER = new CborWriter();

/** The encoding of a value. Throws RECORD_MALFORMED for what records may not hold. */
export function writeCbor(value: unknown): Uint8Array {
  return WRITER.write(value);
}
