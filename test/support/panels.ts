// Asking a Prometheus what a dashboard's panels would ask, with the variables filled in as Grafana fills them.
import { readFile, writeFile } from 'node:fs/promises';
import { panelQueries } from '../../grafana/queries.ts';
import { type RunningPrometheus, SCRAPE_INTERVAL_MS, type Series } from './prometheus.ts';

/** A panel's query and what Prometheus returned for it. */
export interface AskedPanel {
  readonly panel: string;
  readonly expr: string;
  /** Series with a value that can be drawn. */
  readonly series: number;
  /** The highest value that any of them had, and whose it was. */
  readonly peak?: Peak;
}

/** A value and the labels of its series. */
interface Peak {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the dashboard's variables are set to; nothing chosen is "All". */
export interface Chosen {
  readonly job?: readonly string[];
  readonly instance?: readonly string[];
}

/** Grafana takes rates over at least four scrapes; it knows the interval from the data source (provisioned: 15 s). */
const RATE_INTERVAL = '60s';

/** Fills in the variables as Grafana does for a variable of several values within a regular expression. */
export function fillIn(expr: string, { job = [], instance = [] }: Chosen = {}): string {
  return expr
    .replaceAll('$__rate_interval', RATE_INTERVAL)
    .replaceAll('$job', alternatives(job))
    .replaceAll('$instance', alternatives(instance));
}

function alternatives(values: readonly string[]): string {
  if (values.length === 0) return '.*';
  const escaped = values.map((value) => value.replace(/[$^*{}[\]+?.()|\\]/g, '\\\\$&'));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

/** Asks every query of a dashboard's panels, from a time until now. */
export async function askPanels(
  prometheus: RunningPrometheus,
  file: string,
  fromMs: number,
  chosen?: Chosen,
): Promise<AskedPanel[]> {
  const asked: AskedPanel[] = [];
  for (const { where, expr } of panelQueries(await readFile(file, 'utf8'))) {
    const filled = fillIn(expr, chosen);
    const series = await prometheus.queryRange(filled, fromMs, SCRAPE_INTERVAL_MS);
    const drawn = series.flatMap(drawable);
    const [peak] = drawn.toSorted((a, b) => b.value - a.value);
    asked.push({ panel: where, expr: filled, series: drawn.length, ...(peak && { peak }) });
  }
  return asked;
}

/** The highest value of a series that a panel could draw: NaN, which a quantile of nothing is, is no answer. */
function drawable({ metric, values }: Series): Peak[] {
  const numbers = values.map(([, text]) => Number(text)).filter(Number.isFinite);
  return numbers.length === 0 ? [] : [{ labels: metric, value: Math.max(...numbers) }];
}

/** Writes the answers down, as a table for people or, for a name that ends in .json, for programs. */
export async function writePanels(file: string, panels: readonly AskedPanel[]): Promise<void> {
  const text = file.endsWith('.json') ? `${JSON.stringify(panels, null, 2)}\n` : tableOf(panels);
  await writeFile(file, text);
}

function tableOf(panels: readonly AskedPanel[]): string {
  const rows = panels.map(({ panel, series, peak }) => {
    const labels = Object.entries(peak?.labels ?? {}).map(([name, value]) => `${name}=${value}`);
    return `| ${panel} | ${series} | ${peak?.value ?? ''} | ${labels.join(', ')} |`;
  });
  return ['| panel | series | highest value | of |', '| --- | ---: | ---: | --- |', ...rows, ''].join('\n');
}
