import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { allPages, answerOf, dryRunBid, placeBid, type Schemas } from '../../src/api/client.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { openOffline } from '../../src/peer.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 20_000, interval: 50 };

const PAGE = { params: { query: { limit: 100 } } };

const BID = {
  image: IMAGE.name,
  resources: { cpuMillis: 500, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0 },
  ports: [8080],
  maxPriceMicrocreditsPerHour: 3_600_000,
  durationMs: 600_000,
};

async function offer({ client }: TestPeer, cpuHour = 600_000): Promise<void> {
  const prices = { cpuHour, memoryGibHour: 200_000, diskGibHour: 0, gpuHour: 0 };
  await client.POST('/v1/offers', { body: { resources: OFFERED, prices, images: [IMAGE.name] } });
}

const known = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/market/offers', PAGE))).items;
const untilKnown = (peer: TestPeer, count: number) =>
  vi.waitFor(async () => expect(await known(peer)).toHaveLength(count), POLL);

/** Two volunteers, one cheaper, and a tenant that knows the second only through the first. */
async function market(maxAwayMs = 2_000): Promise<{ cheap: TestPeer; dear: TestPeer; tenant: TestPeer }> {
  const settings = { lease: { firstEpochMs: 1_000, maxEpochMs: 4_000, maxAwayMs } };
  const dear = await startPeer({ engine: helloEngine(), settings });
  const cheap = await startPeer({ engine: helloEngine(), bootstrap: [dear], settings });
  await offer(dear, 900_000);
  await offer(cheap, 600_000);
  const tenant = await startPeer({ bootstrap: [dear] });
  await untilKnown(tenant, 2);
  return { cheap, dear, tenant };
}

async function place({ client }: TestPeer, change: Partial<typeof BID> = {}): Promise<Schemas['Deployment']> {
  return (await placeBid(client, { ...BID, ...change })).deployment;
}

const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const untilState = (peer: TestPeer, id: string, state: string) =>
  vi.waitFor(async () => expect((await deployment(peer, id)).state).toBe(state), POLL);

async function receiptIds({ client }: TestPeer): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of allPages((query) =>
    client.GET('/v1/receipts', { params: { query: { limit: 100, ...query } } }),
  ))
    ids.push(id);
  return ids.sort();
}

