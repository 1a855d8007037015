import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type KnownMetric, knownMetrics } from '../../grafana/catalogue.ts';
import { buildDashboard } from '../../grafana/dashboard.ts';
import { namesOf } from '../../grafana/expression.ts';
import { unknownNames, unseenMetrics, untoldAlerts } from '../../grafana/findings.ts';
import { NETWORK } from '../../grafana/network.ts';
import { alertQueries, alertRules, panelQueries } from '../../grafana/queries.ts';
import { createMetrics } from '../../src/metrics/registry.ts';
import { fillIn } from '../support/panels.ts';

const file = (path: string) =>
  readFile(fileURLToPath(new URL(`../../grafana/${path}`, import.meta.url)), 'utf8');

const metricsIn = (expr: string) => namesOf(expr).selectors.map(({ metric }) => metric);

describe('the names in an expression', () => {
  it.each([
    ['a', ['a']],
    ['rate(a_total{x="1",y=~"b|c"}[5m])', ['a_total']],
    ['sum by (x, y) (rate(a[1m])) / on (x) group_left (z) sum(b)', ['a', 'b']],
    ['sum(a) without (x) unless b offset 1h', ['a', 'b']],
    ['histogram_quantile(0.99, sum by (le) (rate(a_bucket[$__rate_interval])))', ['a_bucket']],
    ['a{x="with } and , and \\" inside"} > bool 1e6', ['a']],
    ['(a or b{}) and c * 3600 / 1e6 == inf', ['a', 'b', 'c']],
    ['min_over_time(a[15m:1m]) @ 1609746000', ['a']],
    ['recorded:a:rate5m', ['recorded:a:rate5m']],
  ])('%s', (expr, metrics) => {
    expect(metricsIn(expr)).toEqual(metrics);
  });

  it('include the labels that are matched, and those that are grouped and joined by', () => {
    const { selectors, grouping } = namesOf(
      'sum by (le, d) (a{x="1", y!~"z",v!="w"}) * ignoring (e) group_right (f) b',
    );
    expect(selectors).toEqual([
      { metric: 'a', labels: ['x', 'y', 'v'], text: 'a{x="1",y!~"z",v!="w"}' },
      { metric: 'b', labels: [], text: 'b' },
    ]);
    expect(grouping).toEqual(['le', 'd', 'e', 'f']);
  });

  it('must include that of the metric', () => {
    expect(() => namesOf('{__name__="a"}')).toThrow('without the name of a metric');
  });
});

const METRICS: readonly KnownMetric[] = [
  { name: 'a_total', labels: ['x'], series: ['a_total'] },
  { name: 'b', labels: ['le', 'y'], series: ['b_bucket', 'b_sum', 'b_count'] },
];
const asked = (...exprs: string[]) => exprs.map((expr) => ({ where: 'here', expr }));

