// Volumes, secrets and files from a tenant to its copies: several peers in one process, each with an engine in memory.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { answerOf, placeBid, type Schemas } from '../../src/api/client.ts';
import { MIB } from '../../src/lib/units.ts';
import { folderWith } from '../support/folders.ts';
import { helloEngine, IMAGE, OFFERED, restart, startPeer, type TestPeer } from '../support/mesh.ts';

const POLL = { timeout: 20_000, interval: 50 };
const PAGE = { params: { query: { limit: 100 } } };
const PLANTED = 'planted-5f1c0b9e-in-no-place-but-one';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const BID = {
  image: IMAGE.name,
  resources: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: MIB, gpus: 0 },
  maxPriceMicrocreditsPerHour: 3_600_000,
  durationMs: 600_000,
};

/** So many volunteers, and a tenant that knows their offers; all find each other again by an acquaintance. */
async function market(volunteers: number) {
  const bootstrap = [await startPeer()];
  const lenders: TestPeer[] = [];
  for (let i = 0; i < volunteers; i += 1) {
    const lender = await startPeer({ engine: helloEngine(), bootstrap });
    await lender.client.POST('/v1/offers', { body: { resources: OFFERED, images: [IMAGE.name] } });
    lenders.push(lender);
  }
  const tenant = await startPeer({ bootstrap });
  await vi.waitFor(async () => expect(await known(tenant)).toHaveLength(volunteers), POLL);
  return { tenant, lenders };
}

const known = async ({ client }: TestPeer) => (await answerOf(client.GET('/v1/market/offers', PAGE))).items;
const deployment = ({ client }: TestPeer, id: string) =>
  answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
const until = (peer: TestPeer, id: string, wanted: object) =>
  vi.waitFor(async () => expect(await deployment(peer, id)).toMatchObject(wanted), POLL);
const stop = ({ client }: TestPeer, id: string) =>
  client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });

async function place({ client }: TestPeer, sent: Partial<Schemas['BidInput']>): Promise<string> {
  return (await placeBid(client, { ...BID, ...sent })).deployment.id;
}

/** What a container was given, on whichever of these engines it is. */
function given(lenders: readonly TestPeer[], lease: string) {
  const engine = lenders.find((each) => each.engine?.running().includes(lease))?.engine;
  const { filled, files } = engine!.given(lease);
  return { filled: Object.fromEntries(filled), files: Object.fromEntries(files) };
}

/** The files of a peer's store of layers. */
const stored = ({ home }: TestPeer) => readdir(join(home, 'images')).catch(() => []);

/** Every byte of a home folder. */
async function bytesOf({ home }: TestPeer): Promise<string> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

