// The closed set of record kinds. A new kind is one row here and one file beside it.
import { type BidBody, bidKind } from './bid.ts';
import { type GrantBody, grantKind } from './grant.ts';
import { type HeaderBody, headerKind } from './header.ts';
import { type InvitationBody, invitationKind } from './invitation.ts';
import type { Kind } from './kind.ts';
import { type LeaseBody, leaseKind } from './lease.ts';
import { type OfferBody, offerKind, type TombstoneBody, tombstoneKind } from './offer.ts';
import { type OutcomeBody, outcomeKind } from './outcome.ts';
import { type ReceiptBody, receiptKind } from './receipt.ts';
import { type VouchBody, vouchKind } from './vouch.ts';

/** The body of each kind. */
export interface Bodies {
  offer: OfferBody;
  tombstone: TombstoneBody;
  bid: BidBody;
  lease: LeaseBody;
  receipt: ReceiptBody;
  outcome: OutcomeBody;
  vouch: VouchBody;
  invitation: InvitationBody;
  grant: GrantBody;
  header: HeaderBody;
}

export type RecordKind = keyof Bodies;

/** The table of kinds. */
export const KINDS: { readonly [K in RecordKind]: Kind<Bodies[K]> } = {
  offer: offerKind,
  tombstone: tombstoneKind,
  bid: bidKind,
  lease: leaseKind,
  receipt: receiptKind,
  outcome: outcomeKind,
  vouch: vouchKind,
  invitation: invitationKind,
  grant: grantKind,
  header: headerKind,
};

/** Whether text names a kind that this version knows. */
export function isRecordKind(text: string): text is RecordKind {
  return Object.hasOwn(KINDS, text);
}
