// A ledger's files written from rows: a database where none is, and the head file beside it.
import { seal } from '../database.ts';
import { HeadFile } from '../head-file.ts';
import { openLevel } from '../level-database.ts';

const ROWS_AT_ONCE = 1_000;

type Row = readonly [key: string, value: Uint8Array];

/** Makes a database of these rows, values without checksums; on disk when it resolves. Throws what reading the rows throws. */
export async function writeDatabase(folder: string, rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
  const level = await openLevel(folder, true);
  try {
    let batch: { type: 'put'; key: string; value: Uint8Array }[] = [];
    for await (const [key, value] of rows) {
      batch.push({ type: 'put', key, value: seal(key, value) });
      if (batch.length < ROWS_AT_ONCE) continue;
      await level.batch(batch, { sync: true });
      batch = [];
    }
    await level.batch(batch, { sync: true });
  } finally {
    await level.close();
  }
}

/** Remembers this header in the head file; on disk when it resolves. */
export async function writeHead(path: string, seq: number, header: Uint8Array): Promise<void> {
  const file = await HeadFile.open(path);
  try {
    await file.write(seq, header);
  } finally {
    await file.close();
  }
}
