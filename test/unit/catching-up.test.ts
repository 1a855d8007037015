// Restores at the level of ledgers: whatever one side lost it has again from the other, nobody's counters fall, and both
// ledgers verify.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Known } from '../../src/ledger/catching-up.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { signRecord } from '../../src/records/envelope.ts';
import { createIdentity } from '../../src/records/identity.ts';
import {
  coSign,
  openPair,
  openTestLedger,
  type PairOfLedgers,
  temporaryHome,
  totals,
} from '../support/ledgers.ts';
import { example, NETWORK, tenant, volunteer } from '../support/records.ts';

const codeFor = (run: Promise<unknown>) => run.then(() => 'none', codeOf);

type SideName = 'tenant' | 'volunteer';

/** A copy of one side's home, its ledger being closed meanwhile. */
async function backup(pair: PairOfLedgers, side: SideName): Promise<string> {
  const copy = await temporaryHome();
  await pair[side].close();
  await cp(pair.homes[side], copy, { recursive: true });
  await open(pair, side);
  return copy;
}

async function open(pair: PairOfLedgers, side: SideName): Promise<void> {
  pair[side] = await openTestLedger(pair.homes[side], side === 'tenant' ? tenant : volunteer);
}

/** Puts a side back to a copy, or to nothing. */
async function restore(pair: PairOfLedgers, side: SideName, copy?: string): Promise<void> {
  await pair[side].close();
  for (const part of ['db', 'head']) await rm(join(pair.homes[side], part), { recursive: true, force: true });
  if (copy !== undefined) await cp(copy, pair.homes[side], { recursive: true });
  await open(pair, side);
}

/** The two tell each other what they know, as on a new connection; `asks` begins. */
async function meet(
  pair: PairOfLedgers,
  asks: SideName = 'tenant',
  leases: readonly Uint8Array[] = [],
): Promise<void> {
  const [asker, asked] = asks === 'tenant' ? [pair.tenant, pair.volunteer] : [pair.volunteer, pair.tenant];
  const [askerKey, askedKey] =
    asks === 'tenant' ? [tenant.peer, volunteer.peer] : [volunteer.peer, tenant.peer];
  await asked.catchingUp.learn(askerKey, await asker.catchingUp.known(askedKey, leases));
  await asker.catchingUp.learn(askedKey, await asked.catchingUp.known(askerKey, leases));
}

async function verified(pair: PairOfLedgers): Promise<[number, number]> {
  await Promise.all([pair.tenant.close(), pair.volunteer.close()]);
  const reports = [
    await verifyLedger(pair.homes.tenant, NETWORK),
    await verifyLedger(pair.homes.volunteer, NETWORK),
  ];
  expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  return [reports[0]!.receipts, reports[1]!.receipts];
}

const last = async (ledger: Ledger, side: SideName) =>
  (await ledger.latestReceipt(side, side === 'tenant' ? volunteer.peer : tenant.peer))?.body;
const lastOfBoth = async (pair: PairOfLedgers) =>
  [await last(pair.tenant, 'tenant'), await last(pair.volunteer, 'volunteer')].map((body) => [
    body?.pairSeq,
    body?.counters.chargedMicrocredits,
  ]);

