// A receipt as the API shows it.
import type { SignedRecord } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import { peerOf } from '../records/identity.ts';
import type { ReceiptView } from './schemas.ts';

export function viewReceipt({ id, body, bytes }: SignedRecord<'receipt'>): ReceiptView {
  const { volunteer, tenant, pairSeq, counters, serviceMicrocredits, day, leases } = body;
  return {
    id: showId(id),
    volunteer: peerOf(volunteer),
    tenant: peerOf(tenant),
    ...{ pairSeq, counters, serviceMicrocredits, day },
    leases: leases.map((total) => ({ ...total, lease: showId(total.lease) })),
    record: Buffer.from(bytes).toString('base64'),
  };
}
