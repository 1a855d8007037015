import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, createClient } from '../../src/api/client.ts';
import { end, placeAndWait } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, startPeer, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { type Staged, setStage, WAIT } from '../support/stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  'docs/volunteer.md',
  'docs/tenant.md',
  'docs/reputation.md',
  'docs/operator.md',
  'docs/benchmarks.md',
];
const forever = new AbortController().signal;

/** Commands that are not run here, and what runs them instead, or why nothing does. */
const EXEMPT: Readonly<Record<string, string>> = {
  'npm ci && npm run demo': 'test/e2e/demo.test.ts runs the demo',
  'npm cit': 'that is this run',
  'npm run bench -- NAME [--json FILE] [--quick] [--seed N]': 'test/integration/bench.test.ts runs a bench',
  'cd grafana': 'for the compose file, which wants images from a registry',
  'mkdir -p data/prometheus data/grafana': 'for the compose file',
  'install -m 600 ~/.tallymesh/metrics-token metrics-token': 'for the compose file',
  'TALLY_USER="$(id -u):$(id -g)" docker compose -f compose.yml up -d': 'wants images from a registry',
};

/** What a command must print; a command that is not listed must only succeed. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  'npx tally doctor': /engine/,
  'npx tally offer --list': /4 GiB/,
  'npx tally market': /cr/,
  'npx tally run myapp:1 --port 8080 --cpus 0.5 --memory 256MiB --max-price 1 --for 1h': /state +running/,
  'npx tally run myapp:1 --name web --port 8080 --cpus 0.25 --memory 128MiB --replicas 2 --grace 20s':
    /copies +2 of 2 run/,
  'npx tally logs ID': /listening on 8080/,
  'npx tally logs web --replica 1': /listening on 8080/,
  'npx tally events --tail 50': /deployment\.placed/,
  'npx tally top --once': /leases given/,
  'npx tally trust why …x7Qm2bRk': /A walk of trust from here reaches it/,
  'npx tally invite --for 7d': /^tally1/,
  'npx tally invite --list': /open/,
  'npx tally ledger verify': /whole/,
};

/** The command lines of a page, in its order, without their comments. */
async function commandsOf(page: string): Promise<string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^```\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'));
  const isCommand = /^(npx|npm|curl|cd|mkdir|install|[A-Z_]+=\S+ )/;
  return blocks.filter((line) => isCommand.test(line)).map((line) => line.replace(/ {2,}#.*$/, '').trim());
}

/** Somebody who reads a page: a folder that is home to them, where `npx tally` is this project's. */
class Reader {
  readonly #set: Staged;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #peer: PeerProcess | undefined;

  constructor(set: Staged, name: string) {
    this.#set = set;
    this.#folder = join(set.stage.folder, `reader-of-${name}`);
    const path = `${join(this.#folder, 'bin')}:${process.env.PATH}`;
    this.#env = { ...set.stage.env, HOME: this.#folder, PATH: path };
  }

  get #home(): string {
    return join(this.#folder, '.tallymesh');
  }

  async prepare(): Promise<void> {
    await mkdir(join(this.#folder, 'bin'), { recursive: true });
    const npx = join(this.#folder, 'bin', 'npx');
    await writeFile(npx, `#!/bin/sh\nshift\nexec ${process.execPath} ${join(ROOT, 'bin/tally.js')} "$@"\n`);
    await chmod(npx, 0o755);
  }

  /** What a line of a page prints; it must succeed. */
  async run(line: string): Promise<string> {
    if (line === 'npx tally up') return this.#up();
    if (line === 'npx tally ledger verify') await this.#peer?.stop();
    const { stdout } = await promisify(execFile)('bash', ['-c', await this.#filledIn(line)], {
      env: this.#env,
      timeout: 60_000,
    });
    if (line === 'npx tally ledger verify') await this.#up();
    return stdout;
  }

  /** A peer for pages that begin with one that runs. */
  async begin(): Promise<void> {
    await this.run('npx tally init --bootstrap /ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…');
    await this.#up();
  }

  async end(): Promise<void> {
    await this.#peer?.stop();
  }

  async #up(): Promise<string> {
    const peer = await startPeer('reader', this.#home, this.#env);
    onTestFinished(() => peer.stop());
    this.#peer = peer;
    const knows = async () => {
      const query = { params: { query: { limit: 10 } } };
      const { items } = await answerOf(peer.client.GET('/v1/market/offers', query));
      expect(items.length).toBeGreaterThanOrEqual(2);
    };
    await vi.waitFor(knows, WAIT);
    return '';
  }

  /** The line with what stands for something in it: addresses, names, ids. */
  async #filledIn(line: string): Promise<string> {
    const { acquaintance, image } = this.#set;
    const listen = line.includes('--listen') ? '' : '--listen /ip4/127.0.0.1/tcp/0';
    return line
      .replace('tally init', `tally init --network demo --api-port 0 --no-mdns ${listen}`)
      .replace('/ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…', acquaintance.addresses[0] ?? '')
      .replace('/ip4/0.0.0.0/tcp/4801', '/ip4/127.0.0.1/tcp/0')
      .replace('myapp:1', image)
      .replace('http://127.0.0.1:4800', this.#peer?.apiUrl ?? '')
      .replace('…x7Qm2bRk', await this.#acquainted(line))
      .replace('SERIES', await this.#series(line))
      .replace(/\bID\b/, await this.#deployment(line));
  }

  async #series(line: string): Promise<string> {
    if (!line.includes('SERIES')) return '';
    const offers = await tallyJson<{ series: string }[]>(
      ['--home', this.#home, 'offer', '--list'],
      this.#env,
    );
    return offers[0]?.series ?? '';
  }

  /** The end of the name of a peer that the reader had to do with. */
  async #acquainted(line: string): Promise<string> {
    const peer = this.#peer;
    if (!line.includes('…x7Qm2bRk') || peer === undefined) return '';
    const { deployment } = await placeAndWait(peer, this.#set.image, forever);
    await end(peer, deployment.id);
    const query = { params: { query: { limit: 10 } } };
    const known = async () => {
      const { items } = await answerOf(peer.client.GET('/v1/trust', query));
      expect(items.length).toBeGreaterThan(0);
      return `…${items[0]?.peer.slice(-8)}`;
    };
    return vi.waitFor(known, WAIT);
  }

  /** The latest deployment that runs; a page that stopped it and goes on to call it means another. */
  async #deployment(line: string): Promise<string> {
    if (!/\bID\b/.test(line) || this.#peer === undefined) return '';
    const token = (await readFile(join(this.#home, 'token'), 'utf8')).trim();
    const client = createClient({ url: this.#peer.apiUrl, token });
    const { items } = await answerOf(client.GET('/v1/deployments', { params: { query: { limit: 10 } } }));
    const running = items.find(({ state }) => state === 'running');
    if (running !== undefined) return running.id;
    const { deployment } = await placeAndWait(this.#peer, this.#set.image, forever);
    return deployment.id;
  }
}

describe('the commands of the documentation', () => {
  it('are all run here, or named with the reason why not', async () => {
    const commands = (await Promise.all(PAGES.map(commandsOf))).flat();
    const known = [...Object.keys(EXEMPT), ...Object.keys(PRINTS)];
    expect(known.filter((line) => !commands.includes(line))).toEqual([]);
    const strange = commands.filter((line) => !(line in EXEMPT) && !/^(npx tally|curl) /.test(line));
    expect(strange).toEqual([]);
  });

  it('work as the pages have them, in their order', async () => {
    const set = await setStage(2);
    for (const page of PAGES) {
      const commands = (await commandsOf(page)).filter((line) => !(line in EXEMPT));
      if (commands.length === 0) continue;
      const reader = new Reader(set, page.replace(/\W/g, '-'));
      await reader.prepare();
      if (!commands[0]?.includes('tally init')) await reader.begin();
      for (const line of commands) {
        const printed = await reader.run(line).catch((error: Error) => {
          throw new Error(`${page}: ${line}`, { cause: error });
        });
        expect(printed, `${page}: ${line}`).toMatch(PRINTS[line] ?? /(?:)/);
      }
      await reader.end();
    }
  });
});
