// Metrics of the ledger.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { fromZero } from './closed-labels.ts';

/** The side of a receipt or a reservation that this peer was on. */
export const SIDES = ['volunteer', 'tenant'] as const;

export type LedgerMetrics = ReturnType<typeof ledgerMetrics>;

/** Registers the ledger's metrics. */
export function ledgerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    commitSeconds: new Histogram({
      name: 'tallymesh_ledger_commit_seconds',
      help: 'Time to put one header and what it covers on disk',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5],
      registers,
    }),
    recordsTotal: new Counter({
      name: 'tallymesh_ledger_records_total',
      help: 'Records put under a header',
      registers,
    }),
    receiptsTotal: fromZero(
      new Counter({
        name: 'tallymesh_ledger_receipts_total',
        help: 'Receipts that both sides signed, by the side this peer was on',
        labelNames: ['side'] as const,
        registers,
      }),
      { side: SIDES },
    ),
    draftsPending: new Gauge({
      name: 'tallymesh_ledger_drafts_pending',
      help: 'Receipts that wait for a countersignature',
      registers,
    }),
  };
}
