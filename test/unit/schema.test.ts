// The steps that convert stored rows of an older version.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SCHEMA_KEY, tableKey } from '../../src/ledger/keys.ts';
import { openDatabase } from '../../src/ledger/level-database.ts';
import { migrate, SCHEMA, schemaOf } from '../../src/ledger/schema.ts';
import { decode, encode } from '../../src/records/codec.ts';
import { temporaryHome } from '../support/ledgers.ts';

it('an offer with the label for every image of its engine gets a field that says the same', async () => {
  const database = await openDatabase(join(await temporaryHome(), 'db'));
  const key = (name: string) => tableKey('own-offers', name);
  const row = (labels: string[]) => encode({ region: 'eu', labels });
  await database.write([
    { key: SCHEMA_KEY, value: encode(3) },
    { key: key('any'), value: row(['ssd=yes', 'images=any']) },
    { key: key('listed'), value: row(['ssd=yes']) },
  ]);
  await migrate(database);
  const read = async (name: string) => decode((await database.get(key(name)))!);
  expect(await read('any')).toEqual({
    region: 'eu',
    labels: ['ssd=yes'],
    anyHeld: 1,
    pulls: [],
    maxSentBytes: 0,
  });
  expect(await read('listed')).toEqual({
    region: 'eu',
    labels: ['ssd=yes'],
    anyHeld: 0,
    pulls: [],
    maxSentBytes: 0,
  });
  expect(await schemaOf(database)).toBe(SCHEMA);
  await database.close();
});
