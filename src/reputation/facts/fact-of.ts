// What a record says, as a fact.
import type { SignedRecord, Statement } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { peerOf } from '../../records/identity.ts';
import type { Fact } from './facts.ts';

/** The kinds that say something about a peer. */
export type EvidenceKind = Fact['kind'];

/** A record that says something about a peer. */
export type EvidenceRecord = { [K in EvidenceKind]: SignedRecord<K> }[EvidenceKind];

/** Whether a record says something about a peer. */
export function isEvidence(record: SignedRecord): record is EvidenceRecord {
  return Object.hasOwn(READERS, record.kind);
}

const READERS: { readonly [K in EvidenceKind]: (id: string, body: Statement<K>['body']) => Fact } = {
  receipt: (id, { tenant, volunteer, pairSeq, counters, serviceMicrocredits, day }) => ({
    kind: 'receipt',
    ...{ id, author: peerOf(tenant), subject: peerOf(volunteer) },
    ...{ pairSeq, chargedMicrocredits: counters.chargedMicrocredits, serviceMicrocredits, day },
  }),
  outcome: (id, { tenant, volunteer, issuedAtMs, day, leases }) => ({
    kind: 'outcome',
    ...{ id, author: peerOf(tenant), subject: peerOf(volunteer), issuedAtMs, day },
    leases: leases.map(({ lease, code }) => ({ lease: showId(lease), code })),
  }),
  vouch: (id, { voucher, subject, seq, issuedAtMs, expiresAtMs, trustMicrocredits, creditMicrocredits }) => ({
    kind: 'vouch',
    ...{ id, author: peerOf(voucher), subject: peerOf(subject), seq },
    ...{ issuedAtMs, expiresAtMs, trustMicrocredits, creditMicrocredits },
  }),
};

/** The fact that a record states. */
export function factOf<K extends EvidenceKind>({ kind, id, body }: Statement<K>): Fact {
  return READERS[kind](showId(id), body);
}
