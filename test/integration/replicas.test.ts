import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { openOffline } from '../../src/peer.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 40_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const GRACE_MS = 10_000;
const BID = {
  image: IMAGE.name,
  resources: { cpuMillis: 500, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0 },
  ports: [8080],
  maxPriceMicrocreditsPerHour: 3_600_000,
  durationMs: 600_000,
  graceMs: GRACE_MS,
};

/** So many volunteers, each cheaper than the one before, and a tenant that knows them all. */
async function market(count: number) {
  const settings = { lease: { firstEpochMs: 1_000, maxEpochMs: 2_000, maxAwayMs: 60_000 } };
  const volunteers: TestPeer[] = [];
  for (let i = 0; i < count; i += 1) {
    const volunteer = await startPeer({ engine: helloEngine(), bootstrap: volunteers.slice(0, 1), settings });
    const prices = { cpuHour: 100_000 * (count - i), memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
    await volunteer.client.POST('/v1/offers', { body: { resources: OFFERED, prices, images: [IMAGE.name] } });
    volunteers.push(volunteer);
  }
  const tenant = await startPeer({ bootstrap: volunteers.slice(0, 2) });
  const offers = () => answerOf(tenant.client.GET('/v1/market/offers', PAGE));
  await vi.waitFor(async () => expect((await offers()).items).toHaveLength(count), POLL);
  return { volunteers, tenant };
}

const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const until = (peer: TestPeer, id: string, wanted: object) =>
  vi.waitFor(async () => expect(await deployment(peer, id)).toMatchObject(wanted), POLL);
const place = async ({ client }: TestPeer, change: object = {}) =>
  (await placeBid(client, { ...BID, ...change })).deployment;
const hostOf = (volunteers: readonly TestPeer[], { instances }: Schemas['Deployment'], replica: number) =>
  volunteers.find(
    ({ peer }) => peer.peer === instances.findLast((each) => each.replica === replica)?.volunteer,
  )!;

async function again(peer: TestPeer): Promise<TestPeer> {
  const back = await restart({ home: peer.home, engine: peer.engine?.reopen() });
  onTestFinished(() => back.peer.stop());
  return back;
}

const receipts = async ({ client }: TestPeer) =>
  (await answerOf(client.GET('/v1/receipts', PAGE))).items.map(({ id }) => id);
const sharedReceipts = async (a: TestPeer, b: TestPeer) => {
  const theirs = new Set(await receipts(b));
  return (await receipts(a)).filter((id) => theirs.has(id));
};

describe('replicas', () => {
  it('run on volunteers of their own, answer in turn, and are all paid for', async () => {
    const { volunteers, tenant } = await market(3);
    const placed = await place(tenant, { replicas: 2 });
    await until(tenant, placed.id, { state: 'running', running: 2, replicas: 2 });
    const hosts = [0, 1].map((replica) => hostOf(volunteers, placed, replica));
    expect(new Set(hosts).size).toBe(2);
    for (const host of hosts) expect(host.engine!.running()).toHaveLength(1);

    const headers = { authorization: `Bearer ${tenant.token}` };
    const url = `${tenant.peer.apiUrl}/v1/deployments/${placed.id}/http/8080/`;
    for (let call = 0; call < 4; call += 1)
      expect(await (await fetch(url, { headers })).text()).toBe('hello');
    await vi.waitFor(async () => {
      for (const host of hosts) expect(await sharedReceipts(tenant, host)).not.toEqual([]);
    }, POLL);
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: placed.id } } });
    await until(tenant, placed.id, { state: 'ended', cause: 'TENANT_STOPPED' });
    for (const host of hosts) expect(host.engine!.running()).toEqual([]);
  });

  it('are placed all or none, and the answer says that they would not fit apart', async () => {
    const { volunteers, tenant } = await market(2);
    const change = 'at most 2 copies (this peer knows only 2 volunteers, and each runs one) would do';
    await expect(place(tenant, { replicas: 3 })).rejects.toMatchObject({
      code: 'NOTHING_MATCHED',
      details: { match: { removed: { spread: 2 }, relaxations: [{ change }] } },
    });
    await expect(place(tenant, { replicas: 3, maxPriceMicrocreditsPerHour: 10 })).rejects.toMatchObject({
      details: {
        match: {
          removed: { price: 2, spread: 2 },
          relaxations: [
            {
              constraints: ['price', 'spread'],
              change: expect.stringMatching(/ and at most 2 copies \(.*\) would do/),
            },
          ],
        },
      },
    });
    volunteers[1]!.engine!.forgetImages();
    await expect(place(tenant, { replicas: 2 })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await vi.waitFor(async () => {
      const { items } = await answerOf(volunteers[0]!.client.GET('/v1/leases', PAGE));
      expect(items).toMatchObject([{ state: 'ended', chargedMicrocredits: 0 }]);
    }, POLL);
  });

  it('show the log of the one that is asked for', async () => {
    const { tenant } = await market(2);
    const { id } = await place(tenant, { replicas: 2 });
    await until(tenant, id, { running: 2 });
    const headers = { authorization: `Bearer ${tenant.token}` };
    const logs = (replica: number) =>
      fetch(`${tenant.peer.apiUrl}/v1/deployments/${id}/logs?replica=${replica}`, { headers });
    expect(await (await logs(1)).text()).toContain('hello from the log');
    expect(await (await logs(2)).json()).toMatchObject({ code: 'REPLICA_UNKNOWN' });
  });
});

