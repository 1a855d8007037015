// What is wrong between the metrics that a peer has and the expressions that read them: metrics that nobody looks at,
// names that nobody has.
import { type KnownMetric, OWN_SERIES, SCRAPE_LABELS } from './catalogue.ts';
import { type Names, namesOf } from './expression.ts';
import type { AlertRule, AskedQuery } from './queries.ts';

/** One sentence for every metric that no expression reads. */
export function unseenMetrics(metrics: readonly KnownMetric[], queries: readonly AskedQuery[]): string[] {
  const read = new Set(queries.flatMap(({ expr }) => namesOf(expr).selectors.map(({ metric }) => metric)));
  return metrics
    .filter(({ series }) => !series.some((name) => read.has(name)))
    .map(({ name }) => `${name} is on no dashboard and in no alert: add it, or do not register it`);
}

/** One sentence for every metric or label that an expression names and no peer has. */
export function unknownNames(metrics: readonly KnownMetric[], queries: readonly AskedQuery[]): string[] {
  const labels = new Map(
    metrics.flatMap((metric) => metric.series.map((name) => [name, labelsOf(metric, name)])),
  );
  for (const name of OWN_SERIES) labels.set(name, SCRAPE_LABELS);
  return queries.flatMap(({ where, expr }) => {
    const names = namesOf(expr);
    return [...unknownMetrics(names, labels), ...unknownLabels(names, labels)].map(
      (finding) => `${where} ${finding}`,
    );
  });
}

/** `le` is on the buckets alone. */
function labelsOf({ labels }: KnownMetric, series: string): string[] {
  const own = series.endsWith('_bucket') ? labels : labels.filter((label) => label !== 'le');
  return [...own, ...SCRAPE_LABELS];
}

type LabelsBySeries = ReadonlyMap<string, readonly string[]>;

function unknownMetrics({ selectors }: Names, known: LabelsBySeries): string[] {
  if (selectors.length === 0) return ['names no metric'];
  const unknown = selectors.filter(({ metric }) => !known.has(metric));
  return unknown.map(({ metric }) => `names ${metric}, which no peer has`);
}

function unknownLabels({ selectors, grouping }: Names, known: LabelsBySeries): string[] {
  const matched = selectors.flatMap(({ metric, labels }) =>
    labels
      .filter((label) => known.has(metric) && !known.get(metric)?.includes(label))
      .map((label) => `matches ${metric} by ${label}, a label that it does not have`),
  );
  const present = new Set(selectors.flatMap(({ metric }) => known.get(metric) ?? []));
  const grouped = grouping.filter((label) => !present.has(label));
  return [...matched, ...grouped.map((label) => `groups by ${label}, a label that none of its metrics has`)];
}

const SEVERITIES: readonly unknown[] = ['critical', 'warning', 'info'];

/** One sentence for every alert that does not say what it is about, how bad it is and what to do. */
export function untoldAlerts(rules: readonly AlertRule[]): string[] {
  return rules.flatMap(({ alert, labels, annotations }) => [
    ...(SEVERITIES.includes(labels?.severity) ? [] : [`alert ${alert} has no severity`]),
    ...['summary', 'description']
      .filter((name) => !annotations?.[name])
      .map((name) => `alert ${alert} has no ${name}`),
  ]);
}
