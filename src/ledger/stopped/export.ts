// A whole ledger out of a stopped home into one file, and into a home that has none. All of it, or nothing.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TallyError } from '../../lib/errors.ts';
import { openRecord } from '../../records/envelope.ts';
import { syncFolder } from '../head-file.ts';
import { HEAD_FILE, LEDGER_FOLDER } from '../ledger.ts';
import { SCHEMA, storedSchema } from '../schema.ts';
import { isFolder, readStopped } from './copy.ts';
import { type ExportFirst, ExportReader, writeExport } from './export-file.ts';
import { writeDatabase, writeHead } from './new-ledger.ts';
import { verified, verifyLedger } from './verify.ts';

/** What an export holds. */
export interface Exported {
  readonly peer: string;
  readonly headers: number;
  readonly records: number;
  /** Id of the newest header. */
  readonly tip: string;
}

/**
 * Writes the ledger of a home folder into a new file. Throws LEDGER_ABSENT, LEDGER_IN_USE, LEDGER_EMPTY before the first
 * header, LEDGER_NOT_WHOLE unless it verifies, LEDGER_EXPORT_INVALID where the file cannot be made.
 */
export async function exportLedger(home: string, network: string, path: string): Promise<Exported> {
  const found = await readStopped(home, network);
  const { ok, problems, peer, headers, records, tip } = (await verified(found, network)).report();
  if (!ok) throw new TallyError('LEDGER_NOT_WHOLE', { problems: problems.length });
  const { head, rows } = found;
  if (head.is !== 'head' || peer === undefined || tip === undefined) throw new TallyError('LEDGER_EMPTY');
  const first = { peer, network, schema: storedSchema(rows.values), head: head.header };
  await writeExport(path, first, rows.values).catch((cause: NodeJS.ErrnoException) => {
    throw new TallyError(
      'LEDGER_EXPORT_INVALID',
      { file: path, reason: cause.code ?? 'unwritable' },
      { cause },
    );
  });
  return { peer, headers, records, tip };
}

/**
 * Puts an exported ledger into the home folder of its peer, which has none. Throws LEDGER_NOT_EMPTY, LEDGER_FOREIGN,
 * LEDGER_VERSION_NEWER, and LEDGER_EXPORT_INVALID for a file that is not whole or does not verify.
 */
export async function importLedger(
  { home, peer, network }: { readonly home: string; readonly peer: string; readonly network: string },
  path: string,
): Promise<Exported> {
  if (await isFolder(join(home, LEDGER_FOLDER))) throw new TallyError('LEDGER_NOT_EMPTY', { home });
  const { reader, first } = await ExportReader.open(path);
  const made = await mkdtemp(join(home, '.import-'));
  try {
    requireOwn(first, peer, network);
    await unpack(reader, first, made);
    const { ok, problems, headers, records, tip } = await verifyLedger(made, network);
    if (!ok || tip === undefined)
      throw new TallyError('LEDGER_EXPORT_INVALID', {
        reason: 'the ledger in the file does not verify',
        problems: problems.length,
      });
    await moveInto(home, made);
    return { peer, headers, records, tip };
  } finally {
    await reader.close();
    await rm(made, { recursive: true, force: true });
  }
}

function requireOwn(first: ExportFirst, peer: string, network: string): void {
  if (first.peer !== peer || first.network !== network)
    throw new TallyError('LEDGER_FOREIGN', { peer: first.peer, network: first.network });
  if (first.schema > SCHEMA)
    throw new TallyError('LEDGER_VERSION_NEWER', { stored: first.schema, known: SCHEMA });
}

async function unpack(reader: ExportReader, { head, network }: ExportFirst, made: string): Promise<void> {
  await writeDatabase(join(made, LEDGER_FOLDER), reader.rows());
  await writeHead(join(made, HEAD_FILE), openRecord('header', head, network).body.seq, head);
}

/** The head goes first: a head without its database is refused by name, the other way round nothing would be noticed. */
async function moveInto(home: string, made: string): Promise<void> {
  await rename(join(made, HEAD_FILE), join(home, HEAD_FILE));
  await rename(join(made, LEDGER_FOLDER), join(home, LEDGER_FOLDER));
  await syncFolder(home);
}
