// A whole ledger in one file: all of it comes back, or nothing does.
import { access, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { seal } from '../../src/ledger/database.ts';
import { PREFIX, SCHEMA_KEY } from '../../src/ledger/keys.ts';
import { openLevel } from '../../src/ledger/level-database.ts';
import { exportLedger, importLedger } from '../../src/ledger/stopped/export.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { encode } from '../../src/records/codec.ts';
import {
  coSign,
  openPair,
  openTestLedger,
  type PairOfLedgers,
  temporaryHome,
  totals,
} from '../support/ledgers.ts';
import { NETWORK, tenant, volunteer } from '../support/records.ts';

let pair: PairOfLedgers;
let file: string;

const mine = (home: string) => ({ home, peer: tenant.peer, network: NETWORK });
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

beforeEach(async () => {
  pair = await openPair();
  for (let i = 1; i <= 3; i += 1) await coSign(pair, totals(pair.lease.id, i, i * 100));
  await pair.tenant.close();
  file = join(await temporaryHome(), 'ledger.export');
});

describe('an export', () => {
  it('is the ledger again in an empty home, and goes on', async () => {
    const before = await verifyLedger(pair.homes.tenant, NETWORK);
    const exported = await exportLedger(pair.homes.tenant, NETWORK, file);
    expect(exported).toMatchObject({ peer: tenant.peer, headers: 4, records: 5, tip: before.tip });
    const home = await temporaryHome();
    expect(await importLedger(mine(home), file)).toEqual(exported);
    expect(await verifyLedger(home, NETWORK)).toEqual(before);
    expect((await readdir(home)).sort()).toEqual(['db', 'head']);
    pair.tenant = await openTestLedger(home, tenant);
    await coSign(pair, totals(pair.lease.id, 4, 400));
    await pair.tenant.close();
    expect(await verifyLedger(home, NETWORK)).toMatchObject({ ok: true, receipts: 4 });
  });

  it('is not made of a ledger that is empty or not whole, nor over a file', async () => {
    const exporting = (home: string, path = file) => exportLedger(home, NETWORK, path).catch(codeOf);
    expect(await exporting(await temporaryHome())).toBe('LEDGER_ABSENT');
    const empty = await temporaryHome();
    await (await openTestLedger(empty, volunteer)).close();
    expect(await exporting(empty)).toBe('LEDGER_EMPTY');
    await writeFile(file, 'mine');
    expect(await exporting(pair.homes.tenant)).toBe('LEDGER_EXPORT_INVALID');
    expect(await readFile(file, 'utf8')).toBe('mine');
    const level = await openLevel(join(pair.homes.tenant, 'db'), false);
    for await (const key of level.keys({ gte: PREFIX.record, limit: 1 })) await level.del(key);
    await level.close();
    expect(await exporting(pair.homes.tenant, `${file}.2`)).toBe('LEDGER_NOT_WHOLE');
    expect(await exists(`${file}.2`)).toBe(false);
  });
});

describe('an import', () => {
  const importing = async (bytes: Uint8Array) => {
    const home = await temporaryHome();
    const path = join(await temporaryHome(), 'changed.export');
    await writeFile(path, bytes);
    const code = await importLedger(mine(home), path).then(() => 'imported', codeOf);
    expect(code === 'imported' ? [] : await readdir(home)).toEqual([]);
    return code;
  };

  it('takes nothing of a file that was cut off or changed anywhere', async () => {
    await exportLedger(pair.homes.tenant, NETWORK, file);
    const whole = await readFile(file);
    expect(await importing(whole)).toBe('imported');
    for (let at = 0; at < whole.length; at += 97) {
      expect(await importing(whole.subarray(0, at))).toBe('LEDGER_EXPORT_INVALID');
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(['LEDGER_EXPORT_INVALID', 'LEDGER_FOREIGN']).toContain(await importing(changed));
    }
    expect(await importing(Buffer.concat([whole, Buffer.alloc(1)]))).toBe('LEDGER_EXPORT_INVALID');
    expect(await importing(new Uint8Array())).toBe('LEDGER_EXPORT_INVALID');
  });

  it('is finished by doing it again where it was killed between its last two steps', async () => {
    await exportLedger(pair.homes.tenant, NETWORK, file);
    const home = await temporaryHome();
    await cp(join(pair.homes.tenant, 'head'), join(home, 'head'));
    expect(await openTestLedger(home, tenant).catch(codeOf)).toBe('LEDGER_TAIL_LOST');
    await rm(join(home, 'db'), { recursive: true });
    await importLedger(mine(home), file);
    expect((await verifyLedger(home, NETWORK)).ok).toBe(true);
  });

  it('takes no ledger of another peer, network or later version, and none over another', async () => {
    await exportLedger(pair.homes.tenant, NETWORK, file);
    const home = await temporaryHome();
    const into = (change: object) => importLedger({ ...mine(home), ...change }, file).catch(codeOf);
    expect(await into({ peer: volunteer.peer })).toBe('LEDGER_FOREIGN');
    expect(await into({ network: 'other' })).toBe('LEDGER_FOREIGN');
    expect(await importLedger(mine(home), join(home, 'nothing')).catch(codeOf)).toBe('LEDGER_EXPORT_INVALID');
    expect(await readdir(home)).toEqual([]);
    await mkdir(join(home, 'db'));
    expect(await into({})).toBe('LEDGER_NOT_EMPTY');
  });
});

describe('the version of a ledger', () => {
  it('that is later than this one knows is refused, and found by verification', async () => {
    const level = await openLevel(join(pair.homes.tenant, 'db'), false);
    await level.put(SCHEMA_KEY, seal(SCHEMA_KEY, encode(99)));
    await level.close();
    expect(await openTestLedger(pair.homes.tenant, tenant).catch(codeOf)).toBe('LEDGER_VERSION_NEWER');
    const { problems } = await verifyLedger(pair.homes.tenant, NETWORK);
    expect(problems.map(({ code }) => code)).toEqual(['LEDGER_VERSION_NEWER']);
  });

  it('that is absent is of the first one: it is written, and nothing else changes', async () => {
    const level = await openLevel(join(pair.homes.tenant, 'db'), false);
    await level.del(SCHEMA_KEY);
    await level.close();
    const before = await verifyLedger(pair.homes.tenant, NETWORK);
    expect(before.ok).toBe(true);
    await (await openTestLedger(pair.homes.tenant, tenant)).close();
    expect(await verifyLedger(pair.homes.tenant, NETWORK)).toEqual(before);
    const again = await openLevel(join(pair.homes.tenant, 'db'), false);
    expect(await again.get(SCHEMA_KEY)).toBeDefined();
    await again.close();
  });
});
