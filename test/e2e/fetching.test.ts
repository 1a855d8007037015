// `kill -9` of either side and of the engine while an image is on its way: sent by its tenant, pulled from a registry, or pushed ahead
// of a lease. What is left, and that nothing is charged that did not run. The volunteer has an engine of its own, to be killed.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import { end } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerHost } from '../support/docker-host.ts';
import { dockerAt, packBusybox } from '../support/image.ts';
import { imageOf, savedEntries, type TestImage, tarOf, temporaryFolder } from '../support/images.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { TestRegistry } from '../support/registry.ts';
import { deploymentOf, killAndRestart, leaseOf, WAIT } from '../support/stage.ts';

const PAGE = { params: { query: { limit: 100 } } };
const ALIVE = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do echo alive; sleep 1 & wait; done'];
/** Large enough to be on its way for a second or two. */
const LARGE_BYTES = 96 * MIB;

let stage: Stage;
let engine: OwnEngine;
let host: PeerProcess;
let tenant: PeerProcess;
let registry: TestRegistry;
let busybox: Buffer;
let image: TestImage;

beforeAll(async () => {
  busybox = await packBusybox();
  process.env.DOCKER_HOST = dockerHost();
  stage = new Stage();
  await stage.engine(() => {});
  engine = await OwnEngine.prepare();
  await engine.start({ liveRestore: true });
  const acquaintance = await stage.peer('acquaintance', { offers: false });
  const bootstrap = acquaintance.addresses;
  tenant = await stage.peer('tenant', { bootstrap, offers: false });
  stage.env = { ...stage.env, DOCKER_HOST: engine.host };
  host = await stage.peer('host', { bootstrap, offers: true });
  // What answering for the tenant makes of it: one that is lent to
  await tallyJson(['--home', host.home, 'trust', 'add', tenant.peer, '--credit', '100', '--yes'], stage.env);
});

afterAll(async () => {
  await stage.clear();
  await engine.clear();
});

beforeEach(async () => {
  registry = await TestRegistry.open();
  const size = ['--cpus', '1', '--memory', '256MiB', '--disk', '64MiB', '--price-cpu', '0.1'];
  const offer = ['--home', host.home, 'offer', ...size, '--pull', registry.host];
  const { series } = await tallyJson<{ series: string }>(offer, stage.env);
  const known = async () => (await answerOf(tenant.client.GET('/v1/market/offers', PAGE))).items;
  await vi.waitFor(async () => expect((await known()).map((each) => each.series)).toEqual([series]), WAIT);
  const layer = tarOf([{ name: 'data/random', body: randomBytes(LARGE_BYTES) }]);
  image = imageOf([busybox, layer], { config: { User: '1000', Cmd: ALIVE } });
  onTestFinished(async () => {
    await host.client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
  });
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(host.lastWords().join('\n'));
  const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
  for (const { id } of items) await end(tenant, id);
  await vi.waitFor(async () => {
    for (const { digest } of await cached())
      await host.client.DELETE('/v1/cached-images/{digest}', { params: { path: { digest } } });
    expect(await cached()).toEqual([]);
  }, WAIT);
});

const cached = async () => (await answerOf(host.client.GET('/v1/cached-images', PAGE))).items;
const pushes = async () => (await answerOf(tenant.client.GET('/v1/pushes', PAGE))).items;

/** Gives the image to the tenant, to be sent. */
async function own(): Promise<string> {
  const archive = join(await temporaryFolder(), 'mine.tar');
  await writeFile(archive, tarOf(savedEntries(image)));
  await tallyJson(['--home', tenant.home, 'images', 'add', archive, '--name', 'mine:1'], stage.env);
  return 'mine:1';
}

/** How images come: what begins it, how far it is, and that it has come, with nothing charged before. */
interface Way {
  readonly name: string;
  begin(): Promise<string>;
  comeBytes(id: string): Promise<number>;
  expectCome(id: string): Promise<void>;
}

