// Receipt: cumulative amounts between a volunteer and a tenant, signed by both, so that a lost one costs nothing.
// The tenant drafts it, for it is the payer.
import { ID, KEY, MICROCREDITS, NETWORK, SALT } from './common.ts';
import { fields, int, list } from './shape.ts';

/** How many leases one receipt may close epochs of. */
export const RECEIPT_MAX_LEASES = 64;

/** What is counted, for a pair or for a lease, since its beginning; none ever falls. */
export const COUNTERS = fields({
  chargedMicrocredits: MICROCREDITS,
  cpuMilliseconds: int(0),
  memoryMibSeconds: int(0),
  diskMibSeconds: int(0),
  tunnelKib: int(0),
});

/** Cumulative counters. Only the charge is owed; the rest informs. */
export type Counters = ReturnType<typeof COUNTERS>;

const LEASE_TOTAL = fields({
  lease: ID,
  /** How many epochs of the lease are closed. */
  epochs: int(0),
  /** What the lease counted since it began. */
  counters: COUNTERS,
});

/** Running totals of one lease. */
export type LeaseTotal = ReturnType<typeof LEASE_TOTAL>;

const BODY = fields({
  volunteer: KEY,
  tenant: KEY,
  network: NETWORK,
  salt: SALT,
  /** Last co-signed + 1; a pair begins with 1. */
  pairSeq: int(1),
  counters: COUNTERS,
  /** Charges halved per 90 days (ledger/decay.ts). */
  serviceMicrocredits: MICROCREDITS,
  /** Days since 1970; never falls. */
  day: int(0, 10_000_000),
  /** The leases whose totals changed with this receipt. */
  leases: list(LEASE_TOTAL, RECEIPT_MAX_LEASES),
});

/** Body of a receipt. */
export type ReceiptBody = ReturnType<typeof BODY>;

export const receiptKind = {
  version: 1,
  maxBytes: 16_384,
  shape: BODY,
  authors: (body: ReceiptBody) => [body.volunteer, body.tenant],
};
