// Old receipts go; every header, every proof of a pair's state and every check of what is left stays.
import { beforeEach, describe, expect, it } from 'vitest';
import { seal } from '../../src/ledger/database.ts';
import { dayOf } from '../../src/ledger/decay.ts';
import { baseKey, prunedKey, recordKey } from '../../src/ledger/keys.ts';
import { openLevel } from '../../src/ledger/level-database.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { DAY_MS } from '../../src/lib/units.ts';
import { encode } from '../../src/records/codec.ts';
import { showId } from '../../src/records/id.ts';
import { openPairStatement } from '../../src/records/pair-statement.ts';
import { type HandClock, handClock } from '../support/clock.ts';
import { coSign, openPair, openTestLedger, type PairOfLedgers, totals } from '../support/ledgers.ts';
import { example, NETWORK, tenant, volunteer } from '../support/records.ts';

const SIDES = ['volunteer', 'tenant'] as const;

let clock: HandClock;
let pair: PairOfLedgers;
let other: Uint8Array;
let signed: string[];

const today = () => dayOf(clock.nowMs());
const stored = async (side: (typeof SIDES)[number]) => {
  const ids: string[] = [];
  for await (const { id } of pair[side].records('receipt')) ids.push(showId(id));
  return ids;
};

/** Two leases of the pair, by turns, one receipt a day. */
async function signDays(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const epochs = signed.length + 1;
    const lease = epochs % 2 === 0 ? other : pair.lease.id;
    signed.push(showId((await coSign(pair, totals(lease, epochs, epochs * 100))).id));
    clock.pass(DAY_MS);
  }
}

async function expectWhole(): Promise<void> {
  for (const side of SIDES) {
    await pair[side].close();
    expect(await verifyLedger(pair.homes[side], NETWORK)).toMatchObject({ ok: true, problems: [] });
  }
}

async function reopen(): Promise<void> {
  pair.volunteer = await openTestLedger(pair.homes.volunteer, volunteer, clock);
  pair.tenant = await openTestLedger(pair.homes.tenant, tenant, clock);
}

beforeEach(async () => {
  clock = handClock();
  pair = await openPair(clock);
  signed = [];
  const second = example('lease', { bid: pair.lease.body.bid, replica: 1 });
  for (const side of SIDES) await pair[side].commit([second]);
  other = second.id;
});

describe('pruning', () => {
  it('leaves the newest of the old receipts and all younger ones, on both sides, verified', async () => {
    await signDays(8);
    const before = await pair.tenant.proofs.statement('tenant', volunteer.peer);
    // Signed 8 to 1 days ago; 8 to 5 days ago is before
    expect(await pair.volunteer.prune(today() - 4)).toBe(3);
    expect(await pair.tenant.prune(today() - 4)).toBe(3);
    expect((await stored('tenant')).sort()).toEqual(signed.slice(3).sort());
    const of = { peer: tenant.peer, side: 'tenant', counterparty: volunteer.peer } as const;
    const after = await pair.tenant.proofs.statement('tenant', volunteer.peer);
    expect(after).toEqual(before);
    expect(showId(openPairStatement(after!, of, NETWORK).receipt!.id)).toBe(signed.at(-1));
    await expectWhole();
  });

  it('goes on from what it left, again and again', async () => {
    for (let round = 0; round < 3; round += 1) {
      await signDays(5);
      for (const side of SIDES) await pair[side].prune(today() - 1);
      await expectWhole();
      await reopen();
      expect((await stored('volunteer')).length).toBe(2);
    }
    await signDays(1);
    await expectWhole();
  });

  it('never takes the last receipt of a pair, and nothing twice', async () => {
    await signDays(1);
    expect(await pair.tenant.prune(today() + 100)).toBe(0);
    await signDays(2);
    expect(await pair.tenant.prune(today() + 100)).toBe(1);
    expect(await pair.tenant.prune(today() + 100)).toBe(0);
    await expectWhole();
  });

  it('leaves a pair whole that learnt receipts after a backup was restored', async () => {
    await signDays(3);
    const lost = await openTestLedger(`${pair.homes.tenant}/again`, tenant, clock);
    await lost.catchingUp.learn(volunteer.peer, await pair.volunteer.catchingUp.known(tenant.peer, []));
    expect(await lost.prune(today() + 100)).toBe(0);
  });

  it('lets a side whose receipts are gone still tell the other what it knows', async () => {
    await signDays(6);
    await pair.volunteer.prune(today());
    const lost = await openTestLedger(`${pair.homes.tenant}/again`, tenant, clock);
    await lost.catchingUp.learn(volunteer.peer, await pair.volunteer.catchingUp.known(tenant.peer, []));
    expect(showId((await lost.latestReceipt('tenant', volunteer.peer))!.id)).toBe(signed.at(-1));
    await signDays(1);
    await expectWhole();
  });
});

describe('a ledger that was pruned', () => {
  const change = async (key: string, value?: Uint8Array) => {
    const level = await openLevel(`${pair.homes.tenant}/db`, false);
    if (value === undefined) await level.del(key);
    else await level.put(key, seal(key, value));
    await level.close();
  };
  const problems = async () =>
    (await verifyLedger(pair.homes.tenant, NETWORK)).problems.map(({ code }) => code);

  it('is not whole when more is missing than the mark says, or the mark is of nothing', async () => {
    await signDays(6);
    await pair.tenant.prune(today() - 2);
    await expectWhole();
    await change(prunedKey(signed[0]!));
    expect(await problems()).toContain('LEDGER_RECORD_MISSING');
    await change(prunedKey(signed[0]!), new Uint8Array());
    expect(await problems()).toEqual([]);
    await change(prunedKey(showId(new Uint8Array(32))), new Uint8Array());
    expect(await problems()).toContain('LEDGER_INDEX_MISMATCH');
  });

  it('is not whole when what counts is marked as pruned, or the base is another', async () => {
    await signDays(6);
    await pair.tenant.prune(today() - 2);
    await expectWhole();
    await change(baseKey('tenant', volunteer.peer), encode({ receipt: new Uint8Array(32), totals: [] }));
    expect(await problems()).toContain('LEDGER_RECEIPT_GAP');
    await change(recordKey('receipt', signed.at(-1)!));
    await change(prunedKey(signed.at(-1)!), new Uint8Array());
    expect(await problems()).toContain('LEDGER_MAP_INVALID');
  });
});
