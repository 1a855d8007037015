// A ledger with damaged rows, mended by what is left of it and by what the other side has.
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { seal } from '../../src/ledger/database.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLevel } from '../../src/ledger/level-database.ts';
import { MISSING_RECORD, MISSING_TABLE, MissingRecords } from '../../src/ledger/missing-records.ts';
import { repairLedger } from '../../src/ledger/stopped/repair.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createIdentity } from '../../src/records/identity.ts';
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

beforeEach(async () => {
  pair = await openPair();
  for (let i = 1; i <= 3; i += 1) await coSign(pair, totals(pair.lease.id, i, i * 100));
  await pair.tenant.close();
});

async function wantedOf(
  ledger: Ledger,
  serving?: { wanted: MissingRecords; asker: string },
): Promise<MissingRecords> {
  const wanted = new MissingRecords({
    ...{ network: NETWORK, log: silentLog, ledger, rows: ledger.table(MISSING_TABLE, MISSING_RECORD) },
    ask: async (_, records) => serving?.wanted.serve(serving.asker, records) ?? [],
  });
  await wanted.load();
  return wanted;
}

/** A copy of the tenant's home in which the values under these keys are damaged. */
async function damaged(...keys: string[]): Promise<string> {
  const home = await temporaryHome();
  await cp(pair.homes.tenant, home, { recursive: true });
  const level = await openLevel(join(home, 'db'), false);
  for (const key of keys) {
    const stored = Buffer.from((await level.get(key)) ?? []);
    stored[stored.length - 1] = (stored.at(-1) ?? 0) ^ 1;
    await level.put(key, stored);
  }
  await level.close();
  return home;
}

async function keysOf(home: string): Promise<string[]> {
  const level = await openLevel(join(home, 'db'), false);
  const keys = await level.keys().all();
  await level.close();
  return keys;
}

/** The peer of a home comes back and meets the volunteer. */
async function meetVolunteer(home: string): Promise<MissingRecords> {
  const ledger = await openTestLedger(home, tenant);
  const serving = { wanted: await wantedOf(pair.volunteer), asker: tenant.peer };
  const wanted = await wantedOf(ledger, serving);
  await wanted.met(volunteer.peer);
  await ledger.close();
  return wanted;
}

describe('a repair', () => {
  it('of any one damaged row makes the ledger whole again, but of a header, which it names', async () => {
    for (const key of await keysOf(pair.homes.tenant)) {
      const home = await damaged(key);
      expect((await verifyLedger(home, NETWORK)).ok).toBe(false);
      const { wanted, after } = await repairLedger(home, NETWORK);
      if (key.startsWith('h/')) {
        const codes = after.problems.map(({ code }) => code);
        expect(codes.some((code) => code === 'LEDGER_HEADER_MISSING' || code === 'LEDGER_TAIL_LOST')).toBe(
          true,
        );
        continue;
      }
      expect([key, wanted]).toEqual([key, key.startsWith('r/') ? [key] : []]);
      if (wanted.length > 0) expect((await meetVolunteer(home)).size).toBe(0);
      expect([key, (await verifyLedger(home, NETWORK)).problems]).toEqual([key, []]);
    }
  });

  it('of all records, totals and the map does too', async () => {
    const keys = (await keysOf(pair.homes.tenant)).filter((key) => /^[rlm]\//.test(key));
    const home = await damaged(...keys);
    const { wanted } = await repairLedger(home, NETWORK);
    expect(wanted).toHaveLength(5);
    // Before anybody was met there is nothing more to do
    const waiting = await repairLedger(home, NETWORK);
    expect(waiting.wanted).toEqual(wanted);
    expect(waiting.damaged).toBeUndefined();
    await meetVolunteer(home);
    // The totals follow from the receipts, which are back
    const again = await repairLedger(home, NETWORK);
    expect(again.after).toMatchObject({ ok: true, receipts: 3 });
    const ledger = await openTestLedger(home, tenant);
    pair.tenant = ledger;
    await coSign(pair, totals(pair.lease.id, 4, 400));
    await ledger.close();
    expect((await verifyLedger(home, NETWORK)).ok).toBe(true);
  });

  it('leaves a whole ledger alone, and the damaged one beside', async () => {
    expect(await repairLedger(pair.homes.tenant, NETWORK)).toMatchObject({ mended: [], after: { ok: true } });
    expect((await readdir(pair.homes.tenant)).sort()).toEqual(['db', 'head']);
    const [key] = (await keysOf(pair.homes.tenant)).filter((each) => each.startsWith('m/'));
    const home = await damaged(key!);
    expect(await repairLedger(home, NETWORK)).toMatchObject({ mended: [key], damaged: 'db.damaged-1' });
    expect((await readdir(home)).sort()).toEqual(['db', 'db.damaged-1', 'head']);
  });

  it('takes out a record that is not what was signed, though its checksum fits', async () => {
    const [key] = (await keysOf(pair.homes.tenant)).filter((each) => each.startsWith('r/receipt/'));
    const [other] = (await keysOf(pair.homes.tenant)).filter((each) => each.startsWith('r/lease/'));
    const level = await openLevel(join(pair.homes.tenant, 'db'), false);
    const lease = await level.get(other!);
    await level.put(key!, seal(key!, lease!.subarray(8)));
    await level.close();
    const { wanted } = await repairLedger(pair.homes.tenant, NETWORK);
    expect(wanted).toEqual([key]);
    await meetVolunteer(pair.homes.tenant);
    expect((await repairLedger(pair.homes.tenant, NETWORK)).after.ok).toBe(true);
  });
});

describe('what others are told of records', () => {
  it('is those alone that they are a side of', async () => {
    const serving = await wantedOf(pair.volunteer);
    const wanted = [
      { kind: 'lease', id: pair.lease.id },
      { kind: 'bid', id: pair.lease.body.bid },
    ];
    expect(await serving.serve(tenant.peer, wanted)).toHaveLength(2);
    expect(await serving.serve(volunteer.peer, wanted)).toHaveLength(2);
    expect(await serving.serve(createIdentity().peer, wanted)).toEqual([]);
  });

  it('is not taken unless it is what is missing', async () => {
    const [key] = (await keysOf(pair.homes.tenant)).filter((each) => each.startsWith('r/lease/'));
    const home = await damaged(key!);
    await repairLedger(home, NETWORK);
    const ledger = await openTestLedger(home, tenant);
    const bid = await pair.volunteer.record('bid', pair.lease.body.bid);
    const lying = { wanted: { serve: async () => [bid!.bytes, new Uint8Array(3)] } as never, asker: '' };
    const wanted = await wantedOf(ledger, lying);
    await wanted.met(volunteer.peer);
    expect(wanted.size).toBe(1);
  });
});
