// The two halves of co-signing: the volunteer reports what it measured; the tenant sends the draft it signed and
// gets it back with the volunteer's signature.
import { ENVELOPE_BYTES } from '../../records/envelope.ts';
import { leaseKind } from '../../records/lease.ts';
import { RECEIPT_MAX_LEASES, receiptKind } from '../../records/receipt.ts';
import { bytes, fields, int, list, text } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';
import { HEALTH, HEALTH_FAILURE } from './lease.ts';

const REPORT_LEASE = fields({
  lease: bytes(32),
  /** Epochs that the volunteer counts as over, this one included. */
  epochs: int(0),
  /** Paid-for running since the lease began. */
  upMs: int(0),
  /** What the volunteer charges for the lease since it began. */
  chargedMicrocredits: int(0),
  cpuMilliseconds: int(0),
  memoryMibSeconds: int(0),
  diskMibSeconds: int(0),
  tunnelKib: int(0),
  /** As in the lease protocol's status. */
  state: text(16, /^(running|paused|restarting|ended)$/),
  cause: text(64, /^[A-Z_]*$/),
  exitCode: int(-1, 255),
  health: HEALTH,
  healthFailure: HEALTH_FAILURE,
  restarts: int(0),
});
const REPORT_REQUEST = fields({ leases: list(REPORT_LEASE, RECEIPT_MAX_LEASES) });
const REPORT_RESPONSE = fields({
  /** A code a lease, empty where the tenant will sign what was reported. */
  refusals: list(text(64, /^[A-Z_]*$/), RECEIPT_MAX_LEASES),
});
export type LeaseReport = ReturnType<typeof REPORT_LEASE>;
export type ReportRequest = ReturnType<typeof REPORT_REQUEST>;
export type ReportResponse = ReturnType<typeof REPORT_RESPONSE>;

/** Volunteer to tenant: what was measured. The totals of each lease are cumulative, so a lost report costs nothing. */
export const reportProtocol: RequestProtocol<ReportRequest, ReportResponse> = {
  id: '/tallymesh/report/1.0.0',
  request: REPORT_REQUEST,
  response: REPORT_RESPONSE,
  maxRequestBytes: 65_536,
  maxResponseBytes: 16_384,
  deadlineMs: 5_000,
  budget: { burst: 64, perSecond: 16 },
};

const RECEIPT_REQUEST = fields({
  /** Body of the draft, and the tenant's signature. */
  body: bytes(1, 16_384),
  signature: bytes(64),
});
const RECEIPT_RESPONSE = fields({
  /** The volunteer's signature of the same body. */
  signature: bytes(64),
});
export type ReceiptRequest = ReturnType<typeof RECEIPT_REQUEST>;
export type ReceiptResponse = ReturnType<typeof RECEIPT_RESPONSE>;

/** Tenant to volunteer: the draft; back comes the countersignature. The same bytes may be sent any number of times. */
export const receiptProtocol: RequestProtocol<ReceiptRequest, ReceiptResponse> = {
  id: '/tallymesh/receipt/1.0.0',
  request: RECEIPT_REQUEST,
  response: RECEIPT_RESPONSE,
  maxRequestBytes: 32_768,
  maxResponseBytes: 256,
  deadlineMs: 5_000,
  budget: { burst: 64, perSecond: 16 },
};

const RECEIPT_ENVELOPES = list(bytes(1, receiptKind.maxBytes + ENVELOPE_BYTES), RECEIPT_MAX_LEASES + 2);
const LEASE_ENVELOPES = list(bytes(1, leaseKind.maxBytes + ENVELOPE_BYTES), RECEIPT_MAX_LEASES);
const KNOWN_REQUEST = fields({
  /** Leases of whose totals the asker is in doubt. */
  asked: list(bytes(32), RECEIPT_MAX_LEASES),
  /** What the asker knows: the last receipts of its pairs with the asked, those that last name the leases, and the leases. */
  receipts: RECEIPT_ENVELOPES,
  leases: LEASE_ENVELOPES,
});
const KNOWN_RESPONSE = fields({ receipts: RECEIPT_ENVELOPES, leases: LEASE_ENVELOPES });
export type KnownRequest = ReturnType<typeof KNOWN_REQUEST>;
export type KnownResponse = ReturnType<typeof KNOWN_RESPONSE>;

/** What each knows of the pairs of the two, on meeting and where a draft was refused. */
export const knownProtocol: RequestProtocol<KnownRequest, KnownResponse> = {
  id: '/tallymesh/known/1.0.0',
  request: KNOWN_REQUEST,
  response: KNOWN_RESPONSE,
  maxRequestBytes: 1_048_576,
  maxResponseBytes: 1_048_576,
  deadlineMs: 10_000,
  budget: { burst: 4, perSecond: 0.2 },
};
