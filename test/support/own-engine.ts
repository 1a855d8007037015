// A Docker engine of a test's own, to be killed, stopped and started again with other options. It changes nothing of the
// machine but for its bridge, and that goes with it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { answers } from '../../src/cli/engine-setup/answers.ts';
import { processesInCgroups, processesWith, terminate } from '../../src/cli/engine-setup/processes.ts';
import { systemEnv } from '../../src/cli/engine-setup/programs.ts';
import { KIB, MIB } from '../../src/lib/units.ts';

const run = promisify(execFile);
/** Some images and their containers, and it is quickly full. */
const DISK = '1G';

const WAIT = { timeout: 60_000, interval: 50 };

export interface EngineMode {
  /** Whether containers go on while the engine is away. */
  readonly liveRestore?: boolean;
  /** How many of the machine's cpus the engine sees; all by default. */
  readonly cpus?: 1;
}

/** How the disk of an engine is made and mounted. */
export interface OwnDisk {
  readonly make: readonly string[];
  readonly mount: readonly string[];
}

const EXT4: OwnDisk = { make: ['mkfs.ext4', '-q', '-m', '0'], mount: ['-o', 'loop'] };

export class OwnEngine {
  readonly host: string;
  /** Whether it has a disk of its own to be filled; not where nobody may mount one. */
  hasOwnDisk = false;
  readonly #folder: string;
  readonly #bridge: string;
  #daemon: ChildProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#bridge = `tly${randomBytes(4).toString('hex')}`;
    this.host = `unix://${folder}/s`;
  }

  /** Makes the folder, with a small disk for what the engine keeps, and the bridge; nothing runs yet. */
  static async prepare({ make, mount }: OwnDisk = EXT4): Promise<OwnEngine> {
    const folder = await mkdtemp(join(tmpdir(), 'tly-'));
    const engine = new OwnEngine(folder);
    await run('truncate', ['-s', DISK, `${folder}/disk`]);
    await mkdir(`${folder}/data`);
    const [program = '', ...options] = make;
    const env = systemEnv(process.env);
    engine.hasOwnDisk = await run(program, [...options, `${folder}/disk`], { env })
      .then(() => run('mount', [...mount, `${folder}/disk`, `${folder}/data`]))
      .then(
        () => true,
        () => false,
      );
    await run('ip', ['link', 'add', engine.#bridge, 'type', 'bridge']);
    return engine;
  }

  /** Takes all that is free on its disk, down to the last block. */
  async fillDisk(): Promise<void> {
    await using file = await open(`${this.#folder}/data/fill`, 'a');
    for (const size of [MIB, 4 * KIB]) {
      const chunk = new Uint8Array(size);
      while (await file.write(chunk).catch(() => undefined));
    }
  }

  /** Gives it back. */
  async emptyDisk(): Promise<void> {
    await rm(`${this.#folder}/data/fill`, { force: true });
  }

  async start({ liveRestore = false, cpus }: EngineMode = {}): Promise<void> {
    // What a killed daemon leaves would keep the next one waiting for it
    await rm(`${this.#folder}/pid`, { force: true });
    await rm(`${this.#folder}/exec/containerd/containerd.pid`, { force: true });
    const options = [
      ...[`--host=${this.host}`, `--data-root=${this.#folder}/data`, `--exec-root=${this.#folder}/exec`],
      ...[
        `--pidfile=${this.#folder}/pid`,
        `--bridge=${this.#bridge}`,
        '--iptables=false',
        '--ip-forward=false',
      ],
      ...[`--containerd-namespace=${this.#bridge}`, `--containerd-plugins-namespace=${this.#bridge}-plugins`],
      ...(liveRestore ? ['--live-restore'] : []),
    ];
    const command = cpus === undefined ? ['dockerd'] : ['taskset', '-c', '0', 'dockerd'];
    const [program = '', ...args] = [...command, ...options];
    this.#daemon = spawn(program, args, { env: systemEnv(process.env), detached: true, stdio: 'ignore' });
    await vi.waitFor(async () => {
      if (!(await answers(this.host))) throw new Error('the engine of the test does not answer');
    }, WAIT);
  }

  /** `kill -9`: containers go on, whatever the mode. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it in order; without live-restore it takes its containers along. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Stops its process where it is, so that it takes calls and answers none. */
  freeze(): void {
    this.#daemon?.kill('SIGSTOP');
  }

  /** It goes on with what waits for it. */
  thaw(): void {
    this.#daemon?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = once(daemon, 'exit');
    daemon.kill(signal);
    await gone;
  }

  /** The command line of Docker, on this engine. */
  async docker(...args: string[]): Promise<string> {
    const { stdout } = await run('docker', ['--host', this.host, ...args]);
    return stdout.trim();
  }

  /** Copies an image of the engine that this environment names. */
  async load(image: string, env: NodeJS.ProcessEnv): Promise<void> {
    await run('sh', ['-c', `docker save ${image} | docker --host ${this.host} load`], { env });
  }

  /** Ends everything of it, and takes away what it made. */
  async clear(): Promise<void> {
    await this.stop();
    const containers = await readdir(`${this.#folder}/data/containers`).catch(() => []);
    for (const pid of await processesInCgroups(containers)) await terminate(pid, 0);
    for (const pid of await processesWith(`${this.#folder}/exec`)) await terminate(pid, 5_000);
    await run('sh', ['-c', `grep -o ' ${this.#folder}/[^ ]*' /proc/mounts | sort -r | xargs -r umount -l`]);
    await rm(this.#folder, { recursive: true, force: true });
    await run('ip', ['link', 'del', this.#bridge]);
  }
}
