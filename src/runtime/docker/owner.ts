// The numbers of the user as whom a container runs, by the lists of its image: files are given to numbers.
import { posix } from 'node:path';
import type Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import type { TarOwner } from '../tar-header.ts';
import { firstEntryAt } from './archive.ts';
import type { DockerClient } from './client.ts';

/** Links from one list to another: images make one step. */
const LINK_STEPS = 4;

/**
 * The owner that `USER` means (`name`, `number`, either with `:group`), as the engine will read it at the start. Throws
 * INSTANCE_START_FAILED for a name that the image does not have.
 */
export async function ownerOf(
  client: DockerClient,
  container: Docker.Container,
  user: string,
  signal: AbortSignal,
): Promise<TarOwner> {
  const [name = '', groupName = ''] = user.split(':');
  if (name === '' && groupName === '') return { user: 0, group: 0 };
  const users = await linesOf(client, container, '/etc/passwd', signal);
  const found = users.find((fields) => fields[0] === name || fields[2] === name);
  const number = numberIn(found?.[2] ?? (name === '' ? '0' : name), user);
  if (groupName === '') return { user: number, group: numberIn(found?.[3] ?? '0', user) };
  const groups = await linesOf(client, container, '/etc/group', signal);
  const group = groups.find((fields) => fields[0] === groupName)?.[2] ?? groupName;
  return { user: number, group: numberIn(group, user) };
}

function numberIn(text: string, user: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TallyError('INSTANCE_START_FAILED', { reason: `the image has no user or group of "${user}"` });
}

/** The fields of each line; nothing where the image has no such list. */
async function linesOf(
  client: DockerClient,
  container: Docker.Container,
  list: string,
  signal: AbortSignal,
): Promise<string[][]> {
  let path = list;
  for (let step = 0; step < LINK_STEPS; step += 1) {
    const entry = await firstEntryAt(client, container, path, signal);
    if (entry === undefined) return [];
    if (entry.kind !== 'symlink') {
      const lines = entry.bytes.toString('utf8').split('\n');
      return lines.map((line) => line.split(':'));
    }
    path = posix.resolve(posix.dirname(path), entry.target);
  }
  return [];
}
