// Where the stored receipts of a pair begin once older ones were pruned: the first that is left, and what the leases had
// counted by then, without which the sums of the receipts after it could not be checked.
import { decode, encode } from '../records/codec.ts';
import { ID } from '../records/common.ts';
import { parseId, showId } from '../records/id.ts';
import { COUNTERS } from '../records/receipt.ts';
import { fields, int, list } from '../records/shape.ts';
import type { StoredTotals } from './pair-index.ts';

const BASE = fields({
  /** The first receipt of the pair that is left. */
  receipt: ID,
  /** Totals as of that receipt, of leases that later ones name or may name. */
  totals: list(fields({ lease: ID, epochs: int(0), counters: COUNTERS, receipt: ID }), 65_536),
});

export interface PairBase {
  readonly receipt: Uint8Array;
  readonly totals: ReadonlyMap<string, StoredTotals>;
}

export function encodeBase({ receipt, totals }: PairBase): Uint8Array {
  const sorted = [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return encode({ receipt, totals: sorted.map(([lease, total]) => ({ lease: parseId(lease), ...total })) });
}

/** Throws RECORD_MALFORMED. */
export function decodeBase(stored: Uint8Array): PairBase {
  const { receipt, totals } = BASE(decode(stored), 'base');
  return { receipt, totals: new Map(totals.map(({ lease, ...total }) => [showId(lease), total])) };
}
