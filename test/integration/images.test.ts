// A tenant's own image on a volunteer that never had it: several peers in one process, each with an engine of its own.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import {
  imageOf,
  savedEntries,
  someLayer,
  type TestImage,
  tarOf,
  tarsOf,
  temporaryFolder,
} from '../support/images.ts';
import { OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const SIGNAL = new AbortController().signal;
const NAME = 'mine:1';

const BID = {
  image: NAME,
  resources: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 0, gpus: 0 },
  maxPriceMicrocreditsPerHour: 3_600_000,
  durationMs: 600_000,
};

const config = { config: { User: '1000', Cmd: ['/app'] } };
const lowest = someLayer('base', 200_000);
const image = imageOf([lowest, someLayer('app', 100_000)], config);

/** Puts an image into an engine, as its owner built it there. */
async function built(engine: FakeEngine, what: TestImage): Promise<void> {
  await engine.loadImage({ peer: 'its owner', image: what, tar: tarsOf(what) }, SIGNAL);
}

async function archiveOf(what: TestImage): Promise<string> {
  const file = join(await temporaryFolder(), 'image.tar');
  await writeFile(file, tarOf(savedEntries(what)));
  return file;
}

async function volunteer(
  body: Partial<Schemas['OfferInput']> = {},
  settings = {},
  engine = createFakeEngine({ images: [] }),
  bootstrap: readonly TestPeer[] = [],
): Promise<TestPeer> {
  const peer = await startPeer({ engine, settings, bootstrap });
  await peer.client.POST('/v1/offers', { body: { resources: OFFERED, ...body } });
  return peer;
}

/** A volunteer without any image, and a tenant that has one to send. */
async function market(...[body, settings, engine]: Parameters<typeof volunteer>) {
  const tenant = await startPeer();
  const lender = await volunteer(body, settings, engine, [tenant]);
  await vi.waitFor(async () => expect((await known(tenant)).length).toBe(1), POLL);
  await tenant.client.POST('/v1/images', { body: { path: await archiveOf(image), name: NAME } });
  return { lender, tenant };
}

/** A market whose volunteer's engine takes no image until the gate is open. */
async function gated(settings = {}) {
  const engine = createFakeEngine({ images: [] });
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const load = engine.loadImage.bind(engine);
  engine.loadImage = async (image, signal) => {
    reached.resolve();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await Promise.race([opened.promise, aborted]);
    return load(image, signal);
  };
  return {
    ...(await market({}, settings, engine)),
    gate: { reached: reached.promise, open: () => opened.resolve() },
  };
}

const known = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/market/offers', PAGE))).items;
const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const until = (peer: TestPeer, id: string, wanted: object) =>
  vi.waitFor(async () => expect(await deployment(peer, id)).toMatchObject(wanted), POLL);
const place = ({ client }: TestPeer, change: Partial<Schemas['BidInput']> = {}) =>
  placeBid(client, { ...BID, ...change });
const loaded = ({ engine, peer }: TestPeer) => engine!.loadedImages(peer.peer, SIGNAL);

