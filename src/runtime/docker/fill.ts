// What the volumes that a tenant names hold before a container's first start: what the tenant sends, or what the image has there.
import { posix } from 'node:path';
import type Docker from 'dockerode';
import type { NamedVolume } from '../engine.ts';
import { packEntries } from '../folders/pack-entries.ts';
import { readFolder } from '../folders/read-folder.ts';
import type { Bytes } from '../images/bytes.ts';
import { encodeTarEntry, TAR_END, type TarOwner } from '../tar-header.ts';
import { firstEntryAt, putArchive } from './archive.ts';
import type { DockerClient } from './client.ts';

/**
 * Fills the volumes of a container that has not started, all for its user. A volume that begins empty, or as its image's root left
 * it, is that user's too: else a program that is not root could not write to its own volume.
 */
export async function fillVolumes(
  client: DockerClient,
  container: Docker.Container,
  volumes: readonly NamedVolume[],
  owner: TarOwner,
  signal: AbortSignal,
): Promise<void> {
  for (const { path, content } of volumes) {
    const isOthers =
      content === undefined && (owner.user === 0 || !(await isOfRoot(client, container, path, signal)));
    if (isOthers) continue;
    // Unpacked in the folder above: the volume's own folder is an entry too, and gets its owner
    const archive = archiveFor(posix.basename(path), owner, content?.());
    await putArchive(client, container, posix.dirname(path), archive, signal);
  }
}

async function isOfRoot(
  client: DockerClient,
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const entry = await firstEntryAt(client, container, path, signal);
  return entry?.kind === 'folder' && entry.owner.user === 0;
}

/** The tar that came, made anew under the name of its volume: nothing of a stranger's header reaches the engine. */
async function* archiveFor(
  name: string,
  owner: TarOwner,
  content: Bytes | undefined,
): AsyncGenerator<Uint8Array> {
  yield encodeTarEntry({ kind: 'folder', name: `${name}/`, owner });
  if (content !== undefined) yield* packEntries(readFolder(content), [name], owner);
  yield TAR_END;
}
