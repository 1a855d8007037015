// Restore drills with real processes on a real engine: an operator stops a peer, copies its home, and later puts the copy
// back. Nobody is convicted, pairs go on from the last receipt that either side has, and every ledger verifies.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf } from '../../src/api/client.ts';
import { end, placeAndWait } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { openLevel } from '../../src/ledger/level-database.ts';
import type { RepairReport } from '../../src/ledger/stopped/repair.ts';
import {
  containersOf,
  expectVerified,
  type Staged,
  setStage,
  untilObserved,
  WAIT,
} from '../support/stage.ts';

const PAGE = { params: { query: {} } };
const forever = new AbortController().signal;

/** Stops a peer and copies its home. */
async function stopAndCopy(peer: PeerProcess): Promise<string> {
  await peer.stop();
  const copy = await mkdtemp(join(tmpdir(), 'tallymesh-backup-'));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  await cp(peer.home, copy, { recursive: true });
  return copy;
}

/** Puts a copy in the place of the home of a stopped peer; without one, only what `init` wrote is left. */
async function putBack({ home }: PeerProcess, copy?: string): Promise<void> {
  for (const name of await readdir(home))
    if (copy !== undefined || name === 'db' || name === 'head')
      await rm(join(home, name), { recursive: true, force: true });
  if (copy !== undefined) await cp(copy, home, { recursive: true });
}

/** Number of the last receipt that a peer holds; these have one pair each. */
async function lastSeq({ client }: PeerProcess): Promise<number> {
  const { items } = await answerOf(client.GET('/v1/receipts', { params: { query: { limit: 500 } } }));
  return Math.max(0, ...items.map(({ pairSeq }) => pairSeq));
}

/** Waits until both hold a receipt after number `before`; resolves with the last that both hold. */
async function paid(tenant: PeerProcess, volunteer: PeerProcess, before: number): Promise<number> {
  const both = async () => Math.min(await lastSeq(tenant), await lastSeq(volunteer));
  await vi.waitFor(async () => expect(await both()).toBeGreaterThan(before), WAIT);
  return both();
}

async function expectNobodyConvicted(peers: readonly PeerProcess[]): Promise<void> {
  for (const { client } of peers)
    expect((await answerOf(client.GET('/v1/convictions', PAGE))).items).toEqual([]);
}

/** A deployment on the only volunteer, paid for at least once. */
async function placed({ tenant, volunteers, image }: Staged): Promise<{ id: string; host: PeerProcess }> {
  const { deployment } = await placeAndWait(tenant, image, forever, { graceMs: 60_000 });
  const host = volunteers[0]!;
  await paid(tenant, host, 0);
  return { id: deployment.id, host };
}

/** Ends what runs; both sides then hold the same receipts, and verify. */
async function closeBooks(set: Staged, tenant: PeerProcess, host: PeerProcess, id: string): Promise<void> {
  await end(tenant, id);
  await vi.waitFor(async () => {
    expect(await lastSeq(tenant)).toBe(await lastSeq(host));
    expect(containersOf(set.stage, host)).toEqual([]);
  }, WAIT);
  await expectNobodyConvicted([set.acquaintance, tenant, host]);
  await expectVerified(set.stage, [tenant, host]);
}

