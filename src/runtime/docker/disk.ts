// What containers have on an engine's disk: read from their folders where this process may, else asked of the engine, which
// counts no files and does not know of deleted ones.
import type { StatsFs } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import type Docker from 'dockerode';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { DiskAllowance, DiskUse, FreeDisk } from '../engine.ts';
import { DISK_RESERVE_BYTES, FOLDERS_REMEMBERED } from '../parameters.ts';
import type { DockerClient } from './client.ts';
import { type DiskPlace, measure } from './disk-measure.ts';
import type { EngineInfo } from './facts.ts';
import type { EngineHosts } from './host.ts';
import { memoryName } from './labels.ts';
import { processesOf } from './usage.ts';

type Inspect = (lease: string, signal: AbortSignal) => Promise<Docker.ContainerInspectInfo>;

export class DockerDisk {
  readonly #client: DockerClient;
  readonly #hosts: EngineHosts;
  readonly #inspect: Inspect;
  readonly #places = new BoundedMap<string, DiskPlace>(FOLDERS_REMEMBERED);

  constructor(client: DockerClient, hosts: EngineHosts, inspect: Inspect) {
    this.#client = client;
    this.#hosts = hosts;
    this.#inspect = inspect;
  }

  /** Throws INSTANCE_UNKNOWN. */
  async use(lease: string, allowed: DiskAllowance, signal: AbortSignal): Promise<DiskUse> {
    const place = await this.#placeOf(lease, signal);
    return place === undefined ? this.#ask(lease, signal) : measure(place, allowed, signal);
  }

  async free(signal: AbortSignal): Promise<FreeDisk | undefined> {
    const { info, sharesKernel } = await this.#hosts.get(signal);
    return sharesKernel ? freeOn(info) : undefined;
  }

  /** Where a container writes; undefined where this process cannot look. */
  async #placeOf(lease: string, signal: AbortSignal): Promise<DiskPlace | undefined> {
    const known = this.#places.get(lease);
    if (known !== undefined && (await isReadable(known.folders))) return known;
    this.#places.delete(lease);
    const { sharesKernel } = await this.#hosts.get(signal);
    if (!sharesKernel) return undefined;
    const { Id, State, GraphDriver, Mounts } = await this.#inspect(lease, signal);
    const upper: unknown = (GraphDriver as { Data?: { UpperDir?: unknown } } | undefined)?.Data?.UpperDir;
    if (typeof upper !== 'string') return undefined;
    const folders = [upper, ...onDisk(lease, Mounts).map(({ Source }) => Source)];
    if (!(await isReadable(folders))) return undefined;
    const processes = async () => {
      const pids = await processesOf(State.Pid, Id);
      // It has ended, or was started once more: other processes are its own by now
      if (pids.length === 0) this.#places.delete(lease);
      return pids;
    };
    const place = { folders, processes };
    if (State.Running) this.#places.set(lease, place);
    return place;
  }

  /** The engine goes through the files itself; of volumes it tells only together with everything else that it has. */
  async #ask(lease: string, signal: AbortSignal): Promise<DiskUse> {
    const { Id, Mounts } = await this.#inspect(lease, signal);
    const sized = await this.#client.call(signal, (call) =>
      this.#client.docker.getContainer(Id).inspect(Object.assign(call, { size: true })),
    );
    const root: unknown = Reflect.get(sized, 'SizeRw');
    const bytes = typeof root === 'number' ? root : 0;
    return { bytes: bytes + (await this.#askVolumes(onDisk(lease, Mounts), signal)), files: 0 };
  }

  async #askVolumes(mounts: Docker.ContainerInspectInfo['Mounts'], signal: AbortSignal): Promise<number> {
    const names = new Set(mounts.flatMap(({ Name }) => Name ?? []));
    if (names.size === 0) return 0;
    const { Volumes } = (await this.#client.call(signal, () => this.#client.docker.df())) as {
      Volumes?: readonly { Name: string; UsageData?: { Size: number } }[];
    };
    const own = (Volumes ?? []).filter(({ Name }) => names.has(Name));
    return own.reduce((sum, { UsageData }) => sum + Math.max(0, UsageData?.Size ?? 0), 0);
  }
}

type Mounts = Docker.ContainerInspectInfo['Mounts'];

/** All but the volume in memory, which no image can declare. */
function onDisk(lease: string, mounts: Mounts): Mounts {
  return mounts.filter(({ Name }) => Name !== memoryName(lease));
}

async function isReadable(folders: readonly string[]): Promise<boolean> {
  const looks = folders.map((folder) => access(folder, constants.R_OK | constants.X_OK));
  return Promise.all(looks).then(
    () => true,
    () => false,
  );
}

/** What is free there. */
async function freeOn(info: EngineInfo): Promise<FreeDisk | undefined> {
  const found = await diskOf(info);
  if (found === undefined) return undefined;
  const bytes = found.bavail * found.bsize;
  return found.files > 0 ? { bytes, files: found.ffree } : { bytes };
}

/** What of it may be lent: all but the reserve, which is a tenth of a small disk. */
export async function lendableOn(info: EngineInfo): Promise<number | undefined> {
  const found = await diskOf(info);
  if (found === undefined) return undefined;
  const reserve = Math.min(DISK_RESERVE_BYTES, (found.blocks * found.bsize) / 10);
  return Math.max(0, Math.floor(found.bavail * found.bsize - reserve));
}

/** The disk on which the engine keeps its containers; undefined where it cannot be asked. */
async function diskOf({ DockerRootDir }: EngineInfo): Promise<StatsFs | undefined> {
  return DockerRootDir === undefined ? undefined : statfs(DockerRootDir).catch(() => undefined);
}
