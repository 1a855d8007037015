// Metrics of the ledger.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { fromZero } from './closed-labels.ts';

/** The side of a receipt or a reservation that this peer was on. */
export const SIDES = ['volunteer', 'tenant'] as const;

/** What headers that somebody shows can amount to. */
const VERDICTS = ['applied', 'known', 'stale', 'gap', 'broken', 'fork'] as const;

export type LedgerMetrics = ReturnType<typeof ledgerMetrics>;

/** Registers the ledger's metrics. */
export function ledgerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    commitSeconds: new Histogram({
      name: 'tallymesh_ledger_commit_seconds',
      help: 'Time to write one header and the records that it covers to disk',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5],
      registers,
    }),
    recordsTotal: new Counter({
      name: 'tallymesh_ledger_records_total',
      help: 'Records that a header covers',
      registers,
    }),
    receiptsTotal: fromZero(
      new Counter({
        name: 'tallymesh_ledger_receipts_total',
        help: 'Receipts that both sides signed, by the side of this peer',
        labelNames: ['side'] as const,
        registers,
      }),
      { side: SIDES },
    ),
    followedPeers: new Gauge({
      name: 'tallymesh_ledger_followed_peers',
      help: 'Peers whose chain of headers this peer follows',
      registers,
    }),
    headersTotal: fromZero(
      new Counter({
        name: 'tallymesh_ledger_headers_total',
        help: 'Headers of followed peers that arrived, by verdict',
        labelNames: ['verdict'] as const,
        registers,
      }),
      { verdict: VERDICTS },
    ),
    convictedKeys: new Gauge({
      name: 'tallymesh_ledger_convicted_keys',
      help: 'Keys that this peer refuses because a fork proof convicts them',
      registers,
    }),
    draftsPending: new Gauge({
      name: 'tallymesh_ledger_drafts_pending',
      help: 'Drafts of receipts that wait for the signature of the volunteer',
      registers,
    }),
  };
}