describe('what a tenant sends with a bid', () => {
  it('is in the container when it starts, and is kept nowhere longer than it is needed', async () => {
    const { tenant, lenders } = await market(1);
    const source = await folderWith({ 'index.html': 'hello', 'css/site.css': 'red' });
    const id = await place(tenant, {
      volumes: [
        { path: '/srv/site', source },
        { name: 'data', path: '/var/lib/data' },
      ],
      secrets: [{ name: 'pw', base64: base64(PLANTED) }],
      files: [{ path: '/etc/app.conf', base64: base64('fast') }],
    });
    const named = [
      { name: 'volume-0', path: '/srv/site' },
      { name: 'data', path: '/var/lib/data' },
    ];
    await until(tenant, id, { state: 'running', volumes: named });
    const [copy] = (await deployment(tenant, id)).instances;
    expect(given(lenders, copy!.lease)).toEqual({
      filled: { '/srv/site/css': '', '/srv/site/css/site.css': 'red', '/srv/site/index.html': 'hello' },
      files: { '/run/secrets/pw': PLANTED, '/etc/app.conf': 'fast' },
    });
    const events = (await answerOf(tenant.client.GET('/v1/events', PAGE))).items.map(({ kind }) => kind);
    expect(events).toContain('copy.fetching');
    expect(await stored(tenant)).toHaveLength(1);
    await vi.waitFor(async () => expect(await stored(lenders[0]!)).toEqual([]), POLL);
    await stop(tenant, id);
    await until(tenant, id, { state: 'ended' });
    await vi.waitFor(async () => expect(await stored(tenant)).toEqual([]), POLL);
  });

  it('is told to nobody: not by an answer, an event or a metric, nor by the disk of either side', async () => {
    const { tenant, lenders } = await market(1);
    const [lender] = lenders as [TestPeer];
    const id = await place(tenant, {
      secrets: [{ name: 'pw', base64: base64(PLANTED) }],
      files: [{ path: '/etc/app.conf', base64: base64(`x=${PLANTED}`) }],
      env: { SHOWN: 'of-the-environment' },
    });
    await until(tenant, id, { state: 'running' });
    const said: string[] = [];
    for (const { client, peer, token } of [tenant, lender]) {
      const answers = [
        client.GET('/v1/deployments', PAGE),
        client.GET('/v1/leases', PAGE),
        client.GET('/v1/events', PAGE),
      ];
      said.push(JSON.stringify(await Promise.all(answers.map(async (each) => (await each).data))));
      const metrics = await fetch(`${peer.apiUrl}/metrics`, {
        headers: { authorization: `Bearer ${token}` },
      });
      said.push(await metrics.text());
    }
    expect(said.join('\n')).toContain(id);
    await stop(tenant, id);
    await until(tenant, id, { state: 'ended' });
    const disks = [await bytesOf(tenant), await bytesOf(lender)];
    expect(disks[0]).toContain('hello:1');
    for (const text of [...said, ...disks])
      for (const form of [PLANTED, base64(PLANTED).slice(0, 40), 'of-the-environment'])
        expect(text).not.toContain(form);
  });

  it('is packed once for all replicas, and once more for none of their replacements', async () => {
    const { tenant, lenders } = await market(3);
    const source = await folderWith({ a: 'first' });
    const sent = { volumes: [{ path: '/data', source }], secrets: [{ name: 'pw', base64: base64(PLANTED) }] };
    const id = await place(tenant, { ...sent, replicas: 2 });
    await until(tenant, id, { state: 'running', running: 2 });
    expect(await stored(tenant)).toHaveLength(1);
    // What the folder holds later is not what the bid said
    await writeFile(join(source, 'a'), 'later');
    const { instances } = await deployment(tenant, id);
    const lost = lenders.find(({ engine }) => engine!.running().includes(instances[0]!.lease))!;
    lost.engine!.kill(instances[0]!.lease);
    await vi.waitFor(async () => {
      const now = await deployment(tenant, id);
      expect(now).toMatchObject({ state: 'running', running: 2 });
      expect(now.instances.some(({ incarnation, state }) => incarnation === 2 && state === 'running')).toBe(
        true,
      );
    }, POLL);
    const now = await deployment(tenant, id);
    for (const { lease, state } of now.instances)
      if (state === 'running')
        expect(given(lenders, lease)).toEqual({
          filled: { '/data/a': 'first' },
          files: { '/run/secrets/pw': PLANTED },
        });
  });

  it('is there for a replacement after the tenant was started anew', async () => {
    const { tenant, lenders } = await market(2);
    const source = await folderWith({ a: 'first' });
    const sent = { volumes: [{ path: '/data', source }], secrets: [{ name: 'pw', base64: base64(PLANTED) }] };
    const id = await place(tenant, sent);
    await until(tenant, id, { state: 'running' });
    const [before] = (await deployment(tenant, id)).instances;
    await tenant.peer.stop();
    Object.assign(tenant, await restart(tenant));
    lenders.find(({ engine }) => engine!.running().includes(before!.lease))!.engine!.kill(before!.lease);
    await vi.waitFor(async () => {
      const latest = (await deployment(tenant, id)).instances.at(-1);
      expect(latest).toMatchObject({ incarnation: 2, state: 'running' });
      expect(given(lenders, latest!.lease)).toEqual({
        ...{ filled: { '/data/a': 'first' }, files: { '/run/secrets/pw': PLANTED } },
      });
    }, POLL);
  });

  it('is in memory again when the container is restarted, sent once more where the volunteer was started anew', async () => {
    const { tenant, lenders } = await market(1);
    const [lender] = lenders as [TestPeer];
    const id = await place(tenant, {
      secrets: [{ name: 'pw', base64: base64(PLANTED) }],
      restart: { policy: 'always' },
    });
    await until(tenant, id, { state: 'running' });
    const [copy] = (await deployment(tenant, id)).instances;
    const { lease } = copy!;
    const again = (restarts: number) =>
      until(tenant, id, {
        state: 'running',
        instances: [{ lease, incarnation: 1, state: 'running', restarts }],
      });
    lender.engine!.end(lease, 1);
    await again(1);
    expect(given(lenders, lease).files).toEqual({ '/run/secrets/pw': PLANTED });
    await lender.peer.stop();
    Object.assign(lender, await restart(lender));
    await until(tenant, id, { state: 'running' });
    lender.engine!.end(lease, 1);
    await again(2);
    expect(given(lenders, lease).files).toEqual({ '/run/secrets/pw': PLANTED });
    const events = (await answerOf(tenant.client.GET('/v1/events', PAGE))).items.map(({ kind }) => kind);
    expect(events).not.toContain('copy.lost');
  });

  it.each([
    ['a folder that is not there', { source: '/nowhere/at/all' }, 'VOLUME_SOURCE_UNREADABLE'],
    ['more than its disk', { source: 'large' }, 'VOLUME_CONTENT_TOO_LARGE'],
    ['a file at its own path', { path: '/etc/app.conf', source: 'file' }, 'VOLUME_SOURCE_UNREADABLE'],
    ['a link that leads out', { source: 'linked' }, 'VOLUME_CONTENT_INVALID'],
    ['a path of the system', { path: '/proc/x', source: 'large' }, 'BAD_REQUEST'],
    ['the place of the secrets', { path: '/run/secrets' }, 'BAD_REQUEST'],
    ['the root', { path: '//' }, 'BAD_REQUEST'],
  ])('is refused at once with %s, and nothing is kept', async (_, volume, code) => {
    const { tenant } = await market(1);
    const folders = {
      large: () => folderWith({ a: 'x'.repeat(2 * MIB) }),
      file: async () => join(await folderWith({ 'app.conf': 'x' }), 'app.conf'),
      linked: () => folderWith({ a: '->/etc/passwd' }),
    };
    const { source } = volume as { source?: string };
    const made = await folders[source as keyof typeof folders]?.();
    const asked = { path: '/data', ...volume, ...(made === undefined ? {} : { source: made }) };
    await expect(place(tenant, { volumes: [asked] })).rejects.toMatchObject({ code });
    expect(await stored(tenant)).toEqual([]);
    expect((await answerOf(tenant.client.GET('/v1/leases', PAGE))).items).toEqual([]);
  });

  it('is kept by nobody where no volunteer takes the bid', async () => {
    const { tenant } = await market(1);
    const source = await folderWith({ a: 'first' });
    const volumes = [{ path: '/data', source }];
    await expect(place(tenant, { volumes, maxPriceMicrocreditsPerHour: 1 })).rejects.toMatchObject({
      code: 'NOTHING_MATCHED',
    });
    expect(await stored(tenant)).toEqual([]);
    const query = { dryRun: true };
    const dry = await tenant.client.POST('/v1/bids', { params: { query }, body: { ...BID, volumes } });
    expect(dry.data).toMatchObject({ candidates: [{}] });
    expect(await stored(tenant)).toEqual([]);
  });
});