describe('an old backup restored', () => {
  it('of the volunteer, counterparties up: the same container goes on and is paid for', async () => {
    const set = await setStage(1);
    const { stage, tenant } = set;
    const { id, host } = await placed(set);
    const containers = containersOf(stage, host);
    const copy = await stopAndCopy(host);
    const again = await stage.again(host.peer);
    const before = await paid(tenant, again, await lastSeq(tenant));
    await again.stop();
    await putBack(host, copy);
    const restored = await stage.again(host.peer);
    await paid(tenant, restored, before);
    expect(containersOf(stage, host)).toEqual(containers);
    await untilObserved(tenant, id, { state: 'running', instances: [{ incarnation: 1 }] });
    await closeBooks(set, tenant, restored, id);
  });

  it('of the tenant, twice: it pays on from the last receipt that the volunteer has', async () => {
    const set = await setStage(1);
    const { stage, tenant } = set;
    const { id, host } = await placed(set);
    const copy = await stopAndCopy(tenant);
    let now = await stage.again(tenant.peer);
    for (const _ of [1, 2]) {
      const before = await paid(now, host, await lastSeq(now));
      await now.stop();
      await putBack(tenant, copy);
      now = await stage.again(tenant.peer);
      await paid(now, host, before);
    }
    await untilObserved(now, id, { state: 'running', instances: [{ incarnation: 1 }] });
    await closeBooks(set, now, host, id);
  });

  it('of the volunteer while its counterparty is down: it starts all the same, and catches up later', async () => {
    const set = await setStage(1);
    const { stage, tenant, acquaintance } = set;
    const { id, host } = await placed(set);
    const copy = await stopAndCopy(host);
    const again = await stage.again(host.peer);
    const before = await paid(tenant, again, await lastSeq(tenant));
    for (const peer of [again, tenant]) await peer.stop();
    await putBack(host, copy);
    const restored = await stage.again(host.peer);
    expect(await lastSeq(restored)).toBeLessThan(before);
    await expectNobodyConvicted([restored, acquaintance]);

    const back = await stage.again(tenant.peer);
    await paid(back, restored, before);
    await closeBooks(set, back, restored, id);
  });
});

/** Changes the last byte of every receipt in the database of a stopped peer; how many there were. */
async function damageReceipts({ home }: PeerProcess): Promise<number> {
  const level = await openLevel(join(home, 'db'), false);
  const rows = await level.iterator({ gte: 'r/receipt/', lt: 'r/receipt0' }).all();
  for (const [key, stored] of rows) {
    const changed = Uint8Array.from(stored);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await level.put(key, changed);
  }
  await level.close();
  return rows.length;
}

describe('a damaged ledger', () => {
  it('of a volunteer is named, repaired, and whole again with what the tenant has; the container goes on', async () => {
    const set = await setStage(1);
    const { stage, tenant } = set;
    const { id, host } = await placed(set);
    const containers = containersOf(stage, host);
    await host.stop();
    const receipts = await damageReceipts(host);
    const verify = ['--home', host.home, 'ledger', 'verify'];
    await expect(tallyJson(verify, stage.env)).rejects.toThrow('LEDGER_VALUE_DAMAGED');
    const repair = await tallyJson<RepairReport>(['--home', host.home, 'ledger', 'repair'], stage.env);
    expect(repair.wanted).toHaveLength(receipts);
    const again = await stage.again(host.peer);
    await paid(tenant, again, await lastSeq(tenant));
    expect(containersOf(stage, host)).toEqual(containers);
    await closeBooks(set, tenant, again, id);
  });
});

describe('a lost disk', () => {
  it('of a volunteer, the key alone being left: it has its receipts again, and goes on under its name', async () => {
    const set = await setStage(1);
    const { stage, tenant, image } = set;
    const { id, host } = await placed(set);
    await end(tenant, id);
    await vi.waitFor(async () => expect(containersOf(stage, host)).toEqual([]), WAIT);
    await vi.waitFor(async () => expect(await lastSeq(host)).toBe(await lastSeq(tenant)), WAIT);
    const before = await lastSeq(host);
    await host.stop();
    await putBack(host);
    const bare = await stage.again(host.peer);
    await vi.waitFor(async () => expect(await lastSeq(bare)).toBe(before), WAIT);
    await expectNobodyConvicted([set.acquaintance, tenant, bare]);

    const offer = ['--cpus', '1', '--memory', '1GiB', '--disk', '2GiB', '--image', image];
    const price = ['--price-cpu', '0.1', '--price-memory', '0'];
    await tallyJson(['--home', bare.home, 'offer', ...offer, ...price], stage.env);
    const { deployment } = await placeAndWait(tenant, image, forever);
    await paid(tenant, bare, before);
    await closeBooks(set, tenant, bare, deployment.id);
  });
});
