// Several peers can share one engine. What the containers of the others hold is not this peer's to lend. Each looks once
// its container is made, and before it starts: of two that there is no room for, the one that looks later sees the other.
// Where both look at once, neither starts. A container that has ended and is started once more held nothing meanwhile: its peer
// looks before and after.
import type Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import type { ContainerLimits } from '../engine.ts';
import type { DockerClient } from './client.ts';
import type { EngineInfo } from './facts.ts';
import { listContainers } from './find.ts';
import { anyPeer, readLabels, readLimits } from './labels.ts';

/** What containers hold of an engine. */
export type Held = ContainerLimits;

type Labelled = Pick<Docker.ContainerInfo, 'Labels'>;

/** What containers of other peers than this one hold. Containers of versions before 0.3 do not say what they were given. */
export async function heldByOthers(
  client: DockerClient,
  peer: string | undefined,
  signal: AbortSignal,
): Promise<Held> {
  const living = await livingContainers(client, signal);
  return sumOf(living.filter(({ Labels }) => readLabels(Labels).peer !== peer));
}

/**
 * To be asked when a container is made and has not started. Throws ENGINE_FULL where all together, and those that are to start
 * once more, exceed the engine.
 */
export async function requireRoom(
  client: DockerClient,
  { NCPU, MemTotal }: EngineInfo,
  signal: AbortSignal,
  toStart: readonly Labelled[] = [],
): Promise<void> {
  const held = sumOf([...(await livingContainers(client, signal)), ...toStart]);
  const has = { cpuMillis: NCPU * 1_000, memoryBytes: MemTotal };
  // Of the disk each peer sees what the others hold when it offers; what is free of it changes by the second
  if (held.cpuMillis > has.cpuMillis || held.memoryBytes > has.memoryBytes)
    throw new TallyError('ENGINE_FULL', { has, held });
}

/** Containers of whatever peer that run, or are about to. */
async function livingContainers(client: DockerClient, signal: AbortSignal): Promise<Docker.ContainerInfo[]> {
  const all = await listContainers(client, anyPeer(), signal);
  return all.filter(({ State }) => State !== 'exited' && State !== 'dead');
}

function sumOf(containers: readonly Labelled[]): Held {
  const sum = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 };
  for (const { Labels } of containers) {
    const { cpuMillis = 0, memoryBytes = 0, diskBytes = 0 } = readLimits(Labels) ?? {};
    sum.cpuMillis += cpuMillis;
    sum.memoryBytes += memoryBytes;
    sum.diskBytes += diskBytes;
  }
  return sum;
}
