// Repair of the ledger of a stopped peer. Rows that follow from other rows are rebuilt. Records that two peers signed
// are listed, and the other side is asked for them later (ledger/missing-records.ts). What nobody else has stays missing
// and is named. Nothing is signed, and no header is replaced: a second header with its number would convict. The damaged
// database stays beside the new one.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readHead, syncFolder } from '../head-file.ts';
import { HEAD_FILE, LEDGER_FOLDER } from '../ledger.ts';
import { isFolder, readStopped } from './copy.ts';
import { Mending } from './mending.ts';
import { writeDatabase, writeHead } from './new-ledger.ts';
import type { VerifyReport } from './verification.ts';
import { verified, verifyLedger } from './verify.ts';

/** What a repair did; rows by their keys. */
export interface RepairReport {
  /** Written again. */
  readonly mended: readonly string[];
  /** Records that others will be asked for. */
  readonly wanted: readonly string[];
  /** Working state that the peer makes anew, and rows of no part. */
  readonly dropped: readonly string[];
  /** Name of the folder with the database as it was; absent where nothing had to be done. */
  readonly damaged?: string;
  /** What verification says now. */
  readonly after: VerifyReport;
}

const REPAIRING = `${LEDGER_FOLDER}.repairing`;
const REPAIRED = `${LEDGER_FOLDER}.repaired`;

/** Throws LEDGER_ABSENT, LEDGER_IN_USE, and LEDGER_UNREADABLE where LevelDB cannot open a copy at all. */
export async function repairLedger(home: string, network: string): Promise<RepairReport> {
  await finishLast(home);
  const found = await readStopped(home, network);
  const before = (await verified(found, network)).report();
  if (before.ok) return { mended: [], wanted: [], dropped: [], after: before };
  const mending = new Mending(found.rows.values, network);
  mending.setAside(before.problems);
  mending.findCovers();
  mending.wantMissing();
  const replayed = await verified({ ...found, rows: mending.rows() }, network);
  await mending.rebuildIndexes(replayed.indexes());
  const aside = mending.hasChanged ? { damaged: await replaceDatabase(home, mending.values) } : {};
  await mendHead(home, mending.newestHeader());
  const { mended, wanted, dropped } = mending;
  return { mended, wanted, dropped, ...aside, after: await verifyLedger(home, network) };
}

/** A repair that was cut off between its last two steps. */
async function finishLast(home: string): Promise<void> {
  const isCutOff = !(await isFolder(join(home, LEDGER_FOLDER))) && (await isFolder(join(home, REPAIRED)));
  if (isCutOff) await rename(join(home, REPAIRED), join(home, LEDGER_FOLDER));
}

async function replaceDatabase(home: string, values: ReadonlyMap<string, Uint8Array>): Promise<string> {
  for (const left of [REPAIRING, REPAIRED]) await rm(join(home, left), { recursive: true, force: true });
  await writeDatabase(join(home, REPAIRING), values);
  const aside = await freeName(home);
  await rename(join(home, REPAIRING), join(home, REPAIRED));
  await rename(join(home, LEDGER_FOLDER), join(home, aside));
  await rename(join(home, REPAIRED), join(home, LEDGER_FOLDER));
  await syncFolder(home);
  return aside;
}

async function freeName(home: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = `${LEDGER_FOLDER}.damaged-${number}`;
    if (!(await isFolder(join(home, name)))) return name;
  }
}

/** A head file that is gone or unreadable; one that can be read is never put back behind what it remembers. */
async function mendHead(home: string, newest: { seq: number; bytes: Uint8Array } | undefined): Promise<void> {
  const path = join(home, HEAD_FILE);
  if (newest === undefined || (await readHead(path)).is === 'head') return;
  await rm(path, { force: true });
  await writeHead(path, newest.seq, newest.bytes);
}
