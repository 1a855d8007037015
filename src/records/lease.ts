// Lease: a bid accepted. The volunteer signs it and names the id of the tenant's signed bid; the two together are
// the co-signed lease.
import { ID, KEY, MICROCREDITS, NETWORK, RESERVED, SALT, SPAN_MS, TIME_MS } from './common.ts';
import type { Former } from './kind.ts';
import { fields, int } from './shape.ts';

/** The fields that every version has. */
const COMMON = {
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
  /** The latest end of the lease. */
  endsAtMs: TIME_MS,
  firstEpochMs: int(1_000, 86_400_000),
  maxEpochMs: int(1_000, 86_400_000),
  awayMs: SPAN_MS,
  /** The most that this lease can leave unsigned, which is the most that the volunteer can lose by it. */
  atRiskMicrocredits: MICROCREDITS,
};

const BODY = fields({
  ...COMMON,
  /** The longest time that the container runs; the time for its image to arrive comes before. */
  durationMs: SPAN_MS,
  /** The notice with which the owner may end the lease without a breach; 0: never. */
  noticeMs: SPAN_MS,
});

/** Body of a lease. */
export type LeaseBody = ReturnType<typeof BODY>;

const BODY_V1 = fields(COMMON);

/** Bodies of the first version: the volunteer has the image, and there is no notice. */
const former: Former<LeaseBody> = {
  maxBytes: 1_024,
  read(value, path) {
    const body = BODY_V1(value, path);
    return { ...body, durationMs: Math.max(0, body.endsAtMs - body.issuedAtMs), noticeMs: 0 };
  },
};

export const leaseKind = {
  version: 2,
  maxBytes: 1_024,
  shape: BODY,
  former: { 1: former },
  authors: (body: LeaseBody) => [body.volunteer],
};
