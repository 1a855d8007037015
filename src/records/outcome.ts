// Outcome: a signed statement of the tenant alone on how leases went. It has the weight of the tenant.
import { ID, KEY, NETWORK, SALT, TIME_MS } from './common.ts';
import { fields, int, list, text } from './shape.ts';

/** How many leases one outcome may name. */
export const OUTCOME_MAX_LEASES = 64;

const LEASE_OUTCOME = fields({
  /** A lease between the two; only one outcome may ever name it. */
  lease: ID,
  /** Empty: served well. Else the code of the breach. */
  code: text(64, /^[A-Z_]*$/),
});

const BODY = fields({
  tenant: KEY,
  volunteer: KEY,
  network: NETWORK,
  salt: SALT,
  issuedAtMs: TIME_MS,
  /** Days since 1970, as on receipts: outcomes fade like service. */
  day: int(0, 10_000_000),
  leases: list(LEASE_OUTCOME, OUTCOME_MAX_LEASES),
});

/** Body of an outcome. */
export type OutcomeBody = ReturnType<typeof BODY>;

export const outcomeKind = {
  version: 1,
  maxBytes: 8_192,
  shape: BODY,
  authors: (body: OutcomeBody) => [body.tenant],
};
