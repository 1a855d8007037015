// Deterministic CBOR (the DAG-CBOR rules) narrowed to what records may hold: integers below 2^53,
// byte strings, text, arrays and maps of them. No floats, no null, no booleans, no tags.
import * as dagCbor from '@ipld/dag-cbor';
import { TallyError } from '../lib/errors.ts';

/** What a record's body may be made of. */
export type Value = number | string | Uint8Array | readonly Value[] | { readonly [key: string]: Value };

/** Nesting deeper than this is refused: no record needs it, and a hostile one must not exhaust the stack. */
const MAX_DEPTH = 8;

function requireAllowed(value: unknown, depth: number): asserts value is Value {
  if (depth > MAX_DEPTH) throw new TallyError('RECORD_MALFORMED', { reason: 'nested too deeply' });
  if (typeof value === 'string' || value instanceof Uint8Array) return;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return;
    throw new TallyError('RECORD_MALFORMED', { reason: 'a number that is no integer below 2^53' });
  }
  if (typeof value !== 'object' || value === null) {
    throw new TallyError('RECORD_MALFORMED', {
      reason: `a value of type ${value === null ? 'null' : typeof value}`,
    });
  }
  for (const item of Array.isArray(value) ? value : Object.values(value)) requireAllowed(item, depth + 1);
}

/** The one encoding of a value. Throws RECORD_MALFORMED for what records may not hold. */
export function encode(value: Value): Uint8Array {
  requireAllowed(value, 0);
  const { buffer, byteOffset, byteLength } = dagCbor.encode(value);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Decodes `bytes` and requires that encoding the result gives the same bytes again, which rules out unsorted or
 * duplicate keys, long integer forms, indefinite lengths, bad UTF-8 and trailing bytes. Throws RECORD_MALFORMED.
 */
export function decode(bytes: Uint8Array): Value {
  const value = decodeLoosely(bytes);
  requireAllowed(value, 0);
  const again = dagCbor.encode(value);
  if (Buffer.compare(again, bytes) !== 0)
    throw new TallyError('RECORD_MALFORMED', { reason: 'not canonical' });
  return value;
}

function decodeLoosely(bytes: Uint8Array): unknown {
  requireShallow(bytes);
  try {
    return dagCbor.decode(bytes);
  } catch (cause) {
    throw new TallyError('RECORD_MALFORMED', { reason: 'not CBOR' }, { cause });
  }
}

/**
 * The decoder recurses, so nesting is measured before it runs. An array or map header opens a level with as many
 * items as it announces; the walk keeps a count of open items a level and skips the payload of strings.
 */
function requireShallow(bytes: Uint8Array): void {
  const open: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const major = (bytes[at] ?? 0) >> 5;
    const head = readLength(bytes, at);
    at = head.next;
    if (major === 2 || major === 3) at += head.length;
    if (major === 6) throw new TallyError('RECORD_MALFORMED', { reason: 'a tag' });
    if ((major === 4 || major === 5) && head.length > 0) {
      open.push(major === 5 ? head.length * 2 : head.length);
      if (open.length > MAX_DEPTH) throw new TallyError('RECORD_MALFORMED', { reason: 'nested too deeply' });
      continue;
    }
    closeItem(open);
  }
}

function closeItem(open: number[]): void {
  while (open.length > 0) {
    const left = (open.pop() ?? 0) - 1;
    if (left > 0) {
      open.push(left);
      return;
    }
  }
}

/** The argument of the CBOR head at `at` (RFC 8949 section 3) and where its payload begins. */
function readLength(bytes: Uint8Array, at: number): { length: number; next: number } {
  const info = (bytes[at] ?? 0) & 31;
  if (info < 24) return { length: info, next: at + 1 };
  if (info > 27) throw new TallyError('RECORD_MALFORMED', { reason: 'an indefinite length' });
  const width = 1 << (info - 24);
  let length = 0;
  for (let i = 1; i <= width; i += 1) length = length * 256 + (bytes[at + i] ?? 0);
  return { length, next: at + 1 + width };
}