describe('an image that no volunteer has', () => {
  it('is sent, checked and run; nothing is charged until it runs; the second time nothing travels', async () => {
    const { lender, tenant } = await market();
    const { deployment: first } = await place(tenant);
    await until(tenant, first.id, { state: 'running', image: { digest: image.digest } });
    expect(await loaded(lender)).toMatchObject([{ digest: image.digest }]);
    const [events] = [(await answerOf(tenant.client.GET('/v1/events', PAGE))).items.map(({ kind }) => kind)];
    expect(events).toEqual(expect.arrayContaining(['copy.fetching', 'copy.running']));
    const { instances } = await deployment(tenant, first.id);
    const { items } = await answerOf(lender.client.GET('/v1/leases', PAGE));
    expect(items[0]!.upMs).toBeLessThanOrEqual(Date.now() - instances[0]!.runningSinceMs! + 2_000);

    const before = await sentBytes(tenant);
    expect(before).toBeGreaterThan(300_000);
    const { deployment: second } = await place(tenant);
    await until(tenant, second.id, { state: 'running' });
    expect(await sentBytes(tenant)).toBe(before);
  });

  it('sends of a new version only the layers that are new', async () => {
    const { tenant } = await market();
    const { deployment: first } = await place(tenant);
    await until(tenant, first.id, { state: 'running' });
    const before = await sentBytes(tenant);
    const next = imageOf([lowest, someLayer('app', 50_000)], config);
    await tenant.client.POST('/v1/images', { body: { path: await archiveOf(next), name: NAME } });
    const { deployment: second } = await place(tenant);
    await until(tenant, second.id, { state: 'running', image: { digest: next.digest } });
    const sent = (await sentBytes(tenant)) - before;
    expect(sent).toBeGreaterThan(49_000);
    expect(sent).toBeLessThan(60_000);
  });

  it('comes out of the tenant’s own engine, too, and means the tenant’s image whatever others call so', async () => {
    const { lender, tenant: other } = await market();
    const engine = createFakeEngine({ images: [] });
    await built(engine, image);
    const tenant = await startPeer({ engine, bootstrap: [lender] });
    await vi.waitFor(async () => expect((await known(tenant)).length).toBe(1), POLL);
    const added = await answerOf(
      tenant.client.POST('/v1/images', { body: { engine: image.digest, name: NAME } }),
    );
    expect(added).toMatchObject({ name: NAME, digest: image.digest, user: '1000', layers: 2 });
    const { deployment: placed } = await place(tenant);
    await until(tenant, placed.id, { state: 'running' });
    await expect(
      answerOf(other.client.POST('/v1/images', { body: { engine: 'nobody-has:this' } })),
    ).rejects.toMatchObject({ code: 'OFFER_WITHOUT_ENGINE' });
    await expect(
      answerOf(tenant.client.POST('/v1/images', { body: { engine: 'nobody-has:this' } })),
    ).rejects.toMatchObject({ code: 'IMAGE_NOT_HELD' });
  });

  it('runs for another tenant once that one has sent it too, also after the volunteer was started anew', async () => {
    const { lender, tenant } = await market({ anyImage: true });
    const { deployment: first } = await place(tenant);
    await until(tenant, first.id, { state: 'running' });
    const other = await startPeer({ bootstrap: [lender, tenant] });
    await vi.waitFor(async () => expect((await known(other)).length).toBe(1), POLL);
    // The offer is for every image that its owner has; this one is not the owner's
    for (const digest of [image.digest, `sha256:${'0'.repeat(64)}`])
      await expect(place(other, { image: `${NAME}@${digest}` })).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
      });
    await other.client.POST('/v1/images', { body: { path: await archiveOf(image), name: NAME } });
    const { deployment: second } = await place(other);
    await until(other, second.id, { state: 'running' });
    const before = await sentBytes(other);
    expect(before).toBeGreaterThan(300_000);
    for (const [peer, { id }] of [
      [tenant, first],
      [other, second],
    ] as const)
      await peer.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await lender.peer.stop();
    await vi.waitFor(async () => expect(await known(other)).toEqual([]), POLL);
    Object.assign(lender, await restart(lender));
    await vi.waitFor(async () => expect((await known(other)).length).toBe(1), POLL);
    const { deployment: again } = await place(other);
    await until(other, again.id, { state: 'running' });
    expect(await sentBytes(other)).toBe(before);
  });

  it('goes to nobody whose offer takes none so large, and the match says so', async () => {
    const { tenant } = await market({ maxSentBytes: 100_000 });
    await expect(place(tenant)).rejects.toMatchObject({
      ...{ code: 'NOTHING_MATCHED', details: { match: { removed: { image: 1 } } } },
    });
    await tenant.client.DELETE('/v1/images/{image}', { params: { path: { image: NAME } } });
    await expect(place(tenant)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('makes room in the volunteer’s engine: what nobody has used for longest goes, what runs stays', async () => {
    const { lender, tenant } = await market({}, { images: { cacheBytes: 700_000 } });
    const { deployment: first } = await place(tenant);
    await until(tenant, first.id, { state: 'running' });
    const others = [1, 2].map((number) => imageOf([someLayer(`other-${number}`, 250_000)], config));
    for (const [index, other] of others.entries()) {
      const name = `other:${index}`;
      await tenant.client.POST('/v1/images', { body: { path: await archiveOf(other), name } });
      const { deployment: placed } = await place(tenant, { image: name });
      await until(tenant, placed.id, { state: 'running' });
      await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: placed.id } } });
      await until(tenant, placed.id, { state: 'ended' });
    }
    const digests = (await loaded(lender)).map(({ digest }) => digest).sort();
    expect(digests).toEqual([image.digest, others[1]!.digest].sort());
  });

  it('is sent on after the volunteer was started anew: its tenant sends Start once more', async () => {
    const { lender, tenant, gate } = await gated();
    const { deployment: placed } = await place(tenant);
    await gate.reached;
    await until(tenant, placed.id, { state: 'fetching', instances: [{ state: 'fetching' }] });
    await lender.peer.stop();
    gate.open();
    Object.assign(lender, await restart(lender));
    await until(tenant, placed.id, { state: 'running', instances: [{ incarnation: 1, state: 'running' }] });
  });

  it('that is stopped while it comes ends its lease, and nothing is left of it', async () => {
    const { lender, tenant, gate } = await gated();
    const { deployment: placed } = await place(tenant);
    await gate.reached;
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: placed.id } } });
    await until(tenant, placed.id, { state: 'ended', cause: 'TENANT_STOPPED', chargedMicrocredits: 0 });
    const { items } = await answerOf(lender.client.GET('/v1/leases', PAGE));
    expect(items).toMatchObject([{ state: 'ended', cause: 'TENANT_STOPPED', upMs: 0 }]);
    expect(await loaded(lender)).toEqual([]);
  });
});

