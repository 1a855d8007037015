// Reconciliation of order books: compare digests of buckets, list the buckets that differ, fetch what is missing.
// Each side pulls for itself, so a side that lies only makes its own answers useless.
import { bytes, fields, int, list } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

/** How many buckets a book is divided into, by the first byte of the entry's key. */
export const BOOK_BUCKETS = 256;

const DIGESTS_REQUEST = fields({ digests: list(bytes(8), BOOK_BUCKETS) });
const ENTRY = fields({
  /** Id of the offer or of the tombstone. */
  id: bytes(32),
  /** Latest beat known; 0 for a tombstone. */
  beat: int(0, 4_096),
});
const ENTRIES_RESPONSE = fields({ entries: list(ENTRY, 4_096) });
export type DigestsRequest = ReturnType<typeof DIGESTS_REQUEST>;
export type EntriesResponse = ReturnType<typeof ENTRIES_RESPONSE>;

/** My digest of every bucket out; the other side's entries of the buckets that differ back. */
export const digestsProtocol: RequestProtocol<DigestsRequest, EntriesResponse> = {
  id: '/tallymesh/book-digests/1.0.0',
  request: DIGESTS_REQUEST,
  response: ENTRIES_RESPONSE,
  maxRequestBytes: 8_192,
  maxResponseBytes: 262_144,
  deadlineMs: 10_000,
  budget: { burst: 8, perSecond: 0.5 },
};

const FETCH_REQUEST = fields({ ids: list(bytes(32), 64) });
const FETCH_RESPONSE = fields({
  items: list(
    fields({
      /** Envelope of an offer or of a tombstone. */
      record: bytes(1, 16_384),
      /** Latest beat and its preimage; beat 0 and no bytes where none was shown. */
      beat: int(0, 4_096),
      preimage: bytes(0, 32),
    }),
    64,
  ),
});
export type FetchRequest = ReturnType<typeof FETCH_REQUEST>;
export type FetchResponse = ReturnType<typeof FETCH_RESPONSE>;

/** Records by id, with their latest beats; ids that are not held are left out. */
export const fetchProtocol: RequestProtocol<FetchRequest, FetchResponse> = {
  id: '/tallymesh/book-fetch/1.0.0',
  request: FETCH_REQUEST,
  response: FETCH_RESPONSE,
  maxRequestBytes: 4_096,
  maxResponseBytes: 1_048_576,
  deadlineMs: 10_000,
  budget: { burst: 64, perSecond: 8 },
};
