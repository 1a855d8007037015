// Secrets and files that a container finds in memory alone. They are on a file system of memory, a volume of the lease that is
// mounted for as long as some container uses it: a second container, which never runs, holds it while it is filled and until the
// real one has started. The real one cannot write to it.
import { posix } from 'node:path';
import type Docker from 'dockerode';
import { systemClock, wait } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { SECRETS_FOLDER } from '../../records/payload.ts';
import type { MemoryFile } from '../engine.ts';
import { HOLDER_REMOVAL_MS, MEMORY_FILL_WAITS_MS, MEMORY_LOOK_MS } from '../parameters.ts';
import { encodeTarEntry, TAR_END, type TarOwner, tarPadding } from '../tar-header.ts';
import { lookAt, putArchive } from './archive.ts';
import type { DockerClient } from './client.ts';
import { listContainers } from './find.ts';
import {
  HOLDER_ROLES,
  type HolderOf,
  type HolderRole,
  heldLease,
  holderLabels,
  holderName,
  holdersOf,
  memoryName,
  readLabels,
} from './labels.ts';
import { ownerOf } from './owner.ts';
import { VOLUME_DRIVER } from './volumes.ts';

/** Where files of other paths than that of the secrets lie, below it; they are linked from where they are wanted. */
const FILES = '.files';

/** Until it is filled nobody looks into it; then everybody may, and the modes of the files count. */
const CLOSED = 0o700;
const OPEN = 0o555;

/**
 * `ramfs`: unlike `tmpfs` it is never swapped to a disk. It has no limit of its own; what is written to it is the payload, and the
 * container has it read-only.
 */
const OPTIONS = { type: 'ramfs', device: 'ramfs', o: `mode=0${CLOSED.toString(8)},nosuid,nodev,noexec` };

/** The mount of a lease's secrets and files, read-only in its container. */
export function memoryMount(lease: string, labels: Record<string, string>): Docker.MountSettings {
  return {
    ...{ Type: 'volume', Source: memoryName(lease), Target: SECRETS_FOLDER, ReadOnly: true },
    VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: VOLUME_DRIVER, Options: OPTIONS } },
  };
}

/** A container that is to start, as it was made. */
interface Made {
  readonly of: HolderOf;
  readonly container: Docker.Container;
  readonly image: string;
  readonly mounts: readonly Docker.MountSettings[];
  readonly owner: TarOwner;
}

