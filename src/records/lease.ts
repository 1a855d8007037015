// Lease: a bid accepted. The volunteer signs it and names the id of the tenant's signed bid; the two together are
// the co-signed lease.
import { ID, KEY, MICROCREDITS, NETWORK, RESERVED, SALT, SPAN_MS, TIME_MS } from './common.ts';
import { fields, int } from './shape.ts';

const BODY = fields({
  volunteer: KEY,
  tenant: KEY,
  network: NETWORK,
  salt: SALT,
  bid: ID,
  offer: ID,
  /** Which of the deployment's replicas, from 0. */
  replica: int(0, 1_023),
  /** The number of the replica's replacement, from 1. */
  incarnation: int(1, 1_000_000),
  resources: RESERVED,
  priceMicrocreditsPerHour: MICROCREDITS,
  issuedAtMs: TIME_MS,
  endsAtMs: TIME_MS,
  firstEpochMs: int(1_000, 86_400_000),
  maxEpochMs: int(1_000, 86_400_000),
  awayMs: SPAN_MS,
  /** The most that this lease can leave unsigned, which is the most that the volunteer can lose by it. */
  atRiskMicrocredits: MICROCREDITS,
});

/** Body of a lease. */
export type LeaseBody = ReturnType<typeof BODY>;

export const leaseKind = { maxBytes: 1_024, shape: BODY, authors: (body: LeaseBody) => [body.volunteer] };
