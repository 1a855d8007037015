// What the owner of a machine does with what it lends, over the API: evicting, pausing, changing images; and what the
// tenant sees of it.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { OwnerLog } from '../../src/cli/owner-log.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { GIB } from '../../src/lib/units.ts';
import { openPeer } from '../../src/peer.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';
import { doctor, tally } from '../support/tally.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const BID = {
  image: IMAGE.name,
  resources: { cpuMillis: 500, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0 },
  ports: [8080],
  maxPriceMicrocreditsPerHour: 3_600_000,
  durationMs: 600_000,
};

async function volunteer(
  bootstrap: TestPeer[] = [],
  cpuHour = 100_000,
  engine = helloEngine(),
): Promise<TestPeer> {
  const peer = await startPeer({ engine, bootstrap });
  const prices = { cpuHour, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
  await peer.client.POST('/v1/offers', { body: { resources: OFFERED, prices, images: [IMAGE.name] } });
  return peer;
}

const known = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/market/offers', PAGE))).items;
const own = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/offers', PAGE))).items;
const leases = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/leases', PAGE))).items;
const setPaused = ({ client }: TestPeer, paused: boolean) =>
  answerOf(client.PUT('/v1/volunteering', { body: { paused } }));
const evict = ({ client }: TestPeer, id: string, dryRun = false) =>
  answerOf(client.DELETE('/v1/leases/{id}', { params: { path: { id }, query: { dryRun } } }));
const untilKnown = (peer: TestPeer, count: number) =>
  vi.waitFor(async () => expect(await known(peer)).toHaveLength(count), POLL);

const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const until = (peer: TestPeer, id: string, wanted: object) =>
  vi.waitFor(async () => expect(await deployment(peer, id)).toMatchObject(wanted), POLL);

/** Two volunteers, and a tenant whose copy runs on the cheap one. */
async function running() {
  const dear = await volunteer([], 900_000);
  const cheap = await volunteer([dear]);
  const tenant = await startPeer({ bootstrap: [dear] });
  await untilKnown(tenant, 2);
  const placed: Schemas['Deployment'] = (await placeBid(tenant.client, BID)).deployment;
  const [copy] = placed.instances;
  expect(copy?.volunteer).toBe(cheap.peer.peer);
  await until(tenant, placed.id, { state: 'running' });
  return { dear, cheap, tenant, id: placed.id, lease: copy?.lease ?? '' };
}

describe('an eviction', () => {
  it('says that it breaks the lease before it is done, and then the tenant sees the cause and is replaced', async () => {
    const { dear, cheap, tenant, id, lease } = await running();
    const before = await evict(cheap, lease, true);
    expect(before).toMatchObject({ cause: 'EVICTED', isBreach: true, lease: { image: IMAGE.name } });
    expect(cheap.engine?.running()).toEqual([lease]);

    expect(await evict(cheap, lease)).toMatchObject({
      isBreach: true,
      lease: { state: 'ended', cause: 'EVICTED' },
    });
    await vi.waitFor(() => expect(cheap.engine?.running()).toEqual([]), POLL);
    await until(tenant, id, {
      state: 'running',
      instances: [
        { incarnation: 1, cause: 'EVICTED' },
        { incarnation: 2, state: 'running', volunteer: dear.peer.peer },
      ],
    });
    await vi.waitFor(
      async () => expect(await leases(cheap)).toMatchObject([{ unsignedMicrocredits: 0, cause: 'EVICTED' }]),
      POLL,
    );
    await vi.waitFor(async () => {
      const { items } = await answerOf(tenant.client.GET('/v1/trust', PAGE));
      expect(items.find(({ peer }) => peer === cheap.peer.peer)).toMatchObject({ bad: 1 });
    }, POLL);

    expect(await evict(cheap, lease)).toMatchObject({ isBreach: false, cause: 'EVICTED' });
  });

  it('of a lease that this peer did not give is refused, for its tenant too', async () => {
    const { tenant, dear, lease } = await running();
    await expect(evict(dear, lease)).rejects.toMatchObject({ code: 'LEASE_UNKNOWN' });
    await expect(evict(tenant, lease)).rejects.toMatchObject({ code: 'OFFER_WITHOUT_ENGINE' });
  });
});

describe('a pause', () => {
  it('keeps new leases away and lets those that run go on, over a restart, until resume', async () => {
    const { cheap, dear, tenant, id, lease } = await running();
    expect(await setPaused(cheap, true)).toMatchObject({ paused: true, offers: 1, leases: 1 });
    await untilKnown(tenant, 1);
    expect(await own(cheap)).toMatchObject([{ state: 'paused', total: OFFERED }]);

    await cheap.peer.stop();
    const paused = { check: 'offers', ok: true, detail: 'paused: this peer gives no new leases' };
    expect(await doctor(cheap.home)).toContainEqual(expect.objectContaining(paused));
    const again = await restart({ home: cheap.home, engine: cheap.engine?.reopen() });
    Object.assign(cheap, { peer: again.peer, client: again.client });
    await until(tenant, id, { state: 'running', instances: [{ lease, state: 'running' }] });
    expect(await own(again)).toMatchObject([{ state: 'paused' }]);
    expect(await known(again)).toHaveLength(1);
    const other = (await placeBid(tenant.client, BID)).deployment;
    expect(other.instances[0]?.volunteer).toBe(dear.peer.peer);

    const health = await answerOf(again.client.GET('/v1/health'));
    expect(health).toMatchObject({ paused: true, problems: [] });
    expect(await doctor(cheap.home)).toContainEqual(expect.objectContaining(paused));

    expect(await setPaused(again, false)).toMatchObject({ paused: false, leases: 1 });
    await untilKnown(tenant, 2);
    expect(await own(again)).toMatchObject([{ state: 'listed' }]);
  });
});

describe('the sentences for the owner', () => {
  it('tell of a lease from its beginning to its end, of pauses, and of an engine that is away', async () => {
    const host = await volunteer();
    const sentences: string[] = [];
    const telling = new AbortController();
    onTestFinished(() => telling.abort());
    const log = new OwnerLog(() => host.peer.owner.facts());
    const tell = async () => {
      for await (const event of host.peer.owner.events(telling.signal)) sentences.push(log.tell(event) ?? '');
    };
    void tell();
    const untilSaid = (pattern: RegExp) =>
      vi.waitFor(() => expect(sentences.filter((each) => pattern.test(each))).toHaveLength(1), POLL);

    const tenant = await startPeer({ bootstrap: [host] });
    await untilKnown(tenant, 1);
    const { id } = (await placeBid(tenant.client, BID)).deployment;
    await untilSaid(
      /now runs here, under lease \w+ \(hello:1 for …\w{8}\): 0\.5 cpus and 64 MiB, for 0\.05 cr an hour, until/,
    );
    host.engine?.goDown();
    await untilSaid(/has stalled: the engine does not answer/);
    await untilSaid(/^Problem: The container engine does not answer.*\(ENGINE_DOWN\)$/);
    host.engine?.comeUp();
    await untilSaid(/continues\.$/);
    await untilSaid(/ENGINE_DOWN is over/);
    await setPaused(host, true);
    await untilSaid(/^Your offers are paused/);
    await until(tenant, id, { state: 'running' });
    await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
    await untilSaid(/ended after .*: the tenant stopped it\. It earned 0\.0+\d+ cr/);
  });
});

describe('a container that does not start', () => {
  it('is reported to the owner with the reason of the engine, without control characters', async () => {
    const reason = 'exec: "\u001b[2Jnosuch": not found';
    const broken = helloEngine();
    vi.spyOn(broken, 'launch').mockRejectedValue(new TallyError('INSTANCE_START_FAILED', { reason }));
    const host = await volunteer([], 100_000, broken);
    const tenant = await startPeer({ bootstrap: [host] });
    await untilKnown(tenant, 1);
    await placeBid(tenant.client, BID);
    const failed = () => host.peer.owner.facts().leases.filter(({ state }) => state === 'ended');
    await vi.waitFor(() => expect(failed()).not.toEqual([]), POLL);
    expect(failed()[0]).toMatchObject({
      ...{ cause: 'INSTANCE_START_FAILED', startFailure: 'exec: " [2Jnosuch": not found' },
    });
    expect((await leases(host))[0]).toMatchObject({ startFailure: expect.stringContaining('nosuch') });
  });
});

describe('a stop', () => {
  it('says how many containers stay, and until when they are leased', async () => {
    const { cheap, lease } = await running();
    await cheap.peer.stop();
    const warned: object[] = [];
    const warn = (fields: object, sentence: string) => void warned.push({ ...fields, sentence });
    const again = await openPeer(cheap.home, {
      engine: cheap.engine!.reopen(),
      log: { ...silentLog, warn } as Log,
    });
    const [given] = again.owner.facts().staying;
    expect(given).toMatchObject({ id: lease, image: IMAGE.name });
    await again.stop();
    await again.stop();
    expect(warned).toContainEqual({
      ...{ containers: 1, lastEndsAtMs: given?.endsAtMs },
      sentence: 'containers keep running while the peer is stopped',
    });
    expect(warned.filter((each) => 'containers' in each)).toHaveLength(1);
    expect(cheap.engine?.running()).toEqual([lease]);
  });
});

describe('the images of an offer', () => {
  it('are changed while its lease runs, and the tenant hears of it', async () => {
    const { cheap, tenant, id } = await running();
    const [{ series } = { series: '' }] = await own(cheap);
    const change = (body: Schemas['ImageChange']) =>
      answerOf(cheap.client.PATCH('/v1/offers/{series}', { params: { path: { series } }, body }));
    await expect(change({ add: ['nobody-has:this'] })).rejects.toMatchObject({ code: 'IMAGE_NOT_HELD' });
    expect(await change({ drop: [IMAGE.name] })).toMatchObject({ series, images: [] });
    await vi.waitFor(async () => {
      const offer = (await known(tenant)).find((each) => each.series === series);
      expect(offer?.images).toEqual([]);
    }, POLL);
    expect(await change({ add: [IMAGE.name] })).toMatchObject({ images: [IMAGE] });
    expect(await deployment(tenant, id)).toMatchObject({ state: 'running' });
  });

  it('that want root are refused to the owner at once', async () => {
    const digest = `sha256:${'34'.repeat(32)}`;
    const images = [{ digest, names: ['server:1'], user: '0', run: () => ({}) }];
    const { client } = await startPeer({
      engine: createFakeEngine({ images, facts: { memoryBytes: 8 * GIB } }),
    });
    const offered = client.POST('/v1/offers', { body: { resources: OFFERED, images: ['server:1'] } });
    await expect(offered).rejects.toMatchObject({
      ...{ code: 'OFFER_NEEDS_ROOT', details: { image: 'server:1', user: '0' } },
      detail: expect.stringMatching(/^(?!.*ask the volunteer).*USER 1000.*set "engine.allowRoot" to true/),
    });
  });
});

describe('tally', () => {
  const run = (peer: TestPeer, ...args: string[]) => tally({}, '--home', peer.home, ...args);

  it('evict ends nothing that breaks a lease without --yes, and says so', async () => {
    const { cheap, tenant, lease } = await running();
    const asked = await run(cheap, 'evict', tenant.peer.peer.slice(-8));
    expect(asked.code).toBe(1);
    expect(asked.said).toMatch(/hello:1 .*a breach by you \(EVICTED\)(.|\n)*No lease was ended\. Add --yes/);
    expect(cheap.engine?.running()).toEqual([lease]);
    const done = await run(cheap, '--json', 'evict', lease.slice(0, 12), '--yes');
    expect(done.code).toBe(0);
    expect(JSON.parse(done.said)).toMatchObject({ done: true, evictions: [{ cause: 'EVICTED' }] });
    expect(cheap.engine?.running()).toEqual([]);
    expect(await run(cheap, 'evict', 'zzzz')).toMatchObject({
      code: 4,
      said: expect.stringMatching(/^LEASE_UNKNOWN/),
    });
    expect(await run(cheap, 'evict', '--all')).toMatchObject({
      code: 0,
      said: expect.stringMatching(/No lease runs here/),
    });
  });

  it('leave is refused to a peer that still runs something on others, which then goes on as before', async () => {
    const { tenant, id } = await running();
    const said = expect.stringMatching(/^DEPLOYMENTS_RUN: .*tallymesh stop/);
    expect(await run(tenant, 'leave', '--now', '--yes')).toMatchObject({ code: 4, said });
    expect(await deployment(tenant, id)).toMatchObject({ state: 'running' });
  });

  it('pause and resume say what goes on, and the list of offers shows it', async () => {
    const { cheap } = await running();
    expect((await run(cheap, 'pause')).said).toMatch(/1 offer off the market.*Running leases continue: 1/);
    expect((await run(cheap, 'offer', '--list')).said).toMatch(/paused +1\.5 of 2 .*hello:1/);
    expect((await run(cheap, 'resume')).said).toMatch(/1 offer in the market/);
    expect((await run(cheap, '--json', 'pause')).said).toMatch(/"paused":true/);
  });

  it('offer changes the images of the one offer there is, by the beginning of its series too', async () => {
    const peer = await volunteer();
    const [{ series } = { series: '' }] = await own(peer);
    expect((await run(peer, 'market')).said).toMatch(/IMAGES\n.*hello:1/);
    expect((await run(peer, 'offer', '--drop-image', IMAGE.name)).said).toMatch(
      /in the market .* sent ones up to/,
    );
    const lacking = await run(peer, 'offer', '--id', series.slice(0, 6), '--add-image', 'myapp:1');
    expect(lacking).toMatchObject({
      code: 4,
      said: expect.stringMatching(/^IMAGE_NOT_HELD: Your engine .*docker build/),
    });
    await run(peer, 'offer', '--id', series.slice(0, 6), '--add-image', IMAGE.name);
    expect(await own(peer)).toMatchObject([{ images: [IMAGE] }]);
    expect((await run(peer, 'offer', '--withdraw', series.slice(0, 6))).said).toMatch(/withdrawn/);
    expect(await own(peer)).toEqual([]);
  });
});
