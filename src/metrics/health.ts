// Metrics of the health of a peer.
import { Gauge, type Registry } from 'prom-client';
import { HEALTH_CODES, type HealthCode } from '../lib/health.ts';

export type HealthMetrics = ReturnType<typeof healthMetrics>;

/** Registers the metrics of health. */
export function healthMetrics(registry: Registry) {
  const problem = new Gauge({
    name: 'tallymesh_health_problem',
    help: '1 while the peer has this problem, by code',
    labelNames: ['code'] as const,
    registers: [registry],
  });
  const show = (problems: readonly HealthCode[]) => {
    for (const code of HEALTH_CODES) problem.set({ code }, problems.includes(code) ? 1 : 0);
  };
  show([]);
  return { show };
}
