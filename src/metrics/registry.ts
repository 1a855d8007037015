// All metrics of a peer: one registry, one file per room.
import { Registry } from 'prom-client';
import { apiMetrics } from './api.ts';
import { healthMetrics } from './health.ts';
import { ledgerMetrics } from './ledger.ts';
import { marketMetrics } from './market.ts';
import { overlayMetrics } from './overlay.ts';
import { processMetrics } from './process.ts';
import { reputationMetrics } from './reputation.ts';
import { runtimeMetrics } from './runtime.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** The registry and the metrics of each room. */
export function createMetrics() {
  const registry = new Registry();
  processMetrics(registry);
  return {
    registry,
    overlay: overlayMetrics(registry),
    ledger: ledgerMetrics(registry),
    reputation: reputationMetrics(registry),
    market: marketMetrics(registry),
    runtime: runtimeMetrics(registry),
    api: apiMetrics(registry),
    health: healthMetrics(registry),
  };
}