describe('an image that is pushed ahead of a lease', () => {
  const pushed = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/pushes', PAGE))).items;
  const push = async ({ client }: TestPeer, to: TestPeer) =>
    answerOf(client.POST('/v1/pushes', { body: { image: NAME, volunteer: to.peer.peer } }));
  const cached = async ({ client }: TestPeer) =>
    (await answerOf(client.GET('/v1/cached-images', PAGE))).items;
  const becomes = (tenant: TestPeer, wanted: object) =>
    vi.waitFor(async () => expect(await pushed(tenant)).toMatchObject([wanted]), POLL);
  const FREE = { credit: { policy: 'free' } };

  it('is in the engine of a volunteer that lends to its tenant, so that the run sends nothing', async () => {
    const { lender, tenant } = await market({}, FREE);
    expect(await push(tenant, lender)).toMatchObject({ state: 'waiting', digest: image.digest });
    await becomes(tenant, { state: 'held', code: '' });
    expect(await cached(lender)).toMatchObject([{ digest: image.digest, inUse: false }]);
    const before = await sentBytes(tenant);
    const { deployment: placed, match } = await place(tenant);
    expect(match.candidates).toMatchObject([{ warm: true }]);
    await until(tenant, placed.id, { state: 'running' });
    expect(await sentBytes(tenant)).toBe(before);
    expect(await cached(lender)).toMatchObject([{ digest: image.digest, inUse: true }]);
    const params = { path: { digest: image.digest } };
    const remove = () => lender.client.DELETE('/v1/cached-images/{digest}', { params });
    await expect(remove()).rejects.toMatchObject({ code: 'IMAGE_IN_USE' });
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: placed.id } } });
    await until(tenant, placed.id, { state: 'ended' });
    await vi.waitFor(async () => {
      await remove();
      expect(await cached(lender)).toEqual([]);
    }, POLL);
  });

  it('is refused by a volunteer that lends to its tenant only as to newcomers, or that takes none so large', async () => {
    const { lender, tenant } = await market();
    await push(tenant, lender);
    await becomes(tenant, { state: 'failed', code: 'REFUSED_CREDIT' });
    const { lender: small, tenant: other } = await market({ maxSentBytes: 100_000 }, FREE);
    await push(other, small);
    await becomes(other, { state: 'failed', code: 'REFUSED_PUSH' });
    expect(await cached(lender)).toEqual([]);
    expect(await cached(small)).toEqual([]);
  });

  it('comes whole although the volunteer is started anew while it comes', async () => {
    const { lender, tenant, gate } = await gated(FREE);
    await push(tenant, lender);
    await gate.reached;
    await becomes(tenant, { state: 'fetching' });
    await lender.peer.stop();
    gate.open();
    Object.assign(lender, await restart(lender));
    await becomes(tenant, { state: 'held' });
    expect(await cached(lender)).toMatchObject([{ digest: image.digest }]);
  });

  it('gives way to the image of a lease that needs its room', async () => {
    const { lender, tenant, gate } = await gated({ ...FREE, images: { cacheBytes: 1_500_000 } });
    await push(tenant, lender);
    await gate.reached;
    const large = imageOf([someLayer('large', 1_300_000)], config);
    await tenant.client.POST('/v1/images', { body: { path: await archiveOf(large), name: 'large:1' } });
    const { deployment: placed } = await place(tenant, { image: 'large:1' });
    await becomes(tenant, { state: 'failed', code: 'REFUSED_CAPACITY' });
    gate.open();
    await until(tenant, placed.id, { state: 'running' });
  });
});

