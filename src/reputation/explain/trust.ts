// What people see of reputation: all peers that this peer knows, the reasons for their ratings, and vouches.
import type { SignedRecord } from '../../records/envelope.ts';
import type { Debt } from '../facts/debts.ts';
import type { Score } from '../walk/scores.ts';
import type { VouchTerms } from './words.ts';

/** A step of a path of trust, and what carries it. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  /** Chance that a walk at `from`, if it goes on, goes here. */
  readonly chance: number;
  readonly serviceMicrocredits: number;
  readonly vouchMicrocredits: number;
  /** Ids of the receipt and the vouch that say so. */
  readonly receipt?: string;
  readonly vouch?: string;
}

/** A way by which the walk comes to a peer. */
export interface Path {
  /** The part of the standing that comes by the last hop, over whatever ways. */
  readonly standing: number;
  /** The likeliest way to that hop, from me on. */
  readonly hops: readonly Hop[];
}

/** What one author says of a peer. */
export interface Testimony {
  readonly author: string;
  /** What the author's word weighs here; 1 for this peer's own experience. */
  readonly weight: number;
  readonly good: number;
  readonly bad: number;
  /** Codes of the breaches. */
  readonly codes: readonly string[];
  /** Ids of outcomes. */
  readonly outcomes: readonly string[];
}

/** The effect of one change. */
export interface Change {
  readonly change: 'GOOD_LEASE' | 'BREACH' | 'SERVICE' | 'VOUCH' | 'WITHOUT_PATH';
  /** Whom the change is about, where that is not the peer itself: the last hop's author for WITHOUT_PATH. */
  readonly peer?: string;
  readonly standing: number;
  readonly quality: number;
}

/** Why a peer has its standing and quality: the few things that carried most of both. */
export interface Explanation extends Score {
  /** The heaviest first. */
  readonly paths: readonly Path[];
  readonly testimonies: readonly Testimony[];
  readonly changes: readonly Change[];
}

/** The rating of a peer, in two numbers. */
export interface Rated {
  readonly standing: number;
  readonly quality: number;
}

/** What another tie would make of what is thought of a peer. */
interface RatedChange {
  readonly peer: string;
  readonly before: Rated;
  readonly after: Rated;
}

/** What vouching for a peer, or no longer, would do here. What others make of it is theirs. */
export interface VouchEffect extends RatedChange {
  /** The others whom it would move most. */
  readonly others: readonly RatedChange[];
  /** How many others it would move at all. */
  readonly moved: number;
  /** What the peer may owe this one, beside newcomers' pools. */
  readonly mayOweMicrocredits: { readonly before: number; readonly after: number };
}

/** A valid vouch of this peer. */
export interface OwnVouch {
  /** Id of the record. */
  readonly vouch: string;
  readonly peer: string;
  readonly trustMicrocredits: number;
  /** What this peer answers for. */
  readonly creditMicrocredits: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Trust as the API shows it, and the vouches that other rooms make and hand on. */
export interface Trust {
  /** Every peer that evidence names, the best first: by quality, then by standing. */
  list(): readonly Score[];
  /** Why; for a peer that nothing names an explanation without reasons. Throws KEY_INVALID for what is no peer. */
  why(peer: string): Explanation;
  /** Vouches for a peer; committed and published. Throws KEY_INVALID, VOUCH_REFUSED, RECORD_MALFORMED. */
  vouch(subject: string, terms?: VouchTerms): Promise<SignedRecord<'vouch'>>;
  /** What others owe this peer by its own receipts, and what it owes them; who owes most first. */
  debts(): readonly Debt[];
  /** The vouches of this peer that hold. */
  vouches(): readonly OwnVouch[];
  /** What a vouch for a peer would do, nothing being signed; no trust takes it back. Throws KEY_INVALID, VOUCH_REFUSED,
   *  VOUCH_UNKNOWN where there is none to take back. */
  effectOf(subject: string, terms?: VouchTerms): VouchEffect;
  /** Takes a vouch back; committed and published. Throws KEY_INVALID, VOUCH_UNKNOWN where none holds. */
  revoke(subject: string): Promise<SignedRecord<'vouch'>>;
  /** Takes in a vouch that was handed over; on disk when it resolves. Throws RECORD_*, SIGNATURE_INVALID, EVIDENCE_REFUSED. */
  takeVouch(bytes: Uint8Array): Promise<SignedRecord<'vouch'>>;
}
