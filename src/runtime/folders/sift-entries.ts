// From a tar that somebody made, what can be copied without harm: files, folders, and symlinks that stay inside, each below a
// folder that came before it and is no link; rights beyond reading, writing and running are taken off. What cannot be copied is
// left out, and said.
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Bytes } from '../images/bytes.ts';
import { type EntryOrder, requireInside, unfit } from './folder-order.ts';
import type { FolderEntry } from './read-folder.ts';
import { readTar, type TarItem } from './read-tar.ts';

/** What was left out, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

export interface Sifting {
  /** Told of each entry that is left out. */
  readonly leftOut: (entry: LeftOut) => void;
  /** The bytes of a file that a hard link repeats, by its name; without it hard links are left out. */
  readonly again?: (path: readonly string[]) => Promise<Pick<FolderEntry, 'sizeBytes' | 'read'> | undefined>;
  /** Whether the first name of each path is that of the whole, so that links have to stay below it. */
  readonly hasTop: boolean;
  readonly order: EntryOrder;
}

/** Entries that can be written as they are, in their order. Throws FILE_REFUSED for what is no tar. */
export async function* siftEntries(tar: Bytes, sifting: Sifting): AsyncGenerator<FolderEntry> {
  let top: string | undefined;
  try {
    for await (const item of readTar(tar)) {
      const path = stepsOf(item.name);
      // The folder of all, which some writers name too
      if (path.length === 0 && item.kind === 'folder') continue;
      top ??= path[0];
      const entry = await siftOne(item, path, top, sifting).catch((error: unknown) => {
        if (codeOf(error) !== 'VOLUME_CONTENT_INVALID') throw error;
        sifting.leftOut({ name: item.name, reason: String((error as TallyError).details.reason) });
      });
      if (entry !== undefined) yield entry;
    }
  } catch (error) {
    throw asRefusal(error);
  }
}

async function siftOne(
  item: TarItem,
  path: readonly string[],
  top: string | undefined,
  { again, hasTop, order }: Sifting,
): Promise<FolderEntry> {
  const { kind, sizeBytes, timeSeconds } = item;
  if (path.length === 0) throw unfit('it has no name');
  if (hasTop && path[0] !== top) throw unfit('it is not below what is copied');
  if (kind === 'other') throw unfit('it is a device, a pipe or a socket');
  order.take(path, kind === 'folder');
  const plain = { path, mode: item.mode & 0o777, timeSeconds };
  if (kind === 'link') {
    const found = await again?.(stepsOf(item.target));
    if (found === undefined) throw unfit('it is a hard link to something that is not copied with it');
    return { ...found, ...plain, kind: 'file', target: '' };
  }
  const target = kind === 'symlink' ? item.target : '';
  if (kind === 'symlink') requireInside(target, hasTop ? path.slice(1) : path);
  return { ...plain, kind, target, sizeBytes, read: () => whole(item.read()) };
}

/** The bytes of a file, all of them. Throws FILE_REFUSED. */
async function* whole(bytes: Bytes): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw asRefusal(error);
  }
}

function asRefusal(error: unknown): unknown {
  if (codeOf(error) !== 'IMAGE_ARCHIVE_MALFORMED') return error;
  return new TallyError('FILE_REFUSED', { reason: 'it is no whole tar' }, { cause: error });
}

/** Names as tars have them: from the root, from here, or with a slash at the end of a folder. `..` is no step of any. */
function stepsOf(name: string): string[] {
  return name.split('/').filter((step) => step !== '' && step !== '.');
}
