// From an instance to Docker's create options: every limit and all of the hardening in one place.
import type Docker from 'dockerode';
import type { ContainerSpec } from '../engine.ts';
import type { Rights } from '../image-user.ts';
import {
  LEAST_DISK_BYTES,
  LOG_FILE_SIZE,
  LOG_FILES,
  OPEN_FILES_LIMIT,
  PIDS_LIMIT,
  SHARED_MEMORY_BYTES,
  STOP_GRACE_SECONDS,
  UNREACHABLE_RESOLVER,
} from '../parameters.ts';
import { healthcheckOf } from './health.ts';
import { labelsOf, nameOf, volumeName } from './labels.ts';
import { memoryMount } from './memory.ts';
import { VOLUME_DRIVER, type VolumeMount } from './volumes.ts';

/** What the image and its engine contribute. */
export interface Setting {
  readonly rights: Rights;
  readonly volumes: readonly VolumeMount[];
  /** Whether the container has to be its image's own init, as `bringsInit` says. */
  readonly isOwnInit: boolean;
  /** The image's own health check. */
  readonly health?: Docker.HealthConfig | undefined;
  /** Whether the engine's storage keeps a limit by itself. */
  readonly hasQuota: boolean;
}

/** What a container may write in all, which is never nothing. */
function diskBudget({ diskBytes }: ContainerSpec['limits']): number {
  return Math.max(diskBytes, LEAST_DISK_BYTES);
}

/** The options of `POST /containers/create` for an instance on the network of its name. */
export function createOptions(spec: ContainerSpec, setting: Setting): Docker.ContainerCreateOptions {
  return {
    name: nameOf(spec.lease),
    Image: spec.imageDigest,
    User: setting.rights.user,
    Labels: labelsOf(spec),
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    Healthcheck: healthcheckOf(spec.check, setting.health),
    StopTimeout: STOP_GRACE_SECONDS,
    HostConfig: hostConfig(spec, setting),
  };
}

function hostConfig(spec: ContainerSpec, setting: Setting): Docker.HostConfig {
  const { capabilities } = setting.rights;
  return {
    ...{ ...limits(spec), ...hardening, ...storage(spec, setting), ...placement(spec) },
    // Who starts processes and does not wait for them leaves none behind
    Init: !setting.isOwnInit,
    ...(capabilities.length === 0 ? {} : { CapAdd: [...capabilities] }),
  };
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
  ReadonlyRootfs: false,
  Privileged: false,
  IpcMode: 'private',
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILE_SIZE, 'max-file': LOG_FILES } },
};

/**
 * Every volume is one of the lease, found by its name and labels; unless its tenant fills it, the engine does with what the image has
 * there. A quota limits each part to the whole budget, for nobody knows which part the program fills; the sum is watched.
 */
function storage(spec: ContainerSpec, { volumes, hasQuota }: Setting): Docker.HostConfig {
  const size = String(diskBudget(spec.limits));
  const mount = ({ path, isCopied }: VolumeMount, index: number): Docker.MountSettings => ({
    ...{ Type: 'volume', Source: volumeName(spec.lease, index), Target: path },
    VolumeOptions: {
      ...{ NoCopy: !isCopied, Labels: labelsOf(spec) },
      DriverConfig: { Name: VOLUME_DRIVER, Options: hasQuota ? { size } : {} },
    },
  });
  const memory = (spec.files ?? []).length === 0 ? [] : [memoryMount(spec.lease, labelsOf(spec))];
  const mounts = [...volumes.map(mount), ...memory];
  return {
    ...(mounts.length === 0 ? {} : { Mounts: mounts }),
    ...(hasQuota ? { StorageOpt: { size } } : {}),
  };
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
