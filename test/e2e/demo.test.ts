import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { namesOf } from '../../grafana/expression.ts';
import { alertRules } from '../../grafana/queries.ts';
import type { DemoReport } from '../../src/cli/demo/report.ts';
import {
  type DemoNames,
  NOTHING,
  namesOf as namesOfDemo,
  type PlayingDemo,
  peersOf,
  startDemo,
  tracesInEngine,
  tracesOf,
  untilStep,
} from '../support/demo.ts';
import { dockerHost } from '../support/docker-host.ts';
import { type AskedPanel, askPanels, writePanels } from '../support/panels.ts';
import { findPrometheus, type RunningPrometheus, scrapeWithPrometheus } from '../support/prometheus.ts';
import { type Stranger, settleStranger } from '../support/stranger.ts';

const GRAFANA = fileURLToPath(new URL('../../grafana', import.meta.url));
const DASHBOARD = join(GRAFANA, 'dashboards', 'network.json');

/** Where the table of panels and answers is written, as Markdown or, by its name, as JSON; nothing is by default. */
const TABLE_FILE = process.env.TALLYMESH_PANELS_TABLE;

/** What one demo, scraped by a real Prometheus from its third step to its end, showed. */
interface Shown {
  readonly code: unknown;
  readonly report: DemoReport;
  readonly names: DemoNames;
  readonly traces: Awaited<ReturnType<typeof tracesOf>>;
  readonly seconds: number;
  readonly scraped: Scraped | undefined;
}

interface Scraped {
  readonly all: readonly AskedPanel[];
  readonly chosen: readonly AskedPanel[];
  readonly nobody: readonly AskedPanel[];
  /** Series of alerts that never were. */
  readonly missing: readonly string[];
  readonly rules: readonly { readonly name: string; readonly health: string }[];
}

async function play(): Promise<Shown> {
  const startMs = Date.now();
  const file = join(tmpdir(), `tallymesh-demo-report-${process.pid}.json`);
  const programs = await findPrometheus();
  const demo = await startDemo(dockerHost(), '--report', file);
  const gone = once(demo.child, 'exit');
  try {
    await untilStep(demo, '3. ');
    const names = await namesOfDemo(demo);
    await using prometheus = programs && (await scrapeWithPrometheus(programs, await peersOf(demo)));
    const [code] = await gone;
    const seconds = (Date.now() - startMs) / 1_000;
    const scraped = prometheus && (await ask(prometheus, startMs));
    return {
      code,
      seconds,
      scraped,
      names,
      traces: await tracesOf(demo, names),
      report: await reportIn(file),
    };
  } finally {
    await rm(file, { force: true });
    await rm(demo.folder, { recursive: true, force: true });
  }
}

async function reportIn(file: string): Promise<DemoReport> {
  return JSON.parse(await readFile(file, 'utf8')) as DemoReport;
}

/** Interrupts a demo at a step, and tells what it left. */
async function interrupt(demo: PlayingDemo, step: string) {
  const gone = once(demo.child, 'exit');
  await untilStep(demo, step);
  const names = await namesOfDemo(demo);
  demo.child.kill('SIGINT');
  return { code: (await gone)[0], traces: await tracesOf(demo, names) };
}

async function ask(prometheus: RunningPrometheus, fromMs: number): Promise<Scraped> {
  const all = await askPanels(prometheus, DASHBOARD, fromMs);
  if (TABLE_FILE !== undefined) await writePanels(TABLE_FILE, all);
  const volunteers = [1, 2, 3, 4].map((number) => `volunteer-${number}`);
  const chosen = { job: ['tallymesh'], instance: [...volunteers, 'tenant'] };
  const { groups } = (await prometheus.get('rules')) as { groups: { rules: Scraped['rules'] }[] };
  return {
    all,
    chosen: await askPanels(prometheus, DASHBOARD, fromMs, chosen),
    nobody: await askPanels(prometheus, DASHBOARD, fromMs, { instance: ['nobody'] }),
    missing: await seriesMissing(prometheus, fromMs),
    rules: groups.flatMap((group) => group.rules),
  };
}

/** Metrics with a label whose values are no closed set: a failure that never happened has no series. */
const OPEN = new Set(['tallymesh_api_requests_total', 'tallymesh_runtime_call_seconds_count']);

/** The selectors of the alerts for which there was no series. */
async function seriesMissing(prometheus: RunningPrometheus, fromMs: number): Promise<string[]> {
  const rules = alertRules(await readFile(join(GRAFANA, 'alerts.yml'), 'utf8'));
  const selectors = rules.flatMap(({ expr }) => namesOf(expr).selectors);
  const missing: string[] = [];
  for (const { metric, labels, text } of selectors) {
    const present = `${metric}{${labels.map((label) => `${label}!=""`).join()}}`;
    const asked = OPEN.has(metric) ? present : text;
    if ((await prometheus.queryRange(asked, fromMs, 1_000)).length === 0) missing.push(asked);
  }
  return missing;
}

