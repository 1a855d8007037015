// Credit between whole peers: who is refused and why, what makes room, and what survives a restart.
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import type { Settings } from '../../src/config.ts';
import { CREDIT, HOUR_MS } from '../../src/lib/units.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };

/** A credit a second, so that seconds show: cpu alone costs. */
const PRICES = { cpuHour: 3_600 * CREDIT, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
const WORTH_A_DAY = (PRICES.cpuHour * OFFERED.cpuMillis * 24) / 1_000;
const ONE_CPU = { cpuMillis: 1_000, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0 };

/** Epochs of a second, a tenant is away for none: a lease holds an epoch and three seconds of grace. */
const LEASE = { firstEpochMs: 1_000, maxEpochMs: 1_000, maxAwayMs: 0 };
const HELD_FIRST = 4 * CREDIT;

const lending = (credit: Settings['credit']): Settings => ({ lease: LEASE, ...(credit && { credit }) });
/** A pool of so many credits a day. */
const pool = (credits: number) => ({ newcomerShare: (credits * CREDIT) / WORTH_A_DAY });

async function volunteer(credit: Settings['credit'], bootstrap: TestPeer[] = []): Promise<TestPeer> {
  const peer = await startPeer({ engine: helloEngine(), bootstrap, settings: lending(credit) });
  const body = { resources: OFFERED, prices: PRICES, images: [IMAGE.name] };
  await answerOf(peer.client.POST('/v1/offers', { body }));
  return peer;
}

async function tenantOf(...volunteers: TestPeer[]): Promise<TestPeer> {
  const tenant = await startPeer({ bootstrap: volunteers });
  await knows(tenant, volunteers.length);
  return tenant;
}

const knows = ({ client }: TestPeer, count: number) =>
  vi.waitFor(async () => {
    const { items } = await answerOf(client.GET('/v1/market/offers', PAGE));
    expect(items).toHaveLength(count);
  }, POLL);

const BID = {
  ...{ image: IMAGE.name, resources: ONE_CPU, maxPriceMicrocreditsPerHour: PRICES.cpuHour },
  ...{ durationMs: HOUR_MS, awayMs: 0 },
};
const WHOLE = { resources: { ...ONE_CPU, cpuMillis: 2_000 }, maxPriceMicrocreditsPerHour: 1e10 };
const place = async ({ client }: TestPeer, change: object = {}): Promise<Schemas['Deployment']> =>
  (await placeBid(client, { ...BID, ...change })).deployment;

const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const untilSeen = (tenant: TestPeer, id: string, seen: object) =>
  vi.waitFor(async () => expect(await deployment(tenant, id)).toMatchObject(seen), POLL);
const stop = ({ client }: TestPeer, id: string) =>
  answerOf(client.DELETE('/v1/deployments/{id}', { params: { path: { id } } }));

const borrower = ({ client }: TestPeer, { peer: { peer } }: TestPeer) =>
  answerOf(client.GET('/v1/borrowers/{peer}', { params: { path: { peer } } }));
const leases = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/leases', PAGE))).items;
const state = ({ client }: TestPeer) => answerOf(client.GET('/v1/credit'));

const refusedBy = ({ peer: { peer } }: TestPeer, figures: object = { mayOweMicrocredits: 0 }) => ({
  code: 'ALL_REFUSED',
  details: { refusals: [{ volunteer: peer, code: 'REFUSED_CREDIT', ...figures }] },
});

describe('a newcomer', () => {
  it('is lent out of the day’s pool until it is empty, is warned before that, and never owes more', async () => {
    const lender = await volunteer(pool(9));
    const tenant = await tenantOf(lender);
    const { id } = await place(tenant, { replicas: 1 });
    await vi.waitFor(async () => {
      const [lease] = await leases(lender);
      expect(lease).toMatchObject({ state: 'ended', cause: 'CREDIT_SPENT', unsignedMicrocredits: 0 });
    }, POLL);
    const [lease] = await leases(lender);
    expect(lease!.chargedMicrocredits).toBeGreaterThan(3 * CREDIT);
    expect(lease!.chargedMicrocredits).toBeLessThanOrEqual(9 * CREDIT);
    const owed = await borrower(lender, tenant);
    expect(owed).toMatchObject({ limitMicrocredits: 0, lentMicrocredits: 0, beyondMicrocredits: 0 });
    expect(owed.newcomerMicrocredits).toBe(lease!.chargedMicrocredits);
    expect(await state(lender)).toMatchObject({
      newcomersMicrocredits: 9 * CREDIT,
      newcomersLentMicrocredits: lease!.chargedMicrocredits,
    });
    // Both sides were told, and whoever comes next finds what is left
    for (const each of [lender, tenant]) {
      const { items } = await answerOf(each.client.GET('/v1/events', PAGE));
      expect(items).toContainEqual(expect.objectContaining({ cause: 'CREDIT_LOW' }));
    }
    await stop(tenant, id);
    const another = await tenantOf(lender);
    const left = 9 * CREDIT - lease!.chargedMicrocredits;
    await expect(place(another, WHOLE)).rejects.toMatchObject(
      refusedBy(lender, { wouldOweMicrocredits: 2 * HELD_FIRST, mayOweMicrocredits: left }),
    );
  });

  it('finds no other pool after the volunteer was stopped and came back', async () => {
    const lender = await volunteer(pool(HELD_FIRST / CREDIT + 2));
    const tenant = await tenantOf(lender);
    const { id } = await place(tenant);
    await untilSeen(tenant, id, { state: 'running' });
    await stop(tenant, id);
    await vi.waitFor(async () => expect((await leases(lender))[0]!.state).toBe('ended'), POLL);
    await vi.waitFor(async () => expect((await borrower(lender, tenant)).heldMicrocredits).toBe(0), POLL);
    const before = await state(lender);
    expect(before.newcomersLentMicrocredits).toBeGreaterThan(0);
    await lender.peer.stop();
    Object.assign(lender, await restart(lender));
    expect(await state(lender)).toEqual(before);
  });

  it('goes on when the offer of its lease is withdrawn: the day’s pool stays, also over a restart', async () => {
    const lender = await volunteer(pool(60));
    const tenant = await tenantOf(lender);
    await place(tenant, { replicas: 1 });
    await vi.waitFor(async () => expect((await leases(lender))[0]!.epochs).toBeGreaterThan(0), POLL);
    const { items } = await answerOf(lender.client.GET('/v1/offers', PAGE));
    for (const { series } of items)
      await lender.client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
    expect((await state(lender)).newcomersMicrocredits).toBe(60 * CREDIT);
    const epochsOf = async () => (await leases(lender))[0]!.epochs;
    const before = await epochsOf();
    await vi.waitFor(async () => expect(await epochsOf()).toBeGreaterThan(before + 1), POLL);
    await lender.peer.stop();
    Object.assign(lender, await restart(lender));
    expect((await state(lender)).newcomersMicrocredits).toBe(60 * CREDIT);
  });

  it('and a swarm of them at once get one pool together', async () => {
    const lender = await volunteer(pool(9));
    const swarm = await Promise.all(Array.from({ length: 6 }, () => tenantOf(lender)));
    const small = { resources: { ...ONE_CPU, cpuMillis: 250 } };
    const placed = await Promise.allSettled(
      swarm.flatMap((each) => [place(each, small), place(each, small)]),
    );
    const given = placed.filter(({ status }) => status === 'fulfilled').length;
    expect(given).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      for (const lease of await leases(lender)) expect(lease.state).toBe('ended');
    }, POLL);
    const all = await leases(lender);
    const lost = all.reduce((sum, each) => sum + each.chargedMicrocredits + each.unsignedMicrocredits, 0);
    expect(lost).toBeLessThanOrEqual(9 * CREDIT);
    expect((await state(lender)).newcomersLentMicrocredits).toBeLessThanOrEqual(9 * CREDIT);
  });
});