describe('an image that a volunteer has from its tenant', () => {
  /** A tenant whose image runs at a first volunteer, and a second one that has not seen it. */
  async function two(settings = {}) {
    const tenant = await startPeer();
    const first = await volunteer({ labels: ['who=first'] }, settings, undefined, [tenant]);
    const second = await volunteer({ labels: ['who=second'] }, {}, undefined, [tenant, first]);
    await vi.waitFor(async () => expect((await known(tenant)).length).toBe(2), POLL);
    await tenant.client.POST('/v1/images', { body: { path: await archiveOf(image), name: NAME } });
    await runAt(tenant, 'first');
    return { tenant, first, second };
  }

  async function runAt(tenant: TestPeer, who: string): Promise<void> {
    const { deployment: placed } = await place(tenant, { labels: [`who=${who}`] });
    await until(tenant, placed.id, { state: 'running' });
  }

  it('goes to the next volunteer from the first, and the tenant sends nothing of it', async () => {
    const { tenant, first, second } = await two();
    const before = await sentBytes(tenant);
    await runAt(tenant, 'second');
    expect(await sentBytes(tenant)).toBe(before);
    expect(await sentBytes(first, 'shared-out')).toBe(before);
    expect(await sentBytes(second, 'shared-in')).toBe(before);
    expect(await loaded(second)).toMatchObject([{ digest: image.digest }]);
  });

  it('goes to the next volunteer from the first also after that was started anew', async () => {
    const { tenant, first } = await two();
    const before = await sentBytes(tenant);
    await first.peer.stop();
    Object.assign(first, await restart(first));
    await vi.waitFor(async () => expect(await connectedTo(tenant)).toContain(first.peer.peer), POLL);
    await runAt(tenant, 'second');
    expect(await sentBytes(tenant)).toBe(before);
    expect(await sentBytes(first, 'shared-out')).toBe(before);
  });

  it('goes to the next volunteer from the tenant where the owner of the first wants that, or the first is gone', async () => {
    const { tenant, first, second } = await two({ images: { sharedBytes: 0 } });
    const before = await sentBytes(tenant);
    await runAt(tenant, 'second');
    expect(await sentBytes(tenant)).toBe(2 * before);
    expect(await sentBytes(first, 'shared-out')).toBe(0);
    expect(await sentBytes(second, 'shared-in')).toBe(0);
    const other = await two();
    await other.first.peer.stop();
    await runAt(other.tenant, 'second');
    expect(await sentBytes(other.tenant)).toBe(2 * before);
  });

  it('is gone for others too once its owner removes it from the engine', async () => {
    const { tenant, first } = await two();
    const before = await sentBytes(tenant);
    const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: items[0]!.id } } });
    await until(tenant, items[0]!.id, { state: 'ended' });
    const params = { path: { digest: image.digest } };
    await vi.waitFor(() => first.client.DELETE('/v1/cached-images/{digest}', { params }), POLL);
    await runAt(tenant, 'second');
    expect(await sentBytes(tenant)).toBe(2 * before);
  });
});

const connectedTo = async ({ client }: TestPeer) =>
  (await answerOf(client.GET('/v1/peers', PAGE))).items.map(({ peer }) => peer);

/** How much of layers this peer has sent, or what else of them travelled. */
async function sentBytes({ peer, token }: TestPeer, direction = 'out'): Promise<number> {
  const answer = await fetch(`${peer.apiUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const line = new RegExp(`^tallymesh_market_image_bytes_total\\{direction="${direction}"\\} (\\d+)$`, 'm');
  const [, bytes] = line.exec(await answer.text()) ?? [];
  return Number(bytes);
}
