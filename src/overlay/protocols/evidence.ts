// Evidence by pull: what a peer has to say about others and can prove, what is new since the last time, in pages.
import { EVIDENCE_ITEM } from '../../records/evidence.ts';
import { bytes, fields, int, list } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const EVIDENCE_REQUEST = fields({
  /** The run of the asked peer that `since` counts in; no bytes at first. */
  run: bytes(0, 16),
  /** Only what came after this; 0 for everything. */
  since: int(0),
});
const EVIDENCE_RESPONSE = fields({
  /** New at every start of the asked peer; its count begins anew then. */
  run: bytes(16),
  items: list(EVIDENCE_ITEM, 64),
  /** What to say as `since` next. */
  upTo: int(0),
  /** 1: there is more after `upTo`. */
  more: int(0, 1),
});
export type EvidenceRequest = ReturnType<typeof EVIDENCE_REQUEST>;
export type EvidenceResponse = ReturnType<typeof EVIDENCE_RESPONSE>;

/** The asked peer's latest receipts as a tenant, its outcomes with their leases, and its live vouches. */
export const evidenceProtocol: RequestProtocol<EvidenceRequest, EvidenceResponse> = {
  id: '/tallymesh/evidence/1.0.0',
  request: EVIDENCE_REQUEST,
  response: EVIDENCE_RESPONSE,
  maxRequestBytes: 128,
  maxResponseBytes: 262_144,
  deadlineMs: 10_000,
  budget: { burst: 32, perSecond: 0.5 },
};
