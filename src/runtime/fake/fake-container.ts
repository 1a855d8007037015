// One container of the fake engine: a program, its output, and how it stands.
import { type Duplex, Readable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { MIB } from '../../lib/units.ts';
import type {
  Container,
  ContainerSpec,
  ContainerState,
  DiskUse,
  Ending,
  ExecSpec,
  Execution,
  Health,
  LogLine,
  MemoryFile,
  Usage,
} from '../engine.ts';
import { cutLine, loggedBytes } from '../log-line.ts';
import { FakeExecution, type FakeRun } from './fake-exec.ts';
import { FakeFiles } from './fake-files.ts';

/** What a container does. Without `exits` it runs until somebody ends it. */
export interface FakeProgram {
  prints?: readonly Pick<LogLine, 'stream' | 'text'>[];
  /** What it has on the disk once it runs. */
  writes?: DiskUse;
  exits?: { code: number; outOfMemory?: boolean };
  /** What can be run in it beside it, by the first word of the command. */
  runs?: Readonly<Record<string, FakeRun>>;
  /** What the engine gives out in place of its files. */
  archive?: (path: string) => AsyncIterable<Uint8Array>;
  /** What listens on each port. */
  ports?: Readonly<Record<number, (socket: Duplex) => void>>;
}

/** What a container begins with beside its program. */
interface Beginning {
  readonly user: string;
  /** The engine runs a check in it. */
  readonly isChecked: boolean;
  readonly filled: ReadonlyMap<string, string>;
}

/** Kept by the engine under its lease. */
export class FakeContainer {
  readonly spec: ContainerSpec;
  readonly lines: LogLine[] = [];
  /** What its volumes began with, by the path of each entry. */
  readonly filled: ReadonlyMap<string, string>;
  /** As whom it runs; empty: root. */
  readonly user: string;
  /** What its latest run has in memory. */
  memory: readonly MemoryFile[];
  /** What each line took before it was cut. */
  readonly written: { atMs: number; bytes: number }[] = [];
  /** How it came to its end, once it has. */
  ending: Ending = 'unclear';
  usage: Usage = { cpuMilliseconds: 0, memoryBytes: MIB };
  /** What it has on the disk. */
  disk: DiskUse = { bytes: 0, files: 0 };
  readonly #program: FakeProgram;
  readonly #clock: Clock;
  readonly #sockets = new Set<Duplex>();
  readonly #executions = new Set<FakeExecution>();
  readonly files = new FakeFiles();
  /** What it was launched with is not all there any more. */
  isReduced = false;
  /** How it is by the check that the engine runs; undefined where it runs none. */
  health: Health | undefined;
  /** Why that check failed last, if it did. */
  healthFailure: string | undefined;
  #run = 1;
  #state: ContainerState = 'running';
  #exit = { exitCode: 0, outOfMemory: false, finishedAtMs: 0 };
  #change = Promise.withResolvers<void>();

  constructor(
    spec: ContainerSpec,
    program: FakeProgram,
    clock: Clock,
    { isChecked = false, filled = new Map(), user = '' }: Partial<Beginning> = {},
  ) {
    this.spec = spec;
    this.filled = filled;
    this.user = user;
    this.memory = spec.files ?? [];
    this.health = isChecked ? 'starting' : undefined;
    this.#program = program;
    this.#clock = clock;
  }

  get ended(): boolean {
    return this.#state === 'exited';
  }

  /** The engine's word for its latest run. */
  get run(): string {
    return `run-${this.#run}`;
  }

  /** The instance as the engine shows it to who leased a run of it. */
  describe(run = ''): Container {
    const { peer, lease, incarnation, ports } = this.spec;
    const instance = { peer, lease, incarnation, ports: [...ports], run: this.run, state: this.#state };
    const isOther = run === '' ? this.#run > 1 : run !== this.run;
    if (this.ended || isOther) return { ...instance, state: 'exited', ...this.#exit };
    return {
      ...instance,
      ...(this.health === undefined ? {} : { health: this.health }),
      ...(this.healthFailure === undefined ? {} : { healthFailure: this.healthFailure }),
      ...(this.isReduced ? { isReduced: true } : {}),
    };
  }

  /** Runs the program once more. */
  startAnew(nowMs: number): void {
    this.#run += 1;
    this.#state = 'running';
    if (this.health !== undefined) this.health = 'starting';
    this.healthFailure = undefined;
    this.start(nowMs);
  }

  /** Runs the program up to where it waits for somebody. */
  start(nowMs: number): void {
    for (const { stream, text } of this.#program.prints ?? []) this.print(stream, text, nowMs);
    const { exits, writes = this.disk } = this.#program;
    this.disk = writes;
    if (exits !== undefined) this.end(exits.code, exits.outOfMemory ?? false);
  }

  print(stream: LogLine['stream'], text: string, atMs: number): void {
    this.lines.push({ stream, atMs, text: cutLine(Buffer.from(text)) });
    this.written.push({ atMs, bytes: loggedBytes(`${text}\n`) });
    this.#announce();
  }

  /** Pauses or resumes; what has ended stays so. */
  hold(state: 'paused' | 'running'): void {
    if (!this.ended) this.#state = state;
    this.#announce();
  }

  end(exitCode: number, outOfMemory: boolean, ending: Ending = outOfMemory ? 'memory' : 'itself'): void {
    if (this.ended) return;
    this.#state = 'exited';
    this.#exit = { exitCode, outOfMemory, finishedAtMs: this.#clock.nowMs() };
    this.ending = ending;
    for (const socket of this.#sockets) socket.destroy();
    for (const each of this.#executions) void each.end();
    this.#announce();
  }

  /** Runs a program beside its own. */
  exec(spec: ExecSpec): Execution {
    const running = new FakeExecution(spec, this.#program.runs?.[spec.command[0] ?? '']);
    this.#executions.add(running);
    running.exitCode().then(
      () => this.#executions.delete(running),
      () => this.#executions.delete(running),
    );
    return running;
  }

  /** Programs that run beside its own. */
  get executions(): number {
    return this.#executions.size;
  }

  /** The engine goes away: nobody hears of those programs any more. */
  breakExecutions(): void {
    for (const each of this.#executions) each.break();
  }

  /** The files of it, packed. */
  download(path: string): Readable {
    const { archive } = this.#program;
    return archive === undefined
      ? this.files.download(path)
      : Readable.from(archive(path), { objectMode: false });
  }

  /** Hands a connection to what listens on the port; false when nothing does. */
  accept(port: number, socket: Duplex): boolean {
    const listener = this.#program.ports?.[port];
    if (listener === undefined || this.ended) return false;
    this.#sockets.add(socket);
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
    listener(socket);
    return true;
  }

  /** Resolves at the next change of state or output. */
  async changed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#change.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #announce(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
