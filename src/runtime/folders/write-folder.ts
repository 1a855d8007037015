// Writes what somebody else packed to a folder of this machine. All of it comes first into a folder of its own, which nobody else can
// enter, beside the place where it is to be; then it gets its name, at once and whole. Nothing is written through a link: each entry
// comes behind its folder, which was made here, and no file is opened that is there already.
import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { requireInside } from './folder-order.ts';
import type { FolderEntry } from './read-folder.ts';

/** Until a folder is full its maker writes to it, whatever rights it is to have. */
const WHILE_WRITTEN = 0o700;

/** Of this machine, for folders can be shared with others, whose processes have the same numbers. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A folder that a process of this machine was filling, and its number. */
const SCRATCH = new RegExp(`^\\.tally-${MACHINE}-(\\d{1,10})-[0-9a-f]{16}$`);

/** The entries of one file or folder with its own name at the top, its links inside. */
type Entries = AsyncIterable<FolderEntry>;

/**
 * Writes to a place: into it, under the name of the top, where it is a folder; else there. A file takes the place of a file, and nothing
 * else takes any; the place that it got. Throws FILE_TARGET_TAKEN, FILE_TARGET_FAILED, FILE_REFUSED, and what the entries throw;
 * then nothing is left.
 */
export async function writeNamed(entries: Entries, asked: string): Promise<string> {
  const [into, given] = await placeOf(asked);
  await removeLeft(into);
  const scratch = join(into, `.tally-${MACHINE}-${process.pid}-${randomBytes(8).toString('hex')}`);
  await onDisk(scratch, () => mkdir(scratch, { mode: WHILE_WRITTEN }));
  try {
    const top = await fill(scratch, entries);
    const place = join(into, given ?? top.name);
    await requireFree(place, top.kind);
    await onDisk(place, () => rename(join(scratch, top.name), place));
    return place;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Removes what processes were filling there that were killed. What cannot be removed is left: somebody else may clear it away. */
async function removeLeft(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = Number(SCRATCH.exec(name)?.[1] ?? Number.NaN);
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** One file or folder, whose links stay below its top, whatever that is called in the end. Throws FILE_REFUSED. */
export async function* belowTop(entries: Entries): AsyncGenerator<FolderEntry> {
  let top: string | undefined;
  for await (const entry of entries) {
    const [name = '', ...rest] = entry.path;
    top ??= name;
    if (name !== top) throw refused('it is more than one file or folder', name);
    if (entry.kind === 'symlink') requireInside(entry.target, rest);
    yield entry;
  }
  if (top === undefined) throw refused('nothing came');
}

/** The folder to write to, and the name there if that is given. */
async function placeOf(asked: string): Promise<[into: string, name: string | undefined]> {
  const found = await existing(stat, asked);
  if (found?.isDirectory()) return [asked, undefined];
  if (asked.endsWith('/'))
    throw new TallyError('FILE_TARGET_FAILED', { path: asked, reason: 'there is no such folder' });
  return [dirname(resolve(asked)), basename(resolve(asked))];
}

async function requireFree(place: string, kind: FolderEntry['kind']): Promise<void> {
  const there = await existing(lstat, place);
  if (there === undefined || (there.isFile() && kind === 'file')) return;
  throw new TallyError('FILE_TARGET_TAKEN', { path: place });
}

/** Writes all entries below a folder that nobody else writes to; the first of them. */
async function fill(scratch: string, entries: Entries): Promise<{ name: string; kind: FolderEntry['kind'] }> {
  let top: { name: string; kind: FolderEntry['kind'] } | undefined;
  const folders: { path: string; entry: FolderEntry }[] = [];
  for await (const entry of belowTop(entries)) {
    top ??= { name: entry.path[0] ?? '', kind: entry.kind };
    const path = join(scratch, ...entry.path);
    await onDisk(path, () => writeOne(path, entry));
    if (entry.kind === 'folder') folders.push({ path, entry });
  }
  if (top === undefined) throw refused('nothing came');
  // From the innermost up: a folder that nobody may write to keeps its time
  for (const { path, entry } of folders.reverse())
    await onDisk(path, async () => {
      await chmod(path, allowed(entry.mode));
      await utimes(path, entry.timeSeconds, entry.timeSeconds);
    });
  return top;
}

async function writeOne(path: string, entry: FolderEntry): Promise<void> {
  const { kind, target, mode, timeSeconds } = entry;
  if (kind === 'folder') return void (await mkdir(path, { mode: WHILE_WRITTEN }));
  if (kind === 'symlink') return symlink(target, path);
  await using file = await open(path, 'wx', 0o600);
  for await (const piece of entry.read()) await file.writeFile(piece);
  await file.chmod(allowed(mode));
  await file.utimes(timeSeconds, timeSeconds);
}

/** What whoever runs this lets new files have. */
function allowed(mode: number): number {
  return mode & 0o777 & ~process.umask();
}

async function existing(look: (path: string) => Promise<Stats>, path: string): Promise<Stats | undefined> {
  return look(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new TallyError('FILE_TARGET_FAILED', { path, reason: error.code }, { cause: error });
  });
}

/** A failure of this machine's files; what the bytes' source threw stays what it is. */
async function onDisk<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (codeOf(cause) !== 'INTERNAL' || syscall === undefined) throw cause;
    throw new TallyError('FILE_TARGET_FAILED', { path, reason: code }, { cause });
  }
}

function refused(reason: string, name = ''): TallyError {
  return new TallyError('FILE_REFUSED', { reason, name });
}