describe('the check of dashboards and alerts', () => {
  it('names the metrics that nobody looks at; one series of a histogram is enough', () => {
    expect(unseenMetrics(METRICS, asked('rate(b_sum[1m])'))).toEqual([
      'a_total is on no dashboard and in no alert: add it, or do not register it',
    ]);
    expect(unseenMetrics(METRICS, asked('a_total', 'b_count'))).toEqual([]);
  });

  it.each([
    ['sum(c)', 'here names c, which no peer has'],
    ['sum(b)', 'here names b, which no peer has'],
    ['1 + 2', 'here names no metric'],
    ['a_total{y="1"}', 'here matches a_total by y, a label that it does not have'],
    ['b_sum{le="1"}', 'here matches b_sum by le, a label that it does not have'],
    ['sum by (z) (a_total)', 'here groups by z, a label that none of its metrics has'],
  ])('finds what is wrong with %s', (expr, finding) => {
    expect(unknownNames(METRICS, asked(expr))).toEqual([finding]);
  });

  it('is content with labels of the metric, of buckets and of the scrape', () => {
    const fine = ['a_total{x="1",job="j"}', 'sum by (le, y, instance) (b_bucket)', 'up{job="j"}'];
    expect(unknownNames(METRICS, asked(...fine))).toEqual([]);
  });

  it('wants a severity, a summary and a description of every alert', () => {
    const alert = { alert: 'A', expr: 'a' };
    expect(untoldAlerts([alert])).toHaveLength(3);
    const annotations = { summary: 's', description: 'd' };
    expect(untoldAlerts([{ ...alert, annotations, labels: { severity: 'warning' } }])).toEqual([]);
  });

  it('knows every metric of a peer with its labels', () => {
    const metrics = new Map(knownMetrics().map((metric) => [metric.name, metric]));
    expect(metrics.size).toBe(createMetrics().registry.getMetricsAsArray().length);
    expect(metrics.get('tallymesh_overlay_requests_total')?.labels).toEqual([
      'protocol',
      'direction',
      'outcome',
    ]);
    expect(metrics.get('tallymesh_ledger_commit_seconds')).toEqual({
      name: 'tallymesh_ledger_commit_seconds',
      labels: ['le'],
      series: ['_bucket', '_sum', '_count'].map((end) => `tallymesh_ledger_commit_seconds${end}`),
    });
  });
});

describe('the files that are shipped', () => {
  it('show every metric of a peer, and name none that it has not', async () => {
    const queries = panelQueries(await file('dashboards/network.json'));
    const rules = alertRules(await file('alerts.yml'));
    const all = [...queries, ...alertQueries(rules)];
    expect(unseenMetrics(knownMetrics(), all)).toEqual([]);
    expect(unknownNames(knownMetrics(), all)).toEqual([]);
  });

  it('have panels that fit on the grid without lying on each other, each with a title of its own', () => {
    const panels = buildDashboard(NETWORK).panels ?? [];
    const taken = new Map<string, string | undefined>();
    for (const { gridPos, title } of panels) {
      const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1)
        for (let line = y; line < y + h; line += 1) {
          expect(taken.get(`${column}/${line}`), `under "${title}"`).toBeUndefined();
          taken.set(`${column}/${line}`, title);
        }
    }
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('follow the variables of the dashboard in every expression', async () => {
    for (const { where, expr } of panelQueries(await file('dashboards/network.json'))) {
      const { selectors } = namesOf(fillIn(expr, { job: ['a.b'], instance: ['c', 'd+e'] }));
      for (const { text } of selectors)
        expect(text, where).toContain('job=~"a\\\\.b",instance=~"(c|d\\\\+e)"');
    }
  });

  it('mount only what is there, or what the operator’s guide makes', async () => {
    const { services } = parse(await file('compose.yml')) as {
      services: Record<string, { image: string; volumes: string[] }>;
    };
    const made = ['./metrics-token', './data/prometheus', './data/grafana'];
    for (const { image, volumes } of Object.values(services)) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
      for (const path of volumes
        .map((volume) => volume.split(':')[0]!)
        .filter((each) => !made.includes(each)))
        await expect(readable(path), path).resolves.toBe(true);
    }
  });

  it('provision the dashboards and the Prometheus of the compose file', async () => {
    const compose = await file('compose.yml');
    const sources = parse(await file('provisioning/datasources/prometheus.yml')) as {
      datasources: { url: string }[];
    };
    const [{ url } = { url: '' }] = sources.datasources;
    expect(compose).toContain(`--web.listen-address=${new URL(url).host}`);
    const { providers } = parse(await file('provisioning/dashboards/tallymesh.yml')) as {
      providers: { options: { path: string } }[];
    };
    expect(compose).toContain(`./dashboards:${providers[0]?.options.path}:ro`);
  });
});

/** Whether a file or folder is in grafana/. */
async function readable(path: string): Promise<boolean> {
  return file(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'EISDIR',
  );
}