describe('a peer with a limit', () => {
  it('may owe what it served and a share more, and serving is never refused to who owes', async () => {
    const earner = await volunteer({ newcomerShare: 1 });
    const lender = await volunteer({ newcomerShare: 0 }, [earner]);
    await Promise.all([knows(earner, 2), knows(lender, 2)]);
    await expect(place(earner)).rejects.toMatchObject(refusedBy(lender));
    const { id } = await place(lender, WHOLE);
    await vi.waitFor(
      async () => expect((await deployment(lender, id)).chargedMicrocredits).toBeGreaterThan(12 * CREDIT),
      POLL,
    );
    await stop(lender, id);
    await vi.waitFor(async () => {
      const { owedMicrocredits, limitMicrocredits } = await borrower(lender, earner);
      expect(owedMicrocredits).toBeLessThan(-12 * CREDIT);
      expect(limitMicrocredits).toBeGreaterThan(6 * CREDIT);
    }, POLL);
    await place(earner, WHOLE);
    await vi.waitFor(async () => {
      const [lease] = (await leases(lender)).filter(({ side }) => side === 'volunteer');
      expect(lease).toMatchObject({ state: 'ended', cause: 'CREDIT_SPENT', unsignedMicrocredits: 0 });
      expect(lease!.chargedMicrocredits).toBeGreaterThan(6 * CREDIT);
    }, POLL);
    const after = await borrower(lender, earner);
    expect(after.owedMicrocredits).toBeLessThanOrEqual(after.ownMicrocredits);
    expect(after.lentMicrocredits).toBeLessThanOrEqual(after.ownMicrocredits);
    // It owes all it may, and can still serve
    await untilSeen(lender, (await place(lender)).id, { state: 'running' });
  });

  it('is given capacity back that a preemptible lease had', async () => {
    const lender = await volunteer({ newcomerShare: 0, lendIdle: true });
    const [idler, friend] = [await tenantOf(lender), await tenantOf(lender)];
    const idle = await place(idler, WHOLE);
    await untilSeen(idler, idle.id, { state: 'running' });
    expect(await borrower(lender, idler)).toMatchObject({ lentMicrocredits: 0, newcomerMicrocredits: 0 });
    expect((await borrower(lender, idler)).beyondMicrocredits).toBeGreaterThan(0);

    // Another without a limit finds no idle capacity; one that somebody answers for gets it
    await expect(place(friend, WHOLE)).rejects.toMatchObject({ code: 'ALL_REFUSED' });
    const { peer } = friend.peer;
    const body = { creditMicrocredits: 100 * CREDIT };
    const vouch = { params: { path: { peer } }, body };
    const { effect } = await answerOf(lender.client.PUT('/v1/vouches/{peer}', vouch));
    expect(effect.mayOweMicrocredits).toEqual({ before: 0, after: 50 * CREDIT });
    await vi.waitFor(async () => {
      expect((await borrower(lender, friend)).limitMicrocredits).toBe(50 * CREDIT);
    }, POLL);
    const wanted = await place(friend, WHOLE);
    await untilSeen(friend, wanted.id, { state: 'running' });
    await vi.waitFor(async () => {
      const recalled = (await leases(lender)).find(({ tenant }) => tenant === idler.peer.peer);
      expect(recalled).toMatchObject({ state: 'ended', cause: 'RECALLED' });
    }, POLL);
  });
});

