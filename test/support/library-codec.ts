// The codec a second time, by a library and slowly: what decodes to values that records may hold, and encodes to the same
// bytes again, is the one encoding of a value. The codec that peers use is compared with it.
import * as dagCbor from '@ipld/dag-cbor';
import type { Value } from '../../src/records/codec.ts';

const MAX_DEPTH = 8;

/** The encoding by the library; undefined for what records may not hold. */
export function libraryEncode(value: unknown): Uint8Array | undefined {
  return isAllowed(value, 0) ? new Uint8Array(dagCbor.encode(value)) : undefined;
}

/** The value by the library; undefined where the bytes are not the one encoding of any. */
export function libraryDecode(bytes: Uint8Array): Value | undefined {
  const value = decodeLoosely(bytes);
  const again = libraryEncode(value);
  return again !== undefined && Buffer.compare(again, bytes) === 0 ? (value as Value) : undefined;
}

function decodeLoosely(bytes: Uint8Array): unknown {
  try {
    return dagCbor.decode(bytes);
  } catch {
    return undefined;
  }
}

function isAllowed(value: unknown, depth: number): value is Value {
  if (depth > MAX_DEPTH) return false;
  if (typeof value === 'string') return value.isWellFormed();
  if (value instanceof Uint8Array) return true;
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return false;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return keys.every(isAsciiKey) && Object.values(value).every((each) => isAllowed(each, depth + 1));
}

function isAsciiKey(key: string): boolean {
  return Buffer.byteLength(key) === key.length && key !== '__proto__';
}
