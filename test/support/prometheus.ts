// A real Prometheus over running peers; Debian's where none is installed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { findProgram, unpackPackage } from './debian.ts';
import { ownPlace } from './places.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Scraped more often than an operator would, so that tests are short. */
export const SCRAPE_INTERVAL_MS = 1_000;

/** The two programs of the package. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Finds Prometheus on this machine, or unpacks Debian's; undefined where there is neither. */
export async function findPrometheus(): Promise<PrometheusPrograms | undefined> {
  const installed = await inFolders((process.env.PATH ?? '').split(delimiter));
  return installed ?? inFolders(await unpackPackage('prometheus'));
}

async function inFolders(folders: readonly string[]): Promise<PrometheusPrograms | undefined> {
  const [prometheus, promtool] = await Promise.all([
    findProgram('prometheus', folders),
    findProgram('promtool', folders),
  ]);
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
}

/** A peer to scrape. */
export interface ScrapeTarget {
  /** What dashboards call it: the label `instance`. */
  readonly name: string;
  readonly apiUrl: string;
  readonly metricsToken: string;
}

/** One series of an answer: its labels, and its values in order of time. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

/** A Prometheus that runs until it is disposed of. */
export interface RunningPrometheus extends AsyncDisposable {
  readonly url: string;
  /** What an expression gives now. Rejects with Prometheus' own words for an expression that it refuses. */
  query(expr: string): Promise<Series[]>;
  /** What an expression gave at every step from a time until now. */
  queryRange(expr: string, fromMs: number, stepMs: number): Promise<Series[]>;
  /** Any other call of its HTTP API, by its path under /api/v1. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
}

interface ScrapeConfig {
  readonly job_name: string;
}

/**
 * Starts a Prometheus with the project's own scrape config and alert rules over these peers. Each peer has a token of
 * its own, so each gets a copy of the one scrape config, all under its one job.
 */
export async function scrapeWithPrometheus(
  { prometheus }: PrometheusPrograms,
  targets: readonly ScrapeTarget[],
): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-prometheus-'));
  await writeConfig(folder, targets);
  const { host, port } = ownPlace();
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${host}:${port}`,
  ];
  const log: string[] = [];
  const child = spawn(prometheus, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.on('data', (chunk) => log.push(String(chunk)));
  const running = api(`http://${host}:${port}`, child, folder);
  try {
    await until(child, async () => (await fetch(`${running.url}/-/ready`)).ok);
    // What is counted before the first scrape is in no rate.
    const scraped = async () => (await running.query('up == 1')).length === targets.length;
    await until(child, scraped);
    return running;
  } catch (cause) {
    await running[Symbol.asyncDispose]();
    throw new Error(`Prometheus did not start: ${log.slice(-5).join('')}`, { cause });
  }
}

async function writeConfig(folder: string, targets: readonly ScrapeTarget[]): Promise<void> {
  const config = parse(await readFile(join(PROJECT, 'grafana', 'prometheus.yml'), 'utf8')) as {
    readonly global: object;
    readonly scrape_configs: readonly ScrapeConfig[];
  };
  const [template] = config.scrape_configs;
  const interval = `${SCRAPE_INTERVAL_MS / 1_000}s`;
  const global = { ...config.global, scrape_interval: interval, evaluation_interval: interval };
  const scrapes = targets.map((_, index) => ({
    ...template,
    job_name: `${template?.job_name}-${index}`,
    authorization: { credentials_file: `token-${index}` },
    file_sd_configs: [{ files: [`targets-${index}.yml`] }],
    relabel_configs: [{ target_label: 'job', replacement: template?.job_name }],
  }));
  await writeFile(join(folder, 'prometheus.yml'), stringify({ ...config, global, scrape_configs: scrapes }));
  await cp(join(PROJECT, 'grafana', 'alerts.yml'), join(folder, 'alerts.yml'));
  for (const [index, { name, apiUrl, metricsToken }] of targets.entries()) {
    const listed = [{ targets: [new URL(apiUrl).host], labels: { instance: name } }];
    await writeFile(join(folder, `targets-${index}.yml`), stringify(listed));
    await writeFile(join(folder, `token-${index}`), metricsToken, { mode: 0o600 });
  }
}

/** Waits for a condition, which may throw meanwhile; rejects when the process ends or half a minute is over. */
async function until(child: ChildProcess, condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (child.exitCode === null && performance.now() < endMs) {
    if (await condition().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    child.exitCode === null ? 'its targets were not scraped in time' : `exit code ${child.exitCode}`,
  );
}

function api(url: string, child: ChildProcess, folder: string): RunningPrometheus {
  const get: RunningPrometheus['get'] = async (path, parameters = {}) => {
    const body = new URLSearchParams(parameters);
    const answer = await fetch(`${url}/api/v1/${path}?${body}`, { signal: AbortSignal.timeout(10_000) });
    const { status, data, error } = (await answer.json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (status !== 'success') throw new Error(`${parameters.query ?? path}: ${error}`);
    return data;
  };
  return {
    url,
    get,
    async query(expr) {
      const { result } = (await get('query', { query: expr })) as {
        result: { metric: Series['metric']; value: [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ metric, values: [value] }));
    },
    async queryRange(expr, fromMs, stepMs) {
      const range = {
        start: String(fromMs / 1_000),
        end: String(Date.now() / 1_000),
        step: String(stepMs / 1_000),
      };
      return ((await get('query_range', { query: expr, ...range })) as { result: Series[] }).result;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
