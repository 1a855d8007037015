// The volumes of an instance: local ones of the engine, filled from the image, that go with their lease.
import { posix } from 'node:path';
import type Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import type { NamedVolume } from '../engine.ts';
import { MOST_VOLUMES } from '../parameters.ts';
import { type DockerClient, reasonOf } from './client.ts';
import { leaseFilter, memoryName, ownedBy, readLabels } from './labels.ts';

/** The engine's own driver: a folder beside the containers. */
export const VOLUME_DRIVER = 'local';

/**
 * The paths that an image declares as volumes, each once, as the engine writes them. Throws INSTANCE_START_FAILED where
 * they are none that a container can have: that is the image's doing.
 */
export function volumePaths(declared: readonly string[]): string[] {
  const refuse = (reason: string) => new TallyError('INSTANCE_START_FAILED', { reason });
  const paths = new Set<string>();
  for (const path of declared) {
    const clean = posix.normalize(path).replace(/(?<=.)\/$/, '');
    if (!clean.startsWith('/') || clean === '/')
      throw refuse('the image declares a volume at a path that cannot be one');
    paths.add(clean);
  }
  if (paths.size > MOST_VOLUMES)
    throw refuse(`the image declares ${paths.size} volumes; it can have ${MOST_VOLUMES}`);
  return [...paths].sort();
}

/** A volume of a container. */
export interface VolumeMount {
  readonly path: string;
  /** Whether it begins with what the image has there. */
  readonly isCopied: boolean;
}

/**
 * The volumes of a container: those that its image declares, and those that its tenant names, which count where both name one
 * path. Throws INSTANCE_START_FAILED where those are too many.
 */
export function volumesOf(declared: readonly string[], named: readonly NamedVolume[]): VolumeMount[] {
  const volumes = new Map(volumePaths(declared).map((path) => [path, { path, isCopied: true }]));
  for (const { path, content } of named) volumes.set(path, { path, isCopied: content === undefined });
  if (volumes.size > MOST_VOLUMES)
    throw new TallyError('INSTANCE_START_FAILED', {
      reason: `the image and its tenant name ${volumes.size} volumes; a container can have ${MOST_VOLUMES}`,
    });
  return [...volumes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

type Filters = { label: string[] };

async function listVolumes(
  client: DockerClient,
  filters: Filters,
  signal: AbortSignal,
): Promise<Docker.VolumeInspectInfo[]> {
  const { Volumes } = await client.call(signal, (call) => client.docker.listVolumes({ filters, ...call }));
  // An engine without volumes answers with nothing
  return Volumes ?? [];
}

/** The leases that volumes of a peer are of, containers or not. */
export async function leasesWithVolumes(
  client: DockerClient,
  peer: string,
  signal: AbortSignal,
): Promise<string[]> {
  const volumes = await listVolumes(client, ownedBy(peer), signal);
  return [...new Set(volumes.map(({ Labels }) => readLabels(Labels ?? {}).lease))];
}

/**
 * Removes the volumes of a lease, whose container is gone; none is no error. One in memory is empty by then, and some engines (20.10
 * with live-restore) count it as mounted until they are started anew: then the sweep removes it.
 */
export async function removeVolumes(client: DockerClient, lease: string, signal: AbortSignal): Promise<void> {
  for (const { Name } of await listVolumes(client, leaseFilter(lease), signal))
    await client
      .find(signal, (call) => client.docker.getVolume(Name).remove(call))
      .catch((error: unknown) => {
        if (Name !== memoryName(lease) || !/active mounts/i.test(reasonOf(error))) throw error;
      });
}

/** What a volume is made with, as the engine says it. */
export async function optionsOf(
  client: DockerClient,
  name: string,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const found = await client.call(signal, (call) => client.docker.getVolume(name).inspect(call));
  return found.Options ?? {};
}
