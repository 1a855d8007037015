// Ledgers that earlier versions wrote (tools/fixture.ts): read, brought up to date, and gone on with.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dayOf } from '../../src/ledger/decay.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { openDatabase } from '../../src/ledger/level-database.ts';
import { SCHEMA, schemaOf } from '../../src/ledger/schema.ts';
import { importLedger } from '../../src/ledger/stopped/export.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { showId } from '../../src/records/id.ts';
import { temporaryHome, totals } from '../support/ledgers.ts';
import { tenant, volunteer } from '../support/records.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const NETWORK = 'fixture';
const SIDES = { volunteer, tenant };

const versions = [
  ...new Set((await readdir(FIXTURES)).map((name) => /^ledger-(\d+\.\d+\.\d+)-/.exec(name)?.[1] ?? '')),
].sort();

async function homeOf(version: string, side: keyof typeof SIDES): Promise<string> {
  const home = await temporaryHome();
  const { peer } = SIDES[side];
  await importLedger({ home, peer, network: NETWORK }, join(FIXTURES, `ledger-${version}-${side}.export`));
  return home;
}

async function open(home: string, side: keyof typeof SIDES): Promise<Ledger> {
  const parts = { identity: SIDES[side], clock: systemClock, log: silentLog };
  const ledger = await openLedger({ home, network: NETWORK }, parts);
  onTestFinished(() => ledger.close());
  return ledger;
}

async function schemaIn(home: string): Promise<number | undefined> {
  const database = await openDatabase(join(home, 'db'));
  const schema = await schemaOf(database);
  await database.close();
  return schema;
}

it('there is one of this version', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(versions).toEqual(expect.arrayContaining(['0.0.1', version]));
});

/** The number of the schema that each version wrote. */
const SCHEMAS: Readonly<Record<string, number>> = { '0.0.1': 0, '0.1.0': 1, '0.2.0': 2 };

describe.each(versions)('a ledger of version %s', (version) => {
  it.each(['volunteer', 'tenant'] as const)('says of the %s what it said then', async (side) => {
    const home = await homeOf(version, side);
    const then = JSON.parse(await readFile(join(FIXTURES, `ledger-${version}-${side}.json`), 'utf8'));
    expect(await verifyLedger(home, NETWORK)).toEqual(then);
    expect(then).toMatchObject({ ok: true });
    expect(await schemaIn(home)).toBe(SCHEMAS[version]);
    await (await open(home, side)).close();
    expect(await schemaIn(home)).toBe(SCHEMA);
    expect(await verifyLedger(home, NETWORK)).toEqual(then);
  });

  it('goes on: the draft under way is completed, the next receipt follows, old ones are pruned', async () => {
    const homes = { volunteer: await homeOf(version, 'volunteer'), tenant: await homeOf(version, 'tenant') };
    const ledgers = {
      volunteer: await open(homes.volunteer, 'volunteer'),
      tenant: await open(homes.tenant, 'tenant'),
    };
    const coSign = async (leases: ReturnType<typeof totals>[]) => {
      const draft = await ledgers.tenant.coSigning.draft(volunteer.peer, leases);
      const { bodyBytes, tenantSignature } = draft!;
      const receipt = await ledgers.volunteer.coSigning.countersign(tenant.peer, bodyBytes, tenantSignature);
      await ledgers.tenant.coSigning.complete(volunteer.peer, draft!, receipt.signatures[0]!);
      return receipt;
    };
    expect((await coSign([])).body).toMatchObject({ pairSeq: 9 });
    const [{ lease, epochs, counters } = { lease: new Uint8Array(), epochs: 0, counters: undefined }] =
      (await ledgers.tenant.latestReceipt('tenant', volunteer.peer))!.body.leases;
    const charged = (counters?.chargedMicrocredits ?? 0) + 5_000;
    const more = {
      ...totals(lease, epochs + 1, charged),
      counters: { ...counters!, chargedMicrocredits: charged },
    };
    const last = await coSign([more]);
    expect(last.body).toMatchObject({ pairSeq: 10 });
    for (const side of ['volunteer', 'tenant'] as const) {
      expect(await ledgers[side].prune(dayOf(Date.now()))).toBeGreaterThan(0);
      await ledgers[side].close();
      const report = await verifyLedger(homes[side], NETWORK);
      expect(report).toMatchObject({ ok: true, problems: [] });
      expect(report.receiptIds).toContain(showId(last.id));
    }
  });
});
