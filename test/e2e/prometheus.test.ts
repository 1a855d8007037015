import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { namesOf } from '../../grafana/expression.ts';
import { alertRules } from '../../grafana/queries.ts';
import { answerOf } from '../../src/api/client.ts';
import { APPLICATION_PORT } from '../../src/cli/demo/application.ts';
import { callContainer, coSigned, end, placeAndWait } from '../../src/cli/demo/deployments.ts';
import { DEMO_RESOURCES } from '../../src/cli/demo/docker-run.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { askPanels, writePanels } from '../support/panels.ts';
import {
  findPrometheus,
  type PrometheusPrograms,
  type RunningPrometheus,
  scrapeWithPrometheus,
} from '../support/prometheus.ts';

const GRAFANA = fileURLToPath(new URL('../../grafana', import.meta.url));
const DASHBOARD = join(GRAFANA, 'dashboards', 'network.json');
const WAIT = { timeout: 60_000, interval: 250 };
const forever = new AbortController().signal;

/** Where the table of panels and answers is written, as Markdown or, by its name, as JSON; nothing is by default. */
const TABLE_FILE = process.env.TALLYMESH_PANELS_TABLE;

let programs: PrometheusPrograms | undefined;
beforeAll(async () => {
  programs = await findPrometheus();
});

/** Runs promtool and gives what it says; rejects with it when it is not content. */
async function promtool(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(programs!.promtool, args);
  return stdout + stderr;
}

