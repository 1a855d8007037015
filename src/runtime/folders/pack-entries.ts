// Entries that were checked, as a tar that is made anew: nothing of a stranger's header goes on.
import { encodeTarEntry, type TarOwner, tarPadding } from '../tar-header.ts';
import type { FolderEntry } from './read-folder.ts';

/** Without the end of the tar; `below` is the folder that they are to be in. */
export async function* packEntries(
  entries: AsyncIterable<FolderEntry>,
  below: readonly string[] = [],
  owner?: TarOwner,
): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    const { kind, path, target, sizeBytes, mode, timeSeconds } = entry;
    const name = [...below, ...path].join('/') + (kind === 'folder' ? '/' : '');
    const owned = owner === undefined ? {} : { owner };
    yield encodeTarEntry({ kind, name, target, sizeBytes, mode, timeSeconds, ...owned });
    yield* entry.read();
    yield new Uint8Array(tarPadding(sizeBytes));
  }
}
