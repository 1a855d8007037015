// Deterministic CBOR (the DAG-CBOR rules) narrowed to what records may hold: integers below 2^53, byte strings, text,
// arrays, and maps of them with ASCII keys. No floats, no null, no booleans, no tags. A value has one encoding.
import { readCbor } from './cbor-reader.ts';
import type { Value } from './cbor-rules.ts';
import { writeCbor } from './cbor-writer.ts';

export type { Value };

/** The one encoding of a value. Throws RECORD_MALFORMED for what records may not hold. */
export function encode(value: Value): Uint8Array {
  return writeCbor(value);
}

/**
 * The value of which `bytes` are the one encoding. Throws RECORD_MALFORMED for all other bytes: unsorted or duplicate
 * keys, long integer forms, indefinite lengths, bad UTF-8, trailing bytes, deep nesting.
 */
export function decode(bytes: Uint8Array): Value {
  return readCbor(bytes);
}
