// Metrics of the API.
import { Counter, Histogram, type Registry } from 'prom-client';

export type ApiMetrics = ReturnType<typeof apiMetrics>;

/** Registers the API's metrics. Routes are templates, so that no caller chooses a label. */
export function apiMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requestsTotal: new Counter({
      name: 'tallymesh_api_requests_total',
      help: 'Requests that the API answered, by route template, method and class of status',
      labelNames: ['route', 'method', 'status'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'tallymesh_api_request_seconds',
      help: 'Time from the arrival of a request to the last byte of its answer, by route template and method',
      labelNames: ['route', 'method'] as const,
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
  };
}
