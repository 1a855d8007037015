// Finds the process that holds a database. LevelDB takes a kernel lock on its LOCK file, and Linux lists the holders of
// such locks. So no file of our own is needed, which a crash would leave behind.
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The process that holds the LevelDB in `folder`, if the system lists it and lets this user see it. */
export async function lockHolder(folder: string): Promise<number | undefined> {
  try {
    const lock = await stat(join(folder, 'LOCK'));
    for (const pid of holdersOf(lock.ino, await readFile('/proc/locks', 'utf8')))
      if (await hasOpen(pid, lock)) return pid;
  } catch {
    // This system has no such list, so no process is named
  }
  return undefined;
}

/** Processes with a lock on a file with this inode number, which a file on another file system may have too. */
function holdersOf(inode: number, locks: string): number[] {
  const held = locks.matchAll(/ POSIX +ADVISORY +WRITE +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /g);
  return [...held].filter(([, , file]) => Number(file) === inode).map(([, pid]) => Number(pid));
}

async function hasOpen(pid: number, { dev, ino }: Stats): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const file of await readdir(folder).catch(() => [])) {
    const open = await stat(join(folder, file)).catch(() => undefined);
    if (open?.ino === ino && open.dev === dev) return true;
  }
  return false;
}
