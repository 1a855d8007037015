// Verification of a ledger whose peer is stopped. It works on a copy and never repairs: every stored byte is checked
// against its checksum, its signatures, the chain of headers and the synced head file, and every index against the
// records that it must follow from.
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, TallyError } from '../lib/errors.ts';
import { type HeadFound, readHead } from './head-file.ts';
import { requireNotInUse } from './in-use.ts';
import { HEAD_FILE, LEDGER_FOLDER } from './ledger.ts';
import { type Level, openLevel } from './level-database.ts';
import { Verification, type VerifyReport } from './verification.ts';

/**
 * Verifies the ledger in a home folder, or in a copy of one. Throws LEDGER_ABSENT, and LEDGER_IN_USE while a
 * running peer holds it; everything else that is wrong stands in the report.
 */
export async function verifyLedger(home: string, network: string): Promise<VerifyReport> {
  const source = join(home, LEDGER_FOLDER);
  if (!(await isFolder(source))) throw new TallyError('LEDGER_ABSENT', { home });
  await requireNotInUse(source);
  const copy = await mkdtemp(join(tmpdir(), 'tallymesh-verify-'));
  try {
    await cp(source, copy, { recursive: true });
    const head = await readHead(join(home, HEAD_FILE));
    return await verifyCopy(copy, head, network);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

async function verifyCopy(copy: string, head: HeadFound, network: string): Promise<VerifyReport> {
  const verification = new Verification(network);
  let level: Level;
  try {
    level = await openLevel(copy, false);
  } catch (error) {
    verification.problem(codeOf(error), {}, 'LevelDB cannot open a copy of the database');
    return verification.report();
  }
  try {
    verification.takeHead(head);
    await verification.readAll(level);
  } finally {
    await level.close();
  }
  verification.checkChain();
  verification.checkRecords();
  verification.checkReceipts();
  verification.checkWords();
  verification.checkIndexes();
  await verification.checkMap();
  return verification.report();
}