describe('a bid over the API', () => {
  it('runs on the cheapest volunteer, answers over the overlay, and is paid by receipts in both ledgers', async () => {
    const { cheap, dear, tenant } = await market();
    const { id, instances } = await place(tenant);
    expect(instances).toMatchObject([{ replica: 0, incarnation: 1, volunteer: cheap.peer.peer }]);
    await untilState(tenant, id, 'running');

    const headers = { authorization: `Bearer ${tenant.token}` };
    const answer = await fetch(`${tenant.peer.apiUrl}/v1/deployments/${id}/http/8080/`, { headers });
    expect([answer.status, await answer.text()]).toEqual([200, 'hello']);

    await vi.waitFor(async () => expect((await receiptIds(tenant)).length).toBeGreaterThanOrEqual(2), POLL);
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await untilState(tenant, id, 'ended');
    await vi.waitFor(async () => {
      const [ours, theirs] = [await receiptIds(tenant), await receiptIds(cheap)];
      expect(ours).toEqual(theirs);
      const leases = (await answerOf(cheap.client.GET('/v1/leases', PAGE))).items;
      expect(leases[0]).toMatchObject({ state: 'ended', cause: 'TENANT_STOPPED', unsignedMicrocredits: 0 });
    }, POLL);
    expect((await deployment(tenant, id)).chargedMicrocredits).toBeGreaterThan(0);
    expect(await receiptIds(dear)).toEqual([]);

    for (const each of [cheap, tenant]) {
      await each.peer.stop();
      expect(await openOffline(each.home).verifyLedger()).toMatchObject({ ok: true, problems: [] });
    }
  });

  it('falls to the next volunteer when the first refuses', async () => {
    const { cheap, dear, tenant } = await market();
    cheap.engine?.forgetImages();
    const { id, instances, refusals } = await place(tenant);
    expect(instances[0]!.volunteer).toBe(dear.peer.peer);
    expect(refusals).toEqual([{ volunteer: cheap.peer.peer, code: 'REFUSED_IMAGE' }]);
    await untilState(tenant, id, 'running');
  });

  it('says what would help when nobody can serve it', async () => {
    const { tenant } = await market();
    await expect(place(tenant, { maxPriceMicrocreditsPerHour: 10 })).rejects.toMatchObject({
      code: 'NOTHING_MATCHED',
      details: { match: { removed: { price: 2 }, relaxations: [{ constraints: ['price'] }] } },
    });
    const alone = await startPeer();
    await expect(place(alone)).rejects.toMatchObject({
      code: 'NOTHING_MATCHED',
      details: { match: { considered: 0 } },
    });
    const unknown = { ...BID, image: 'nobody-has:this' };
    await expect(dryRunBid(tenant.client, unknown)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      details: { match: { removed: { image: 2 } } },
    });
    await expect(
      place(tenant, { image: 'nobody-has:this', maxPriceMicrocreditsPerHour: 10 }),
    ).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      details: { match: { removed: { image: 2, price: 2 } } },
    });
  });

  it('takes capacity out of the offer and gives it back', async () => {
    const { cheap, tenant } = await market();
    const { id } = await place(tenant);
    const cpuOf = async () =>
      (await known(tenant)).find(({ volunteer }) => volunteer === cheap.peer.peer)?.resources.cpuMillis;
    await vi.waitFor(async () => expect(await cpuOf()).toBe(1_500), POLL);
    await untilState(tenant, id, 'running');
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await vi.waitFor(async () => expect(await cpuOf()).toBe(2_000), POLL);
  });

  it('shows the log of a container while it runs and after it has ended', async () => {
    const { tenant } = await market();
    const { id } = await place(tenant);
    await untilState(tenant, id, 'running');
    const logs = async () => {
      const url = `${tenant.peer.apiUrl}/v1/deployments/${id}/logs`;
      return (await fetch(url, { headers: { authorization: `Bearer ${tenant.token}` } })).text();
    };
    expect(await logs()).toContain('hello from the log');
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await untilState(tenant, id, 'ended');
    expect(await logs()).toContain('hello from the log');
  });

  it('waits with the log of a container that has just ended until it is kept', async () => {
    const { cheap, tenant } = await market();
    const { id } = await place(tenant);
    await untilState(tenant, id, 'running');
    const engine = cheap.engine!;
    const read = Promise.withResolvers<void>();
    const logs = engine.logs.bind(engine);
    engine.logs = async function* (...query) {
      await read.promise;
      yield* logs(...query);
    };
    engine.end(engine.running()[0]!, 0);
    await untilState(tenant, id, 'ended');
    const answer = fetch(`${tenant.peer.apiUrl}/v1/deployments/${id}/logs`, {
      headers: { authorization: `Bearer ${tenant.token}` },
    });
    // Time in which an answer that does not wait would come
    for (let i = 0; i < 20; i += 1) await known(tenant);
    read.resolve();
    expect(await (await answer).text()).toContain('hello from the log');
  });

  it('says in place of a log that it is lost with its container, or cannot be read yet', async () => {
    const { cheap, tenant } = await market();
    const engine = cheap.engine!;
    const logsAfter = async (deed: (lease: string) => void) => {
      const { id } = await place(tenant);
      await untilState(tenant, id, 'running');
      const [lease = ''] = engine.running();
      const leaseOf = async () =>
        (await answerOf(cheap.client.GET('/v1/leases', PAGE))).items.find((each) => each.id === lease);
      await vi.waitFor(async () => expect((await leaseOf())?.upMs).toBeGreaterThan(0), POLL);
      deed(lease);
      await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
      await untilState(tenant, id, 'ended');
      const url = `${tenant.peer.apiUrl}/v1/deployments/${id}/logs`;
      return (await fetch(url, { headers: { authorization: `Bearer ${tenant.token}` } })).text();
    };
    expect(await logsAfter((lease) => engine.erase(lease))).toMatch(
      /\[tallymesh: nothing is kept of this log/,
    );
    const unreadable = () => {
      throw new TallyError('ENGINE_FAILED');
    };
    expect(await logsAfter(() => Object.assign(engine, { logs: unreadable }))).toMatch(
      /\[tallymesh: this log cannot be read now/,
    );
  });

  it('opens a log that is followed before there is a new line', async () => {
    const { tenant } = await market();
    const { id } = await place(tenant);
    await untilState(tenant, id, 'running');
    const leave = new AbortController();
    const answer = await fetch(`${tenant.peer.apiUrl}/v1/deployments/${id}/logs?follow=true&tail=0`, {
      headers: { authorization: `Bearer ${tenant.token}` },
      signal: AbortSignal.any([leave.signal, AbortSignal.timeout(10_000)]),
    });
    expect(answer.status).toBe(200);
    leave.abort();
  });

  it('says of a port that nothing in the container listens on it', async () => {
    const { tenant } = await market();
    const { id } = await place(tenant, { ports: [9_999] });
    await untilState(tenant, id, 'running');
    const answer = await fetch(`${tenant.peer.apiUrl}/v1/deployments/${id}/http/9999/`, {
      headers: { authorization: `Bearer ${tenant.token}` },
    });
    expect(await answer.json()).toMatchObject({ status: 502, code: 'APPLICATION_NOT_LISTENING' });
  });

  it('ends with the exit code when the container does', async () => {
    const { cheap, tenant } = await market();
    const { id, instances } = await place(tenant);
    await untilState(tenant, id, 'running');
    cheap.engine?.end(instances[0]!.lease, 3);
    await untilState(tenant, id, 'failed');
    expect(await deployment(tenant, id)).toMatchObject({ cause: 'EXITED', exitCode: 3 });
  });
});