describe('what is shipped for Prometheus', () => {
  it('is a configuration that promtool accepts, with rules and targets', async ({ skip }) => {
    if (programs === undefined) skip('no Prometheus is installed, and apt has none');
    const folder = await mkdtemp(join(tmpdir(), 'tallymesh-promtool-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    for (const file of ['prometheus.yml', 'alerts.yml', 'targets.yml'])
      await cp(join(GRAFANA, file), join(folder, file));
    await writeFile(join(folder, 'metrics-token'), 'a-token');
    expect(await promtool('check', 'config', join(folder, 'prometheus.yml'))).toMatch(/\d+ rules found/);
  });

  it('alerts on what is wrong, and on nothing else', async ({ skip }) => {
    if (programs === undefined) skip('no Prometheus is installed, and apt has none');
    expect(await promtool('test', 'rules', join(GRAFANA, 'alerts.test.yml'))).toContain('SUCCESS');
  });

  it('has a test that fires each alert', async () => {
    const rules = alertRules(await readFile(join(GRAFANA, 'alerts.yml'), 'utf8'));
    const { tests } = parse(await readFile(join(GRAFANA, 'alerts.test.yml'), 'utf8')) as {
      tests: { promql_expr_test: { exp_samples: { labels: string }[] }[] }[];
    };
    const samples = tests.flatMap((test) => test.promql_expr_test.flatMap((each) => each.exp_samples));
    const fired = samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1]);
    expect(fired.sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});

/** Two volunteers that offer and a tenant that knows both offers, scraped from now on. */
async function set() {
  process.env.DOCKER_HOST = inject('dockerHost');
  const stage = new Stage();
  onTestFinished(() => stage.clear());
  await stage.engine(() => {});
  const { name: image } = await stage.application();
  const first = await stage.peer('volunteer-1', { offers: true });
  const bootstrap = first.addresses;
  const second = await stage.peer('volunteer-2', { bootstrap, offers: true });
  const tenant = await stage.peer('tenant', { bootstrap, offers: false });
  const prometheus = await scrapeWithPrometheus(programs!, stage.peers);
  onTestFinished(() => prometheus[Symbol.asyncDispose]());
  const resources = ['--cpus', '1', '--memory', '1GiB', '--disk', '128MiB'];
  for (const { home } of [first, second])
    await tallyJson(['--home', home, 'offer', ...resources, '--image', image], stage.env);
  const offers = () => answerOf(tenant.client.GET('/v1/market/offers', { params: { query: { limit: 10 } } }));
  await vi.waitFor(async () => expect((await offers()).items).toHaveLength(2), WAIT);
  return { stage, volunteers: [first, second], tenant, image, prometheus };
}

/** What there is to see: a bid that nothing fits, leases that run, are called, paid for and ended. */
async function live(tenant: PeerProcess, volunteers: readonly PeerProcess[], image: string): Promise<void> {
  const limits = { resources: DEMO_RESOURCES, maxPriceMicrocreditsPerHour: 1, durationMs: 600_000 };
  const unfit = tenant.client.POST('/v1/bids', { body: { image, ports: [APPLICATION_PORT], ...limits } });
  await expect(unfit).rejects.toMatchObject({ code: 'NOTHING_MATCHED' });
  const ended = await placeAndWait(tenant, image, forever);
  const kept = await placeAndWait(tenant, image, forever);
  const token = (await readFile(join(tenant.home, 'token'), 'utf8')).trim();
  await vi.waitFor(() => callContainer(tenant, kept.deployment.id, token), WAIT);
  await vi.waitFor(async () => expect(await coSigned(tenant, volunteers)).toBeGreaterThan(1), WAIT);
  await end(tenant, ended.deployment.id);
}

const emptyOf = (asked: Awaited<ReturnType<typeof askPanels>>) =>
  asked.filter(({ series }) => series === 0).map(({ panel, expr }) => `${panel}: ${expr}`);

/** Panels that may stay at 0 while all goes well: nothing is wrong, gossip lost nothing, or it lasts for less than a scrape. */
const QUIET = [
  'Unsigned, credits',
  'Taken in by reconciliation',
  'Open tunnels',
  'Engines down',
  'Receipts waiting',
  'Receipts waiting by peer',
  'Gossip not passed on',
];

/** Panels that stayed at 0 although something happened for them to show. */
const idleOf = (asked: Awaited<ReturnType<typeof askPanels>>) =>
  asked
    .filter(
      ({ panel, peak }) => !(peak && peak.value > 0) && !QUIET.some((title) => panel === `panel "${title}"`),
    )
    .map(({ panel }) => panel);

/** Metrics with a label whose values are no closed set: a failure that never happened has no series. */
const OPEN = new Set(['tallymesh_api_requests_total', 'tallymesh_runtime_call_seconds_count']);

/** The selectors of the alerts for which there is no series. */
async function seriesMissing(prometheus: RunningPrometheus): Promise<string[]> {
  const rules = alertRules(await readFile(join(GRAFANA, 'alerts.yml'), 'utf8'));
  const selectors = rules.flatMap(({ expr }) => namesOf(expr).selectors);
  const missing: string[] = [];
  for (const { metric, labels, text } of selectors) {
    const present = `${metric}{${labels.map((label) => `${label}!=""`).join()}}`;
    const asked = OPEN.has(metric) ? present : text;
    if ((await prometheus.query(asked)).length === 0) missing.push(asked);
  }
  return missing;
}

interface RuleGroups {
  readonly groups: readonly {
    readonly rules: readonly { readonly name: string; readonly health: string }[];
  }[];
}

describe('a real Prometheus over real peers', () => {
  it('answers every panel of the dashboard, and has every series that an alert looks at', async ({
    skip,
  }) => {
    if (programs === undefined) skip('no Prometheus is installed, and apt has none');
    const fromMs = Date.now();
    const { volunteers, tenant, image, prometheus } = await set();
    await live(tenant, volunteers, image);

    await vi.waitFor(async () => {
      const asked = await askPanels(prometheus, DASHBOARD, fromMs);
      if (TABLE_FILE !== undefined) await writePanels(TABLE_FILE, asked);
      expect(emptyOf(asked)).toEqual([]);
      expect(idleOf(asked)).toEqual([]);
    }, WAIT);
    await vi.waitFor(async () => expect(await seriesMissing(prometheus)).toEqual([]), WAIT);

    const chosen = { job: ['tallymesh'], instance: ['volunteer-1', 'volunteer-2', 'tenant'] };
    expect(emptyOf(await askPanels(prometheus, DASHBOARD, fromMs, chosen))).toEqual([]);
    const nobody = await askPanels(prometheus, DASHBOARD, fromMs, { instance: ['nobody'] });
    expect(nobody.filter(({ series }) => series > 0)).toEqual([]);

    const { groups } = (await prometheus.get('rules')) as RuleGroups;
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.length).toBeGreaterThan(0);
  });
});
