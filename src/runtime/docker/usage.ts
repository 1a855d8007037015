// What a container has used. Docker's stats wait for a one-second tick, so the files of the cgroup are read if the
// engine runs on this machine, and otherwise the engine is asked.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Usage } from '../engine.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';

/** Use as of now from the cgroup of the container's first process; undefined where it cannot be read. */
export async function usageFromCgroup(pid: number, containerId: string): Promise<Usage | undefined> {
  try {
    const folders = cgroupFolders(await readFile(`/proc/${pid}/cgroup`, 'utf8'), containerId);
    if (folders.unified !== undefined) return await readUnified(folders.unified);
    if (folders.cpu === undefined || folders.memory === undefined) return undefined;
    return await readSeparate(folders.cpu, folders.memory);
  } catch {
    return undefined;
  }
}

/** The processes of a container, by its first one and its id; none where that cannot be read, or is somebody else by now. */
export async function processesOf(pid: number, containerId: string): Promise<number[]> {
  try {
    const folders = cgroupFolders(await readFile(`/proc/${pid}/cgroup`, 'utf8'), containerId);
    const folder = folders.unified ?? folders.memory;
    if (folder === undefined) return [];
    const text = await readFile(join(folder, 'cgroup.procs'), 'utf8');
    return text.split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The same from Docker's stats. */
export function usageFromStats(stats: Docker.ContainerStats): Usage {
  const { usage = 0, stats: detail } = stats.memory_stats;
  const cache = detail?.total_inactive_file ?? detail?.inactive_file ?? 0;
  return {
    cpuMilliseconds: Math.floor(stats.cpu_stats.cpu_usage.total_usage / 1e6),
    memoryBytes: Math.max(0, usage - cache),
  };
}

/** Where the controllers' files are: one folder in cgroup v2, one for each controller in v1. */
interface CgroupFolders {
  unified?: string;
  cpu?: string;
  memory?: string;
}

/** Reads `/proc/<pid>/cgroup`; lines that do not name the container are a stranger's, who has its old pid. */
function cgroupFolders(text: string, containerId: string): CgroupFolders {
  const folders: CgroupFolders = {};
  for (const line of text.split('\n')) {
    const [hierarchy, controllers = '', path = ''] = line.split(':');
    if (!path.includes(containerId)) continue;
    const names = controllers.split(',');
    if (names.includes('cpuacct')) folders.cpu = join(CGROUP_ROOT, controllers, path);
    if (names.includes('memory')) folders.memory = join(CGROUP_ROOT, controllers, path);
    if (hierarchy === '0') folders.unified = join(CGROUP_ROOT, path);
  }
  // Beside v1 controllers the unified hierarchy is mounted elsewhere and has no controllers.
  if (folders.memory !== undefined) delete folders.unified;
  return folders;
}

async function readUnified(folder: string): Promise<Usage> {
  const [cpu, current, memory] = await readAll(folder, ['cpu.stat', 'memory.current', 'memory.stat']);
  return {
    cpuMilliseconds: Math.floor(field(cpu, 'usage_usec') / 1e3),
    memoryBytes: Math.max(0, Number(current) - field(memory, 'inactive_file')),
  };
}

async function readSeparate(cpuFolder: string, memoryFolder: string): Promise<Usage> {
  const [cpu] = await readAll(cpuFolder, ['cpuacct.usage']);
  const [current, memory] = await readAll(memoryFolder, ['memory.usage_in_bytes', 'memory.stat']);
  return {
    cpuMilliseconds: Math.floor(Number(cpu) / 1e6),
    memoryBytes: Math.max(0, Number(current) - field(memory, 'total_inactive_file')),
  };
}

function readAll(folder: string, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** The number behind a name in a file of `name number` lines; 0 when it is not there. */
function field(text: string | undefined, name: string): number {
  const line = text?.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}
