// The metrics that a peer has, as Prometheus sees them: names of series and their labels.
import type { Registry } from 'prom-client';
import { createMetrics } from '../src/metrics/registry.ts';

/** A metric and what its series are called. */
export interface KnownMetric {
  /** As it is registered. */
  readonly name: string;
  /** Labels beside those of the scrape. */
  readonly labels: readonly string[];
  /** The name itself, or the three of a histogram. */
  readonly series: readonly string[];
}

/** What Prometheus adds to every series. */
export const SCRAPE_LABELS = ['job', 'instance'];

/** The series that Prometheus makes itself and that expressions here use. */
export const OWN_SERIES = ['up'];

/** Every metric that a peer registers. */
export function knownMetrics(registry: Registry = createMetrics().registry): KnownMetric[] {
  return registry.getMetricsAsArray().map((metric) => {
    const { name } = metric;
    const labels = labelNamesOf(metric);
    const isHistogram = String(metric.type) === 'histogram';
    if (!isHistogram) return { name, labels, series: [name] };
    return {
      name,
      labels: [...labels, 'le'],
      series: ['_bucket', '_sum', '_count'].map((end) => name + end),
    };
  });
}

/** prom-client keeps the names on the metric; its types do not say so. */
function labelNamesOf(metric: object): string[] {
  if (!('labelNames' in metric) || !Array.isArray(metric.labelNames)) {
    throw new Error('prom-client no longer keeps the names of labels on its metrics');
  }
  return metric.labelNames.map(String);
}
