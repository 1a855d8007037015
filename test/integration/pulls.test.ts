// Images that volunteers pull from a registry: several peers in one process, each with an engine of its own, and a registry on
// loopback that the offer names.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { imageOf, someLayer } from '../support/images.ts';
import { OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';
import { type Pushed, TestRegistry } from '../support/registry.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const SIGNAL = new AbortController().signal;
const LOGIN = { username: 'me', password: 'hush-hush-7Qm2' };

const image = imageOf([someLayer('base', 200_000), someLayer('app', 100_000)], {
  config: { User: '1000', Cmd: ['/app'] },
});

let registry: TestRegistry;
let pushed: Pushed;

beforeEach(async () => {
  registry = await TestRegistry.open();
  pushed = registry.push('team/app', '1', image);
});

/** A volunteer that pulls from these registries, and a tenant. */
async function market(pulls: readonly string[] = [registry.host], settings = {}) {
  const tenant = await startPeer();
  const lender = await startPeer({
    ...{ engine: createFakeEngine({ images: [] }), settings, bootstrap: [tenant] },
  });
  const body = { resources: OFFERED, pulls: [...pulls], maxSentBytes: 0 };
  const offer = await answerOf(lender.client.POST('/v1/offers', { body }));
  expect(offer.pulls).toEqual(pulls);
  const known = async () => (await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items;
  await vi.waitFor(async () => expect(await known()).toMatchObject([{ pulls }]), POLL);
  return { lender, tenant };
}

const place = ({ client }: TestPeer, change: Partial<Schemas['BidInput']> = {}) =>
  placeBid(client, {
    ...{ image: pushed.name, pull: {}, resources: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 0 } },
    ...{ maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000, ...change },
  });
const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const until = (peer: TestPeer, id: string, wanted: object) =>
  vi.waitFor(async () => expect(await deployment(peer, id)).toMatchObject(wanted), POLL);
const loaded = ({ engine, peer }: TestPeer) => engine!.loadedImages(peer.peer, SIGNAL);

/** Answers nothing before somebody with this login asks. */
function requireLogin(): void {
  const wanted = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')}`;
  registry.trick = ({ headers }, response) => {
    if (headers.authorization === wanted) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
    return true;
  };
}

/** Lets the registry hold back this blob until the gate is open. */
function gate(digest: string) {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  registry.trick = ({ url = '' }, response) => {
    if (!url.endsWith(digest)) return false;
    reached.resolve();
    void opened.promise.then(() => {
      registry.trick = () => false;
      response.destroy();
    });
    return true;
  };
  return { reached: reached.promise, open: () => opened.resolve() };
}

describe('an image in a registry', () => {
  it('is pulled, checked and run, and the second time nothing is asked for but what its name stands for', async () => {
    const { lender, tenant } = await market();
    const { deployment: first } = await place(tenant);
    await until(tenant, first.id, { state: 'running', image: { digest: image.digest } });
    expect(await loaded(lender)).toMatchObject([{ digest: image.digest }]);
    expect(registry.blobsAsked).toEqual(expect.arrayContaining([...pushed.blobs]));
    const { items } = await answerOf(lender.client.GET('/v1/leases', PAGE));
    const { instances } = await deployment(tenant, first.id);
    expect(items[0]!.upMs).toBeLessThanOrEqual(Date.now() - instances[0]!.runningSinceMs! + 2_000);

    registry.asked.length = 0;
    const { deployment: second } = await place(tenant);
    await until(tenant, second.id, { state: 'running' });
    for (const each of pushed.blobs) expect(registry.blobsAsked).not.toContain(each);
  });

  it('is named by the digest of its configuration, of its manifest or of its index, or by no other', async () => {
    const { tenant } = await market();
    const index = registry.index('team/app', 'all', {
      amd64: pushed.manifest,
      arm64: registry.push('team/app', 'arm', imageOf([someLayer()], { architecture: 'arm64' })).manifest,
    });
    const repository = pushed.name.replace(/:1$/, '');
    const names = [`${repository}:1@${image.digest}`, `${repository}:1@${pushed.manifest}`];
    const byIndex = [`${repository}:all@${index}`, `${repository}@${pushed.manifest}`];
    for (const name of [...names, ...byIndex]) {
      const { placements } = await answerOf(
        tenant.client.POST('/v1/bids', {
          params: { query: { dryRun: true } },
          body: {
            ...{ image: name, pull: {}, resources: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 0 } },
            ...{ maxPriceMicrocreditsPerHour: 3_600_000, durationMs: 600_000 },
          },
        }),
      ).then((answer) => answer as Schemas['Match']);
      expect(placements, name).toHaveLength(1);
    }
    const wrong = place(tenant, { image: `${repository}:1@sha256:${'a'.repeat(64)}` });
    await expect(wrong).rejects.toMatchObject({ code: 'IMAGE_DIGEST_WRONG' });
    const arm = place(tenant, { image: `${repository}:arm` });
    await expect(arm).rejects.toMatchObject({ code: 'IMAGE_WRONG_ARCHITECTURE' });
  });

  it('goes to no volunteer whose offer does not name its registry, and any registry does not mean this one', async () => {
    for (const pulls of [[], ['docker.io'], ['*']]) {
      const { tenant } = await market(pulls);
      await expect(place(tenant)).rejects.toMatchObject({
        ...{ code: 'NOTHING_MATCHED', details: { match: { removed: { image: 1 } } } },
      });
    }
  });

  it('that the registry does not have, or not for this login, is told at once', async () => {
    const { tenant } = await market();
    const absent = place(tenant, { image: `${registry.host}/team/nothing:1` });
    await expect(absent).rejects.toMatchObject({ code: 'REGISTRY_REFUSED', details: { status: 404 } });
    requireLogin();
    await expect(place(tenant)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED', details: { status: 401 } });
    const badly = place(tenant, { image: 'ghcr.io/UPPER/case' });
    await expect(badly).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('that is private is pulled with the login of the bid, which is on no disk in clear', async () => {
    const { lender, tenant } = await market();
    requireLogin();
    const { deployment: placed } = await place(tenant, { pull: LOGIN });
    await until(tenant, placed.id, { state: 'running' });
    expect(registry.blobsAsked).toEqual(expect.arrayContaining([...pushed.blobs]));
    for (const { peer, home } of [lender, tenant]) {
      await peer.stop();
      expect(await holds(home, pushed.name)).toBe(true);
      expect(await holds(home, LOGIN.password)).toBe(false);
    }
  });

  it('that is larger than the bid says ends its lease, with nothing of it left and nothing charged', async () => {
    const { lender, tenant } = await market();
    const big = imageOf([Buffer.alloc(4 * MIB)], { config: { User: '1000' } });
    const name = registry.push('team/big', '1', big).name;
    const { deployment: placed } = await place(tenant, { image: name, pull: { maxBytes: MIB } });
    await vi.waitFor(async () => {
      const { instances } = await deployment(tenant, placed.id);
      expect(instances[0]).toMatchObject({ cause: 'IMAGE_TOO_LARGE', chargedMicrocredits: 0 });
    }, POLL);
    expect(await loaded(lender)).toEqual([]);
  });

  it('larger than what a volunteer gives to images is refused by it before anything is asked', async () => {
    const { tenant } = await market([registry.host], { images: { cacheBytes: 10 * MIB } });
    registry.asked.length = 0;
    await expect(place(tenant)).rejects.toMatchObject({ code: 'ALL_REFUSED' });
    for (const each of pushed.blobs) expect(registry.blobsAsked).not.toContain(each);
    const { deployment: placed } = await place(tenant, { pull: { maxBytes: MIB } });
    await until(tenant, placed.id, { state: 'running' });
  });

  it('is pulled on after the volunteer was started anew: its tenant sends Start, and with it the login, once more', async () => {
    const { lender, tenant } = await market();
    const { reached, open } = gate(pushed.blobs[1]!);
    const { deployment: placed } = await place(tenant);
    await reached;
    await until(tenant, placed.id, { state: 'fetching', instances: [{ state: 'fetching' }] });
    const [lowest] = image.layers;
    await vi.waitFor(async () => {
      const files = await readdir(lender.home, { recursive: true });
      expect(files.join()).toContain(lowest!.diffId.slice('sha256:'.length));
    }, POLL);
    await lender.peer.stop();
    open();
    Object.assign(lender, await restart(lender));
    await until(tenant, placed.id, { state: 'running', instances: [{ incarnation: 1, state: 'running' }] });
    // The layer that was whole is not asked for again
    expect(registry.blobsAsked.filter((each) => each === pushed.blobs[0])).toHaveLength(1);
  });

  it('that is stopped while it comes ends its lease, and nothing is left of it', async () => {
    const { lender, tenant } = await market();
    const { reached } = gate(pushed.blobs[0]!);
    const { deployment: placed } = await place(tenant);
    await reached;
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id: placed.id } } });
    await until(tenant, placed.id, { state: 'ended', cause: 'TENANT_STOPPED', chargedMicrocredits: 0 });
    expect(await loaded(lender)).toEqual([]);
  });
});

/** Whether a file below a folder holds a text. */
async function holds(folder: string, text: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile());
  const found = await Promise.all(
    files.map(async ({ parentPath, name }) => (await readFile(join(parentPath, name))).includes(text)),
  );
  return found.includes(true);
}
