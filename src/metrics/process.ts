// Metrics of the process: those of prom-client's defaults that a dashboard or an alert reads, and no others.
import { collectDefaultMetrics, type Registry } from 'prom-client';

const PREFIX = 'tallymesh_';

/**
 * What is kept. One metric of each group fills the others when it is read, so the first of each line has to stay:
 * resident memory, the lag itself, the heap's size, user time.
 */
const KEPT: ReadonlySet<string> = new Set(
  [
    ...['process_cpu_user_seconds_total', 'process_cpu_system_seconds_total'],
    ...['process_resident_memory_bytes'],
    ...['process_open_fds', 'process_max_fds'],
    ...['process_start_time_seconds'],
    ...[
      'nodejs_eventloop_lag_seconds',
      'nodejs_eventloop_lag_p50_seconds',
      'nodejs_eventloop_lag_p99_seconds',
    ],
    ...['nodejs_heap_size_total_bytes', 'nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'],
    ...['nodejs_gc_duration_seconds'],
  ].map((name) => PREFIX + name),
);

/** Registers the metrics of the process. */
export function processMetrics(registry: Registry): void {
  const before = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const { name } of registry.getMetricsAsArray()) {
    if (!before.has(name) && !KEPT.has(name)) registry.removeSingleMetric(name);
  }
}
