import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Draft } from '../../src/ledger/pairs.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { showId } from '../../src/records/id.ts';
import { coSign, openPair, openTestLedger, type PairOfLedgers, totals } from '../support/ledgers.ts';
import { NETWORK, tenant, volunteer } from '../support/records.ts';

const CO_SIGNER = fileURLToPath(new URL('../support/co-signer.ts', import.meta.url));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function begin(step: string, home: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [CO_SIGNER, step, home, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Runs a step to its end, where the process kills itself before anything leaves it. */
async function killedAfter(step: string, home: string, ...args: string[]): Promise<void> {
  const [, signal] = await once(begin(step, home, ...args), 'exit');
  expect(signal).toBe('SIGKILL');
}

/** Kills the process so many milliseconds after it began the step. */
async function killedWithin(ms: number, step: string, home: string, ...args: string[]): Promise<void> {
  const child = begin(step, home, ...args);
  const gone = once(child, 'exit');
  await once(child.stdout!, 'data');
  setTimeout(() => child.kill('SIGKILL'), ms);
  await gone;
}

async function close(pair: PairOfLedgers): Promise<void> {
  await pair.volunteer.close();
  await pair.tenant.close();
}

async function reopen(pair: PairOfLedgers): Promise<void> {
  pair.volunteer = await openTestLedger(pair.homes.volunteer, volunteer);
  pair.tenant = await openTestLedger(pair.homes.tenant, tenant);
}

/** What each side holds: the latest pairSeq, and whether the tenant still waits for a countersignature. */
async function held(pair: PairOfLedgers) {
  return {
    volunteer: (await pair.volunteer.latestReceipt('volunteer', tenant.peer))?.body.pairSeq ?? 0,
    tenant: (await pair.tenant.latestReceipt('tenant', volunteer.peer))?.body.pairSeq ?? 0,
    pending: (await pair.tenant.coSigning.pendingDraft(volunteer.peer))?.body.pairSeq,
  };
}

async function pendingDraft(pair: PairOfLedgers): Promise<Draft> {
  const draft = await pair.tenant.coSigning.pendingDraft(volunteer.peer);
  if (draft === undefined) throw new Error('no draft is pending');
  return draft;
}

/** Sends what is pending once more, and requires that both then hold the same and verify. */
async function bringHome(pair: PairOfLedgers, pairSeq: number): Promise<void> {
  const draft = await pair.tenant.coSigning.pendingDraft(volunteer.peer);
  if (draft !== undefined) {
    const { signatures } = await pair.volunteer.coSigning.countersign(
      tenant.peer,
      draft.bodyBytes,
      draft.tenantSignature,
    );
    await pair.tenant.coSigning.complete(volunteer.peer, draft, signatures[0]!);
  }
  expect(await held(pair)).toEqual({ volunteer: pairSeq, tenant: pairSeq, pending: undefined });
  await close(pair);
  const reports = await Promise.all([
    verifyLedger(pair.homes.volunteer, NETWORK),
    verifyLedger(pair.homes.tenant, NETWORK),
  ]);
  expect(reports.map(({ problems }) => problems)).toEqual([[], []]);
  expect(reports[0]?.receiptIds).toEqual(reports[1]?.receiptIds);
}

/** A pair with one receipt, closed. */
async function stoppedPair(): Promise<PairOfLedgers> {
  const pair = await openPair();
  await coSign(pair, totals(pair.lease.id, 1, 100));
  await close(pair);
  return pair;
}

describe('kill -9 between draft and countersignature', () => {
  it('of the tenant, after it wrote the draft down: the same bytes are sent again and come home', async () => {
    const pair = await stoppedPair();
    await killedAfter('draft', pair.homes.tenant, showId(pair.lease.id), '2', '250');
    await reopen(pair);
    expect(await held(pair)).toEqual({ volunteer: 1, tenant: 1, pending: 2 });
    const draft = await pendingDraft(pair);
    const again = await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 9, 900)]);
    expect(again?.bodyBytes).toEqual(draft.bodyBytes);
    await bringHome(pair, 2);
  });

  it('of the volunteer, after it wrote the receipt down: it holds what its signature promised, and gives it again', async () => {
    const pair = await stoppedPair();
    await killedAfter('draft', pair.homes.tenant, showId(pair.lease.id), '2', '250');
    await reopen(pair);
    const { bodyBytes, tenantSignature } = await pendingDraft(pair);
    await close(pair);
    await killedAfter('countersign', pair.homes.volunteer, toHex(bodyBytes), toHex(tenantSignature));
    await reopen(pair);
    expect(await held(pair)).toEqual({ volunteer: 2, tenant: 1, pending: 2 });
    await bringHome(pair, 2);
  });

  it('of the tenant, after it wrote the whole receipt down: nothing is sent again', async () => {
    const pair = await stoppedPair();
    await killedAfter('draft', pair.homes.tenant, showId(pair.lease.id), '2', '250');
    await reopen(pair);
    const { bodyBytes, tenantSignature } = await pendingDraft(pair);
    const { signatures } = await pair.volunteer.coSigning.countersign(
      tenant.peer,
      bodyBytes,
      tenantSignature,
    );
    await close(pair);
    await killedAfter('complete', pair.homes.tenant, toHex(signatures[0]!));
    await reopen(pair);
    expect(await held(pair)).toEqual({ volunteer: 2, tenant: 2, pending: undefined });
    await bringHome(pair, 2);
  });

  it.each(['draft', 'countersign', 'complete'])(
    'at any moment of %s: at most the one receipt in flight differs',
    async (step) => {
      const pair = await openPair();
      for (let round = 1; round <= 6; round += 1) {
        const draft =
          step === 'draft'
            ? undefined
            : await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, round, round * 100)]);
        const answer =
          step === 'complete' && draft !== undefined
            ? await pair.volunteer.coSigning.countersign(tenant.peer, draft.bodyBytes, draft.tenantSignature)
            : undefined;
        await close(pair);
        const args: Record<string, [string, ...string[]]> = {
          draft: [pair.homes.tenant, showId(pair.lease.id), String(round), String(round * 100)],
          countersign: [
            pair.homes.volunteer,
            toHex(draft?.bodyBytes ?? new Uint8Array()),
            toHex(draft?.tenantSignature ?? new Uint8Array()),
          ],
          complete: [pair.homes.tenant, toHex(answer?.signatures[0] ?? new Uint8Array())],
        };
        await killedWithin(round - 1, step, ...args[step]!);
        await reopen(pair);
        const { volunteer: ours, tenant: theirs } = await held(pair);
        expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1);
        if ((await held(pair)).pending === undefined && theirs < round)
          await coSign(pair, totals(pair.lease.id, round, round * 100));
        await bringHome(pair, round);
        await reopen(pair);
      }
    },
  );
});
