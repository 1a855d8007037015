// Folders that fill volumes: made on the disk, packed as a tenant's peer packs them, and archives that lie.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { EntryOrder, FolderCount } from '../../src/runtime/folders/folder-order.ts';
import { packFolder } from '../../src/runtime/folders/pack-folder.ts';
import { type FolderEntry, readFolder } from '../../src/runtime/folders/read-folder.ts';
import type { Bytes } from '../../src/runtime/images/bytes.ts';

/** A temporary folder with these files by their paths; a text that begins with `->` is a symlink. */
export async function folderWith(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-folder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (content.startsWith('->')) await symlink(content.slice(2), join(folder, path));
    else await writeFile(join(folder, path), content);
  }
  return folder;
}

export function packed(source: string, count?: FolderCount): Promise<Buffer> {
  return buffer(packFolder(source, count));
}

/** What a tar holds, with the content of its files. */
export async function entriesIn(
  tar: Bytes,
  count?: FolderCount,
  order?: EntryOrder,
): Promise<(FolderEntry & { content: string })[]> {
  const entries: (FolderEntry & { content: string })[] = [];
  for await (const entry of readFolder(tar, count, order))
    entries.push({ ...entry, content: (await buffer(entry.read())).toString() });
  return entries;
}
