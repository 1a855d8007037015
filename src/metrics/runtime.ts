// Metrics of the runtime.
import { Gauge, Histogram, type Registry } from 'prom-client';

export type RuntimeMetrics = ReturnType<typeof runtimeMetrics>;

/** Registers the runtime's metrics. */
export function runtimeMetrics(registry: Registry) {
  const registers = [registry];
  const up = new Gauge({
    name: 'tallymesh_runtime_up',
    help: '1 while the container engine answers, 0 while it does not; absent if the settings switch the engine off',
    registers,
  });
  // A peer that wants no engine must not look like one whose engine is down.
  up.remove();
  return {
    callSeconds: new Histogram({
      name: 'tallymesh_runtime_call_seconds',
      help: 'Time of calls to the container engine, by call and outcome',
      labelNames: ['call', 'outcome'] as const,
      buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
      registers,
    }),
    up,
  };
}