describe('an owner', () => {
  it('may serve those alone whom it vouches for', async () => {
    const lender = await volunteer({ policy: 'friends', newcomerShare: 1 });
    const [friend, stranger] = [await tenantOf(lender), await tenantOf(lender)];
    const vouch = { params: { path: { peer: friend.peer.peer } }, body: {} };
    await answerOf(lender.client.PUT('/v1/vouches/{peer}', vouch));
    await expect(place(stranger)).rejects.toMatchObject(refusedBy(lender));
    await untilSeen(friend, (await place(friend)).id, { state: 'running' });
  });

  it('tells a tenant how much more it may come to owe, where that has a limit', async () => {
    const lender = await volunteer(pool(9_000));
    const tenant = await tenantOf(lender);
    const { id } = await place(tenant);
    await untilSeen(tenant, id, { state: 'running' });
    const [copy] = (await deployment(tenant, id)).instances;
    expect(copy!.creditLeftMicrocredits).toBeGreaterThan(8_000 * CREDIT);
    expect(copy!.creditLeftMicrocredits).toBeLessThanOrEqual(9_000 * CREDIT - HELD_FIRST);
  });

  it('may serve everybody for nothing', async () => {
    const lender = await volunteer({ policy: 'free', newcomerShare: 0 });
    const stranger = await tenantOf(lender);
    const { id } = await place(stranger);
    await untilSeen(stranger, id, { state: 'running' });
    expect((await deployment(stranger, id)).instances[0]).not.toHaveProperty('creditLeftMicrocredits');
    expect(await state(lender)).toMatchObject({ policy: 'free', newcomersMicrocredits: 0 });
  });
});
