// Following chains: what others know of the chains that this peer follows, and which keys they saw convicted.
import { ENVELOPE_BYTES } from '../../records/envelope.ts';
import { FORK_PROOF_MAX_BYTES } from '../../records/fork-proof.ts';
import { headerKind } from '../../records/header.ts';
import { bytes, fields, int, list } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const HEADERS_REQUEST = fields({
  heads: list(
    fields({
      /** Whose chain. */
      peer: bytes(32),
      /** Generation counter, number and id of the newest header known; zeros and no bytes where none is. */
      counter: int(0),
      seq: int(0),
      id: bytes(0, 32),
    }),
    64,
  ),
});
const HEADERS_RESPONSE = fields({
  /** An answer a head, in the order asked. */
  chains: list(
    fields({
      /** Headers above the one named, or one that speaks against it, in the order of the chain. */
      headers: list(bytes(1, headerKind.maxBytes + ENVELOPE_BYTES), 64),
      /** 1: whoever answers keeps none before the first of these. */
      isAll: int(0, 1),
      /** The proof that convicts the peer, or no bytes. */
      proof: bytes(0, FORK_PROOF_MAX_BYTES),
    }),
    64,
  ),
});
export type HeadersRequest = ReturnType<typeof HEADERS_REQUEST>;
export type HeadersResponse = ReturnType<typeof HEADERS_RESPONSE>;

/** The heads that I know out; what goes beyond them back. */
export const headersProtocol: RequestProtocol<HeadersRequest, HeadersResponse> = {
  id: '/tallymesh/headers/1.0.0',
  request: HEADERS_REQUEST,
  response: HEADERS_RESPONSE,
  maxRequestBytes: 8_192,
  maxResponseBytes: 262_144,
  deadlineMs: 10_000,
  budget: { burst: 32, perSecond: 1 },
};

const CONVICTIONS_REQUEST = fields({
  /** The run of the asked peer that `since` counts in; no bytes at first. */
  run: bytes(0, 16),
  since: int(0),
});
const CONVICTIONS_RESPONSE = fields({
  run: bytes(16),
  proofs: list(bytes(1, FORK_PROOF_MAX_BYTES), 32),
  /** What to say as `since` next. */
  upTo: int(0),
  /** 1: there is more after `upTo`. */
  more: int(0, 1),
});
export type ConvictionsRequest = ReturnType<typeof CONVICTIONS_REQUEST>;
export type ConvictionsResponse = ReturnType<typeof CONVICTIONS_RESPONSE>;

/** Fork proofs that came to the asked peer after `since`. */
export const convictionsProtocol: RequestProtocol<ConvictionsRequest, ConvictionsResponse> = {
  id: '/tallymesh/convictions/1.0.0',
  request: CONVICTIONS_REQUEST,
  response: CONVICTIONS_RESPONSE,
  maxRequestBytes: 128,
  maxResponseBytes: 65_536,
  deadlineMs: 10_000,
  budget: { burst: 8, perSecond: 0.5 },
};
