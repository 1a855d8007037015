// Join: the invitation and the invitee's vouch for its inviter out; the inviter's vouch for the invitee back.
import { bytes, fields } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const JOIN_REQUEST = fields({
  /** The invitation's envelope: whoever shows it first is who it binds. */
  invitation: bytes(1, 4_352),
  /** Envelope of the invitee's vouch. */
  vouch: bytes(1, 768),
});
const JOIN_RESPONSE = fields({
  /** Envelope of the inviter's vouch. */
  vouch: bytes(1, 768),
});
export type JoinRequest = ReturnType<typeof JOIN_REQUEST>;
export type JoinResponse = ReturnType<typeof JOIN_RESPONSE>;

/** Idempotent for the peer that the invitation is bound to. A peer joins once, and repeats it when an answer is lost. */
export const joinProtocol: RequestProtocol<JoinRequest, JoinResponse> = {
  id: '/tallymesh/join/1.0.0',
  request: JOIN_REQUEST,
  response: JOIN_RESPONSE,
  maxRequestBytes: 8_192,
  maxResponseBytes: 1_024,
  deadlineMs: 10_000,
  budget: { burst: 8, perSecond: 0.2 },
};
