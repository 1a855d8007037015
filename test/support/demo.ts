// The demo in a process of its own, with a temporary folder of its own, and everything on this machine that it could
// leave behind.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import type { ScrapeTarget } from './prometheus.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

/** A demo that plays; `lines` are what it told so far. */
export interface PlayingDemo {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly lines: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Firewall rules that were there before: those of peers that died elsewhere on this machine stay. */
  readonly rulesBefore: readonly string[];
}

/** Starts the demo on this engine; its folder is left for the caller to look at and remove. */
export async function startDemo(dockerHost: string, ...args: string[]): Promise<PlayingDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-e2e-'));
  const env = { ...process.env, DOCKER_HOST: dockerHost, TALLY_ENGINE_SETUP: 'never', TMPDIR: folder };
  const rulesBefore = firewallRules();
  const child = spawn(process.execPath, [TALLY, 'demo', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, folder, lines, env, rulesBefore };
}

/** Waits until the demo begins a step, as in `3. `. */
export async function untilStep({ lines }: PlayingDemo, step: string): Promise<void> {
  const begun = () => expect(lines.some((line) => line.startsWith(step))).toBe(true);
  await vi.waitFor(begun, { timeout: 120_000, interval: 20 });
}

/** The peers of a demo that plays, as Prometheus scrapes them. */
export async function peersOf({ folder }: PlayingDemo): Promise<ScrapeTarget[]> {
  const [stage = ''] = (await readdir(folder)).filter((name) => /^tallymesh-demo-(?!image)/.test(name));
  const names = await readdir(join(folder, stage));
  return Promise.all(
    names.map(async (name) => {
      const read = async (file: string) => (await readFile(join(folder, stage, name, file), 'utf8')).trim();
      const { url } = JSON.parse(await read('api.json')) as { url: string };
      return { name, apiUrl: url, metricsToken: await read('metrics-token') };
    }),
  );
}

function print(env: NodeJS.ProcessEnv, program: string, ...args: string[]): string[] {
  return execFileSync(program, args, { env, encoding: 'utf8' }).split('\n').filter(Boolean);
}

const firewallRules = () =>
  print(process.env, 'iptables', '-S', 'INPUT').filter((rule) => rule.includes('tallymesh'));

/** Everything on this machine that a demo could leave. */
export async function tracesOf({ folder, env, rulesBefore }: PlayingDemo) {
  return {
    containers: print(env, 'docker', 'ps', '-aq', '--filter', 'label=tallymesh.peer'),
    networks: print(env, 'docker', 'network', 'ls', '-q', '--filter', 'label=tallymesh.peer'),
    images: print(env, 'docker', 'image', 'ls', '-q', 'tallymesh-demo'),
    rules: firewallRules().filter((rule) => !rulesBefore.includes(rule)),
    processes: print(env, 'ps', '-eo', 'args').filter((args) => args.includes(folder)),
    files: (await readdir(folder)).filter((name) => name.startsWith('tallymesh-')),
  };
}

/** No traces. */
export const NOTHING = { containers: [], networks: [], images: [], rules: [], processes: [], files: [] };
