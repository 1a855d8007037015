// A peer of the demo: a process of its own with a home of its own, made and run by the command line like anybody's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ApiClient, createClient } from '../../api/client.ts';
import { type Ended, output, run } from './programs.ts';

const TALLY = fileURLToPath(new URL('../../../bin/tally.js', import.meta.url));
const STOP_MS = 20_000;
const KEPT_LINES = 12;

/** Runs `tally` to its end. */
export function tally(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return run(process.execPath, [TALLY, ...args], { env });
}

/** Runs `tally --json` and reads its answer; rejects when it fails. */
export async function tallyJson<T>(args: readonly string[], env: NodeJS.ProcessEnv): Promise<T> {
  return JSON.parse(await output(process.execPath, [TALLY, '--json', ...args], { env })) as T;
}

/** A running peer. */
export interface PeerProcess {
  /** What the demo calls it. */
  readonly name: string;
  readonly home: string;
  /** Of its process. */
  readonly pid: number;
  readonly peer: string;
  readonly apiUrl: string;
  readonly addresses: readonly string[];
  readonly client: ApiClient;
  readonly token: string;
  readonly metricsToken: string;
  /** The last lines of its log. */
  lastWords(): string[];
  /** Ends it in order, or by force when it takes too long; idempotent. */
  stop(): Promise<void>;
}

/** What `tally up --json` says first. */
interface Announcement {
  readonly peer: string;
  readonly apiUrl: string;
  readonly addresses: readonly string[];
}

/**
 * Starts the peer of a home. It leads a process group of its own, so that Ctrl-C reaches the demo alone, which then
 * ends everything in order.
 */
export async function startPeer(name: string, home: string, env: NodeJS.ProcessEnv): Promise<PeerProcess> {
  const args = [TALLY, '--json', '--home', home, 'up'];
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    words.push(line);
    if (words.length > KEPT_LINES) words.shift();
  });
  const { peer, apiUrl, addresses } = await announcement(name, child, words);
  const [token = '', metricsToken = ''] = await Promise.all(
    ['token', 'metrics-token'].map((file) => readToken(home, file)),
  );
  const client = createClient({ url: apiUrl, token });
  const stop = () => stopProcess(child);
  return {
    name,
    home,
    pid: child.pid ?? 0,
    peer,
    apiUrl,
    addresses,
    client,
    token,
    metricsToken,
    lastWords: () => [...words],
    stop,
  };
}

async function announcement(
  name: string,
  child: ChildProcess,
  words: readonly string[],
): Promise<Announcement> {
  if (child.stdout === null) throw new Error(`${name} has no standard output`);
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line').then(([line]) => JSON.parse(String(line)) as Announcement);
  const died = once(child, 'exit').then(() => {
    throw new Error(`${name} did not start: ${words.at(-1) ?? 'it said nothing'}`);
  });
  return Promise.race([first, died]);
}

async function readToken(home: string, file: string): Promise<string> {
  return (await readFile(join(home, file), 'utf8')).trim();
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(force);
}
