// Invitation: one peer that has it may join by it, once. The record is the secret: its salt makes it unguessable, and
// the inviter keeps only its id.
import { KEY, NETWORK, SALT, TIME_MS } from './common.ts';
import { fields, list, text } from './shape.ts';

const BODY = fields({
  inviter: KEY,
  network: NETWORK,
  salt: SALT,
  issuedAtMs: TIME_MS,
  expiresAtMs: TIME_MS,
  /** Where the inviter can be dialled. */
  addresses: list(text(256), 8),
});

/** Body of an invitation. */
export type InvitationBody = ReturnType<typeof BODY>;

export const invitationKind = {
  version: 1,
  maxBytes: 4_096,
  shape: BODY,
  authors: (body: InvitationBody) => [body.inviter],
};
