// The working state of the rooms above, as a stopped peer left it.
import { openTable } from '../database.ts';
import type { Ledger } from '../ledger.ts';
import { openDatabase } from '../level-database.ts';
import { inCopy } from './copy.ts';

/** Reads tables of a stopped peer. Throws LEDGER_ABSENT, LEDGER_IN_USE, LEDGER_UNREADABLE, and errors of the file system. */
export async function readTables<T>(
  home: string,
  read: (ledger: Pick<Ledger, 'table'>) => Promise<T>,
): Promise<T> {
  return inCopy(home, async (copy) => {
    const database = await openDatabase(copy);
    try {
      return await read({ table: (name, shape) => openTable(database, name, shape) });
    } finally {
      await database.close();
    }
  });
}
