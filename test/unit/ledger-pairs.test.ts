// What the rooms above read of the ledger: the latest state of every pair, commits as they happen, tables in batches.
import { describe, expect, it, vi } from 'vitest';
import { signRecord } from '../../src/records/envelope.ts';
import { showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { fields, int } from '../../src/records/shape.ts';
import { coSign, openPair, openTestLedger, temporaryHome, totals } from '../support/ledgers.ts';
import { BODIES, example, tenant, volunteer } from '../support/records.ts';

const POLL = { timeout: 20_000, interval: 20 };

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('the latest receipts', () => {
  it('are one of each pair, on each side', async () => {
    const pair = await openPair();
    await coSign(pair, totals(pair.lease.id, 1, 100));
    const last = await coSign(pair, totals(pair.lease.id, 2, 300));
    const others = Array.from({ length: 3 }, () => createIdentity());
    for (const other of others) {
      // The same tenant with other volunteers, each in a ledger of its own
      const ledger = await openTestLedger(await temporaryHome(), other);
      const lease = signRecord('lease', { ...BODIES.lease(), volunteer: other.publicKey }, other);
      await ledger.commit([lease]);
      await pair.tenant.commit([lease]);
      for (const epochs of [1, 2, 3]) {
        const draft = await pair.tenant.coSigning.draft(other.peer, [totals(lease.id, epochs, epochs * 10)]);
        const { bodyBytes, tenantSignature } = draft!;
        const receipt = await ledger.coSigning.countersign(tenant.peer, bodyBytes, tenantSignature);
        await pair.tenant.coSigning.complete(other.peer, draft!, receipt.signatures[0]!);
      }
    }
    const latest = await collect(pair.tenant.latestReceipts('tenant'));
    const seen = latest.map(({ body }) => [Buffer.from(body.volunteer).toString('hex'), body.pairSeq]);
    const expected = others.map(({ publicKey }) => [Buffer.from(publicKey).toString('hex'), 3]);
    expect(seen.sort()).toEqual([...expected, [Buffer.from(volunteer.publicKey).toString('hex'), 2]].sort());
    expect((await collect(pair.volunteer.latestReceipts('volunteer'))).map(({ id }) => showId(id))).toEqual([
      showId(last.id),
    ]);
    expect(await collect(pair.volunteer.latestReceipts('tenant'))).toEqual([]);
  });
});

describe('commits', () => {
  it('are told once they are on disk, and a listener that throws does not undo them', async () => {
    const ledger = await openTestLedger(await temporaryHome(), tenant);
    const seen: string[] = [];
    ledger.onCommit(() => {
      throw new Error('a listener of this test');
    });
    ledger.onCommit((records) => seen.push(...records.map(({ kind }) => kind)));
    await ledger.commit([example('vouch')]);
    await Promise.all([ledger.commit([example('bid')]), ledger.commit([example('lease')])]);
    await vi.waitFor(() => expect(seen).toEqual(['vouch', 'bid', 'lease']), POLL);
    expect(ledger.tip()?.seq).toBe(3);
  });
});

describe('a table', () => {
  it('changes many rows at once, or none', async () => {
    const ledger = await openTestLedger(await temporaryHome(), tenant);
    const table = ledger.table('wanted', fields({ n: int(0, 9) }));
    await table.change([
      { key: 'a', value: { n: 1 } },
      { key: 'b', value: { n: 2 } },
    ]);
    await table.change([{ key: 'a' }, { key: 'c', value: { n: 3 } }]);
    const rows = [
      ['b', { n: 2 }],
      ['c', { n: 3 }],
    ];
    expect(await collect(table.entries())).toEqual(rows);
    const wrong = async () => table.change([{ key: 'b' }, { key: 'd', value: { n: 10 } }]);
    await expect(wrong()).rejects.toMatchObject({ code: 'RECORD_MALFORMED' });
    expect(await collect(table.entries())).toEqual(rows);
  });
});
