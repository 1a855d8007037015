// The ledger of a stopped peer, read from a copy: LevelDB repairs a database when it opens it, and the damage that is
// looked for would be gone.
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TallyError } from '../../lib/errors.ts';
import { openRecord } from '../../records/envelope.ts';
import { type HeadFound, readHead } from '../head-file.ts';
import { HEAD_FILE, LEDGER_FOLDER } from '../ledger.ts';
import { openLevel } from '../level-database.ts';
import { requireNotInUse } from './in-use.ts';
import { type Rows, readRows } from './rows.ts';

/** What a home folder holds of a ledger. */
export interface Found {
  readonly head: HeadFound;
  readonly rows: Rows;
}

/** Throws LEDGER_ABSENT, LEDGER_IN_USE while a running peer holds it, LEDGER_UNREADABLE. */
export async function readStopped(home: string, network: string): Promise<Found> {
  return inCopy(home, async (copy) => {
    const head = await readHead(join(home, HEAD_FILE));
    const level = await openLevel(copy, false);
    try {
      return { head, rows: await readRows(level, seqOf(head, network)) };
    } finally {
      await level.close();
    }
  });
}

/** Copies the database of a stopped peer, uses the copy, and removes it. Throws LEDGER_ABSENT, LEDGER_IN_USE. */
export async function inCopy<T>(home: string, use: (copy: string) => Promise<T>): Promise<T> {
  const source = join(home, LEDGER_FOLDER);
  if (!(await isFolder(source))) throw new TallyError('LEDGER_ABSENT', { home });
  await requireNotInUse(source);
  const copy = await mkdtemp(join(tmpdir(), 'tallymesh-verify-'));
  try {
    await cp(source, copy, { recursive: true });
    return await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function seqOf(head: HeadFound, network: string): number {
  try {
    return head.is === 'head' ? openRecord('header', head.header, network).body.seq : 0;
  } catch {
    return 0;
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
