// Making one instance: network, container, check, start; and taking all of it away again.
import { isDeepStrictEqual } from 'node:util';
import type Docker from 'dockerode';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Container, ContainerSpec, MemoryFile } from '../engine.ts';
import { rightsFor } from '../image-user.ts';
import { STOP_GRACE_SECONDS } from '../parameters.ts';
import { type DockerClient, reasonOf, statusOf } from './client.ts';
import type { EngineInfo } from './facts.ts';
import { fillVolumes } from './fill.ts';
import { containersOf } from './find.ts';
import type { ImageShelf } from './image.ts';
import { bringsInit } from './image-init.ts';
import { memoryName, nameOf } from './labels.ts';
import { linkFiles, removeHolders, startFilled } from './memory.ts';
import { createNetwork, removeNetwork } from './network.ts';
import type { NetworkPool } from './network-pool.ts';
import { ownerOf } from './owner.ts';
import { requireRoom } from './sharing.ts';
import { createOptions } from './spec.ts';
import { startReason } from './start-failure.ts';
import { type Confinement, verifyContainer } from './verify.ts';
import { optionsOf, removeVolumes, volumesOf } from './volumes.ts';

/** What making an instance takes. */
export interface LaunchParts {
  client: DockerClient;
  pool: NetworkPool;
  images: ImageShelf;
}

/** What the machine of the engine does about one instance. */
export interface Safety {
  readonly info: EngineInfo;
  readonly confinement: Confinement;
  readonly isRootGranted: boolean;
  readonly hasQuota: boolean;
  /** Makes sure of the firewall rule; throws where it cannot be set. */
  readonly guard: () => Promise<void>;
}

// A request that is cut off may still be carried out by the engine, after our clean-up. So steps that make
// something are always heard out (the client's own timeout bounds them), and the signal is asked between them.
const heardOut = new AbortController().signal;

/** Makes and starts an instance of which nothing exists yet; a failure leaves nothing. */
export async function launchContainer(
  parts: LaunchParts,
  spec: ContainerSpec,
  { info, confinement, isRootGranted, hasQuota, guard }: Safety,
  signal: AbortSignal,
): Promise<Container> {
  const image = await parts.images.get(spec.imageDigest, signal);
  const rights = rightsFor(image.user, spec.privileges, isRootGranted);
  const isOwnInit = bringsInit(image.entrypoint, spec.command ?? image.command);
  const volumes = volumesOf(image.volumes, spec.volumes ?? []);
  const { health } = image;
  const options = createOptions(spec, { rights, volumes, hasQuota, isOwnInit, health });
  try {
    await createNetwork(parts.client, parts.pool, spec, heardOut);
    signal.throwIfAborted();
    await createVerified(parts.client, options, confinement);
    signal.throwIfAborted();
    await requireRoom(parts.client, info, heardOut);
    // Not before: as long as there was no container, the rule could be taken away
    await guard();
    await furnishAndStart(parts.client, spec, options, signal);
    signal.throwIfAborted();
  } catch (error) {
    await eraseContainer(parts.client, spec.lease);
    throw error;
  }
  const { peer, lease, incarnation, ports } = spec;
  const launched = { peer, lease, incarnation, state: 'running', ports: [...ports] } as const;
  return options.Healthcheck?.Test?.[0] === 'NONE' ? launched : { ...launched, health: 'starting' };
}

async function createVerified(
  client: DockerClient,
  options: Docker.ContainerCreateOptions,
  confinement: Confinement,
): Promise<void> {
  const container = await client
    .call(heardOut, () => client.docker.createContainer({ ...options }))
    .catch((error: unknown) => {
      throw startFailure(error, { digest: options.Image });
    });
  verifyContainer(options, await client.call(heardOut, (call) => container.inspect(call)), confinement);
  for (const { Source, VolumeOptions } of options.HostConfig?.Mounts ?? [])
    await verifyVolume(client, Source, VolumeOptions?.DriverConfig.Options ?? {});
}

/** A volume of that name can have been there before, and be anything: a folder of the host, or one without a limit. */
async function verifyVolume(
  client: DockerClient,
  name: string,
  expected: Record<string, string>,
): Promise<void> {
  const got = await optionsOf(client, name, heardOut);
  if (!isDeepStrictEqual(got, expected))
    throw new TallyError('ENGINE_OPTION_DROPPED', { option: 'VolumeOptions', expected, got });
}

