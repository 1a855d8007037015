// Somebody who follows the documentation: a home folder and a clone of their own, a terminal to type lines into, and
// one more for the peer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { removeLeftovers } from '../../src/cli/demo/leftovers.ts';
import { type Ended, run } from '../../src/cli/demo/programs.ts';
import { DEMO_EPOCHS } from '../../src/cli/demo/stage.ts';
import { PROJECT } from './doc-commands.ts';

const PEER = /12D3Koo\w+/;
/** A peer that is told to end has ended by then. */
const END_MS = 30_000;

export class Newcomer {
  /** What `~` is. */
  readonly folder: string;
  readonly home: string;
  readonly #env: NodeJS.ProcessEnv;
  #cwd: string;
  #up: ChildProcess | undefined;
  #peer: string | undefined;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.home = join(folder, '.tallymesh');
    this.#cwd = join(folder, 'clone');
    this.#env = { ...env, HOME: folder, TALLY_ENGINE_SETUP: 'never', TALLY_PASSPHRASE: 'correct horse' };
  }

  /** Somebody new, whose programs have this environment; of the clone only what the pages use is there. */
  static async arrive(env: NodeJS.ProcessEnv): Promise<Newcomer> {
    const newcomer = new Newcomer(await mkdtemp(join(tmpdir(), 'tallymesh-docs-')), env);
    await cp(join(PROJECT, 'grafana'), join(newcomer.#cwd, 'grafana'), { recursive: true });
    return newcomer;
  }

  /** Types a line and waits until it is done; `cd` holds for the lines after it. */
  async type(line: string): Promise<Ended> {
    const [, folder] = /^cd (\S+)$/.exec(line) ?? [];
    if (folder === undefined) return run('sh', ['-c', `cd '${this.#cwd}' && ${line}`], { env: this.#env });
    this.#cwd = join(this.#cwd, folder);
    return { code: (await stat(this.#cwd)).isDirectory() ? 0 : 1, stdout: '', stderr: '' };
  }

  /** A file of the folder that this newcomer is in. */
  pathOf(name: string): string {
    return join(this.#cwd, name);
  }

  /** Free ports, a network apart from everybody's, and short epochs: what a test needs otherwise than a person. */
  async adaptSettings(): Promise<void> {
    const file = join(this.home, 'config.json');
    const settings = JSON.parse(await readFile(file, 'utf8')) as object;
    const here = { network: 'demo', listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, api: { port: 0 } };
    await writeFile(file, JSON.stringify({ ...settings, ...here, lease: DEMO_EPOCHS, logLevel: 'warn' }));
  }

  /** Types a line that goes on, in a terminal of its own, and waits for the first that it prints. */
  async leaveRunning(line: string): Promise<void> {
    const up = spawn('sh', ['-c', `exec ${line}`], { env: this.#env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#up = up;
    const ended = once(up, 'exit').then(([code]) => expect.fail(`${line} ended with ${code}`));
    const first = once(createInterface({ input: up.stdout }), 'line');
    const [said] = await Promise.race([first, ended]);
    this.#peer = PEER.exec(String(said))?.[0];
    expect(this.#peer, `${line} named no peer`).toBeDefined();
  }

  /** Presses Ctrl-C there; it ends in order. */
  async interrupt(): Promise<void> {
    this.#up?.kill('SIGINT');
    await this.untilEnded();
  }

  /**
   * Waits until it has ended in order. A program that ends by itself gets no signal: Node gives up its signal handlers
   * before the process is gone, and from then on a signal kills it.
   */
  async untilEnded(): Promise<void> {
    const up = this.#up;
    if (up === undefined) return;
    if (up.exitCode === null && up.signalCode === null)
      await once(up, 'exit', { signal: AbortSignal.timeout(END_MS) });
    this.#up = undefined;
    expect([up.exitCode, up.signalCode]).toEqual([0, null]);
  }

  /** Where this newcomer's API answers. */
  async apiUrl(): Promise<string> {
    return (JSON.parse(await readFile(join(this.home, 'api.json'), 'utf8')) as { url: string }).url;
  }

  /** Ends the peer, and removes what it left. */
  async leave(): Promise<void> {
    try {
      await this.interrupt();
    } finally {
      if (this.#peer !== undefined) await removeLeftovers([this.#peer], this.#env);
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
