// What both directions of the codec agree on: which part of CBOR (RFC 8949) records may contain, and in which order.
import { TallyError } from '../lib/errors.ts';

/** What a record's body may be made of. */
export type Value = number | string | Uint8Array | readonly Value[] | { readonly [key: string]: Value };

/** Nesting deeper than this is refused: no record needs it, and a hostile one must not exhaust the stack. */
export const MAX_DEPTH = 8;

/** Major types of RFC 8949 section 3.1 that records have. */
export const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5 } as const;

/** Integers of magnitude below 2^53; minus zero is none. Throws RECORD_MALFORMED. */
export function requireInteger(value: number): number {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value;
  return malformed('a number that is no integer below 2^53');
}

/** Whether key `a` stands before key `b`, both ASCII: the shorter first, and of one length by their bytes. */
export function isKeyBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** The name that would set an object's prototype instead of a field; no record has it. */
export const FORBIDDEN_KEY = '__proto__';

export function malformed(reason: string): never {
  throw new TallyError('RECORD_MALFORMED', { reason });
}
