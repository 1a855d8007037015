// `kill -9` of either volunteer while the layers of an image go from one to the other, as processes on two engines: what has come is
// not lost, and the tenant sends the rest.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { answerOf, placeBid } from '../../src/api/client.ts';
import { end } from '../../src/cli/demo/deployments.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { MIB } from '../../src/lib/units.ts';
import { dockerHost } from '../support/docker-host.ts';
import { packBusybox } from '../support/image.ts';
import { imageOf, savedEntries, tarOf, temporaryFolder } from '../support/images.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { kill, untilObserved, WAIT } from '../support/stage.ts';

const PAGE = { params: { query: { limit: 100 } } };
const ALIVE = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'];
/** On its way for some seconds, for volunteers share 32 MiB a second. */
const LARGE_BYTES = 96 * MIB;
/** What was on the wire when a process was killed. */
const IN_FLIGHT_BYTES = 4 * MIB;

let stage: Stage;
let engine: OwnEngine;
let tenant: PeerProcess;
let [first, second]: PeerProcess[] = [];
let busybox: Buffer;
/** What runs at the first volunteer. */
let there: string;

beforeAll(async () => {
  busybox = await packBusybox();
  process.env.DOCKER_HOST = dockerHost();
  stage = new Stage();
  await stage.engine(() => {});
  engine = await OwnEngine.prepare();
  await engine.start({});
  const acquaintance = await stage.peer('acquaintance', { offers: false });
  const bootstrap = acquaintance.addresses;
  tenant = await stage.peer('tenant', { bootstrap, offers: false });
  first = await stage.peer('first', { bootstrap, offers: true });
  second = await onOwnEngine(() => stage.peer('second', { bootstrap, offers: true }));
  for (const { home, name } of [first, second]) {
    const size = ['--cpus', '1', '--memory', '256MiB', '--disk', '64MiB', '--price-cpu', '0.1'];
    await tallyJson(['--home', home, 'offer', ...size, '--label', `who=${name}`], stage.env);
  }
  await vi.waitFor(async () => expect(await offers(tenant)).toHaveLength(2), WAIT);
});

afterAll(async () => {
  await stage.clear();
  await engine.clear();
});

beforeEach(async () => {
  const layer = tarOf([{ name: 'data/random', body: randomBytes(LARGE_BYTES) }]);
  const image = imageOf([busybox, layer], { config: { User: '1000', Cmd: ALIVE } });
  const archive = join(await temporaryFolder(), 'mine.tar');
  await writeFile(archive, tarOf(savedEntries(image)));
  await tallyJson(['--home', tenant.home, 'images', 'add', archive, '--name', 'mine:1'], stage.env);
  there = await place('first');
  await untilObserved(tenant, there, RUNNING);
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    console.error([first, second].flatMap((each) => each!.lastWords()).join('\n'));
  const { items } = await answerOf(tenant.client.GET('/v1/deployments', PAGE));
  for (const { id } of items) await end(tenant, id);
  for (const { client } of [first!, second!]) {
    const cached = async () => (await answerOf(client.GET('/v1/cached-images', PAGE))).items;
    await vi.waitFor(async () => {
      for (const { digest } of await cached())
        await client.DELETE('/v1/cached-images/{digest}', { params: { path: { digest } } });
      expect(await cached()).toEqual([]);
    }, WAIT);
  }
});

const offers = async ({ client }: PeerProcess) =>
  (await answerOf(client.GET('/v1/market/offers', PAGE))).items;

/** What runs while processes that are started use the engine of the second volunteer. */
async function onOwnEngine(run: () => Promise<PeerProcess>): Promise<PeerProcess> {
  const { env } = stage;
  stage.env = { ...env, DOCKER_HOST: engine.host };
  try {
    return await run();
  } finally {
    stage.env = env;
  }
}

async function place(who: string): Promise<string> {
  const resources = { cpuMillis: 100, memoryBytes: 64 * MIB, diskBytes: 16 * MIB };
  const bid = { image: 'mine:1', resources, labels: [`who=${who}`] };
  const terms = { maxPriceMicrocreditsPerHour: 1_000_000, durationMs: 600_000 };
  return (await placeBid(tenant.client, { ...bid, ...terms })).deployment.id;
}

/** Begins at the second volunteer, and waits until a part has come from the first. */
async function onItsWay(): Promise<string> {
  const before = await bytes(second!, 'shared-in');
  const id = await place('second');
  const came = async () => (await bytes(second!, 'shared-in')) - before;
  await vi.waitFor(async () => expect(await came()).toBeGreaterThan(8 * MIB), { ...WAIT, interval: 20 });
  expect(await came()).toBeLessThan(LARGE_BYTES / 2);
  return id;
}

/** What of layers has travelled since the process began, in this direction. */
async function bytes({ apiUrl, metricsToken }: PeerProcess, direction: string): Promise<number> {
  const headers = { authorization: `Bearer ${metricsToken}` };
  const text = await (await fetch(`${apiUrl}/metrics`, { headers })).text();
  const line = new RegExp(`^tallymesh_market_image_bytes_total\\{direction="${direction}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1]);
}

/** In its first incarnation, under the lease that it had. */
const RUNNING = { state: 'running', instances: [{ incarnation: 1, state: 'running' }] };

it('a volunteer that was killed and started anew shows others what it has, so that the tenant sends nothing', async () => {
  await kill(first!);
  first = await stage.again(first!.peer);
  const [sent, came] = [await bytes(tenant, 'out'), await bytes(second!, 'shared-in')];
  await vi.waitFor(async () => {
    const known = (await offers(second!)).find(({ volunteer }) => volunteer === first!.peer);
    expect(known?.addresses).toEqual(first!.addresses);
  }, WAIT);
  // Who is out of reach is not named
  await untilObserved(tenant, there, RUNNING);
  await untilObserved(tenant, await place('second'), RUNNING);
  expect((await bytes(second!, 'shared-in')) - came).toBeGreaterThan(LARGE_BYTES);
  expect(await bytes(tenant, 'out')).toBe(sent);
});

it('an image comes whole although the volunteer that it comes from is killed: its tenant goes on, and nothing comes twice', async () => {
  const before = { shared: await bytes(second!, 'shared-in'), sent: await bytes(tenant, 'out') };
  const id = await onItsWay();
  await kill(first!);
  await untilObserved(tenant, id, RUNNING);
  const shared = (await bytes(second!, 'shared-in')) - before.shared;
  const sent = (await bytes(tenant, 'out')) - before.sent;
  expect(shared).toBeGreaterThan(8 * MIB);
  expect(sent).toBeLessThan(LARGE_BYTES - 4 * MIB);
  expect(shared + sent).toBeLessThan(LARGE_BYTES + IN_FLIGHT_BYTES);
  first = await stage.again(first!.peer);
});

it('an image comes whole although the volunteer that it comes to is killed, and nothing comes twice', async () => {
  const sent = await bytes(tenant, 'out');
  const id = await onItsWay();
  await kill(second!);
  second = await onOwnEngine(() => stage.again(second!.peer));
  await untilObserved(tenant, id, RUNNING);
  expect((await bytes(tenant, 'out')) - sent).toBeLessThan(LARGE_BYTES - 4 * MIB);
});
