// What a header covers, as it is stored beside the header: the records in the order of its Merkle leaves. It has its own
// row, because a peer that is shown headers does not need it.
import { decode, encode, type Value } from '../records/codec.ts';
import { ID } from '../records/common.ts';
import { isRecordKind, type RecordKind } from '../records/kinds.ts';
import { fields, list, text } from '../records/shape.ts';

const COVERS = list(fields({ kind: text(32, /^[a-z-]+$/), id: ID }), 65_536);

/** A record that a header covers. */
export interface Covered {
  readonly kind: RecordKind;
  readonly id: Uint8Array;
}

export function encodeCovers(covers: readonly Covered[]): Uint8Array {
  return encode(covers.map(({ kind, id }) => ({ kind, id })) satisfies Value);
}

/** Throws RECORD_MALFORMED. */
export function decodeCovers(stored: Uint8Array): readonly Covered[] {
  return COVERS(decode(stored), 'covers').filter((each): each is Covered => isRecordKind(each.kind));
}
