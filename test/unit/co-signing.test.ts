import { describe, expect, it } from 'vitest';
import type { Draft } from '../../src/ledger/pairs.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { encode, type Value } from '../../src/records/codec.ts';
import { signStatement, stateBody } from '../../src/records/envelope.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { coSign, openPair, type PairOfLedgers, totals } from '../support/ledgers.ts';
import { NETWORK, tenant, volunteer } from '../support/records.ts';

const codeFor = (run: Promise<unknown>) => run.then(() => 'none', codeOf);

async function drafted(pair: PairOfLedgers, epochs = 1, charged = 100): Promise<Draft> {
  const draft = await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, epochs, charged)]);
  if (draft === undefined) throw new Error('nothing drafted');
  return draft;
}

const countersign = (pair: PairOfLedgers, draft: Draft, from = tenant.peer) =>
  pair.volunteer.coSigning.countersign(from, draft.bodyBytes, draft.tenantSignature);

describe('co-signing', () => {
  it('leaves the same receipt in both ledgers', async () => {
    const pair = await openPair();
    const receipt = await coSign(pair, totals(pair.lease.id, 1, 100));
    const [ours, theirs] = await Promise.all([
      pair.volunteer.record('receipt', receipt.id),
      pair.tenant.record('receipt', receipt.id),
    ]);
    expect(ours?.bytes).toEqual(theirs?.bytes);
    expect(await pair.tenant.coSigning.pendingDraft(volunteer.peer)).toBeUndefined();
  });

  it('answers a repeated draft with the signature it already gave', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    const once = await countersign(pair, draft);
    const again = await countersign(pair, draft);
    expect(again.bytes).toEqual(once.bytes);
    expect((await pair.volunteer.latestReceipt('volunteer', tenant.peer))?.body.pairSeq).toBe(1);
  });

  it('resends the same bytes until they come back, whatever else is to be signed meanwhile', async () => {
    const pair = await openPair();
    const draft = await drafted(pair, 1, 100);
    const later = await drafted(pair, 2, 250);
    expect(later.bodyBytes).toEqual(draft.bodyBytes);
    expect(later.tenantSignature).toEqual(draft.tenantSignature);
    const { signatures } = await countersign(pair, draft);
    await pair.tenant.coSigning.complete(volunteer.peer, draft, signatures[0]!);
    const next = await drafted(pair, 2, 250);
    expect(next.body.pairSeq).toBe(2);
    expect(next.body.counters.chargedMicrocredits).toBe(250);
  });

  it('countersigns an amount that is too small, and leaves the judgement to the keeper of leases', async () => {
    const pair = await openPair();
    expect((await coSign(pair, totals(pair.lease.id, 1, 0))).body.counters.chargedMicrocredits).toBe(0);
  });

  it('signs two pairs of drafts at once without a gap', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    const answers = await Promise.all([1, 2, 3].map(() => countersign(pair, draft)));
    expect(new Set(answers.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size).toBe(1);
  });

  it('survives a reopening of either side at any step', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    await countersign(pair, draft);
    const pending = await pair.tenant.coSigning.pendingDraft(volunteer.peer);
    expect(pending?.bodyBytes).toEqual(draft.bodyBytes);
    expect(await pair.tenant.coSigning.draftsPending()).toEqual([volunteer.peer]);
  });
});

describe('a volunteer refuses, and writes nothing', () => {
  const refusedWith = async (pair: PairOfLedgers, code: string, attempt: Promise<unknown>) => {
    expect(await codeFor(attempt)).toBe(code);
    expect(await pair.volunteer.latestReceipt('volunteer', tenant.peer)).toBeUndefined();
  };

  const signedBody = (draft: Draft, change: Record<string, Value>) => {
    const statement = stateBody('receipt', { ...draft.body, ...change } as Draft['body']);
    return { ...statement, tenantSignature: signStatement(statement, tenant) };
  };

  it('a body changed in transit', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    const changed = encode({ ...draft.body, salt: new Uint8Array(16) } as unknown as Value);
    const attempt = pair.volunteer.coSigning.countersign(tenant.peer, changed, draft.tenantSignature);
    await refusedWith(pair, 'SIGNATURE_INVALID', attempt);
  });

  it('a signature changed in transit', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    const changed = new Uint8Array(draft.tenantSignature);
    changed[0]! ^= 1;
    await refusedWith(pair, 'SIGNATURE_INVALID', countersign(pair, { ...draft, tenantSignature: changed }));
  });

  it('a draft sent by somebody else', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    await refusedWith(pair, 'RECEIPT_STRANGER', countersign(pair, draft, createIdentity().peer));
  });

  it('a draft that skips a receipt', async () => {
    const pair = await openPair();
    await refusedWith(
      pair,
      'RECEIPT_GAP',
      countersign(pair, signedBody(await drafted(pair), { pairSeq: 2 })),
    );
  });

  it('a draft over a lease that it never gave', async () => {
    const pair = await openPair();
    const draft = await pair.tenant.coSigning.draft(volunteer.peer, [
      totals(new Uint8Array(32).fill(77), 1, 100),
    ]);
    await refusedWith(pair, 'RECEIPT_LEASE', countersign(pair, draft!));
  });

  it('a draft of another network', async () => {
    const pair = await openPair();
    const changed = { ...(await drafted(pair)).body, network: `${NETWORK}-2` };
    const bytes = encode(changed as unknown as Value);
    await refusedWith(
      pair,
      'RECORD_WRONG_NETWORK',
      pair.volunteer.coSigning.countersign(tenant.peer, bytes, new Uint8Array(64)),
    );
  });
});

describe('a tenant', () => {
  it('drafts nothing that closes no epoch: it would be refused, and wait for ever', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    expect(
      await pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 1, 100)]),
    ).toBeUndefined();
    expect(await pair.tenant.coSigning.draftsPending()).toEqual([]);
  });

  it('keeps its draft when the countersignature is tampered with or withheld', async () => {
    const pair = await openPair();
    const draft = await drafted(pair);
    const receipt = await countersign(pair, draft);
    const bad = new Uint8Array(receipt.signatures[0]!);
    bad[40]! ^= 1;
    expect(await codeFor(pair.tenant.coSigning.complete(volunteer.peer, draft, bad))).toBe(
      'SIGNATURE_INVALID',
    );
    expect(await pair.tenant.record('receipt', draft.id)).toBeUndefined();
    expect((await pair.tenant.coSigning.pendingDraft(volunteer.peer))?.id).toEqual(draft.id);
    await pair.tenant.coSigning.complete(volunteer.peer, draft, receipt.signatures[0]!);
    expect((await pair.tenant.record('receipt', draft.id))?.bytes).toEqual(receipt.bytes);
  });

  it('never drafts totals that fall', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 2, 200));
    expect(await codeFor(pair.tenant.coSigning.draft(volunteer.peer, [totals(pair.lease.id, 3, 100)]))).toBe(
      'RECEIPT_FALLS',
    );
  });
});
