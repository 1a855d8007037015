// Metrics of reputation.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { fromZero } from './closed-labels.ts';
import { VERDICTS } from './overlay.ts';

export type ReputationMetrics = ReturnType<typeof reputationMetrics>;

/** Registers the metrics of reputation. */
export function reputationMetrics(registry: Registry) {
  const registers = [registry];
  return {
    recomputeSeconds: new Histogram({
      name: 'tallymesh_reputation_recompute_seconds',
      help: 'Time to compute all scores, from all evidence or with new rows, including pauses for other work',
      labelNames: ['extent'] as const,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
      registers,
    }),
    peersKnown: new Gauge({
      name: 'tallymesh_reputation_peers_known',
      help: 'Peers that the evidence names',
      registers,
    }),
    peersWithStanding: new Gauge({
      name: 'tallymesh_reputation_peers_with_standing',
      help: 'Peers that the walk reaches often enough, so that this peer asks them for evidence',
      registers,
    }),
    evidenceRecords: new Gauge({
      name: 'tallymesh_reputation_evidence_records',
      help: 'Records of other peers that are stored as evidence, by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
    evidenceTotal: fromZero(
      new Counter({
        name: 'tallymesh_reputation_evidence_total',
        help: 'Evidence of other peers that arrived, by kind and verdict',
        labelNames: ['kind', 'verdict'] as const,
        registers,
      }),
      { kind: ['receipt', 'outcome', 'vouch', 'unreadable'], verdict: VERDICTS },
    ),
    fetchesTotal: fromZero(
      new Counter({
        name: 'tallymesh_reputation_fetches_total',
        help: 'Requests to other peers for evidence, by outcome',
        labelNames: ['outcome'] as const,
        registers,
      }),
      {
        outcome: ['ok', 'PEER_SILENT', 'STATES_STALE', 'STATES_PARTIAL', 'STATES_FORGED', 'STATES_WITHHELD'],
      },
    ),
    statesTotal: fromZero(
      new Counter({
        name: 'tallymesh_reputation_states_total',
        help: 'Fetches of the pair states of another peer that were proven, by whether all or a sample were shown',
        labelNames: ['shown'] as const,
        registers,
      }),
      { shown: ['all', 'sample'] },
    ),
    lentMicrocredits: new Gauge({
      name: 'tallymesh_reputation_lent_microcredits',
      help: 'Amounts that others owe this peer or may come to owe it, by account',
      labelNames: ['account'] as const,
      registers,
    }),
    poolMicrocredits: new Gauge({
      name: 'tallymesh_reputation_newcomer_pool_microcredits',
      help: 'Most that newcomers together may owe this peer today',
      registers,
    }),
    poolLentMicrocredits: new Gauge({
      name: 'tallymesh_reputation_newcomer_pool_lent_microcredits',
      help: 'Amount of the pool that newcomers use today',
      registers,
    }),
    creditRefusalsTotal: new Counter({
      name: 'tallymesh_reputation_credit_refusals_total',
      help: 'Leases and epochs that this peer refused because the tenant was at its limit',
      registers,
    }),
    judgedTotal: fromZero(
      new Counter({
        name: 'tallymesh_reputation_judged_total',
        help: 'Leases that this peer judged as their tenant, by outcome',
        labelNames: ['outcome'] as const,
        registers,
      }),
      { outcome: ['good', 'bad'] },
    ),
  };
}