async function place(called: string, change = {}): Promise<string> {
  const resources = { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 16 * MIB };
  const bid = { image: called, resources, maxPriceMicrocreditsPerHour: 1_000_000, durationMs: 600_000 };
  return (await placeBid(tenant.client, { ...bid, ...change })).deployment.id;
}

const LEASED = {
  async comeBytes(id: string) {
    const [copy] = (await deploymentOf(tenant, id)).instances;
    expect(copy).toMatchObject({ state: 'fetching' });
    return copy!.fetch?.bytes ?? 0;
  },
  async expectCome(id: string) {
    await vi.waitFor(
      async () => expect(await deploymentOf(tenant, id)).toMatchObject({ state: 'running' }),
      WAIT,
    );
    const { instances } = await deploymentOf(tenant, id);
    // It goes on under the lease that it had
    expect(instances).toMatchObject([{ incarnation: 1, state: 'running' }]);
    const { lease, runningSinceMs = 0 } = instances[0]!;
    expect((await leaseOf(tenant, lease)).upMs).toBeLessThanOrEqual(Date.now() - runningSinceMs);
  },
};

const WAYS: readonly Way[] = [
  { name: 'that its tenant sends', begin: async () => place(await own()), ...LEASED },
  {
    name: 'that is pulled',
    begin: async () => place(registry.push('app', '1', image, (tar) => tar).name, { pull: {} }),
    ...LEASED,
  },
  {
    name: 'that is pushed ahead of a lease',
    async begin() {
      const body = { image: await own(), volunteer: host.peer };
      return (await answerOf(tenant.client.POST('/v1/pushes', { body }))).id;
    },
    async comeBytes(id) {
      const push = (await pushes()).find((each) => each.id === id);
      expect(push).toMatchObject({ state: 'fetching' });
      return push!.bytes;
    },
    async expectCome(id) {
      await vi.waitFor(async () => {
        expect((await pushes()).find((each) => each.id === id)).toMatchObject({ state: 'held', code: '' });
      }, WAIT);
      const { items } = await answerOf(host.client.GET('/v1/leases', PAGE));
      expect(items.filter(({ state }) => state !== 'ended')).toEqual([]);
    },
  },
];

/** Begins, and waits until some of the image has come, but not all. */
async function onItsWay({ begin, comeBytes }: Way): Promise<string> {
  const id = await begin();
  await vi.waitFor(async () => expect(await comeBytes(id)).toBeGreaterThan(MIB), { ...WAIT, interval: 20 });
  return id;
}

describe.each(WAYS)('an image $name', (way) => {
  it('comes whole although its volunteer is killed', async () => {
    const id = await onItsWay(way);
    host = await killAndRestart(stage, host);
    await way.expectCome(id);
  });

  it('comes whole although its tenant is killed', async () => {
    const id = await onItsWay(way);
    tenant = await killAndRestart(stage, tenant);
    await way.expectCome(id);
  });

  it('comes whole although the engine is killed before it has come', async () => {
    const id = await onItsWay(way);
    await engine.kill();
    await engine.start({ liveRestore: true });
    await way.expectCome(id);
    await isThereOnce();
  });

  it('comes whole although the engine is killed when all of it has come', async () => {
    const id = await onItsWay(way);
    // It takes no call from here on, so that the image waits for it
    engine.freeze();
    await vi.waitFor(async () => expect(await way.comeBytes(id)).toBeGreaterThan(LARGE_BYTES), WAIT);
    await engine.kill();
    await engine.start({ liveRestore: true });
    await way.expectCome(id);
    await isThereOnce();
  });
});

async function isThereOnce(): Promise<void> {
  expect(await cached()).toMatchObject([{ digest: image.digest }]);
  const found = await dockerAt(engine.host).getImage(image.digest).inspect();
  expect(found.RepoTags).toHaveLength(1);
}
