// The Engine on the Docker Engine API: finding, watching and reaching instances; making them is docker-launch.ts.
import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { systemClock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import type {
  Container,
  ContainerSpec,
  DiskAllowance,
  DiskUse,
  Ending,
  Engine,
  EngineFacts,
  ExecSpec,
  Execution,
  FreeDisk,
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
import { CALL_TIMEOUT_MS, OUTPUT_READ_GROWTH, PROCESSES_REMEMBERED } from '../parameters.ts';
import { type DockerClient, statusOf } from './client.ts';
import { Connector } from './connect.ts';
import { stateOf, toContainer } from './container.ts';
import { DockerDisk, lendableOn } from './disk.ts';
import { endingFrom, readEndFacts } from './ending.ts';
import { watchChanges } from './events.ts';
import { beginExec } from './exec.ts';
import { ExecEnds } from './exec-ends.ts';
import { type AllowRoot, describeEngine, grantsRoot } from './facts.ts';
import { DockerFiles } from './files.ts';
import { containersOf, listContainers } from './find.ts';
import { Guarding } from './guarding.ts';
import { probeOf } from './health.ts';
import { EngineHosts } from './host.ts';
import { type HeldImage, ImageShelf } from './image.ts';
import { ImageLoader } from './image-load.ts';
import { nameOf, ownedBy, readLabels } from './labels.ts';
import {
  eraseContainer,
  type LaunchParts,
  launchContainer,
  removeContainer,
  restartContainer,
} from './launch.ts';
import { countOutput, readLines } from './logs.ts';
import { leasesWithHolders, removeHolders } from './memory.ts';
import type { NetworkPool } from './network-pool.ts';
import { QuotaProbe, sweepProbes } from './quota.ts';
import { Reviving } from './reviving.ts';
import { heldByOthers } from './sharing.ts';
import { StalledChecks } from './stalled-checks.ts';
import { usageFromCgroup, usageFromStats } from './usage.ts';
import { leasesWithVolumes } from './volumes.ts';

/** What an engine is made of. */
export interface DockerEngineParts {
  client: DockerClient;
  pool: NetworkPool;
  allowRoot: AllowRoot;
  /** What its owner gives of its disk; undefined: what is free there. */
  diskBytes: number | undefined;
  /** The peer whose instances may already run: its firewall rule stands from the engine's first word on. */
  peer: string | undefined;
  log: Log;
}

const NO_USE: Usage = { cpuMilliseconds: 0, memoryBytes: 0 };

/** Containers and networks are found by name and label alone; what is remembered of them only saves questions. */
export class DockerEngine implements Engine {
  readonly #client: DockerClient;
  readonly #hosts: EngineHosts;
  readonly #log: Log;
  readonly #launch: LaunchParts;
  readonly #loader: ImageLoader;
  readonly #peer: string | undefined;
  readonly #connector = new Connector((lease, signal) => this.#get(lease, signal));
  /** The first process of the container of each lease, as of the last inspection. */
  readonly #processes = new BoundedMap<string, { readonly container: string; readonly pid: number }>(
    PROCESSES_REMEMBERED,
  );
  /** One launch, removal or sweep of a lease at a time. */
  readonly #lanes = new KeyedSerial();
  /** Launches and removals that have not come to their end. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #guarding: Guarding;
  readonly #checks = new StalledChecks(systemClock);
  readonly #reviving: Reviving;
  readonly #quota: QuotaProbe;
  readonly #disk: DockerDisk;
  readonly #ends: ExecEnds;
  readonly #files: DockerFiles;
  readonly #allowRoot: AllowRoot;
  readonly #statedDiskBytes: number | undefined;

  constructor({ client, pool, allowRoot, diskBytes, peer, log }: DockerEngineParts) {
    this.#client = client;
    this.#hosts = new EngineHosts(client, pool);
    this.#log = log;
    this.#peer = peer;
    this.#guarding = new Guarding({
      ...{ log, firewall: () => this.#hosts.firewall() },
      isIdle: async (owner, signal) => (await this.#containersOf(owner, signal)).length === 0,
    });
    this.#reviving = new Reviving({
      ...{ log, inLane: (lease, step) => this.#inLane(lease, step) },
      pause: (lease) => this.pause(lease, AbortSignal.timeout(CALL_TIMEOUT_MS)),
      resume: (lease) => this.resume(lease, AbortSignal.timeout(CALL_TIMEOUT_MS)),
      failed: (lease) => this.#checks.forget(lease),
    });
    this.#loader = new ImageLoader(client);
    this.#launch = { client, pool, images: new ImageShelf(client) };
    this.#quota = new QuotaProbe(client);
    this.#disk = new DockerDisk(client, this.#hosts, (lease, signal) => this.#get(lease, signal));
    const sharesKernel = async () =>
      (await this.#hosts.get(AbortSignal.timeout(CALL_TIMEOUT_MS))).sharesKernel;
    this.#ends = new ExecEnds(client, sharesKernel, log);
    this.#files = new DockerFiles(client, (lease, signal) => this.#get(lease, signal));
    this.#allowRoot = allowRoot;
    this.#statedDiskBytes = diskBytes;
  }

  async facts(signal: AbortSignal): Promise<EngineFacts> {
    const [{ info, firewall, sharesKernel }, version, others, hasQuota] = await Promise.all([
      this.#hosts.read(signal),
      this.#client.call(signal, () => this.#client.docker.version()),
      heldByOthers(this.#client, this.#peer, signal),
      this.#quota.holds(signal),
    ]);
    const guarded = firewall.available && (this.#peer === undefined || (await this.#isGuarded(this.#peer)));
    return describeEngine(info, version, {
      ...{ guarded, sharesKernel, heldByOthers: others, hasQuota },
      isRootGranted: grantsRoot(info, this.#allowRoot),
      freeDiskBytes: sharesKernel ? await lendableOn(info) : undefined,
      statedDiskBytes: this.#statedDiskBytes,
    });
  }

  async image(reference: string, signal: AbortSignal): Promise<Image | undefined> {
    const found = await this.#launch.images.find(reference, signal);
    if (found === undefined) return undefined;
    return imageOf(found);
  }

  exportImage(digest: string, signal: AbortSignal): Promise<Readable> {
    return this.#loader.export(digest, signal);
  }

  heldLayers(diffIds: readonly string[], signal: AbortSignal): Promise<number> {
    return this.#loader.held(diffIds, signal);
  }

  async loadImage(load: ImageLoad, signal: AbortSignal): Promise<Image> {
    const { digest, architecture } = load.image;
    const { Arch: expected } = await this.#client.call(signal, () => this.#client.docker.version());
    if (architecture !== expected)
      throw new TallyError('IMAGE_WRONG_ARCHITECTURE', { expected, got: architecture });
    await this.#inLane(digest, () => this.#loader.load(load, signal));
    return imageOf(await this.#launch.images.get(digest, signal));
  }

  loadedImages(peer: string, signal: AbortSignal): Promise<LoadedImage[]> {
    return this.#loader.loaded(peer, signal);
  }

  async removeImage(peer: string, digest: string, signal: AbortSignal): Promise<void> {
    await this.#inLane(digest, () => this.#loader.remove(peer, digest, signal));
    this.#launch.images.forget(digest);
  }

  async launch(spec: ContainerSpec, signal: AbortSignal): Promise<Container> {
    // The caller is let go when its signal aborts; the lane cleans up behind it.
    return this.#client.open(signal, () => this.#inLane(spec.lease, () => this.#launchOnce(spec, signal)));
  }

  async inspect(lease: string, signal: AbortSignal, run?: string): Promise<Container | undefined> {
    const before = this.#reviving.of(lease);
    const found = await this.#find(lease, signal);
    if (found === undefined) return undefined;
    if (this.#checks.isStalled(lease, found) || this.#reviving.isHalfway(lease)) this.#reviving.begin(lease);
    // What is paused for its check's sake is not shown so
    const reviving = before ?? this.#reviving.of(lease);
    if (reviving === undefined || !found.State.Paused) return toContainer(found, run);
    await reviving;
    signal.throwIfAborted();
    const again = await this.#find(lease, signal);
    return again && toContainer(again, run);
  }

  async restart(
    lease: string,
    run: string,
    signal: AbortSignal,
    files?: readonly MemoryFile[],
  ): Promise<Container> {
    // As with a launch: who waits is let go, and what has begun is brought to its end
    return this.#client.open(signal, () =>
      this.#inLane(lease, () => this.#restartOnce(lease, run, signal, files)),
    );
  }

  async list(peer: string, signal: AbortSignal): Promise<Container[]> {
    const containers = await this.#containersOf(peer, signal);
    const instances = await Promise.all(containers.map((each) => this.#fromList(each, signal)));
    return instances.filter((each) => each !== undefined);
  }

  async pause(lease: string, signal: AbortSignal): Promise<void> {
    const { State } = await this.#get(lease, signal);
    if (!State.Paused) await this.#client.call(signal, (call) => this.#container(lease).pause(call));
  }

  async resume(lease: string, signal: AbortSignal): Promise<void> {
    const { State } = await this.#get(lease, signal);
    if (State.Paused) await this.#client.call(signal, (call) => this.#container(lease).unpause(call));
  }

  async remove(lease: string, signal: AbortSignal): Promise<void> {
    await this.#client.open(signal, () =>
      this.#inLane(lease, () => removeContainer(this.#client, lease, signal)),
    );
  }

  async halt(lease: string, signal: AbortSignal): Promise<void> {
    const found = await this.#find(lease, signal);
    if (found === undefined || !(found.State.Running || found.State.Paused)) return;
    // A frozen container hears no signal, and older engines refuse to kill it.
    if (found.State.Paused) await this.#client.find(signal, (call) => this.#container(lease).unpause(call));
    await this.#client
      .call(signal, (call) => this.#container(lease).kill(call))
      .catch((error: unknown) => {
        // It ended meanwhile
        if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
      });
  }

  diskUse(lease: string, allowed: DiskAllowance, signal: AbortSignal): Promise<DiskUse> {
    return this.#disk.use(lease, allowed, signal);
  }

  freeDisk(signal: AbortSignal): Promise<FreeDisk | undefined> {
    return this.#disk.free(signal);
  }

  async usage(lease: string, signal: AbortSignal): Promise<Usage> {
    const { sharesKernel } = await this.#hosts.get(signal);
    const last = sharesKernel ? this.#processes.get(lease) : undefined;
    // A process that is not the container's any more is seen to be none by its cgroup
    const read = last === undefined ? undefined : await usageFromCgroup(last.pid, last.container);
    if (read !== undefined) return read;
    const { Id, State } = await this.#get(lease, signal);
    if (!State.Running) return NO_USE;
    const now = sharesKernel ? await usageFromCgroup(State.Pid, Id) : undefined;
    return now ?? usageFromStats(await this.#stats(lease, signal));
  }

  async *logs(lease: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    const { follow = false } = query;
    if (!follow) {
      yield* readLines([await this.#logsSoFar(lease, query, signal)]);
      return;
    }
    const stream = await this.#logsToCome(lease, query, signal);
    try {
      yield* readLines(stream);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      stream.destroy();
    }
  }

  async output(lease: string, { sinceMs, lines }: OutputQuery, signal: AbortSignal): Promise<Output> {
    for (let tail = 1; ; tail = Math.min(lines, OUTPUT_READ_GROWTH * tail)) {
      const answer = await this.#logsSoFar(lease, { tail }, signal);
      const { output, mayBeMore } = await countOutput(answer, sinceMs);
      if (!mayBeMore || tail >= lines) return output;
    }
  }

  async ending(lease: string, signal: AbortSignal, run = ''): Promise<Ending> {
    const found = await this.#find(lease, signal);
    const instance = found && toContainer(found, run);
    const probe = found && probeOf(found);
    return endingFrom(await readEndFacts(this.#client, { lease, run, instance, probe }, signal));
  }

  async *changes(peer: string, signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield* watchChanges(this.#client, peer, signal);
    } finally {
      this.#hosts.forget();
      this.#quota.forget();
      this.#checks.forgetAll();
    }
  }

  connect(lease: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return this.#connector.connect(lease, port, signal);
  }

  async exec(lease: string, spec: ExecSpec, signal: AbortSignal): Promise<Execution> {
    const container = await this.#get(lease, signal);
    return beginExec({ client: this.#client, ends: this.#ends, log: this.#log }, container, spec, signal);
  }

  lookAt(lease: string, path: string, signal: AbortSignal): Promise<PathFacts | undefined> {
    return this.#files.lookAt(lease, path, signal);
  }

  download(lease: string, path: string, signal: AbortSignal): Promise<Readable> {
    return this.#files.download(lease, path, signal);
  }

  upload(
    lease: string,
    folder: string,
    entries: AsyncIterable<PlainEntry>,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#files.upload(lease, folder, entries, signal);
  }

  async sweep(peer: string, signal: AbortSignal): Promise<void> {
    await this.#endExecs(peer, signal);
    await this.#removeHolders(peer, signal);
    await this.#removeNeverStarted(peer, signal);
    await this.#removeOrphans(peer, signal);
    await sweepProbes(this.#client, systemClock, signal);
    await this.#guarding.release(peer, signal);
  }

  async close(): Promise<void> {
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    this.#guarding.close();
    await this.#ends.close();
    try {
      await this.#client.open(signal, () => Promise.allSettled(this.#underWay));
      await this.#guarding.releaseAll(signal);
    } catch (err) {
      this.#log.warn({ err }, 'failed to remove a firewall rule');
    }
    this.#client.close();
  }

  /** One step of a lease at a time; `close` waits for it, for it decides what is left. */
  #inLane<T>(lease: string, step: () => Promise<T>): Promise<T> {
    const running = this.#lanes.run(lease, step);
    const settled: Promise<unknown> = running.then(
      () => this.#underWay.delete(settled),
      () => this.#underWay.delete(settled),
    );
    this.#underWay.add(settled);
    return running;
  }

  /** Whether the peer's containers reach nothing of this machine; where they may, its log says so. */
  #isGuarded(peer: string): Promise<boolean> {
    return this.#guarding.guard(peer).then(
      () => true,
      () => false,
    );
  }

  async #launchOnce(spec: ContainerSpec, signal: AbortSignal): Promise<Container> {
    const existing = await this.inspect(spec.lease, signal);
    if (existing !== undefined && existing.state !== 'created') return sameIncarnation(existing, spec);
    // A container that was made and never started is what a launch left that died.
    if (existing !== undefined) await eraseContainer(this.#client, spec.lease);
    const [{ info, confinement }, hasQuota] = await Promise.all([
      this.#hosts.get(signal),
      this.#quota.holds(signal),
    ]);
    const guard = () => this.#guarding.guard(spec.peer);
    const isRootGranted = grantsRoot(info, this.#allowRoot);
    const safety = { info, confinement, isRootGranted, hasQuota, guard };
    return launchContainer(this.#launch, spec, safety, signal);
  }

  async #restartOnce(
    lease: string,
    run: string,
    signal: AbortSignal,
    files: readonly MemoryFile[] | undefined,
  ): Promise<Container> {
    const found = await this.#get(lease, signal);
    const { peer } = readLabels(found.Config.Labels);
    if (found.State.StartedAt === run) {
      const { info } = await this.#hosts.get(signal);
      const guard = () => this.#guarding.guard(peer);
      await restartContainer(this.#client, found, { lease, files }, { info, guard });
    }
    const now = await this.#get(lease, signal);
    return toContainer(now, now.State.StartedAt);
  }

  #container(lease: string): Docker.Container {
    const name = nameOf(lease);
    return this.#client.docker.getContainer(this.#processes.get(lease)?.container ?? name);
  }

  async #find(lease: string, signal: AbortSignal): Promise<Docker.ContainerInspectInfo | undefined> {
    const found =
      (await this.#client.find(signal, (call) => this.#container(lease).inspect(call))) ??
      (await this.#findByLabel(lease, signal));
    if (found?.State.Running) this.#processes.set(lease, { container: found.Id, pid: found.State.Pid });
    else this.#processes.delete(lease);
    return found;
  }

  /** A container that its owner has given another name. */
  async #findByLabel(lease: string, signal: AbortSignal): Promise<Docker.ContainerInspectInfo | undefined> {
    const [container] = await containersOf(this.#client, lease, signal);
    return container && this.#client.find(signal, (call) => container.inspect(call));
  }

  async #get(lease: string, signal: AbortSignal): Promise<Docker.ContainerInspectInfo> {
    const found = await this.#find(lease, signal);
    if (found === undefined) throw new TallyError('INSTANCE_UNKNOWN', { lease });
    return found;
  }

  /** Runs a call on a container that may be removed meanwhile, whatever it is called by now. */
  async #known<T>(
    lease: string,
    signal: AbortSignal,
    run: (container: Docker.Container) => Promise<T>,
  ): Promise<T> {
    for await (const container of this.#candidates(lease, signal)) {
      try {
        return await run(container);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    }
    throw new TallyError('INSTANCE_UNKNOWN', { lease });
  }

  /** The container as it is remembered or should be called; then, for that can be another by now, by its label. */
  async *#candidates(lease: string, signal: AbortSignal): AsyncGenerator<Docker.Container> {
    yield this.#container(lease);
    yield* await containersOf(this.#client, lease, signal);
  }

  #containersOf(peer: string, signal: AbortSignal): Promise<Docker.ContainerInfo[]> {
    return listContainers(this.#client, ownedBy(peer), signal);
  }

  /** The list does not say how a container ended. */
  async #fromList(container: Docker.ContainerInfo, signal: AbortSignal): Promise<Container | undefined> {
    const identity = readLabels(container.Labels);
    const state = stateOf(container.State);
    return state === 'exited' ? this.inspect(identity.lease, signal) : { ...identity, state };
  }

  async #stats(lease: string, signal: AbortSignal): Promise<Docker.ContainerStats> {
    const options = { stream: false, 'one-shot': true } as const;
    return this.#known(lease, signal, (container) =>
      this.#client.call(signal, (call) => container.stats({ ...options, ...call })),
    );
  }

  #logsSoFar(lease: string, query: LogQuery, signal: AbortSignal): Promise<Buffer> {
    const options = { follow: false, ...logOptions(query) } as const;
    return this.#known(lease, signal, (container) =>
      this.#client.call(signal, (call) => container.logs({ ...options, ...call })),
    );
  }

  async #logsToCome(lease: string, query: LogQuery, signal: AbortSignal): Promise<Readable> {
    const options = { follow: true, ...logOptions(query) } as const;
    const stream = await this.#known(lease, signal, (container) =>
      this.#client.open(signal, (call) => container.logs({ ...options, ...call })),
    );
    return stream as Readable;
  }

  /** Programs in containers whose process of this peer died. */
  async #endExecs(peer: string, signal: AbortSignal): Promise<void> {
    for (const { Labels, State } of await this.#containersOf(peer, signal)) {
      const found = State === 'running' ? await this.#find(readLabels(Labels).lease, signal) : undefined;
      if (found !== undefined) await this.#ends.sweep(found);
    }
  }

  /** What held the secrets of a container whose launch died; those of a launch that is under way wait for its end. */
  async #removeHolders(peer: string, signal: AbortSignal): Promise<void> {
    for (const lease of await leasesWithHolders(this.#client, peer, signal))
      await this.#lanes.run(lease, () => removeHolders(this.#client, lease, signal));
  }

  async #removeNeverStarted(peer: string, signal: AbortSignal): Promise<void> {
    for (const container of await this.#containersOf(peer, signal)) {
      if (stateOf(container.State) !== 'created') continue;
      await this.#whenIdle(readLabels(container.Labels).lease, 'created', signal);
    }
  }

  /** Networks and volumes of leases that have no container. */
  async #removeOrphans(peer: string, signal: AbortSignal): Promise<void> {
    const options = { filters: ownedBy(peer) };
    const networks = await this.#client.call(signal, (call) =>
      this.#client.docker.listNetworks({ ...options, ...call }),
    );
    const leases = new Set([
      ...networks.map(({ Labels }) => readLabels(Labels ?? {}).lease),
      ...(await leasesWithVolumes(this.#client, peer, signal)),
    ]);
    for (const lease of leases) await this.#whenIdle(lease, undefined, signal);
  }

  /** Erases what a lease left, if it still stands like that once no launch of the lease is under way. */
  #whenIdle(lease: string, leftover: Container['state'] | undefined, signal: AbortSignal): Promise<void> {
    return this.#lanes.run(lease, async () => {
      const instance = await this.inspect(lease, signal);
      if (instance?.state === leftover) await eraseContainer(this.#client, lease);
    });
  }
}

/** What is told of an image. */
function imageOf({ volumes: _, health: __, ...image }: HeldImage): Image {
  return image;
}

/** An existing container counts as launched when it is the incarnation that was asked for. */
function sameIncarnation(existing: Container, spec: ContainerSpec): Container {
  if (existing.incarnation === spec.incarnation) return existing;
  throw new TallyError('INSTANCE_START_FAILED', {
    lease: spec.lease,
    expected: spec.incarnation,
    got: existing.incarnation,
  });
}

function logOptions({ tail, sinceMs }: LogQuery) {
  return {
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(tail === undefined ? {} : { tail }),
    ...(sinceMs === undefined ? {} : { since: (sinceMs / 1_000).toFixed(3) }),
  };
}
