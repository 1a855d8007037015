// The closed set of record kinds. A new kind is one row here and one file beside it.
import { type BidBody, bidKind } from './bid.ts';
import type { Value } from './codec.ts';
import { type HeaderBody, headerKind } from './header.ts';
import { type LeaseBody, leaseKind } from './lease.ts';
import { type OfferBody, offerKind, type TombstoneBody, tombstoneKind } from './offer.ts';
import { type ReceiptBody, receiptKind } from './receipt.ts';

/** The body of each kind. */
export interface Bodies {
  offer: OfferBody;
  tombstone: TombstoneBody;
  bid: BidBody;
  lease: LeaseBody;
  receipt: ReceiptBody;
  header: HeaderBody;
}

export type RecordKind = keyof Bodies;

/** What a kind fixes: its size limit, its fields, and whose signatures it needs, in this order. */
export interface Kind<B> {
  readonly maxBytes: number;
  readonly shape: (value: Value, path: string) => B;
  readonly authors: (body: B) => readonly Uint8Array[];
}

/** The table of kinds. */
export const KINDS: { readonly [K in RecordKind]: Kind<Bodies[K]> } = {
  offer: offerKind,
  tombstone: tombstoneKind,
  bid: bidKind,
  lease: leaseKind,
  receipt: receiptKind,
  header: headerKind,
};

/** Whether text names a kind that this version knows. */
export function isRecordKind(text: string): text is RecordKind {
  return Object.hasOwn(KINDS, text);
}
