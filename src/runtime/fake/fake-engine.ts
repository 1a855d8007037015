// An Engine in memory, for tests: containers are small programs in TypeScript. No timers, no sockets, no threads.
import { type Duplex, duplexPair, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { type ErrorCode, TallyError } from '../../lib/errors.ts';
import { GIB } from '../../lib/units.ts';
import type {
  Container,
  ContainerLimits,
  ContainerSpec,
  DiskAllowance,
  DiskUse,
  Ending,
  Engine,
  EngineFacts,
  ExecSpec,
  Execution,
  FreeDisk,
  Health,
  Image,
  ImageLoad,
  LoadedImage,
  LogLine,
  LogQuery,
  MemoryFile,
  Output,
  OutputQuery,
  PathFacts,
  PlainEntry,
  Usage,
} from '../engine.ts';
import { readFolder } from '../folders/read-folder.ts';
import { namesRoot, rightsFor } from '../image-user.ts';
import { FakeContainer, type FakeProgram } from './fake-container.ts';
import { FakeShelf } from './fake-shelf.ts';

/** An image and what its containers do. */
export interface FakeImage {
  /** `sha256:…` */
  digest: string;
  names?: readonly string[];
  /** Empty means that the image names no user. */
  user?: string;
  sizeBytes?: number;
  /** By default `amd64`, whatever the engine. */
  architecture?: string;
  /** Whether it has a health check of its own. */
  hasCheck?: boolean;
  /** The program of a container, by its command and environment. */
  run(spec: ContainerSpec): FakeProgram;
}

export interface FakeEngineOptions {
  images: readonly FakeImage[];
  /** For the times of log lines and of ends. */
  clock?: Clock;
  /** What the containers of images do that were loaded; by default they wait. */
  runLoaded?(spec: ContainerSpec): FakeProgram;
  /** What differs from an engine of four cpus and eight GiB. */
  facts?: Partial<EngineFacts>;
}

const FACTS: EngineFacts = {
  name: 'fake',
  version: '1.0.0',
  cpuMillis: 4_000,
  memoryBytes: 8 * GIB,
  freeDiskBytes: 8 * GIB,
  diskLimit: 'watched',
  isRootGranted: false,
  heldByOthers: { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 },
  architecture: 'amd64',
  runtimeClasses: ['runc'],
  warnings: [],
};

/** Files that its disk has room for. */
const FAKE_FILES = 1_000_000;

const NO_USE: Usage = { cpuMilliseconds: 0, memoryBytes: 0 };

/** What all clients of one engine share. */
interface World {
  readonly containers: Map<string, FakeContainer>;
  /** Images that were loaded. */
  readonly shelf: FakeShelf;
  /** Who hears of what happens to containers. */
  readonly hearers: Set<(container: FakeContainer | undefined) => void>;
  isDown: boolean;
  facts: Partial<EngineFacts>;
}

/** A new engine without containers. */
export function createFakeEngine(options: FakeEngineOptions): FakeEngine {
  const { facts = {} } = options;
  return new FakeEngine(options, {
    containers: new Map(),
    shelf: new FakeShelf(),
    hearers: new Set(),
    isDown: false,
    facts,
  });
}

/** The Engine, and what tests can make happen in it. */
export class FakeEngine implements Engine {
  readonly #options: FakeEngineOptions;
  readonly #world: World;
  readonly #containers: Map<string, FakeContainer>;
  readonly #clock: Clock;
  #images: readonly FakeImage[];
  #nextFailure: ErrorCode | undefined;

  constructor(options: FakeEngineOptions, world: World) {
    this.#options = options;
    this.#images = options.images;
    this.#world = world;
    this.#containers = world.containers;
    this.#clock = options.clock ?? systemClock;
  }

  /** Another client of the same containers, as after a restart of the peer. */
  reopen(): FakeEngine {
    return new FakeEngine(this.#options, this.#world);
  }

  /** Lets the next launch or restart fail with this code. */
  failNextLaunch(code: ErrorCode): void {
    this.#nextFailure = code;
  }

  /** Holds no image any more, as after its owner pruned them. */
  forgetImages(): void {
    this.#images = [];
    this.#world.shelf.clear();
  }

  /** From now on nobody answers; containers go on, as under live-restore. */
  goDown(): void {
    this.#world.isDown = true;
    for (const container of this.#containers.values()) container.breakExecutions();
    for (const hear of this.#world.hearers) hear(undefined);
  }

  /** Answers again, perhaps with other facts. */
  comeUp(facts: Partial<EngineFacts> = {}): void {
    this.#world.isDown = false;
    this.#world.facts = { ...this.#world.facts, ...facts };
  }

  /** Goes down and takes all containers along, as engines without live-restore do. */
  shutDown(): void {
    for (const container of this.#containers.values()) container.end(143, false, 'engine');
    this.goDown();
  }

  /** The leases whose containers are there and have not ended. */
  running(): string[] {
    return [...this.#containers].filter(([, container]) => !container.ended).map(([lease]) => lease);
  }

  /** What the containers that are there and have not ended take. */
  taken(): ContainerLimits[] {
    const living = [...this.#containers.values()].filter(({ ended }) => !ended);
    return living.map(({ spec }) => spec.limits);
  }

  /** Ends an instance as its program might. */
  end(lease: string, exitCode: number, outOfMemory = false): void {
    this.#get(lease).end(exitCode, outOfMemory);
    this.#tell(this.#get(lease));
  }

  /** The same, and nobody is told. */
  endUnheard(lease: string, exitCode: number): void {
    this.#get(lease).end(exitCode, false);
  }

  /** Ends an instance as its owner might. */
  kill(lease: string): void {
    this.#get(lease).end(137, false, 'outside');
    this.#tell(this.#get(lease));
  }

  /** Takes an instance away as its owner might. */
  erase(lease: string): void {
    this.kill(lease);
    this.#containers.delete(lease);
  }

  /** Freezes an instance or lets it go on, as its owner might. */
  hold(lease: string, state: 'paused' | 'running'): void {
    this.#get(lease).hold(state);
    this.#tell(this.#get(lease));
  }

  /** Starts an instance once more after its end as its owner might. */
  startAnew(lease: string): void {
    this.#get(lease).startAnew(this.#clock.nowMs());
    this.#tell(this.#get(lease));
  }

  /** Says what the check has found that the engine runs in an instance. */
  setHealth(lease: string, health: Health, failure?: string): void {
    this.#get(lease).health = health;
    this.#get(lease).healthFailure = failure;
    this.#tell(this.#get(lease));
  }

  /** Lowers the limits of an instance as its owner might. */
  reduce(lease: string): void {
    this.#get(lease).isReduced = true;
    this.#tell(this.#get(lease));
  }

  /** Says what an instance has used from now on. */
  setUsage(lease: string, usage: Usage): void {
    this.#get(lease).usage = usage;
  }

  /** Says what an instance has on the disk from now on; what is free there becomes less or more by that. */
  write(lease: string, use: DiskUse): void {
    this.#get(lease).disk = use;
  }

  /** What an instance was given at its launch: its volumes' content by path, and the files in memory of its latest run. */
  given(lease: string): { filled: ReadonlyMap<string, string>; files: ReadonlyMap<string, string> } {
    const { filled, memory } = this.#get(lease);
    const files = memory.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()] as const);
    return { filled, files: new Map(files) };
  }

  /** Adds a line to the output of an instance. */
  print(lease: string, stream: LogLine['stream'], text: string): void {
    this.#get(lease).print(stream, text, this.#clock.nowMs());
  }

  async facts(signal: AbortSignal): Promise<EngineFacts> {
    this.#requireUp(signal);
    return { ...FACTS, ...this.#world.facts };
  }

  async image(reference: string, signal: AbortSignal): Promise<Image | undefined> {
    this.#requireUp(signal);
    const found = this.#images.find(
      ({ digest, names }) => digest === reference || names?.includes(reference),
    );
    if (found === undefined) return this.#world.shelf.find(reference);
    const { digest, names = [], user = '', sizeBytes = 0, architecture = FACTS.architecture } = found;
    return { digest, names, user, sizeBytes, architecture, layers: [], isLoaded: false };
  }

  async exportImage(digest: string, signal: AbortSignal): Promise<Readable> {
    this.#requireUp(signal);
    return Readable.from(this.#world.shelf.export(digest), { objectMode: false, signal });
  }

  async heldLayers(diffIds: readonly string[], signal: AbortSignal): Promise<number> {
    this.#requireUp(signal);
    return this.#world.shelf.held(diffIds);
  }

  async loadImage(load: ImageLoad, signal: AbortSignal): Promise<Image> {
    const { architecture: expected } = await this.facts(signal);
    const { architecture, digest } = load.image;
    if (architecture !== expected)
      throw new TallyError('IMAGE_WRONG_ARCHITECTURE', { expected, got: architecture });
    await this.#world.shelf.load(load, signal);
    const image = await this.image(digest, signal);
    if (image === undefined) throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest });
    return image;
  }

  async loadedImages(peer: string, signal: AbortSignal): Promise<LoadedImage[]> {
    this.#requireUp(signal);
    return this.#world.shelf.loaded(peer);
  }

  async removeImage(peer: string, digest: string, signal: AbortSignal): Promise<void> {
    this.#requireUp(signal);
    const users = [...this.#containers.values()].filter(({ spec }) => spec.imageDigest === digest);
    if (users.length > 0) throw new TallyError('IMAGE_IN_USE', { digest, containers: users.length });
    this.#world.shelf.remove(peer, digest);
  }

  async launch(spec: ContainerSpec, signal: AbortSignal): Promise<Container> {
    this.#requireUp(signal);
    const existing = this.#containers.get(spec.lease);
    if (existing !== undefined) return sameIncarnation(existing.describe(), spec);
    this.#failWhenAsked();
    const image = await this.image(spec.imageDigest, signal);
    if (image === undefined) throw new TallyError('IMAGE_NOT_FOUND', { digest: spec.imageDigest });
    const { isRootGranted } = { ...FACTS, ...this.#world.facts };
    const { user } = rightsFor(image.user, spec.privileges, isRootGranted);
    const beginning = { isChecked: this.#isChecked(spec), filled: await fill(spec), user };
    const container = new FakeContainer(spec, this.#programOf(spec), this.#clock, beginning);
    this.#containers.set(spec.lease, container);
    const launched = container.describe();
    container.start(this.#clock.nowMs());
    this.#tell(container);
    return launched;
  }

  async inspect(lease: string, signal: AbortSignal, run?: string): Promise<Container | undefined> {
    this.#requireUp(signal);
    return this.#containers.get(lease)?.describe(run);
  }

  async restart(
    lease: string,
    run: string,
    signal: AbortSignal,
    files?: readonly MemoryFile[],
  ): Promise<Container> {
    this.#requireUp(signal);
    this.#failWhenAsked();
    const container = this.#get(lease);
    if (container.run === run) {
      const hasMemory = (container.spec.files ?? []).length > 0;
      if (hasMemory && files === undefined) throw new TallyError('PAYLOAD_NEEDED', { lease });
      container.end(143, false, 'outside');
      container.memory = files ?? [];
      container.startAnew(this.#clock.nowMs());
      this.#tell(container);
    }
    return container.describe(container.run);
  }

  async list(peer: string, signal: AbortSignal): Promise<Container[]> {
    this.#requireUp(signal);
    const instances = [...this.#containers.values()].map((each) => each.describe());
    return instances.filter((each) => each.peer === peer);
  }

  async pause(lease: string, signal: AbortSignal): Promise<void> {
    this.#requireUp(signal);
    this.hold(lease, 'paused');
  }

  async resume(lease: string, signal: AbortSignal): Promise<void> {
    this.#requireUp(signal);
    this.hold(lease, 'running');
  }

  async remove(lease: string, signal: AbortSignal): Promise<void> {
    this.#requireUp(signal);
    const container = this.#containers.get(lease);
    this.#containers.delete(lease);
    container?.end(0, false);
    this.#tell(container);
  }

  async halt(lease: string, signal: AbortSignal): Promise<void> {
    this.#requireUp(signal);
    const container = this.#containers.get(lease);
    container?.end(137, false, 'outside');
    this.#tell(container);
  }

  async diskUse(lease: string, allowed: DiskAllowance, signal: AbortSignal): Promise<DiskUse> {
    this.#requireUp(signal);
    const { bytes, files } = this.#get(lease).disk;
    return { bytes, files: Math.min(files, allowed.files + 1) };
  }

  async freeDisk(signal: AbortSignal): Promise<FreeDisk | undefined> {
    const { freeDiskBytes } = await this.facts(signal);
    if (freeDiskBytes === undefined) return undefined;
    const uses = [...this.#containers.values()].map(({ disk }) => disk);
    return {
      bytes: uses.reduce((left, { bytes }) => left - bytes, freeDiskBytes),
      files: uses.reduce((left, { files }) => left - files, FAKE_FILES),
    };
  }

  async usage(lease: string, signal: AbortSignal): Promise<Usage> {
    this.#requireUp(signal);
    const container = this.#get(lease);
    return container.ended ? NO_USE : container.usage;
  }

  async *logs(lease: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    this.#requireUp(signal);
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

  async output(lease: string, { sinceMs, lines }: OutputQuery, signal: AbortSignal): Promise<Output> {
    this.#requireUp(signal);
    const { written } = this.#get(lease);
    const counted = written.slice(-lines).filter(({ atMs }) => atMs > sinceMs);
    const bytes = counted.reduce((sum, each) => sum + each.bytes, 0);
    const open = { beganAtMs: 0, bytes: 0 };
    return { lines: counted.length, bytes, lastAtMs: written.at(-1)?.atMs ?? 0, open };
  }

  async ending(lease: string, signal: AbortSignal, _run?: string): Promise<Ending> {
    this.#requireUp(signal);
    return this.#containers.get(lease)?.ending ?? 'outside';
  }

  async *changes(peer: string, signal: AbortSignal): AsyncGenerator<string> {
    this.#requireUp(signal);
    const queue: string[] = [];
    let wake = () => {};
    const hear = (container: FakeContainer | undefined) => {
      if (container?.spec.peer === peer) queue.push(container.spec.lease);
      wake();
    };
    signal.addEventListener('abort', () => wake(), { once: true });
    this.#world.hearers.add(hear);
    try {
      while (!signal.aborted && !this.#world.isDown) {
        const lease = queue.shift();
        if (lease !== undefined) yield lease;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (queue.length > 0 || signal.aborted || this.#world.isDown) resolve();
          });
      }
    } finally {
      this.#world.hearers.delete(hear);
    }
    signal.throwIfAborted();
  }

  async connect(lease: string, port: number, signal: AbortSignal): Promise<Duplex> {
    this.#requireUp(signal);
    const container = this.#get(lease);
    if (!container.spec.ports.includes(port)) throw new TallyError('PORT_NOT_PUBLISHED', { lease, port });
    const [near, far] = duplexPair();
    if (!container.accept(port, far)) throw new TallyError('APPLICATION_NOT_LISTENING', { lease, port });
    far.once('close', () => near.destroy());
    near.once('close', () => far.destroy());
    return near;
  }

  async exec(lease: string, spec: ExecSpec, signal: AbortSignal): Promise<Execution> {
    this.#requireUp(signal);
    const container = this.#get(lease);
    const { state } = container.describe(container.run);
    if (state !== 'running') throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state });
    const { user } = spec;
    const isKnown =
      user === undefined || /^(?:root|\d{1,10})(?::\d{1,10})?$/.test(user) || user === container.user;
    if (!isKnown)
      throw new TallyError('EXEC_USER_REFUSED', { reason: `the image has no user or group of "${user}"` });
    const isRootGroup = user !== undefined && /:(?:root|0+)$/.test(user);
    if (
      user !== undefined &&
      (namesRoot(user) || isRootGroup) &&
      container.user !== '' &&
      !namesRoot(container.user)
    )
      throw new TallyError('EXEC_USER_REFUSED', { reason: 'the container has no rights of root' });
    return container.exec(spec);
  }

  /** How many programs run in an instance beside its own. */
  executions(lease: string): number {
    return this.#get(lease).executions;
  }

  async lookAt(lease: string, path: string, signal: AbortSignal): Promise<PathFacts | undefined> {
    this.#requireUp(signal);
    return this.#get(lease).files.at(path);
  }

  async download(lease: string, path: string, signal: AbortSignal): Promise<Readable> {
    this.#requireUp(signal);
    return this.#get(lease).download(path);
  }

  async upload(
    lease: string,
    folder: string,
    entries: AsyncIterable<PlainEntry>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#requireUp(signal);
    await this.#get(lease).files.upload(folder, entries);
  }

  async sweep(_peer: string, signal: AbortSignal): Promise<void> {
    this.#requireUp(signal);
  }

  async close(): Promise<void> {}

  #requireUp(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#world.isDown) throw new TallyError('ENGINE_UNREACHABLE', { host: 'fake' });
  }

  #tell(container: FakeContainer | undefined): void {
    for (const hear of this.#world.hearers) hear(container);
  }

  #get(lease: string): FakeContainer {
    const container = this.#containers.get(lease);
    if (container === undefined) throw new TallyError('INSTANCE_UNKNOWN', { lease });
    return container;
  }

  #programOf(spec: ContainerSpec): FakeProgram {
    const image = this.#images.find(({ digest }) => digest === spec.imageDigest);
    return image?.run(spec) ?? this.#options.runLoaded?.(spec) ?? {};
  }

  #isChecked({ check, imageDigest }: ContainerSpec): boolean {
    if (check !== 'image') return check !== undefined;
    return this.#images.find(({ digest }) => digest === imageDigest)?.hasCheck === true;
  }

  #failWhenAsked(): void {
    const code = this.#nextFailure;
    this.#nextFailure = undefined;
    if (code !== undefined) throw new TallyError(code);
  }
}

/** What its volumes begin with, by the path in the container. */
async function fill({ volumes = [] }: ContainerSpec): Promise<ReadonlyMap<string, string>> {
  const filled = new Map<string, string>();
  for (const { path, content } of volumes)
    if (content !== undefined)
      for await (const entry of readFolder(content()))
        filled.set([path, ...entry.path].join('/'), await text(entry.read()));
  return filled;
}

function sameIncarnation(existing: Container, spec: ContainerSpec): Container {
  if (existing.incarnation === spec.incarnation) return existing;
  const { lease, incarnation } = spec;
  throw new TallyError('INSTANCE_START_FAILED', { lease, expected: incarnation, got: existing.incarnation });
}