describe('a volunteer that is gone', () => {
  it('is unknown for the grace, then replaced elsewhere; back again, it stops its old copy and is paid for what it served', async () => {
    const { volunteers, tenant } = await market(3);
    const placed = await place(tenant, { replicas: 2 });
    await until(tenant, placed.id, { running: 2 });
    const gone = hostOf(volunteers, placed, 1);
    await vi.waitFor(async () => expect(await sharedReceipts(tenant, gone)).not.toEqual([]), POLL);
    const startMs = performance.now();
    await gone.peer.stop();
    await until(tenant, placed.id, { state: 'degraded', running: 1 });
    await until(tenant, placed.id, { state: 'running', running: 2 });
    expect(performance.now() - startMs).toBeGreaterThan(GRACE_MS - 6_000);

    const { instances } = await deployment(tenant, placed.id);
    const [kept, old, fresh] = instances;
    expect(kept).toMatchObject({ replica: 0, incarnation: 1, state: 'running' });
    expect(old).toMatchObject({ replica: 1, incarnation: 1, cause: 'VOLUNTEER_LOST' });
    expect(fresh).toMatchObject({ replica: 1, incarnation: 2, state: 'running' });
    expect(new Set([kept!.volunteer, old!.volunteer, fresh!.volunteer]).size).toBe(3);

    const back = await again(gone);
    await vi.waitFor(() => expect(back.engine!.running()).toEqual([]), POLL);
    await vi.waitFor(async () => {
      const { items } = await answerOf(back.client.GET('/v1/leases', PAGE));
      expect(items).toMatchObject([{ state: 'ended', unsignedMicrocredits: 0 }]);
    }, POLL);
    await until(tenant, placed.id, { state: 'running', running: 2 });
    expect((await deployment(tenant, placed.id)).instances[1]).toMatchObject({
      state: 'failed',
      cause: 'VOLUNTEER_LOST',
    });
    for (const each of [back, tenant]) {
      await each.peer.stop();
      expect(await openOffline(each.home).verifyLedger()).toMatchObject({ ok: true, problems: [] });
    }
  });

  it('for less than the grace, nothing is replaced', async () => {
    const { volunteers, tenant } = await market(2);
    const placed = await place(tenant, { graceMs: 60_000 });
    await until(tenant, placed.id, { state: 'running' });
    const host = hostOf(volunteers, placed, 0);
    await host.peer.stop();
    await until(tenant, placed.id, { state: 'unknown' });
    const back = await again(host);
    await until(tenant, placed.id, { state: 'running' });
    expect(back.engine!.running()).toHaveLength(1);
    expect((await deployment(tenant, placed.id)).instances).toHaveLength(1);
  });

  it('and nobody else has room: the deployment waits, and goes on when an offer comes', async () => {
    const { volunteers, tenant } = await market(1);
    const placed = await place(tenant);
    await until(tenant, placed.id, { state: 'running' });
    await volunteers[0]!.peer.stop();
    await until(tenant, placed.id, { state: 'placing', running: 0 });
    const late = await startPeer({ engine: helloEngine(), bootstrap: [tenant] });
    await late.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } });
    await until(tenant, placed.id, { state: 'running', running: 1 });
    expect(late.engine!.running()).toHaveLength(1);
  });
});

describe('a container that its volunteer lost', () => {
  it('while its peer was away is replaced as soon as the peer says so', async () => {
    const { volunteers, tenant } = await market(2);
    const placed = await place(tenant, { graceMs: 600_000 });
    await until(tenant, placed.id, { state: 'running' });
    const host = hostOf(volunteers, placed, 0);
    await host.peer.stop();
    const engine = host.engine!.reopen();
    await engine.remove(placed.instances[0]!.lease, AbortSignal.timeout(1_000));
    const back = await restart({ home: host.home, engine });
    onTestFinished(() => back.peer.stop());
    await until(tenant, placed.id, {
      state: 'running',
      instances: [{ state: 'failed', cause: 'INSTANCE_LOST' }, { incarnation: 2 }],
    });
  });
});
