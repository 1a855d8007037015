import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { alertRules } from '../../grafana/queries.ts';
import { findPrometheus, type PrometheusPrograms } from '../support/prometheus.ts';

const GRAFANA = fileURLToPath(new URL('../../grafana', import.meta.url));
const _DASHBOARD = join(GRAFANA, 'dashboards', 'network.json');
const _WAIT = { timeout: 60_000, interval: 250 };
const _forever = new AbortController().signal;

/** Where the table of panels and answers is written, as Markdown or, by its name, as JSON; nothing is by default. */
const _TABLE_FILE = process.env.TALLYMESH_PANELS_TABLE;

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
