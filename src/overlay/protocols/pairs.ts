// Pair states of a peer, for those who keep them: which there are, their receipts, and of many a sample with paths.
import { ENVELOPE_BYTES } from '../../records/envelope.ts';
import { headerKind } from '../../records/header.ts';
import { PAIR_STATE } from '../../records/pair-statement.ts';
import { receiptKind } from '../../records/receipt.ts';
import { bytes, fields, int, list } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const HEADER = list(bytes(1, headerKind.maxBytes + ENVELOPE_BYTES), 1);
/** 64 bytes a pair. */
const LEAVES = bytes(0, 65_536);

const PAIRS_REQUEST = fields({
  /** Id and number of the header under which the asker knows all pairs; no bytes and 0 where it knows none. */
  id: bytes(0, 32),
  seq: int(0),
});
const PAIRS_RESPONSE = fields({
  header: HEADER,
  /** 0: only the pairs that changed since the header that was named. */
  isAll: int(0, 1),
  /** Leaves of the map, by the side on which the asked peer is; none of a peer with more than 1,024 pairs. */
  tenant: LEAVES,
  volunteer: LEAVES,
});
export type PairsRequest = ReturnType<typeof PAIRS_REQUEST>;
export type PairsResponse = ReturnType<typeof PAIRS_RESPONSE>;

/** The newest header of the asked peer, and the pairs that it commits to. */
export const pairsProtocol: RequestProtocol<PairsRequest, PairsResponse> = {
  id: '/tallymesh/pairs/1.0.0',
  request: PAIRS_REQUEST,
  response: PAIRS_RESPONSE,
  maxRequestBytes: 128,
  maxResponseBytes: 132_096,
  deadlineMs: 10_000,
  budget: { burst: 16, perSecond: 0.5 },
};

const RECEIPTS_REQUEST = fields({ ids: list(bytes(32), 64) });
const RECEIPTS_RESPONSE = fields({
  /** Those that the asked peer has, from the first on as many as fit. */
  receipts: list(bytes(1, receiptKind.maxBytes + ENVELOPE_BYTES), 64),
});
export type PairReceiptsRequest = ReturnType<typeof RECEIPTS_REQUEST>;
export type PairReceiptsResponse = ReturnType<typeof RECEIPTS_RESPONSE>;

/** Receipts by their ids. */
export const pairReceiptsProtocol: RequestProtocol<PairReceiptsRequest, PairReceiptsResponse> = {
  id: '/tallymesh/pair-receipts/1.0.0',
  request: RECEIPTS_REQUEST,
  response: RECEIPTS_RESPONSE,
  maxRequestBytes: 4_096,
  maxResponseBytes: 262_144,
  deadlineMs: 10_000,
  budget: { burst: 64, perSecond: 1 },
};

const SAMPLE_REQUEST = fields({ ranks: list(int(0), 16) });
const SAMPLE_RESPONSE = fields({
  header: HEADER,
  /** A state a rank, in the order asked; ranks that the map does not have are passed over. */
  states: list(PAIR_STATE, 16),
});
export type PairSampleRequest = ReturnType<typeof SAMPLE_REQUEST>;
export type PairSampleResponse = ReturnType<typeof SAMPLE_RESPONSE>;

/** The pairs of these ranks in the order of the map, each with its path. */
export const pairSampleProtocol: RequestProtocol<PairSampleRequest, PairSampleResponse> = {
  id: '/tallymesh/pair-sample/1.0.0',
  request: SAMPLE_REQUEST,
  response: SAMPLE_RESPONSE,
  maxRequestBytes: 512,
  maxResponseBytes: 524_288,
  deadlineMs: 10_000,
  budget: { burst: 32, perSecond: 0.2 },
};
