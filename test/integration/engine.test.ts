// What becomes of leases when something happens to their containers or to the engine, past the peer: whose doing it is,
// what is charged, what is replaced, and what is thought of the volunteer afterwards.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 40_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const GRACE_MS = 10_000;
const HOUR_MS = 3_600_000;
const BID = {
  image: IMAGE.name,
  resources: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 0, gpus: 0 },
  ports: [8080],
  maxPriceMicrocreditsPerHour: 3_600_000,
  durationMs: 600_000,
  graceMs: GRACE_MS,
};
/** Long enough for what anybody could be charged to be told from nothing. */
const settings = { lease: { firstEpochMs: 1_000, maxEpochMs: 2_000, maxAwayMs: 60_000 } };

async function volunteerWith(engine = helloEngine(), bootstrap: TestPeer[] = [], cpuHour = 100_000) {
  const volunteer = await startPeer({ engine, bootstrap, settings });
  const prices = { cpuHour, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
  const body = { resources: OFFERED, prices, images: [IMAGE.name] };
  await answerOf(volunteer.client.POST('/v1/offers', { body }));
  return volunteer;
}

const offersKnown = async ({ client }: TestPeer) =>
  (await answerOf(client.GET('/v1/market/offers', PAGE))).items;
const untilKnown = (peer: TestPeer, count: number) =>
  vi.waitFor(async () => expect(await offersKnown(peer)).toHaveLength(count), POLL);
const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const until = (peer: TestPeer, id: string, wanted: object) =>
  vi.waitFor(async () => expect(await deployment(peer, id)).toMatchObject(wanted), POLL);
const leaseOf = async ({ client }: TestPeer, id: string): Promise<Schemas['Lease']> => {
  const { items } = await answerOf(client.GET('/v1/leases', PAGE));
  return items.find((lease) => lease.id === id)!;
};
const outcomesOn = async (tenant: TestPeer, { peer }: TestPeer) => {
  const { items } = await answerOf(tenant.client.GET('/v1/trust', PAGE));
  return items.find((each) => each.peer === peer.peer);
};

/** A tenant with one copy on the cheaper of two volunteers. */
async function placed(change: object = {}) {
  const spare = await volunteerWith();
  const host = await volunteerWith(helloEngine(), [spare], 50_000);
  const tenant = await startPeer({ bootstrap: [spare, host], settings });
  await untilKnown(tenant, 2);
  const { id } = (await placeBid(tenant.client, { ...BID, ...change })).deployment;
  await until(tenant, id, { state: 'running', instances: [{ volunteer: host.peer.peer }] });
  const [copy] = (await deployment(tenant, id)).instances;
  await vi.waitFor(async () => expect((await leaseOf(host, copy!.lease)).epochs).toBeGreaterThan(0), POLL);
  return { spare, host, tenant, id, lease: copy!.lease };
}

describe('a container that its owner', () => {
  it.each([
    [
      'kills',
      (engine: NonNullable<TestPeer['engine']>, lease: string) => engine.kill(lease),
      'INSTANCE_KILLED',
    ],
    [
      'takes away',
      (engine: NonNullable<TestPeer['engine']>, lease: string) => engine.erase(lease),
      'INSTANCE_LOST',
    ],
    [
      'leaves less than was leased',
      (engine: NonNullable<TestPeer['engine']>, lease: string) => engine.reduce(lease),
      'INSTANCE_REDUCED',
    ],
  ])('%s is replaced elsewhere, and counts against its volunteer', async (_, ends, cause) => {
    const { host, tenant, id, lease } = await placed();
    ends(host.engine!, lease);
    await until(tenant, id, {
      state: 'running',
      instances: [
        { state: 'failed', cause },
        { incarnation: 2, state: 'running' },
      ],
    });
    await vi.waitFor(async () => expect(await outcomesOn(tenant, host)).toMatchObject({ bad: 1 }), POLL);
  });

  it('pauses is unknown with the cause, not charged, and goes on when it may', async () => {
    const { host, tenant, id, lease } = await placed({ graceMs: 600_000 });
    const beside = await placeBid(tenant.client, BID);
    await until(tenant, beside.deployment.id, {
      state: 'running',
      instances: [{ volunteer: host.peer.peer }],
    });
    const [other] = (await deployment(tenant, beside.deployment.id)).instances;
    host.engine!.hold(lease, 'paused');
    await until(tenant, id, {
      state: 'unknown',
      instances: [{ state: 'unknown', cause: 'INSTANCE_PAUSED' }],
    });
    const before = await leaseOf(host, lease);
    expect(before).toMatchObject({ state: 'stalled', cause: 'INSTANCE_PAUSED' });
    const { upMs } = await leaseOf(host, other!.lease);
    await vi.waitFor(
      async () => expect((await leaseOf(host, other!.lease)).upMs).toBeGreaterThan(upMs + 3_000),
      POLL,
    );
    expect((await leaseOf(host, lease)).upMs).toBe(before.upMs);
    host.engine!.hold(lease, 'running');
    await until(tenant, id, { state: 'running', instances: [{ cause: '' }] });
    expect((await deployment(tenant, id)).instances).toHaveLength(1);
  });

  it('pauses for longer than the grace is replaced, and counts against its volunteer', async () => {
    const { host, tenant, id, lease } = await placed();
    host.engine!.hold(lease, 'paused');
    await until(tenant, id, {
      state: 'running',
      instances: [{ cause: 'INSTANCE_PAUSED' }, { incarnation: 2 }],
    });
    await vi.waitFor(async () => expect(await outcomesOn(tenant, host)).toMatchObject({ bad: 1 }), POLL);
    await vi.waitFor(() => expect(host.engine!.running()).toEqual([]), POLL);
  });
});

describe('a container that was given up', () => {
  it('and comes back because nobody else has room goes on, and counts against its volunteer all the same', async () => {
    const host = await volunteerWith();
    const tenant = await startPeer({ bootstrap: [host], settings });
    await untilKnown(tenant, 1);
    const { id } = (await placeBid(tenant.client, BID)).deployment;
    await until(tenant, id, { state: 'running' });
    const [copy] = (await deployment(tenant, id)).instances;
    host.engine!.hold(copy!.lease, 'paused');
    await until(tenant, id, { instances: [{ state: 'lost', cause: 'INSTANCE_PAUSED' }] });
    host.engine!.hold(copy!.lease, 'running');
    await until(tenant, id, { state: 'running', instances: [{ state: 'running', incarnation: 1 }] });
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await vi.waitFor(
      async () => expect(await outcomesOn(tenant, host)).toMatchObject({ good: 0, bad: 1 }),
      POLL,
    );
  });
});

describe('a container that ends', () => {
  it('is charged up to its end and no longer, though nobody told', async () => {
    const { host, tenant, id, lease } = await placed();
    // As after an engine whose events broke off: only a look finds it
    host.engine!.endUnheard(lease, 0);
    await until(tenant, id, { state: 'ended', cause: 'EXITED', exitCode: 0 });
    const { upMs, issuedAtMs } = await leaseOf(host, lease);
    await vi.waitFor(async () => expect((await leaseOf(host, lease)).unsignedMicrocredits).toBe(0), POLL);
    const { priceMicrocreditsPerHour, chargedMicrocredits } = await leaseOf(host, lease);
    expect(upMs).toBeLessThan(Date.now() - issuedAtMs);
    expect(chargedMicrocredits).toBe(Math.floor((priceMicrocreditsPerHour * upMs) / HOUR_MS));
  });

  it('at once with an error is neither a good lease nor a bad one, and is not replaced', async () => {
    const { host, tenant, id, lease } = await placed();
    host.engine!.end(lease, 3);
    await until(tenant, id, { state: 'failed', cause: 'EXITED', exitCode: 3 });
    await vi.waitFor(async () => {
      const { items } = await answerOf(tenant.client.GET('/v1/events', PAGE));
      expect(items.some(({ kind }) => kind === 'copy.failed')).toBe(true);
    }, POLL);
    expect((await deployment(tenant, id)).instances).toHaveLength(1);
    expect(await outcomesOn(tenant, host)).not.toMatchObject({ bad: 1 });
  });
});

describe('a container that floods its log', () => {
  const logOf = (tenant: TestPeer, id: string, query: string) =>
    fetch(`${tenant.peer.apiUrl}/v1/deployments/${id}/logs${query}`, {
      headers: { authorization: `Bearer ${tenant.token}` },
    }).then((answer) => answer.text());
  const linesOf = async (log: string | Promise<string>): Promise<Schemas['LogLine'][]> =>
    (await log)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  it('is ended, not replaced, and its log says why at its end and what is gone at its beginning', async () => {
    const { host, tenant, id, lease } = await placed();
    const followed = logOf(tenant, id, '?follow=true&tail=0');
    // Awaited below, unless something else has failed by then
    followed.catch(() => {});
    await vi.waitFor(
      async () => {
        if (host.engine!.running().includes(lease))
          for (let i = 0; i < 1_000; i += 1) host.engine!.print(lease, 'stdout', `again ${i}`);
        expect(await deployment(tenant, id)).toMatchObject({ cause: 'LOG_FLOOD' });
      },
      { timeout: 40_000, interval: 100 },
    );
    expect((await deployment(tenant, id)).instances).toHaveLength(1);
    expect(await leaseOf(host, lease)).toMatchObject({ state: 'ended', cause: 'LOG_FLOOD' });
    const kept = await linesOf(logOf(tenant, id, ''));
    expect(kept).toHaveLength(202);
    expect(kept[0]!.text).toContain('the lines before this one are not kept');
    expect(kept.at(-1)!.text).toContain('ended: it wrote more than 2000 lines or 256 KiB a second');
    expect((await linesOf(followed)).at(-1)!.text).toBe(kept.at(-1)!.text);
    expect(await outcomesOn(tenant, host)).not.toMatchObject({ bad: 1 });
  });

  it('is not one that writes a great deal at its start, or a little for ever', async () => {
    const { host, tenant, id, lease } = await placed();
    for (let i = 0; i < 50_000; i += 1) host.engine!.print(lease, 'stdout', `debug ${i} ${'x'.repeat(80)}`);
    const before = await leaseOf(host, lease);
    await vi.waitFor(async () => {
      for (let i = 0; i < 10; i += 1) host.engine!.print(lease, 'stdout', `request ${i}`);
      expect((await leaseOf(host, lease)).upMs).toBeGreaterThan(before.upMs + 15_000);
    }, POLL);
    expect(await deployment(tenant, id)).toMatchObject({ state: 'running', instances: [{ incarnation: 1 }] });
  });
});

describe('an engine that does not answer', () => {
  it('makes its copies unknown with the cause, not charged, and lost after the grace; its offers leave and come back', async () => {
    const { host, tenant, id, lease } = await placed();
    host.engine!.goDown();
    await until(tenant, id, { instances: [{ state: 'unknown', cause: 'ENGINE_SILENT' }] });
    await untilKnown(tenant, 1);
    const stalled = await leaseOf(host, lease);
    expect(stalled).toMatchObject({ state: 'stalled', cause: 'ENGINE_SILENT' });
    await until(tenant, id, {
      state: 'running',
      instances: [{ cause: 'ENGINE_SILENT' }, { incarnation: 2 }],
    });
    expect((await leaseOf(host, lease)).upMs).toBe(stalled.upMs);
    await vi.waitFor(async () => expect(await outcomesOn(tenant, host)).toMatchObject({ bad: 1 }), POLL);
    host.engine!.comeUp();
    await untilKnown(tenant, 2);
    // The old copy made room for its replacement
    await vi.waitFor(() => expect(host.engine!.running()).toEqual([]), POLL);
  });

  it('for less than the grace changes nothing but the charge', async () => {
    const { host, tenant, id, lease } = await placed({ graceMs: 600_000 });
    host.engine!.goDown();
    await until(tenant, id, { instances: [{ state: 'unknown', cause: 'ENGINE_SILENT' }] });
    host.engine!.comeUp();
    await until(tenant, id, { state: 'running', instances: [{ incarnation: 1, cause: '' }] });
    const { epochs } = await leaseOf(host, lease);
    await vi.waitFor(async () => expect((await leaseOf(host, lease)).epochs).toBeGreaterThan(epochs), POLL);
  });

  it('and took its containers along is said so: they are replaced, and count against their volunteer', async () => {
    const { host, tenant, id } = await placed({ graceMs: 600_000 });
    host.engine!.shutDown();
    await until(tenant, id, { instances: [{ state: 'unknown' }] });
    host.engine!.comeUp();
    await until(tenant, id, {
      state: 'running',
      instances: [{ cause: 'ENGINE_STOPPED' }, { incarnation: 2 }],
    });
    await vi.waitFor(async () => expect(await outcomesOn(tenant, host)).toMatchObject({ bad: 1 }), POLL);
  });

  it('when its peer starts is taken up when it comes, with its leases', async () => {
    const { host, tenant, id } = await placed({ graceMs: 600_000 });
    await host.peer.stop();
    const engine = host.engine!.reopen();
    engine.goDown();
    const back = await restart({ home: host.home, engine });
    onTestFinished(() => back.peer.stop());
    await until(tenant, id, { instances: [{ state: 'unknown', cause: 'ENGINE_SILENT' }] });
    expect(await answerOf(back.client.GET('/v1/health'))).toMatchObject({ engine: 'down' });
    engine.comeUp();
    await until(tenant, id, { state: 'running', instances: [{ incarnation: 1 }] });
    await untilKnown(tenant, 2);
  });
});

describe('capacity', () => {
  const free = async ({ client }: TestPeer) =>
    (await answerOf(client.GET('/v1/offers', PAGE))).items.map(({ resources }) => resources.cpuMillis);
  const offer = ({ client }: TestPeer, cpuMillis: number) =>
    answerOf(
      client.POST('/v1/offers', { body: { resources: { ...OFFERED, cpuMillis }, images: [IMAGE.name] } }),
    );

  it('that leases hold is not offered once more when their offer was withdrawn', async () => {
    const engine = helloEngine({ cpuMillis: 2_000 });
    const volunteer = await volunteerWith(engine);
    const tenant = await startPeer({ bootstrap: [volunteer], settings });
    await untilKnown(tenant, 1);
    const [first] = (await answerOf(volunteer.client.GET('/v1/offers', PAGE))).items;
    for (let i = 0; i < 3; i += 1) await placeBid(tenant.client, BID);
    await volunteer.client.DELETE('/v1/offers/{series}', { params: { path: { series: first!.series } } });
    await offer(volunteer, 2_000);
    expect(await free(volunteer)).toEqual([500]);
    await vi.waitFor(
      async () => expect(await offersKnown(tenant)).toMatchObject([{ resources: { cpuMillis: 500 } }]),
      POLL,
    );
    await placeBid(tenant.client, BID);
    await expect(placeBid(tenant.client, BID)).rejects.toMatchObject({ code: 'NOTHING_MATCHED' });
    expect(engine.taken().reduce((sum, { cpuMillis }) => sum + cpuMillis, 0)).toBeLessThanOrEqual(2_000);
  });

  it('follows the engine down and up; what it has no room for ends, the latest first', async () => {
    const engine = helloEngine({ cpuMillis: 2_000 });
    const volunteer = await volunteerWith(engine);
    const tenant = await startPeer({ bootstrap: [volunteer], settings });
    await untilKnown(tenant, 1);
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.push((await placeBid(tenant.client, BID)).deployment.id);
    for (const id of ids) await until(tenant, id, { state: 'running' });
    engine.comeUp({ cpuMillis: 1_000 });
    await until(tenant, ids[2]!, { state: 'placing', instances: [{ cause: 'ENGINE_SHRANK' }] });
    expect(engine.running()).toHaveLength(2);
    expect(await free(volunteer)).toEqual([0]);
    engine.comeUp({ cpuMillis: 2_000 });
    await until(tenant, ids[2]!, { state: 'running' });
    expect(await free(volunteer)).toEqual([500]);
  });

  it('is not that which containers of other peers on the same engine hold', async () => {
    const engine = helloEngine({ cpuMillis: 2_000 });
    const volunteer = await volunteerWith(engine);
    engine.comeUp({ heldByOthers: { cpuMillis: 1_600, memoryBytes: 0, diskBytes: 0 } });
    await vi.waitFor(async () => expect(await free(volunteer)).toEqual([400]), POLL);
    const tenant = await startPeer({ bootstrap: [volunteer], settings });
    await untilKnown(tenant, 1);
    await expect(placeBid(tenant.client, BID)).rejects.toMatchObject({ code: 'NOTHING_MATCHED' });
    engine.comeUp({ heldByOthers: { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 } });
    await vi.waitFor(async () => expect(await free(volunteer)).toEqual([2_000]), POLL);
    // What runs goes on, whatever others start beside it
    const { id } = (await placeBid(tenant.client, BID)).deployment;
    await until(tenant, id, { state: 'running' });
    engine.comeUp({ heldByOthers: { cpuMillis: 2_000, memoryBytes: 0, diskBytes: 0 } });
    await vi.waitFor(async () => expect(await free(volunteer)).toEqual([0]), POLL);
    expect(engine.running()).toHaveLength(1);
  });
});

describe('images of an offer', () => {
  it('are all that runs there, whatever else the engine holds', async () => {
    const volunteer = await volunteerWith();
    const tenant = await startPeer({ bootstrap: [volunteer], settings });
    await untilKnown(tenant, 1);
    const other = { ...BID, image: `other:1@sha256:${'34'.repeat(32)}` };
    await expect(placeBid(tenant.client, other)).rejects.toMatchObject({
      code: 'NOTHING_MATCHED',
      details: { match: { removed: { image: 1 } } },
    });
  });

  it('are refused for another architecture than the engine’s', async () => {
    const volunteer = await startPeer({ engine: helloEngine({ architecture: 'arm64' }), settings });
    const body = { resources: OFFERED, images: [IMAGE.name] };
    const refused = answerOf(volunteer.client.POST('/v1/offers', { body }));
    await expect(refused).rejects.toMatchObject({ code: 'IMAGE_WRONG_ARCHITECTURE' });
  });

  it('leave the offer when they leave the engine, and the owner is told', async () => {
    const volunteer = await volunteerWith();
    const tenant = await startPeer({ bootstrap: [volunteer], settings });
    await untilKnown(tenant, 1);
    volunteer.engine!.forgetImages();
    // An engine that comes back is looked at in full
    volunteer.engine!.comeUp({ version: '2.0.0' });
    await vi.waitFor(async () => expect(await offersKnown(tenant)).toMatchObject([{ images: [] }]), POLL);
    const { items } = await answerOf(volunteer.client.GET('/v1/events', PAGE));
    expect(items).toContainEqual(expect.objectContaining({ kind: 'offer.revised', cause: 'IMAGES_CHANGED' }));
  });
});
