// How a header is stored: its envelope and what it covers, in the order of its Merkle leaves.
import { decode, encode, type Value } from '../records/codec.ts';
import { ID } from '../records/common.ts';
import { isRecordKind, type RecordKind } from '../records/kinds.ts';
import { bytes, fields, list, text } from '../records/shape.ts';

const ENTRY = fields({
  header: bytes(1, 1_024),
  covers: list(fields({ kind: text(32, /^[a-z-]+$/), id: ID }), 65_536),
});

/** A record that a header covers. */
export interface Covered {
  readonly kind: RecordKind;
  readonly id: Uint8Array;
}

export interface HeaderEntry {
  readonly header: Uint8Array;
  readonly covers: readonly Covered[];
}

export function encodeEntry({ header, covers }: HeaderEntry): Uint8Array {
  return encode({ header, covers: covers.map(({ kind, id }) => ({ kind, id })) } satisfies Value);
}

/** Throws RECORD_MALFORMED. */
export function decodeEntry(stored: Uint8Array): HeaderEntry {
  const { header, covers } = ENTRY(decode(stored), 'entry');
  return { header, covers: covers.filter((each): each is Covered => isRecordKind(each.kind)) };
}