/** Starts a container with what its tenant has sent in place; one for which nothing was sent starts at once. */
async function furnishAndStart(
  client: DockerClient,
  spec: ContainerSpec,
  options: Docker.ContainerCreateOptions,
  signal: AbortSignal,
): Promise<void> {
  const { lease, volumes = [], files = [] } = spec;
  const container = client.docker.getContainer(nameOf(lease));
  const start = () => startContainer(client, container, lease);
  try {
    if (volumes.length > 0) {
      const owner = await ownerOf(client, container, options.User ?? '', signal);
      await fillVolumes(client, container, volumes, owner, signal);
    }
    await linkFiles(client, container, files, signal);
  } catch (error) {
    throw startFailure(error, { lease });
  }
  return files.length === 0 ? start() : startFilled(client, container, files, start, signal);
}

async function startContainer(
  client: DockerClient,
  container: Docker.Container,
  lease: string,
): Promise<void> {
  await client
    .call(heardOut, () => container.start())
    .catch((error: unknown) => {
      throw startFailure(error, { lease });
    });
}

/** The engine's refusal of a container; silence of the engine stays what it is. */
function startFailure(error: unknown, details: Record<string, unknown>): unknown {
  if (statusOf(error) === undefined || codeOf(error) === 'ENGINE_DISK_FULL') return error;
  const reason = reasonOf(error);
  if (statusOf(error) === 404 && /no such image/i.test(reason))
    return new TallyError('IMAGE_NOT_FOUND', details);
  return new TallyError(
    'INSTANCE_START_FAILED',
    { ...details, reason: startReason(reason) },
    { cause: error },
  );
}

/**
 * Ends the run of an instance if it has not ended, in its own time, at most the grace, and starts it once more, with its files in
 * memory. Throws PAYLOAD_NEEDED where it has some and they are not given, ENGINE_FULL where others hold its place by now.
 */
export async function restartContainer(
  client: DockerClient,
  { Id, State, Mounts, Config }: Docker.ContainerInspectInfo,
  { lease, files }: { readonly lease: string; readonly files: readonly MemoryFile[] | undefined },
  { info, guard }: Pick<Safety, 'info' | 'guard'>,
): Promise<void> {
  const hasMemory = Mounts.some(({ Name }) => Name === memoryName(lease));
  const container = client.docker.getContainer(Id);
  await endRun(client, container, State, heardOut);
  if (hasMemory && files === undefined) throw new TallyError('PAYLOAD_NEEDED', { lease });
  await requireRoom(client, info, heardOut, [Config]);
  await guard();
  const start = () => startContainer(client, container, lease);
  await (hasMemory ? startFilled(client, container, files ?? [], start, heardOut) : start());
  try {
    await requireRoom(client, info, heardOut);
  } catch (error) {
    await client.find(heardOut, (call) => container.kill(call));
    throw error;
  }
}

/** Stops the container in its own time, at most the grace, then removes it, its network and its volumes. */
export async function removeContainer(
  client: DockerClient,
  lease: string,
  signal: AbortSignal,
): Promise<void> {
  for (const container of await containersOf(client, lease, signal))
    await stopAndRemove(client, container, signal);
  await removeHolders(client, lease, signal);
  await removeNetwork(client, lease, signal);
  await removeVolumes(client, lease, signal);
}

async function stopAndRemove(
  client: DockerClient,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<void> {
  const found = await client.find(signal, (call) => container.inspect(call));
  if (found === undefined) return;
  await endRun(client, container, found.State, signal);
  await client.find(signal, (call) => container.remove({ force: true, v: true, ...call }));
}

async function endRun(
  client: DockerClient,
  container: Docker.Container,
  { Paused, Running }: Docker.ContainerInspectInfo['State'],
  signal: AbortSignal,
): Promise<void> {
  // A frozen container hears no signal, and older engines refuse to kill it.
  if (Paused) await client.find(signal, (call) => container.unpause(call));
  if (Running) await client.find(signal, (call) => container.stop({ t: STOP_GRACE_SECONDS, ...call }));
}

/** Removes whatever a failed launch made, without grace; what cannot be removed now is left to the sweep. */
export async function eraseContainer(client: DockerClient, lease: string): Promise<void> {
  try {
    for (const container of await containersOf(client, lease, heardOut))
      await client.find(heardOut, (call) => container.remove({ force: true, v: true, ...call }));
    await removeHolders(client, lease, heardOut);
    await removeNetwork(client, lease, heardOut);
    await removeVolumes(client, lease, heardOut);
  } catch {
    // The launch's own failure is the one to report.
  }
}
