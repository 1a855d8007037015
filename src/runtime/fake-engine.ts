// An Engine in memory, for tests: containers are small programs in TypeScript. No timers, no sockets, no threads.
import { type Duplex, duplexPair } from 'node:stream';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type ErrorCode, TallyError } from '../lib/errors.ts';
import { GIB } from '../lib/units.ts';
import type {
  Engine,
  EngineFacts,
  Image,
  Instance,
  InstanceSpec,
  LogLine,
  LogQuery,
  Usage,
} from './engine.ts';
import { FakeContainer, type FakeProgram } from './fake-container.ts';
import { userFor } from './image-user.ts';

/** An image and what its containers do. */
export interface FakeImage {
  /** `sha256:…` */
  digest: string;
  names?: readonly string[];
  /** Empty means that the image names no user. */
  user?: string;
  sizeBytes?: number;
  /** The program of a container, by its command and environment. */
  run(spec: InstanceSpec): FakeProgram;
}

export interface FakeEngineOptions {
  images: readonly FakeImage[];
  /** For the times of log lines. */
  clock?: Clock;
  /** What differs from an engine of four cpus and eight GiB. */
  facts?: Partial<EngineFacts>;
}

const FACTS: EngineFacts = {
  name: 'fake',
  version: '1.0.0',
  cpuMillis: 4_000,
  memoryBytes: 8 * GIB,
  architecture: 'amd64',
  runtimeClasses: ['runc'],
  warnings: [],
};

const NO_USE: Usage = { cpuMilliseconds: 0, memoryBytes: 0 };

/** A new engine without containers. */
export function createFakeEngine(options: FakeEngineOptions): FakeEngine {
  return new FakeEngine(options, new Map());
}

/** The Engine, and what tests can make happen in it. */
export class FakeEngine implements Engine {
  readonly #options: FakeEngineOptions;
  readonly #containers: Map<string, FakeContainer>;
  readonly #clock: Clock;
  #images: readonly FakeImage[];
  #nextFailure: ErrorCode | undefined;

  constructor(options: FakeEngineOptions, containers: Map<string, FakeContainer>) {
    this.#options = options;
    this.#images = options.images;
    this.#containers = containers;
    this.#clock = options.clock ?? systemClock;
  }

  /** Another client of the same containers, as after a restart of the peer. */
  reopen(): FakeEngine {
    return new FakeEngine(this.#options, this.#containers);
  }

  /** Lets the next launch fail with this code. */
  failNextLaunch(code: ErrorCode): void {
    this.#nextFailure = code;
  }

  /** Holds no image any more, as after its owner pruned them. */
  forgetImages(): void {
    this.#images = [];
  }

  /** The leases whose containers are there and have not ended. */
  running(): string[] {
    return [...this.#containers].filter(([, container]) => !container.ended).map(([lease]) => lease);
  }

  /** Ends an instance as its program might. */
  end(lease: string, exitCode: number, outOfMemory = false): void {
    this.#get(lease).end(exitCode, outOfMemory);
  }

  /** Says what an instance has used from now on. */
  setUsage(lease: string, usage: Usage): void {
    this.#get(lease).usage = usage;
  }

  /** Adds a line to the output of an instance. */
  print(lease: string, stream: LogLine['stream'], text: string): void {
    this.#get(lease).print(stream, text, this.#clock.nowMs());
  }

  async facts(signal: AbortSignal): Promise<EngineFacts> {
    signal.throwIfAborted();
    return { ...FACTS, ...this.#options.facts };
  }

  async image(reference: string, signal: AbortSignal): Promise<Image | undefined> {
    signal.throwIfAborted();
    const found = this.#images.find(
      ({ digest, names }) => digest === reference || names?.includes(reference),
    );
    if (found === undefined) return undefined;
    const { digest, names = [], user = '', sizeBytes = 0 } = found;
    return {
      digest,
      names,
      user,
      sizeBytes,
      architecture: this.#options.facts?.architecture ?? FACTS.architecture,
    };
  }

  async launch(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    signal.throwIfAborted();
    const existing = this.#containers.get(spec.lease);
    if (existing !== undefined) return sameIncarnation(existing.describe(), spec);
    this.#failWhenAsked();
    const image = this.#images.find((each) => each.digest === spec.imageDigest);
    if (image === undefined) throw new TallyError('IMAGE_NOT_FOUND', { digest: spec.imageDigest });
    userFor(image.user ?? '', false);
    const container = new FakeContainer(spec, image.run(spec));
    this.#containers.set(spec.lease, container);
    const launched = container.describe();
    container.start(this.#clock.nowMs());
    return launched;
  }

  async inspect(lease: string, signal: AbortSignal): Promise<Instance | undefined> {
    signal.throwIfAborted();
    return this.#containers.get(lease)?.describe();
  }

  async list(peer: string, signal: AbortSignal): Promise<Instance[]> {
    signal.throwIfAborted();
    const instances = [...this.#containers.values()].map((each) => each.describe());
    return instances.filter((each) => each.peer === peer);
  }

  async pause(lease: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#get(lease).hold('paused');
  }

  async resume(lease: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#get(lease).hold('running');
  }

  async remove(lease: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const container = this.#containers.get(lease);
    this.#containers.delete(lease);
    container?.end(0, false);
  }

  async usage(lease: string, signal: AbortSignal): Promise<Usage> {
    signal.throwIfAborted();
    const container = this.#get(lease);
    return container.ended ? NO_USE : container.usage;
  }

  async *logs(lease: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    signal.throwIfAborted();
    const { tail = Number.POSITIVE_INFINITY, sinceMs = 0, follow = false } = query;
    const container = this.#get(lease);
    let next = Math.max(0, container.lines.length - tail);
    for (;;) {
      for (; next < container.lines.length; next += 1) {
        const line = container.lines[next];
        if (line !== undefined && line.atMs >= sinceMs) yield line;
      }
      if (!follow || container.ended) return;
      await container.changed(signal);
    }
  }

  async ended(lease: string, signal: AbortSignal): Promise<Instance> {
    signal.throwIfAborted();
    const container = this.#get(lease);
    while (!container.ended) await container.changed(signal);
    return container.describe();
  }

  async connect(lease: string, port: number, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    const container = this.#get(lease);
    if (!container.spec.ports.includes(port)) throw new TallyError('PORT_NOT_PUBLISHED', { lease, port });
    const [near, far] = duplexPair();
    if (!container.accept(port, far)) throw new TallyError('APPLICATION_NOT_LISTENING', { lease, port });
    far.once('close', () => near.destroy());
    near.once('close', () => far.destroy());
    return near;
  }

  async sweep(_peer: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  async close(): Promise<void> {}

  #get(lease: string): FakeContainer {
    const container = this.#containers.get(lease);
    if (container === undefined) throw new TallyError('INSTANCE_UNKNOWN', { lease });
    return container;
  }

  #failWhenAsked(): void {
    const code = this.#nextFailure;
    this.#nextFailure = undefined;
    if (code !== undefined) throw new TallyError(code);
  }
}

function sameIncarnation(existing: Instance, spec: InstanceSpec): Instance {
  if (existing.incarnation === spec.incarnation) return existing;
  const { lease, incarnation } = spec;
  throw new TallyError('INSTANCE_START_FAILED', { lease, expected: incarnation, got: existing.incarnation });
}