async function readMade(
  client: DockerClient,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<Made> {
  const { Config, Image, HostConfig } = await client.call(signal, (call) => container.inspect(call));
  const owner = await ownerOf(client, container, Config.User, signal);
  return { of: readLabels(Config.Labels), container, image: Image, mounts: HostConfig.Mounts ?? [], owner };
}

/** Links from where a tenant wants files to where they are; in the container's root, where they stay. */
export async function linkFiles(
  client: DockerClient,
  container: Docker.Container,
  files: readonly MemoryFile[],
  signal: AbortSignal,
): Promise<void> {
  const links = linked(files).map(({ path }, index) =>
    encodeTarEntry({ kind: 'symlink', name: path.slice(1), target: `${SECRETS_FOLDER}/${FILES}/${index}` }),
  );
  if (links.length > 0) await putArchive(client, container, '/', [...links, TAR_END], signal);
}

/**
 * Starts a container, the first time or again, with its secrets and files in place before its first instruction. Nothing of them
 * outlives the container's run; the holders are gone when this returns, or left to the sweep.
 */
export async function startFilled(
  client: DockerClient,
  container: Docker.Container,
  files: readonly MemoryFile[],
  start: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const made = await readMade(client, container, signal);
  const { lease } = made.of;
  await removeHolders(client, lease, signal);
  const started = Promise.withResolvers<void>();
  const ending = new AbortController();
  try {
    const both = AbortSignal.any([signal, ending.signal]);
    const { filling } = await fill(client, made, files, started.promise, both);
    await start();
    started.resolve();
    await filling;
  } finally {
    ending.abort();
    started.resolve();
    await removeHolders(client, lease, AbortSignal.timeout(HOLDER_REMOVAL_MS)).catch(() => {
      // The removal of the lease, or the sweep, tries again
    });
  }
}

/**
 * Fills the memory of a container, as the container will see it; it stays until `started`, and `filling` tells of its end. Throws
 * INSTANCE_START_FAILED where the engine does not keep it.
 *
 * An engine that lived through a restart of its own with its containers (20.10 with live-restore) counts one user too few of their
 * volumes, and lets one go after every look at it. A second holder makes up for that; where the engine counts right, it does no harm.
 */
async function fill(
  client: DockerClient,
  made: Made,
  files: readonly MemoryFile[],
  started: Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly filling: Promise<void> }> {
  const send = (holder: Docker.Container, archive: AsyncIterable<Uint8Array>, bound: AbortSignal) =>
    putArchive(client, holder, posix.dirname(SECRETS_FOLDER), archive, bound);
  // Heard out: one that is made after it was given up would be left
  const holder = await createHolder(client, made, 'fills');
  for (const [attempt, waitMs] of MEMORY_FILL_WAITS_MS.entries()) {
    if (attempt === 1) {
      const second = await createHolder(client, made, 'counts');
      // What it says in the end changes nothing: either the memory stays, or it does not
      send(second, nothingUntil(started), signal).catch(() => {});
    }
    await requireMemory(client, made.container, signal);
    const failing = new AbortController();
    const bound = AbortSignal.any([signal, failing.signal]);
    const filling = send(holder, archiveUntil(files, made.owner, started), bound);
    filling.catch((error: unknown) => failing.abort(error));
    if (await isKept(client, made.container, waitMs, bound)) return { filling };
    failing.abort();
  }
  throw new TallyError('INSTANCE_START_FAILED', {
    lease: made.of.lease,
    reason: 'the engine does not keep the secrets of a container',
  });
}

/** An archive of nothing that does not end before that; its first byte makes the engine begin with it. */
async function* nothingUntil(started: Promise<void>): AsyncGenerator<Uint8Array> {
  yield TAR_END.subarray(0, 1);
  await started;
  yield TAR_END.subarray(1);
}

/** The whole content, the folder itself last: that it is open shows that everything before is whole. */
async function* archiveUntil(
  files: readonly MemoryFile[],
  owner: TarOwner,
  started: Promise<void>,
): AsyncGenerator<Uint8Array> {
  const folder = posix.basename(SECRETS_FOLDER);
  const file = function* (name: string, bytes: Uint8Array, mode: number) {
    yield encodeTarEntry({ kind: 'file', name, sizeBytes: bytes.byteLength, mode, owner });
    yield bytes;
    yield new Uint8Array(tarPadding(bytes.byteLength));
  };
  // Images that begin as root read their secrets once they have dropped from it
  for (const { path, bytes } of files.filter(isSecret))
    yield* file(`${folder}/${posix.basename(path)}`, bytes, owner.user === 0 ? 0o444 : 0o400);
  yield encodeTarEntry({ kind: 'folder', name: `${folder}/${FILES}/`, mode: OPEN });
  for (const [index, { bytes }] of linked(files).entries())
    yield* file(`${folder}/${FILES}/${index}`, bytes, 0o444);
  yield encodeTarEntry({ kind: 'folder', name: `${folder}/`, mode: OPEN });
  await started;
  yield TAR_END;
}

function isSecret({ path }: MemoryFile): boolean {
  return posix.dirname(path) === SECRETS_FOLDER;
}

function linked(files: readonly MemoryFile[]): MemoryFile[] {
  return files.filter((each) => !isSecret(each));
}

/** Makes sure that it is memory which is mounted there, and no folder on the disk; fresh, or with what an attempt before left. */
async function requireMemory(
  client: DockerClient,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<void> {
  const found = await lookAt(client, container, SECRETS_FOLDER, signal);
  if (found?.mode !== CLOSED && found?.mode !== OPEN)
    throw new TallyError('ENGINE_OPTION_DROPPED', {
      ...{ option: 'VolumeOptions', expected: OPTIONS, got: found?.mode.toString(8) },
    });
}

/** Whether everything is in place by then, and stays: an engine that has lost count lets it go after the first look. */
async function isKept(
  client: DockerClient,
  container: Docker.Container,
  waitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const giveUpMs = systemClock.monotonicMs() + waitMs;
  for (let wasOpen = false; ; await wait(systemClock, MEMORY_LOOK_MS, signal)) {
    signal.throwIfAborted();
    const isOpen = (await lookAt(client, container, SECRETS_FOLDER, signal))?.mode === OPEN;
    if (wasOpen || systemClock.monotonicMs() > giveUpMs) return wasOpen && isOpen;
    wasOpen = isOpen;
  }
}

/** A container that has no program to run, no network and nothing but the volumes, of which it copies nothing. */
async function createHolder(
  client: DockerClient,
  { of, image, mounts }: Made,
  role: HolderRole,
): Promise<Docker.Container> {
  return client.call(new AbortController().signal, () =>
    client.docker.createContainer({
      ...{ name: holderName(of.lease, role), Image: image, Labels: holderLabels(of) },
      ...{ Entrypoint: ['/none'], Cmd: [], Healthcheck: { Test: ['NONE'] } },
      HostConfig: {
        ...{ NetworkMode: 'none', CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] },
        Mounts: mounts.map((mount) => ({
          ...mount,
          ReadOnly: mount.Target !== SECRETS_FOLDER,
          ...(mount.VolumeOptions === undefined
            ? {}
            : { VolumeOptions: { ...mount.VolumeOptions, NoCopy: true } }),
        })),
      },
    }),
  );
}

/** Removes the holders of a lease, if there are some. */
export async function removeHolders(client: DockerClient, lease: string, signal: AbortSignal): Promise<void> {
  for (const role of HOLDER_ROLES) {
    const container = client.docker.getContainer(holderName(lease, role));
    await client.find(signal, (call) => container.remove({ force: true, v: true, ...call }));
  }
}

/** The leases whose holders a dead process of this peer left. */
export async function leasesWithHolders(
  client: DockerClient,
  peer: string,
  signal: AbortSignal,
): Promise<string[]> {
  const found = await listContainers(client, holdersOf(peer), signal);
  return [...new Set(found.map(({ Labels }) => heldLease(Labels)))];
}
