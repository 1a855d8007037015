// A ledger of many pairs, and what proofs of them cost.

import type { BenchOptions } from '../bench.ts';
import type { Row } from './report.ts';
export async function pairRows(_: BenchOptions): Promise<Row[]> {
  return [];
}
