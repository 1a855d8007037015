// Vouch: a signed, expiring statement of trust in a peer, perhaps with a line of credit.
import { KEY, MICROCREDITS, NETWORK, SALT, TIME_MS } from './common.ts';
import { fields, int } from './shape.ts';

const BODY = fields({
  voucher: KEY,
  subject: KEY,
  network: NETWORK,
  salt: SALT,
  /** Of two vouches for one subject the higher counts; it starts from the clock, so that a restored peer is not mute. */
  seq: int(1),
  issuedAtMs: TIME_MS,
  expiresAtMs: TIME_MS,
  /** What the trust weighs, as if the subject had served so much; 0 takes the vouch back. */
  trustMicrocredits: MICROCREDITS,
  /** What the voucher answers for; 0: nothing. */
  creditMicrocredits: MICROCREDITS,
});

/** Body of a vouch. */
export type VouchBody = ReturnType<typeof BODY>;

export const vouchKind = {
  version: 1,
  maxBytes: 512,
  shape: BODY,
  authors: (body: VouchBody) => [body.voucher],
};
