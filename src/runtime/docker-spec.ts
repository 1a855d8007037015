// From an instance to Docker's create options: every limit and all of the hardening in one place.
import type Docker from 'dockerode';
import { labelsOf, nameOf } from './docker-labels.ts';
import type { ContainerSpec } from './engine.ts';
import {
  LEAST_SCRATCH_BYTES,
  LOG_FILE_SIZE,
  LOG_FILES,
  OPEN_FILES_LIMIT,
  PIDS_LIMIT,
  SCRATCH_OPTIONS,
  SCRATCH_PATH,
  SHARED_MEMORY_BYTES,
  STOP_GRACE_SECONDS,
  UNREACHABLE_RESOLVER,
} from './parameters.ts';

/** What the image contributes: who runs it, and the paths that it declares as volumes. */
export interface ImageFacts {
  user: string;
  volumes: readonly string[];
}

/** The options of `POST /containers/create` for an instance on the network of its name. */
export function createOptions(spec: ContainerSpec, image: ImageFacts): Docker.ContainerCreateOptions {
  return {
    name: nameOf(spec.lease),
    Image: spec.imageDigest,
    User: image.user,
    Labels: labelsOf(spec),
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    // An image's own health check would start a process every few seconds on the tenant's account.
    Healthcheck: { Test: ['NONE'] },
    StopTimeout: STOP_GRACE_SECONDS,
    HostConfig: hostConfig(spec, image),
  };
}

function hostConfig(spec: ContainerSpec, image: ImageFacts): Docker.HostConfig {
  return { ...limits(spec), ...hardening, Tmpfs: scratch(spec, image), ...placement(spec) };
}

function limits(spec: ContainerSpec): Docker.HostConfig {
  return {
    NanoCpus: spec.limits.cpuMillis * 1_000_000,
    Memory: spec.limits.memoryBytes,
    // Memory and swap together: the same figure means no swap.
    MemorySwap: spec.limits.memoryBytes,
    PidsLimit: PIDS_LIMIT,
    Ulimits: [{ Name: 'nofile', Soft: OPEN_FILES_LIMIT, Hard: OPEN_FILES_LIMIT }],
    ShmSize: SHARED_MEMORY_BYTES,
  };
}

// The default seccomp profile applies because no other is named; the check after create makes sure of it.
const hardening: Docker.HostConfig = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Privileged: false,
  IpcMode: 'private',
  Init: true,
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILE_SIZE, 'max-file': LOG_FILES } },
};

/**
 * A volume of the image would be a folder on the host without a limit: it becomes scratch space as well. What was leased is
 * one budget: each path has its part of it.
 */
function scratch(spec: ContainerSpec, image: ImageFacts): Record<string, string> {
  const paths = [...new Set([SCRATCH_PATH, ...image.volumes])];
  const part = Math.floor(spec.limits.diskBytes / paths.length / LEAST_SCRATCH_BYTES) * LEAST_SCRATCH_BYTES;
  // A tmpfs of size 0 would have no limit but memory.
  const options = `${SCRATCH_OPTIONS},size=${Math.max(part, LEAST_SCRATCH_BYTES)}${ownership(image.user)}`;
  return Object.fromEntries(paths.map((path) => [path, options]));
}

/** runc before 1.2 gives a tmpfs the mode of the folder below it, so the mode alone may not let the user write. */
function ownership(user: string): string {
  const [uid = '', gid = uid] = user.split(':');
  const numeric = /^\d+$/.test(uid) && /^\d+$/.test(gid);
  return numeric ? `,uid=${uid},gid=${gid}` : '';
}

function placement(spec: ContainerSpec): Docker.HostConfig {
  return {
    NetworkMode: nameOf(spec.lease),
    Dns: [UNREACHABLE_RESOLVER],
    // The host's search domains are nobody's business.
    DnsSearch: ['.'],
    ...(spec.runtimeClass === undefined ? {} : { Runtime: spec.runtimeClass }),
  };
}