describe('offers', () => {
  it('disappear everywhere when they are withdrawn, and when their volunteer stops', async () => {
    const { cheap, dear, tenant } = await market();
    const [own] = (await answerOf(cheap.client.GET('/v1/offers', PAGE))).items;
    await cheap.client.DELETE('/v1/offers/{series}', { params: { path: { series: own!.series } } });
    await untilKnown(tenant, 1);
    await dear.peer.stop();
    await untilKnown(tenant, 0);
  });

  it('reach a peer that comes later by reconciliation alone', async () => {
    const { dear } = await market();
    const late = await startPeer({ bootstrap: [dear] });
    await untilKnown(late, 2);
  });
});

describe('after a restart', () => {
  const again = async (each: TestPeer) => {
    const engine = each.engine?.reopen();
    const next = await restart({ home: each.home, engine });
    onTestFinished(() => next.peer.stop());
    return next;
  };

  it('of the volunteer, its containers go on under their leases, at whatever address it comes back', async () => {
    const { cheap, tenant } = await market(30_000);
    const { id } = await place(tenant);
    await untilState(tenant, id, 'running');
    await vi.waitFor(async () => expect((await receiptIds(tenant)).length).toBeGreaterThanOrEqual(1), POLL);
    await cheap.peer.stop();
    const back = await again(cheap);
    expect((await answerOf(back.client.GET('/v1/leases', PAGE))).items[0]).toMatchObject({
      state: 'running',
    });
    const before = (await receiptIds(back)).length;
    await vi.waitFor(async () => expect((await receiptIds(tenant)).length).toBeGreaterThan(before), POLL);
    await untilState(tenant, id, 'running');
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await untilState(tenant, id, 'ended');
    await vi.waitFor(async () => expect(await receiptIds(back)).toEqual(await receiptIds(tenant)), POLL);
  });

  it('of the tenant, its deployments are known again and paid for', async () => {
    const { cheap, tenant } = await market(30_000);
    const { id } = await place(tenant);
    await untilState(tenant, id, 'running');
    await tenant.peer.stop();
    const back = await again(tenant);
    await untilState(back, id, 'running');
    const before = (await receiptIds(back)).length;
    await vi.waitFor(async () => expect((await receiptIds(back)).length).toBeGreaterThan(before), POLL);
    expect((await answerOf(cheap.client.GET('/v1/leases', PAGE))).items[0]).toMatchObject({
      state: 'running',
    });
  });

  it('containers that no lease stands for are removed', async () => {
    const { cheap, tenant } = await market(30_000);
    const { id } = await place(tenant);
    await untilState(tenant, id, 'running');
    await cheap.peer.stop();
    const engine = cheap.engine!.reopen();
    const limits = { cpuMillis: 100, memoryBytes: 2 ** 26, diskBytes: 0 };
    const spec = {
      peer: cheap.peer.peer,
      lease: 'leftover',
      incarnation: 1,
      imageDigest: IMAGE.digest,
      limits,
      ports: [],
    };
    await engine.launch(spec, AbortSignal.timeout(1_000));
    expect(engine.running()).toHaveLength(2);
    await again(cheap);
    expect(engine.running()).toHaveLength(1);
  });
});
