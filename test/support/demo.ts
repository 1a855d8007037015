// The demo in a process of its own, with a temporary folder of its own, and everything on this machine that it could
// leave behind. Other peers may use the same engine meanwhile: only what carries this demo's own names is counted.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { createIdentity } from '../../src/records/identity.ts';
import type { ScrapeTarget } from './prometheus.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

/** A demo that plays; `lines` are what it told so far. */
export interface PlayingDemo {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly lines: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The names by which one finds what a demo puts up beside its processes and files. */
export interface DemoNames {
  /** Ids of its peers: containers, networks and firewall rules carry them. */
  readonly peers: readonly string[];
  /** The image, as `tallymesh-demo:…`; containers and networks of plain `docker run` begin with it too. */
  readonly image: string;
}

/** Starts the demo on this engine; its folder is left for the caller to look at and remove. */
export async function startDemo(dockerHost: string, ...args: string[]): Promise<PlayingDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-e2e-'));
  const env = { ...process.env, DOCKER_HOST: dockerHost, TALLY_ENGINE_SETUP: 'never', TMPDIR: folder };
  const child = spawn(process.execPath, [TALLY, 'demo', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, folder, lines, env };
}

/** Waits until the demo begins a step, as in `3. `. */
export async function untilStep({ lines }: PlayingDemo, step: string): Promise<void> {
  const begun = () => expect(lines.some((line) => line.startsWith(step))).toBe(true);
  await vi.waitFor(begun, { timeout: 120_000, interval: 20 });
}

/** A file of each home of a demo that plays. */
async function readHomes({ folder }: PlayingDemo) {
  const [stage = ''] = (await readdir(folder)).filter((name) => /^tallymesh-demo-(?!image)/.test(name));
  const found = await readdir(join(folder, stage), { withFileTypes: true });
  const homes = found.filter((each) => each.isDirectory());
  return homes.map(({ name }) => ({
    name,
    read: async (file: string) => (await readFile(join(folder, stage, name, file), 'utf8')).trim(),
  }));
}

/** The peers of a demo that plays, as Prometheus scrapes them. */
export async function peersOf(demo: PlayingDemo): Promise<ScrapeTarget[]> {
  const homes = await readHomes(demo);
  return Promise.all(
    homes.map(async ({ name, read }) => {
      const { url } = JSON.parse(await read('api.json')) as { url: string };
      return { name, apiUrl: url, metricsToken: await read('metrics-token') };
    }),
  );
}

/** The names of what a demo has put up; to be asked while it plays, from its third step on. */
export async function namesOf(demo: PlayingDemo): Promise<DemoNames> {
  const homes = await readHomes(demo);
  const keys = await Promise.all(homes.map(({ read }) => read('key')));
  const [image] = demo.lines.flatMap((line) => /tallymesh-demo:[0-9a-f]+/.exec(line) ?? []);
  expect(image).toBeDefined();
  return { peers: keys.map((key) => createIdentity(Buffer.from(key, 'hex')).peer), image: image! };
}

function print(env: NodeJS.ProcessEnv, program: string, ...args: string[]): string[] {
  return execFileSync(program, args, { env, encoding: 'utf8' }).split('\n').filter(Boolean);
}

/** Those of the lines of a listing, each a name, a space and a peer id or nothing, that are of a demo. */
function ownOf(listing: readonly string[], { peers, image }: DemoNames): string[] {
  const plain = `${image.replace(':', '-')}-`;
  return listing.filter((line) => {
    const [name = '', peer = ''] = line.split(' ');
    return peers.includes(peer) || name.startsWith(plain);
  });
}

/** What of a demo is still in the engine and in the firewall of this machine. */
export function tracesInEngine(env: NodeJS.ProcessEnv, names: DemoNames) {
  const label = '{{.Label "tallymesh.peer"}}';
  const { peers, image } = names;
  return {
    containers: ownOf(print(env, 'docker', 'ps', '-a', '--format', `{{.Names}} ${label}`), names),
    networks: ownOf(print(env, 'docker', 'network', 'ls', '--format', `{{.Name}} ${label}`), names),
    images: [image, ...peers.map((peer) => `tallymesh/*:${peer}`)].flatMap((name) =>
      print(env, 'docker', 'image', 'ls', '-q', name),
    ),
    rules: print(process.env, 'iptables', '-w', '5', '-S', 'INPUT').filter((rule) =>
      peers.some((peer) => rule.includes(`tallymesh:${peer}`)),
    ),
  };
}

/** Everything on this machine that a demo could leave. */
export async function tracesOf({ folder, env }: PlayingDemo, names: DemoNames) {
  return {
    ...tracesInEngine(env, names),
    processes: print(env, 'ps', '-eo', 'args').filter((args) => args.includes(folder)),
    files: (await readdir(folder)).filter((name) => name.startsWith('tallymesh-')),
  };
}

/** No traces. */
export const NOTHING = { containers: [], networks: [], images: [], rules: [], processes: [], files: [] };
