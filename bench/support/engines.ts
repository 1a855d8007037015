// Docker engines beside the machine's own, so that each volunteer of a bench has one that holds nothing yet.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../src/cli/demo/wait.ts';
import { answers } from '../../src/cli/engine-setup/answers.ts';
import { systemEnv } from '../../src/cli/engine-setup/programs.ts';

const run = promisify(execFile);

/** An engine of the bench's own; it changes nothing of the machine but for its bridge, and that goes with it. */
export class BenchEngine {
  readonly host: string;
  readonly #folder: string;
  readonly #bridge: string;
  readonly #daemon: ChildProcess;

  private constructor(folder: string, bridge: string) {
    this.#folder = folder;
    this.#bridge = bridge;
    this.host = `unix://${folder}/s`;
    const options = [
      ...[`--host=${this.host}`, `--data-root=${folder}/data`, `--exec-root=${folder}/exec`],
      ...[`--pidfile=${folder}/pid`, `--bridge=${bridge}`, '--iptables=false', '--ip-forward=false'],
      ...[`--containerd-namespace=${bridge}`, `--containerd-plugins-namespace=${bridge}-plugins`],
    ];
    this.#daemon = spawn('dockerd', options, { env: systemEnv(process.env), stdio: 'ignore' });
  }

  /** Starts one; resolves once it answers. */
  static async start(): Promise<BenchEngine> {
    const folder = await mkdtemp(join(tmpdir(), 'tly-'));
    const bridge = `tly${randomBytes(4).toString('hex')}`;
    await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
    const engine = new BenchEngine(folder, bridge);
    await until('an engine', () => answers(engine.host), new AbortController().signal);
    return engine;
  }

  /** Ends it, and removes what it kept. */
  async stop(): Promise<void> {
    this.#daemon.kill('SIGTERM');
    if (this.#daemon.exitCode === null) await once(this.#daemon, 'exit');
    await run('ip', ['link', 'del', this.#bridge]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
