// Whether a running peer holds a ledger, found without opening it (opening repairs). LevelDB locks its LOCK file;
// a scratch database whose LOCK is a hard link to that file can only be opened while nobody else holds the lock.
import { access, link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { inUse, openLevel } from '../level-database.ts';

/** Throws LEDGER_IN_USE when another process has this LevelDB folder open. */
export async function requireNotInUse(folder: string): Promise<void> {
  const lock = join(folder, 'LOCK');
  if (!(await exists(lock))) return;
  const scratch = await scratchBeside(folder);
  if (scratch === undefined) return;
  try {
    const twin = join(scratch, 'db');
    await mkdir(twin);
    await link(lock, join(twin, 'LOCK'));
    const level = await openLevel(twin, true).catch(async (cause: unknown) => {
      const code = codeOf(cause);
      throw code === 'LEDGER_IN_USE'
        ? await inUse(folder, cause)
        : new TallyError(code, { folder }, { cause });
    });
    await level.close();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A scratch folder on the same file system, or undefined on a read-only one, where no peer can be running. */
async function scratchBeside(folder: string): Promise<string | undefined> {
  try {
    return await mkdtemp(join(dirname(folder), '.lock-check-'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EROFS') return undefined;
    throw new TallyError('LEDGER_UNREADABLE', { folder }, { cause });
  }
}
