// Evidence: a signed record that says something about a peer, with the leases that an outcome needs to be believed.
import { decode, encode } from './codec.ts';
import { ENVELOPE_BYTES } from './envelope.ts';
import { leaseKind } from './lease.ts';
import { OUTCOME_MAX_LEASES } from './outcome.ts';
import { receiptKind } from './receipt.ts';
import { bytes, fields, list } from './shape.ts';

/** A receipt is the largest record that is evidence. */
const RECORD_MAX_BYTES = receiptKind.maxBytes + ENVELOPE_BYTES;

/** Shape of evidence, on the wire and on disk. */
export const EVIDENCE_ITEM = fields({
  /** Envelope of a receipt, an outcome or a vouch. */
  record: bytes(1, RECORD_MAX_BYTES),
  /** Envelopes of leases that the outcome names; none beside other kinds. */
  leases: list(bytes(1, leaseKind.maxBytes + ENVELOPE_BYTES), OUTCOME_MAX_LEASES),
});

export type EvidenceItem = ReturnType<typeof EVIDENCE_ITEM>;

/** Encodes evidence for gossip. */
export function encodeEvidence(item: EvidenceItem): Uint8Array {
  return encode(item);
}

/** Throws RECORD_MALFORMED. */
export function decodeEvidence(encoded: Uint8Array): EvidenceItem {
  return EVIDENCE_ITEM(decode(encoded), 'evidence');
}

/** The size of an item on the wire and on disk. */
export function sizeOfEvidence({ record, leases }: EvidenceItem): number {
  return record.length + leases.reduce((sum, lease) => sum + lease.length, 0);
}
