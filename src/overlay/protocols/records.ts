// Records that a peer has lost to a damaged disk, asked of the other side of each.
import { ENVELOPE_BYTES } from '../../records/envelope.ts';
import { receiptKind } from '../../records/receipt.ts';
import { bytes, fields, list, text } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const RECORDS_REQUEST = fields({
  wanted: list(fields({ kind: text(16, /^(receipt|lease|bid)$/), id: bytes(32) }), 64),
});
const RECORDS_RESPONSE = fields({
  /** Envelopes of those that the asked peer has and the asker is a side of, as many as fit. */
  records: list(bytes(1, receiptKind.maxBytes + ENVELOPE_BYTES), 64),
});
export type RecordsRequest = ReturnType<typeof RECORDS_REQUEST>;
export type RecordsResponse = ReturnType<typeof RECORDS_RESPONSE>;

export const recordsProtocol: RequestProtocol<RecordsRequest, RecordsResponse> = {
  id: '/tallymesh/records/1.0.0',
  request: RECORDS_REQUEST,
  response: RECORDS_RESPONSE,
  maxRequestBytes: 8_192,
  maxResponseBytes: 262_144,
  deadlineMs: 10_000,
  budget: { burst: 16, perSecond: 0.2 },
};
