// Verification of a ledger whose peer is stopped. It works on a copy and never repairs: every stored byte is checked
// against its checksum, its signatures, the chain of headers and the head file, and every index against the records
// that it must follow from.
import { codeOf } from '../../lib/errors.ts';
import { type Found, readStopped } from './copy.ts';
import { Verification, type VerifyReport } from './verification.ts';

/**
 * Verifies the ledger in a home folder, or in a copy of one. Throws LEDGER_ABSENT, and LEDGER_IN_USE while a
 * running peer holds it; everything else that is wrong stands in the report.
 */
export async function verifyLedger(home: string, network: string): Promise<VerifyReport> {
  const found = await readStopped(home, network).catch((error: unknown) => {
    if (codeOf(error) !== 'LEDGER_UNREADABLE') throw error;
    return undefined;
  });
  if (found !== undefined) return (await verified(found, network)).report();
  const verification = new Verification(network);
  verification.problem('LEDGER_UNREADABLE', {}, 'LevelDB cannot open a copy of the database');
  return verification.report();
}

/** What was read, checked in every part. */
export async function verified({ head, rows }: Found, network: string): Promise<Verification> {
  const verification = new Verification(network);
  verification.takeHead(head);
  verification.takeRows(rows);
  verification.checkChain();
  verification.checkRecords();
  verification.checkReceipts();
  verification.checkWords();
  verification.checkIndexes();
  await verification.checkMap();
  return verification;
}
