// The steps that convert stored rows of an older version.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SCHEMA_KEY, tableKey } from '../../src/ledger/keys.ts';
import { openDatabase } from '../../src/ledger/level-database.ts';
import { migrate, SCHEMA, schemaOf } from '../../src/ledger/schema.ts';
import { decode, encode, type Value } from '../../src/records/codec.ts';
import { KEPT_CHECK, NO_RESTART, RESTART } from '../../src/records/health-check.ts';
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

it('leases and copies of a version without restarts have no check and no policy', async () => {
  const database = await openDatabase(join(await temporaryHome(), 'db'));
  const [lease, copy] = [tableKey('given-leases', 'a'), tableKey('instances', 'b')];
  await database.write([
    { key: SCHEMA_KEY, value: encode(4) },
    { key: lease, value: encode({ state: 'running' }) },
    { key: copy, value: encode({ state: 'unknown' }) },
  ]);
  await migrate(database);
  const read = async (key: string) => decode((await database.get(key))!);
  const { check, restart, ...rest } = (await read(lease)) as Record<string, Value>;
  expect(KEPT_CHECK(check!, 'check')).toMatchObject({ kind: 'none' });
  expect(RESTART(restart!, 'restart')).toEqual(NO_RESTART);
  expect(rest).toEqual({ state: 'running', run: '', restarts: 0, quickRestarts: 0, runFromUpMs: 0 });
  expect(await read(copy)).toEqual({ state: 'unknown', health: '', healthFailure: '', restarts: 0 });
  await database.close();
});

it('copies and events of a version that did not say why a check failed have no words for it', async () => {
  const database = await openDatabase(join(await temporaryHome(), 'db'));
  const [copy, event] = [tableKey('instances', 'a'), tableKey('events', 'b')];
  await database.write([
    { key: SCHEMA_KEY, value: encode(5) },
    { key: copy, value: encode({ health: 'unhealthy' }) },
    { key: event, value: encode({ kind: 'copy.unhealthy' }) },
  ]);
  await migrate(database);
  expect(decode((await database.get(copy))!)).toEqual({ health: 'unhealthy', healthFailure: '' });
  expect(decode((await database.get(event))!)).toEqual({ kind: 'copy.unhealthy', reason: '' });
  await database.close();
});

it('deployments of a version that kept their volumes in the payload alone say that they have to be read', async () => {
  const database = await openDatabase(join(await temporaryHome(), 'db'));
  const key = tableKey('wanted', 'a');
  await database.write([
    { key: SCHEMA_KEY, value: encode(5) },
    { key, value: encode({ name: 'web' }) },
  ]);
  await migrate(database);
  expect(decode((await database.get(key))!)).toEqual({ name: 'web', volumes: [{ name: '', path: '' }] });
  await database.close();
});
