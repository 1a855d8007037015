// The one function that judges evidence, for gossip, for pulled evidence, for evidence that is handed over and for
// evidence from disk: cheap checks first, signatures last. What passes is a fact.
import { dayOf } from '../../ledger/decay.ts';
import { CLOCK_TOLERANCE_MS } from '../../ledger/parameters.ts';
import { TallyError } from '../../lib/errors.ts';
import {
  kindOf,
  parseRecord,
  type SignedRecord,
  type UnverifiedRecord,
  verifyRecord,
} from '../../records/envelope.ts';
import { type EvidenceItem, sizeOfEvidence } from '../../records/evidence.ts';
import { sameBytes, showId } from '../../records/id.ts';
import { type EvidenceRecord, factOf } from '../facts/fact-of.ts';
import type { Fact } from '../facts/facts.ts';
import { VOUCH_MAX_LIFETIME_MS } from '../facts/parameters.ts';

type Unverified = UnverifiedRecord<'receipt'> | UnverifiedRecord<'outcome'> | UnverifiedRecord<'vouch'>;

/** Evidence that is well formed; nothing is known yet about its signatures. */
export interface ParsedEvidence {
  readonly item: EvidenceItem;
  readonly record: Unverified;
  readonly leases: readonly UnverifiedRecord<'lease'>[];
  readonly fact: Fact;
  /** What it takes on disk. */
  readonly bytes: number;
}

/** Evidence whose signatures are all right. */
export interface VerifiedEvidence extends ParsedEvidence {
  readonly record: EvidenceRecord;
  readonly leases: readonly SignedRecord<'lease'>[];
}

/** Reads evidence. Throws RECORD_*, RECORD_UNKNOWN_KIND for a record that is no evidence to this version. */
export function parseEvidence(item: EvidenceItem, network: string): ParsedEvidence {
  const record = parseKind(item.record, network);
  const leases = item.leases.map((lease) => parseRecord('lease', lease, network));
  return { item, record, leases, fact: shownFact(record, leases), bytes: sizeOfEvidence(item) };
}

function parseKind(envelope: Uint8Array, network: string): Unverified {
  const kind = kindOf(envelope);
  if (kind === 'receipt') return parseRecord('receipt', envelope, network);
  if (kind === 'outcome') return parseRecord('outcome', envelope, network);
  if (kind === 'vouch') return parseRecord('vouch', envelope, network);
  throw new TallyError('RECORD_UNKNOWN_KIND', { expected: ['receipt', 'outcome', 'vouch'] });
}

/** What a record says; of an outcome only the leases that are shown beside it. */
function shownFact(record: Unverified, leases: readonly UnverifiedRecord<'lease'>[]): Fact {
  const fact = factOf(record);
  if (fact.kind !== 'outcome') return fact;
  const shown = new Set(leases.map(({ id }) => showId(id)));
  return { ...fact, leases: fact.leases.filter(({ lease }) => shown.has(lease)) };
}

/** Whose fault it is that evidence is refused: the sender's, or nobody's. */
export interface Refusal {
  readonly verdict: 'reject' | 'ignore';
  readonly reason: string;
}

/** All checks that need no signature; undefined if none fails. */
export function refusalOf({ record, leases, fact }: ParsedEvidence, nowMs: number): Refusal | undefined {
  // [REJECT] nobody is a witness in its own cause
  if (fact.author === fact.subject)
    return { verdict: 'reject', reason: 'the record is about its own author' };
  // [IGNORE] from the future: the sender's clock, or ours
  if (isFromTheFuture(fact, nowMs)) return { verdict: 'ignore', reason: 'the record is dated in the future' };
  if (fact.kind === 'outcome')
    return leaseRefusal(record as UnverifiedRecord<'outcome'>, leases, fact.leases.length);
  // [REJECT] leases prove outcomes alone
  if (leases.length > 0) return { verdict: 'reject', reason: 'leases came without an outcome' };
  // [REJECT] decay only lowers what was charged
  if (fact.kind === 'receipt' && fact.serviceMicrocredits > fact.chargedMicrocredits)
    return { verdict: 'reject', reason: 'the service is larger than the charges' };
  return fact.kind === 'vouch' ? vouchRefusal(fact, nowMs) : undefined;
}

function isFromTheFuture(fact: Fact, nowMs: number): boolean {
  const latestMs = nowMs + CLOCK_TOLERANCE_MS;
  if (fact.kind !== 'receipt' && fact.issuedAtMs > latestMs) return true;
  return fact.kind !== 'vouch' && fact.day > dayOf(latestMs);
}

function vouchRefusal(
  { issuedAtMs, expiresAtMs }: { issuedAtMs: number; expiresAtMs: number },
  nowMs: number,
): Refusal | undefined {
  // [REJECT] longer than any honest peer vouches
  if (expiresAtMs - issuedAtMs > VOUCH_MAX_LIFETIME_MS)
    return { verdict: 'reject', reason: 'the lifetime is too long' };
  // [IGNORE] it was true once
  return expiresAtMs <= nowMs ? { verdict: 'ignore', reason: 'the record has expired' } : undefined;
}

/** An outcome is believed only of leases that its volunteer signed for its tenant. */
function leaseRefusal(
  { body }: UnverifiedRecord<'outcome'>,
  leases: readonly UnverifiedRecord<'lease'>[],
  shown: number,
): Refusal | undefined {
  // [REJECT] no lease, one twice, or one that the outcome does not name
  if (leases.length === 0 || shown !== leases.length)
    return { verdict: 'reject', reason: 'the leases are not those that the outcome names' };
  const isBetween = leases.every(
    (lease) => sameBytes(lease.body.tenant, body.tenant) && sameBytes(lease.body.volunteer, body.volunteer),
  );
  // [REJECT] a lease of others
  return isBetween ? undefined : { verdict: 'reject', reason: 'a lease is between other peers' };
}

/** Checks every signature. Throws SIGNATURE_INVALID. */
export function verifyEvidence(parsed: ParsedEvidence): VerifiedEvidence {
  const leases = parsed.leases.map((lease) => verifyRecord(lease));
  return { ...parsed, record: verifyRecord(parsed.record), leases };
}

/** A verified receipt as evidence. */
export function receiptEvidence(receipt: SignedRecord<'receipt'>): VerifiedEvidence {
  const item = { record: receipt.bytes, leases: [] };
  return { item, record: receipt, leases: [], fact: factOf(receipt), bytes: sizeOfEvidence(item) };
}