describe('a pair of which one side was restored', () => {
  it.each<[SideName, SideName]>([
    ['tenant', 'tenant'],
    ['tenant', 'volunteer'],
    ['volunteer', 'tenant'],
    ['volunteer', 'volunteer'],
  ])('%s from an old backup, %s asking first: the next receipt goes on from the last', async (side, asks) => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const copy = await backup(pair, side);
    await coSign(pair, totals(pair.lease.id, 2, 200));
    await coSign(pair, totals(pair.lease.id, 3, 300));
    await restore(pair, side, copy);
    await meet(pair, asks);
    expect(await lastOfBoth(pair)).toEqual([
      [3, 300],
      [3, 300],
    ]);
    await coSign(pair, totals(pair.lease.id, 4, 400));
    expect(await lastOfBoth(pair)).toEqual([
      [4, 400],
      [4, 400],
    ]);
    await verified(pair);
  });

  it.each<SideName>(['tenant', 'volunteer'])('%s twice from one backup', async (side) => {
    const pair = await openPair();
    const copy = await backup(pair, side);
    for (const round of [1, 2]) {
      await coSign(pair, totals(pair.lease.id, round, round * 100));
      await restore(pair, side, copy);
      await meet(pair, side);
    }
    await coSign(pair, totals(pair.lease.id, 3, 300));
    expect(await lastOfBoth(pair)).toEqual([
      [3, 300],
      [3, 300],
    ]);
    await verified(pair);
  });

  it.each<SideName>(['tenant', 'volunteer'])(
    '%s with its key alone: what the other has is its ledger again',
    async (side) => {
      const pair = await openPair();
      await coSign(pair, totals(pair.lease.id, 1, 100));
      await coSign(pair, totals(pair.lease.id, 2, 200));
      await restore(pair, side);
      await meet(pair, side, [pair.lease.id]);
      await coSign(pair, totals(pair.lease.id, 3, 300));
      expect(await lastOfBoth(pair)).toEqual([
        [3, 300],
        [3, 300],
      ]);
      await verified(pair);
    },
  );

  it('knows of leases that the last receipt does not name, once they are asked for', async () => {
    const pair = await openPair();
    const other = example('lease', { bid: example('bid').id });
    await Promise.all([pair.tenant.commit([other]), pair.volunteer.commit([other])]);
    const copy = await backup(pair, 'tenant');
    await coSign(pair, totals(pair.lease.id, 1, 100));
    await coSign(pair, totals(other.id, 1, 50));
    await restore(pair, 'tenant', copy);
    await meet(pair);
    // Without the totals of the first lease the tenant's sums are wrong, and refused
    const draft = await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 2, 200)]);
    expect(
      await codeFor(
        pair.volunteer.coSigning.countersign(tenant.peer, draft!.bodyBytes, draft!.tenantSignature),
      ),
    ).toBe('RECEIPT_SUM');
    await meet(pair, 'tenant', [pair.lease.id]);
    expect(await pair.tenant.coSigning.pendingDraft(volunteer.peer)).toBeUndefined();
    await coSign(pair, totals(pair.lease.id, 2, 200));
    expect(await lastOfBoth(pair)).toEqual([
      [3, 250],
      [3, 250],
    ]);
    await verified(pair);
  });

  it('drops a draft that was overtaken, and keeps one that still follows', async () => {
    const pair = await openPair();
    await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 1, 100)]);
    const copy = await backup(pair, 'tenant');
    const draft = await pair.tenant.coSigning.pendingDraft(volunteer.peer);
    await pair.volunteer.coSigning.countersign(tenant.peer, draft!.bodyBytes, draft!.tenantSignature);
    await meet(pair);
    expect(await pair.tenant.coSigning.pendingDraft(volunteer.peer)).toBeUndefined();
    expect((await lastOfBoth(pair))[0]).toEqual([1, 100]);

    const volunteers = await backup(pair, 'volunteer');
    await coSign(pair, totals(pair.lease.id, 2, 200));
    await restore(pair, 'volunteer', volunteers);
    const next = await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 3, 300)]);
    await meet(pair);
    expect((await pair.tenant.coSigning.pendingDraft(volunteer.peer))?.id).toEqual(next?.id);
    await restore(pair, 'tenant', copy);
    await meet(pair);
    await coSign(pair, totals(pair.lease.id, 4, 400));
    expect(await lastOfBoth(pair)).toEqual([
      [3, 400],
      [3, 400],
    ]);
    await verified(pair);
  });

  it('is asked for a draft while another is being written: there is one draft', async () => {
    const pair = await openPair();
    for (let epoch = 1; epoch <= 40; epoch += 1) {
      const [draft, , pending] = await Promise.all([
        pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, epoch, epoch * 100)]),
        pair.tenant.catchingUp.known(volunteer.peer, []),
        pair.tenant.coSigning.pendingDraft(volunteer.peer),
      ]);
      expect(pending?.id).toEqual(draft?.id);
      expect((await pair.tenant.coSigning.draft(volunteer.peer, []))?.id).toEqual(draft?.id);
      await coSign(pair);
    }
    await verified(pair);
  });

  it('comes together again where both were restored and signed anew', async () => {
    const pair = await openPair();
    const tenants = await backup(pair, 'tenant');
    const volunteers = await backup(pair, 'volunteer');
    await coSign(pair, totals(pair.lease.id, 1, 500));
    const later = await backup(pair, 'tenant');
    await restore(pair, 'tenant', tenants);
    await restore(pair, 'volunteer', volunteers);
    await coSign(pair, totals(pair.lease.id, 1, 100));
    await restore(pair, 'tenant', later);
    await meet(pair, 'volunteer');
    // Two receipts with one number: the larger counters count, on both sides
    expect(await lastOfBoth(pair)).toEqual([
      [1, 500],
      [1, 500],
    ]);
    await coSign(pair, totals(pair.lease.id, 2, 600));
    await verified(pair);
  });
});

describe('a counterparty that lies about what it knows', () => {
  it('cannot make anything count that was not signed here, nor take anything back', async () => {
    const pair = await openPair();
    const first = await coSign(pair, totals(pair.lease.id, 1, 100));
    await coSign(pair, totals(pair.lease.id, 2, 200));
    const before = await pair.volunteer.latestReceipt('volunteer', tenant.peer);
    const learn = (known: Partial<Known>, from = tenant.peer) =>
      pair.volunteer.catchingUp.learn(from, { receipts: [], leases: [], ...known });

    expect(await learn({ receipts: [first.bytes] })).toEqual([]);
    const signature = first.bytes.length - 3;
    const forged = first.bytes.with(signature, (first.bytes[signature] ?? 0) ^ 1);
    expect(await learn({ receipts: [forged] })).toEqual([]);
    const other = await openPair();
    const foreign = await coSign(other, totals(other.lease.id, 9, 900));
    const bad = foreign.bytes.with(signature, (foreign.bytes[signature] ?? 0) ^ 1);
    expect(await codeFor(learn({ receipts: [bad] }))).toBe('SIGNATURE_INVALID');
    expect(await codeFor(learn({ receipts: [first.bytes] }, createIdentity().peer))).toBe('RECEIPT_STRANGER');
    expect(await codeFor(learn({ receipts: [new Uint8Array([1, 2, 3])] }))).toBe('RECORD_MALFORMED');
    const someone = createIdentity();
    const lease = signRecord('lease', { ...pair.lease.body, volunteer: someone.publicKey }, someone);
    expect(await learn({ leases: [lease.bytes] })).toEqual([]);
    expect(await pair.volunteer.latestReceipt('volunteer', tenant.peer)).toEqual(before);
    await verified(pair);
  });
});
