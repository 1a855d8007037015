// What an engine says of itself, and what its owner should worry about.

import { release } from 'node:os';
import type Docker from 'dockerode';
import type { EngineFacts } from '../engine.ts';
import type { DockerClient } from './client.ts';
import type { Confinement } from './verify.ts';

/** The owner's word on root inside containers; `auto`: where the engine makes another user of it outside. */
export type AllowRoot = boolean | 'auto';

/** The part of `GET /info` that is used here; dockerode leaves it untyped. */
export interface EngineInfo {
  NCPU: number;
  MemTotal: number;
  KernelVersion: string;
  DockerRootDir?: string;
  SwapLimit?: boolean;
  SecurityOptions?: readonly string[];
  Runtimes?: Readonly<Record<string, unknown>>;
  DriverStatus?: readonly (readonly string[])[];
}

const WARNINGS = {
  firewall:
    'Containers may reach services of this machine on the gateway address of their network: run the peer as root with iptables installed.',
  swap: 'The kernel does not limit swap: a container may use swap beyond its memory limit.',
  seccomp: 'The engine runs without its default seccomp profile: containers will be refused.',
  remote: 'The engine is not on this machine: ports of containers cannot be reached from here.',
  rootless: 'The engine runs rootless: ports of containers cannot be reached from outside its namespace.',
  imageStore:
    'The engine uses the containerd image store, whose image digests differ from those of other engines.',
} as const;

export async function readInfo(client: DockerClient, signal: AbortSignal): Promise<EngineInfo> {
  return client.call(signal, () => client.docker.info());
}

/** Whether root inside a container is another user outside it. */
function remapsUsers(info: EngineInfo): boolean {
  return securityOptions(info).some((each) => /name=(?:userns|rootless)/.test(each));
}

/** Whether containers may be root inside: as the owner says, else where that is no root outside. */
export function grantsRoot(info: EngineInfo, allowRoot: AllowRoot): boolean {
  return allowRoot === 'auto' ? remapsUsers(info) : allowRoot;
}

/** How far this engine confines a container, for the check after create. */
export function confinementOf(info: EngineInfo): Confinement {
  const seccomp = securityOptions(info).find((each) => each.includes('name=seccomp'));
  return {
    seccomp: seccomp !== undefined && !seccomp.includes('profile=unconfined'),
    swapLimit: info.SwapLimit ?? true,
  };
}

/** Whether the engine's containers run under this machine's kernel. */
export function sharesKernel(client: DockerClient, info: EngineInfo): boolean {
  return client.local && info.KernelVersion === release();
}

/** What is known of an engine beside its own words. */
export interface Surroundings {
  /** Whether the firewall's rule can be set. */
  readonly guarded: boolean;
  readonly sharesKernel: boolean;
  readonly heldByOthers: EngineFacts['heldByOthers'];
  readonly isRootGranted: boolean;
  readonly hasQuota: boolean;
  readonly freeDiskBytes: number | undefined;
  readonly statedDiskBytes: number | undefined;
}

/** Facts and warnings. */
export function describeEngine(
  info: EngineInfo,
  version: Docker.DockerVersion,
  here: Surroundings,
): EngineFacts {
  const { heldByOthers, isRootGranted, freeDiskBytes, statedDiskBytes } = here;
  const podman = version.Components?.some((each) => each.Name.startsWith('Podman')) ?? false;
  return {
    name: podman ? 'podman' : 'docker',
    version: version.Version,
    cpuMillis: info.NCPU * 1_000,
    memoryBytes: info.MemTotal,
    ...(freeDiskBytes === undefined ? {} : { freeDiskBytes }),
    ...(statedDiskBytes === undefined ? {} : { statedDiskBytes }),
    diskLimit: here.hasQuota ? 'quota' : 'watched',
    ...{ isRootGranted, heldByOthers },
    architecture: version.Arch,
    runtimeClasses: Object.keys(info.Runtimes ?? {}).sort(),
    ...(here.sharesKernel && info.DockerRootDir !== undefined ? { folder: info.DockerRootDir } : {}),
    warnings: warningsFor(info, here),
  };
}

function warningsFor(info: EngineInfo, here: Pick<Surroundings, 'guarded' | 'sharesKernel'>): string[] {
  const { seccomp, swapLimit } = confinementOf(info);
  const applies: { [K in keyof typeof WARNINGS]: boolean } = {
    firewall: here.sharesKernel && !here.guarded,
    swap: !swapLimit,
    seccomp: !seccomp,
    remote: !here.sharesKernel,
    rootless: securityOptions(info).some((each) => each.includes('rootless')),
    imageStore: (info.DriverStatus ?? []).some((row) => row.includes('io.containerd.snapshotter.v1')),
  };
  return Object.entries(WARNINGS).flatMap(([name, sentence]) =>
    Reflect.get(applies, name) ? [sentence] : [],
  );
}

function securityOptions(info: EngineInfo): readonly string[] {
  return info.SecurityOptions ?? [];
}