/** Panels that stay at 0 in a demo that goes well, or are above it too briefly for every run to see it. */
const QUIET = [
  ...['Engines down', 'Entries from reconciliation', 'Open tunnels', 'Receipts waiting'],
  ...['Receipts waiting by peer', 'Gossip not passed on', 'Lookups by id', 'Refused for credit'],
  ...['Convicted keys', 'Unsigned, credits', 'Problems', 'Tunnels reset'],
  ...['Images evicted', 'Restarts by cause'],
  ...['Images sent', 'Images of tenants'],
];

/** A quantile of what a demo does once: there is none where that was done before the first scrape. */
const ONCE = 'Time until an image has come';

/** A demo's peers all joined by invitations, which lend: nobody draws on the pool. */
const QUIET_QUERIES = ['panel "Pools of newcomers, credits" B'];

const isOf = (titles: readonly string[], panel: string) =>
  titles.some((title) => panel.startsWith(`panel "${title}"`));
const emptyOf = (asked: readonly AskedPanel[]) =>
  asked
    .filter(({ panel, series }) => series === 0 && !isOf([ONCE], panel))
    .map(({ panel, expr }) => `${panel}: ${expr}`);
const idleOf = (asked: readonly AskedPanel[]) =>
  asked
    .filter(({ peak }) => !(peak && peak.value > 0))
    .map(({ panel }) => panel)
    .filter((panel) => !isOf([...QUIET, ONCE], panel) && !QUIET_QUERIES.includes(panel));

/** Another peer of this machine, with everything that a peer of the demo has too; it comes and goes as it likes. */
let stranger: Stranger | undefined;
beforeAll(async () => {
  stranger = await settleStranger(dockerHost());
});
afterAll(() => stranger?.leave());

describe('what is counted as left by a demo', () => {
  it('is all that carries its names, of every kind, and nothing of other peers of the same engine', () => {
    const env = { ...process.env, DOCKER_HOST: dockerHost() };
    const { containers, networks, images, rules } = tracesInEngine(env, stranger!.names);
    expect([containers.length, networks.length, images.length, rules.length]).toEqual([2, 2, 1, 1]);
  });
});

describe('tally demo', () => {
  let shown: Shown;
  beforeAll(async () => {
    shown = await play();
  });

  it('runs from bids to verified ledgers through the loss of a volunteer, within three minutes', () => {
    const { code, report, seconds } = shown;
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ ok: true, peers: 5, ledgersVerified: 5 });
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(180);
    expect(report.receiptsCosigned).toBeGreaterThanOrEqual(12);
    expect(report.replacementMs).toBeGreaterThan(10_000);
    expect(report.replacementMs).toBeLessThanOrEqual(30_000);
    expect(report.imageBytesSent).toBeGreaterThan(10_000_000);
    expect(report.bidToRunningMs).toHaveLength(5);
    expect(report.dockerRunMs).toHaveLength(5);
    expect(report.metricsSeries).toBeGreaterThan(500);
  });

  it('shows volunteers that rise by serving well, and one that falls by vanishing', () => {
    const { reputation } = shown.report;
    expect(reputation).toHaveLength(4);
    expect(reputation.some(({ before, after }) => after > before)).toBe(true);
    expect(reputation.some(({ before, after }) => after < before)).toBe(true);
  });

  it('leaves nothing behind, and what other peers of the same engine have as it is', async () => {
    expect(shown.names.peers).toHaveLength(5);
    expect(shown.traces).toEqual(NOTHING);
    expect(await stranger!.isWhole()).toBe(true);
  });

  it('gives a real Prometheus a series for every panel of the dashboard, and for every alert', ({ skip }) => {
    const { scraped } = shown;
    if (scraped === undefined) skip('no Prometheus is installed, and apt has none');
    expect(emptyOf(scraped!.all)).toEqual([]);
    expect(idleOf(scraped!.all)).toEqual([]);
    expect(emptyOf(scraped!.chosen)).toEqual([]);
    expect(scraped!.nobody.filter(({ series }) => series > 0)).toEqual([]);
    expect(scraped!.missing).toEqual([]);
    expect(scraped!.rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(scraped!.rules.length).toBeGreaterThan(0);
  });
});

describe('a demo that is interrupted', () => {
  it.each(['3. ', '8. '])('at step %s takes down what it put up', async (step) => {
    const demo = await startDemo(dockerHost());
    onTestFinished(() => rm(demo.folder, { recursive: true, force: true }));
    expect(await interrupt(demo, step)).toEqual({ code: 130, traces: NOTHING });
    expect(await stranger!.isWhole()).toBe(true);
  });
});
