// The shape of the rows of a ledger, and the steps that convert rows of an older version. The signed records never
// change: only the rows about them do.
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from '../records/codec.ts';
import { int } from '../records/shape.ts';
import type { Database, Reader, Write } from './database.ts';
import { SCHEMA_KEY, type TableName, tableKey } from './keys.ts';

/** The shape that this version writes. */
export const SCHEMA = 6;

/** A check that is none has times all the same: those of the version that began to keep them. */
const NO_TIMES = { intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 15_000 };

const ANY_IMAGE_LABEL = 'images=any';

/** What to write so that rows of a shape have the next one; index 0 is what had no number, up to 0.0.1. */
const MIGRATIONS: readonly ((reader: Reader) => Promise<readonly Write[]>)[] = [
  // Nothing but the number itself
  async () => [],
  // Leases on recall
  (reader) => eachRow(reader, 'given-leases', (row) => ({ ...row, onRecall: 0 })),
  // Time in which a copy was not up, why it was given up; leases on recall are called preemptible; what an invitation lends
  async (reader) => [
    ...(await eachRow(reader, 'instances', (row) => ({ ...row, downMs: 0, givenUp: '' }))),
    ...(await eachRow(reader, 'given-leases', ({ onRecall = 0, ...row }) => ({
      ...row,
      preemptible: onRecall,
    }))),
    ...(await eachRow(reader, 'invitations', (row) => ({ ...row, creditMicrocredits: 0 }))),
    ...(await eachRow(reader, 'joining', (row) => ({ ...row, creditMicrocredits: 0 }))),
  ],
  // A field says now that an offer runs every image of its engine; a label said it before. Images were neither sent nor pulled
  async (reader) => [
    ...(await eachRow(reader, 'own-offers', (row) => {
      const labels = row.labels as readonly string[];
      return {
        ...row,
        labels: labels.filter((label) => label !== ANY_IMAGE_LABEL),
        ...{ anyHeld: labels.includes(ANY_IMAGE_LABEL) ? 1 : 0, pulls: [], maxSentBytes: 0 },
      };
    })),
    ...(await eachRow(reader, 'wanted', (row) => ({
      ...row,
      ...{ imageWay: 'held', imageBytes: 0, privileges: '' },
    }))),
  ],
  // Health checks and restarts: no container had them
  async (reader) => [
    ...(await eachRow(reader, 'given-leases', (row) => ({
      ...row,
      check: { ...{ kind: 'none', port: 0, path: '' }, ...NO_TIMES },
      restart: { policy: 'no', most: 0 },
      ...{ run: '', restarts: 0, quickRestarts: 0, runFromUpMs: 0 },
    }))),
    ...(await eachRow(reader, 'instances', (row) => ({ ...row, health: '', restarts: 0 }))),
  ],
  // Why health checks failed: nobody had said. The volumes of a deployment are read out of its payload, once, by whoever can open that
  async (reader) => [
    ...(await eachRow(reader, 'instances', (row) => ({ ...row, healthFailure: '' }))),
    ...(await eachRow(reader, 'events', (row) => ({ ...row, reason: '' }))),
    ...(await eachRow(reader, 'wanted', (row) => ({ ...row, volumes: [{ name: '', path: '' }] }))),
  ],
];

type Row = { readonly [field: string]: Value };

/** Every row of a table, changed. */
async function eachRow(reader: Reader, table: TableName, change: (row: Row) => Row): Promise<Write[]> {
  const writes: Write[] = [];
  for await (const [key, value] of reader.entries(tableKey(table, '')))
    writes.push({ key, value: encode(change(decode(value) as Row)) });
  return writes;
}

const NUMBER = int(0);

/** A stored number. Throws RECORD_MALFORMED. */
export function readSchema(stored: Uint8Array): number {
  return NUMBER(decode(stored), SCHEMA_KEY);
}

/** The number among these values. */
export function storedSchema(values: ReadonlyMap<string, Uint8Array>): number {
  const stored = values.get(SCHEMA_KEY);
  return stored === undefined ? 0 : readSchema(stored);
}

/** The shape of a database's rows: 0 where no number is stored, undefined where nothing is. */
export async function schemaOf(reader: Reader): Promise<number | undefined> {
  const stored = await reader.get(SCHEMA_KEY);
  if (stored !== undefined) return readSchema(stored);
  for await (const _ of reader.entries('')) return 0;
  return undefined;
}

/** Brings rows up to this version's shape, one step after the other, each all or nothing. Throws LEDGER_VERSION_NEWER. */
export async function migrate(database: Database): Promise<void> {
  const stored = await schemaOf(database);
  if (stored === undefined) return database.write([schemaRow(SCHEMA)]);
  if (stored > SCHEMA) throw new TallyError('LEDGER_VERSION_NEWER', { stored, known: SCHEMA });
  for (const [from, step] of MIGRATIONS.entries()) {
    if (from < stored) continue;
    await database.write([...(await step(database)), schemaRow(from + 1)]);
  }
}

function schemaRow(number: number): Write {
  return { key: SCHEMA_KEY, value: encode(number) };
}
