// Every route: what it answers, and what it refuses.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adviceOf } from '../../src/lib/health.ts';
import { silentLog } from '../../src/lib/log.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { EventLog } from '../../src/market/book/event-log.ts';
import type { LeaseView } from '../../src/market/terms/views.ts';
import { signRecord } from '../../src/records/envelope.ts';
import { showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import { BID, type InjectedApi, injectedApi } from '../support/api.ts';
import { NONE_FITS, ONE_FITS, TENANT, VOLUNTEER } from '../support/market-fake.ts';
import { memoryTable } from '../support/table.ts';

let api: InjectedApi;

beforeEach(async () => {
  api = await injectedApi();
});

afterEach(() => api.close());

const OFFER = { resources: { cpuMillis: 2_000, memoryBytes: 2 ** 31, diskBytes: 2 ** 30, gpus: 0 } };
const NO_ID = 'a'.repeat(52);

const post = (url: string, body: unknown, headers = {}) => api.call(url, { method: 'POST', body, headers });
const placed = async () => (await post('/v1/bids', BID)).json().deployment;

describe('offers', () => {
  test('an offer is made, listed here and on the market, and withdrawn', async () => {
    const made = await post('/v1/offers', { ...OFFER, region: 'eu' });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({ volunteer: VOLUNTEER, region: 'eu', resources: OFFER.resources });
    const { series } = made.json();
    expect((await api.call('/v1/offers')).json()).toEqual({ items: [made.json()] });
    const { state: _, total: __, ...offer } = made.json();
    expect((await api.call('/v1/market/offers')).json()).toEqual({ items: [offer] });
    expect((await api.call(`/v1/offers/${series}`, { method: 'DELETE' })).statusCode).toBe(204);
    expect((await api.call('/v1/offers')).json()).toEqual({ items: [] });
  });

  test('the images of an offer are changed where they are', async () => {
    const { series } = (await post('/v1/offers', OFFER)).json();
    const change = (body: unknown) => api.call(`/v1/offers/${series}`, { method: 'PATCH', body });
    expect((await change({ add: ['a:1', 'b:1'] })).json()).toMatchObject({
      ...{ series, state: 'listed', images: [{ name: 'a:1' }, { name: 'b:1' }] },
    });
    expect((await change({ drop: ['a:1'] })).json()).toMatchObject({ images: [{ name: 'b:1' }] });
    expect((await change({ add: ['Not A Name'] })).json()).toMatchObject({
      ...{ code: 'BAD_REQUEST', details: { field: 'body.add.0' } },
    });
    const unknown = await api.call(`/v1/offers/${'a'.repeat(26)}`, { method: 'PATCH', body: {} });
    expect(unknown.json()).toMatchObject({ status: 404, code: 'OFFER_UNKNOWN' });
  });

  test('withdrawing an offer that is not made is refused', async () => {
    const answer = await api.call(`/v1/offers/${'a'.repeat(26)}`, { method: 'DELETE' });
    expect(answer.json()).toMatchObject({ status: 404, code: 'OFFER_UNKNOWN' });
  });

  test('an offer over the capacity is refused with what the market said', async () => {
    const answer = await post('/v1/offers', { resources: { ...OFFER.resources, gpus: 1 } });
    expect(answer.json()).toMatchObject({ status: 409, code: 'OFFER_OVER_CAPACITY', details: { gpus: 0 } });
  });

  test.each([
    ['body.resources', {}],
    ['body.resources.gpus', { resources: { cpuMillis: 1, memoryBytes: 1, diskBytes: 1 } }],
    ['body.resources.cpuMillis', { resources: { ...OFFER.resources, cpuMillis: '2000' } }],
    ['body.resources.cpuMillis', { resources: { ...OFFER.resources, cpuMillis: 0.5 } }],
    ['body.resources.cpuMillis', { resources: { ...OFFER.resources, cpuMillis: 1_024_001 } }],
    ['body.resources.cpuMillis', { resources: { ...OFFER.resources, cpuMillis: 0 } }],
    ['body.resources.memoryBytes', { resources: { ...OFFER.resources, memoryBytes: 0 } }],
    ['body.color', { ...OFFER, color: 'red' }],
    ['body.labels.0', { ...OFFER, labels: ['no label'] }],
  ])('a field out of bounds is named: %s', async (field, body) => {
    expect((await post('/v1/offers', body)).json()).toMatchObject({
      code: 'BAD_REQUEST',
      details: { field },
    });
  });
});

describe('ports of this machine', () => {
  test('lead to ports of deployments, are listed, and end', async () => {
    const { json } = await post('/v1/bids', BID);
    const { id: deployment } = (json() as { deployment: { id: string } }).deployment;
    const begun = await post('/v1/forwards', { deployment, port: 8080 });
    expect(begun.statusCode).toBe(201);
    expect(begun.json()).toMatchObject({ deployment, ip: '127.0.0.1', port: 8080, listens: true });
    expect((await api.call('/v1/forwards')).json()).toEqual({ items: [begun.json()] });
    const url = `/v1/forwards/${(begun.json() as { id: string }).id}`;
    expect((await api.call(url, { method: 'DELETE' })).statusCode).toBe(204);
    expect((await api.call(url, { method: 'DELETE' })).json()).toMatchObject({ code: 'FORWARD_UNKNOWN' });
    for (const wrong of [{ port: 0 }, { port: 80, localPort: 65_536 }, { port: 80, ip: 'localhost' }])
      expect((await post('/v1/forwards', { deployment, ...wrong })).json()).toMatchObject({
        code: 'BAD_REQUEST',
      });
  });
});

describe('images ahead of a lease', () => {
  test('are pushed to a volunteer, listed, and ended', async () => {
    await post('/v1/images', { engine: 'mine:1' });
    const pushed = await post('/v1/pushes', { image: 'mine:1', volunteer: VOLUNTEER });
    expect(pushed.statusCode).toBe(201);
    expect(pushed.json()).toMatchObject({ volunteer: VOLUNTEER, state: 'waiting', code: '' });
    expect((await api.call('/v1/pushes')).json()).toEqual({ items: [pushed.json()] });
    const url = `/v1/pushes/${(pushed.json() as { id: string }).id}`;
    expect((await api.call(url, { method: 'DELETE' })).statusCode).toBe(204);
    expect((await api.call(url, { method: 'DELETE' })).json()).toMatchObject({ code: 'PUSH_UNKNOWN' });
    expect((await post('/v1/pushes', { image: 'other:1', volunteer: VOLUNTEER })).json()).toMatchObject({
      code: 'IMAGE_NOT_HELD',
    });
  });

  test('are listed by the volunteer that has them, and removed unless a lease uses them', async () => {
    const [free, used] = ['1', '2'].map((fill) => `sha256:${fill.repeat(64)}`);
    api.market.cached.push({ digest: free!, sizeBytes: 5, usedAtMs: 7, inUse: false });
    api.market.cached.push({ digest: used!, sizeBytes: 6, usedAtMs: 8, inUse: true });
    expect((await api.call('/v1/cached-images')).json()).toEqual({ items: api.market.cached });
    const remove = (digest: string) => api.call(`/v1/cached-images/${digest}`, { method: 'DELETE' });
    expect((await remove(free!)).statusCode).toBe(204);
    expect((await remove(free!)).json()).toMatchObject({ code: 'IMAGE_NOT_KEPT' });
    expect((await remove(used!)).json()).toMatchObject({ code: 'IMAGE_IN_USE' });
    expect((await remove('latest')).statusCode).toBe(400);
  });
});

describe('images to send', () => {
  test('are read, listed, and removed by name, with the slashes that names have', async () => {
    const read = await post('/v1/images', { engine: 'me/mine:1' });
    expect([read.statusCode, read.json()]).toMatchObject([201, { name: 'me/mine:1', architecture: 'amd64' }]);
    expect((await api.call('/v1/images')).json()).toEqual({ items: [read.json()] });
    const url = `/v1/images/${encodeURIComponent('me/mine:1')}`;
    expect((await api.call(url, { method: 'DELETE' })).statusCode).toBe(204);
    expect((await api.call(url, { method: 'DELETE' })).json()).toMatchObject({
      ...{ status: 404, code: 'IMAGE_NOT_KEPT' },
    });
  });

  test('come from one place: an engine, or a path of the machine with a name', async () => {
    for (const body of [
      {},
      { engine: 'a:1', path: '/a.tar' },
      { path: '/a.tar' },
      { path: 'a.tar', name: 'a:1' },
    ])
      expect((await post('/v1/images', body)).json(), JSON.stringify(body)).toMatchObject({
        ...{ status: 400, code: 'BAD_REQUEST' },
      });
    expect((await post('/v1/images', { path: '/a.tar', name: 'a:1' })).json()).toMatchObject({
      ...{ status: 400, code: 'IMAGE_ARCHIVE_MALFORMED', details: { reason: 'no archive is here' } },
    });
  });
});

describe('bids', () => {
  test('a placed bid answers with its deployment, its match and where to find it', async () => {
    const answer = await post('/v1/bids', { ...BID, name: 'web' });
    expect(answer.statusCode).toBe(201);
    const { deployment, match } = answer.json();
    expect(deployment).toMatchObject({ name: 'web', state: 'starting', ports: [8080] });
    expect(match).toEqual(ONE_FITS);
    expect(answer.headers.location).toBe(`/v1/deployments/${deployment.id}`);
    expect((await api.call(String(answer.headers.location))).json()).toEqual(deployment);
  });

  test('disk and GPUs have defaults: 512 MiB whatever the memory, and none', async () => {
    for (const memoryMib of [8, 4_096]) {
      const resources = { cpuMillis: 100, memoryBytes: memoryMib * 2 ** 20 };
      const answer = await post('/v1/bids', { ...BID, resources });
      expect(answer.json().deployment.resources).toMatchObject({ diskBytes: 512 * 2 ** 20, gpus: 0 });
    }
  });

  test('all missing fields are named at once', async () => {
    const answer = await post('/v1/bids', { image: 'web' });
    expect(answer.json().details.reason).toBe(
      'these are missing: body.resources, body.maxPriceMicrocreditsPerHour, body.durationMs',
    );
    const inner = await post('/v1/bids', { ...BID, resources: {} });
    expect(inner.json().details.reason).toMatch(/body\.resources\.cpuMillis, body\.resources\.memoryBytes/);
  });

  test('a dry run answers with the match and places nothing', async () => {
    const answer = await post('/v1/bids?dryRun=true', BID);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(ONE_FITS);
    expect(api.market.bids).toBe(0);
  });

  test('a bid that nothing matches says what removed the offers and what would help', async () => {
    api.market.report = NONE_FITS;
    const answer = await post('/v1/bids', BID);
    expect(answer.json()).toMatchObject({
      status: 409,
      code: 'NOTHING_MATCHED',
      details: { match: NONE_FITS },
    });
    expect((await post('/v1/bids?dryRun=true', BID)).json()).toEqual(NONE_FITS);
  });

  test.each([
    ['body.image', { ...BID, image: 'No Image' }],
    ['body.resources.cpuMillis', { ...BID, resources: { ...BID.resources, cpuMillis: 9 } }],
    ['body.ports.0', { ...BID, ports: [0] }],
    ['body.durationMs', { ...BID, durationMs: 999 }],
    ['body.env.9A', { ...BID, env: { '9A': 'x' } }],
    ['body.maxPriceMicrocreditsPerHour', { ...BID, maxPriceMicrocreditsPerHour: -1 }],
    ['body.name', { ...BID, name: 'x'.repeat(65) }],
  ])('a field out of bounds is named: %s', async (field, body) => {
    expect((await post('/v1/bids', body)).json()).toMatchObject({ code: 'BAD_REQUEST', details: { field } });
    expect(api.market.bids).toBe(0);
  });
});

describe('deployments', () => {
  test('the newest stands first', async () => {
    const [first, second] = [await placed(), await placed()];
    expect((await api.call('/v1/deployments')).json().items).toEqual([second, first]);
  });

  test('a deployment is stopped, and its entry stays', async () => {
    const { id } = await placed();
    const stopped = await api.call(`/v1/deployments/${id}`, { method: 'DELETE' });
    expect(stopped.json()).toMatchObject({ id, state: 'ended', cause: 'TENANT_STOPPED' });
    expect((await api.call(`/v1/deployments/${id}`)).json()).toEqual(stopped.json());
  });

  test.each([
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/events'],
    ['GET', '/logs'],
    ['GET', '/http/80/'],
  ] as const)('%s %s of an unknown one is refused', async (method, path) => {
    const answer = await api.call(`/v1/deployments/${NO_ID}${path}`, { method });
    expect(answer.json()).toMatchObject({ status: 404, code: 'DEPLOYMENT_UNKNOWN' });
  });

  test('its events begin with how it stands and end when it has ended', async () => {
    const { id } = await placed();
    const answer = api.call(`/v1/deployments/${id}/events`);
    await expect.poll(() => api.market.watching).toBe(1);
    api.market.change(id, { state: 'running' });
    await expect.poll(() => api.market.watching).toBe(1);
    await api.market.stop(id);
    const { headers, body } = await answer;
    expect(headers['content-type']).toMatch(/^text\/event-stream/);
    const states = [...body.matchAll(/^event: deployment\ndata: (.*)\n\n/gm)].map(
      ([, data]) => JSON.parse(data!).state,
    );
    expect(states).toEqual(['starting', 'running', 'ended']);
  });

  test('its log comes as one JSON value a line', async () => {
    const { id } = await placed();
    const line = (text: string) => ({ replica: 0, incarnation: 1, stream: 'stdout' as const, atMs: 1, text });
    api.market.lines = [line('one'), line('two\nthree')];
    const all = await api.call(`/v1/deployments/${id}/logs`);
    expect(all.headers['content-type']).toMatch(/^application\/x-ndjson/);
    expect(
      all.body
        .trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each)),
    ).toEqual(api.market.lines);
    const last = await api.call(`/v1/deployments/${id}/logs?tail=1`);
    expect(JSON.parse(last.body)).toEqual(line('two\nthree'));
  });

  test('a port that is not published is refused', async () => {
    const { id } = await placed();
    expect((await api.call(`/v1/deployments/${id}/http/81/x`)).json().code).toBe('PORT_NOT_PUBLISHED');
    expect((await api.call(`/v1/deployments/${id}/http/0/x`)).json().details).toMatchObject({
      field: 'params.port',
    });
  });
});

const GIVEN = {
  id: NO_ID,
  bid: NO_ID,
  side: 'volunteer',
  volunteer: VOLUNTEER,
  tenant: TENANT,
  image: 'web:1',
  state: 'running',
  cause: '',
  resources: BID.resources,
  priceMicrocreditsPerHour: 1,
  atRiskMicrocredits: 1,
  issuedAtMs: 1,
  endsAtMs: 2,
  chargedMicrocredits: 0,
  unsignedMicrocredits: 0,
  epochs: 0,
  upMs: 0,
  usage: { cpuMilliseconds: 0, memoryMibSeconds: 0, tunnelKib: 0 },
} as const satisfies LeaseView;

test('the leases of both sides stand in one list', async () => {
  api.market.given.push(GIVEN);
  expect((await api.call('/v1/leases')).json().items).toMatchObject([{ id: NO_ID }, { id: NO_ID }]);
});

test('offers are paused and brought back, and health says so without calling it a problem', async () => {
  const put = (body: unknown) => api.call('/v1/volunteering', { method: 'PUT', body });
  expect((await put({ paused: true })).json()).toMatchObject({ paused: true, offers: 0, leases: 0 });
  expect((await api.call('/v1/volunteering')).json()).toMatchObject({ paused: true });
  expect((await api.call('/v1/health', { token: '' })).json()).toMatchObject({ paused: true, status: 'ok' });
  expect((await put({ paused: false })).json()).toMatchObject({ paused: false });
  expect((await put({ paused: 'yes' })).json()).toMatchObject({
    ...{ code: 'BAD_REQUEST', details: { field: 'body.paused' } },
  });
});

test('an eviction can be looked at before it is done', async () => {
  api.market.given.push(GIVEN);
  const evict = (id: string, query = '') => api.call(`/v1/leases/${id}${query}`, { method: 'DELETE' });
  expect((await evict(NO_ID, '?dryRun=true')).json()).toMatchObject({
    ...{ cause: 'EVICTED', isBreach: true, lease: { id: NO_ID, state: 'running' } },
  });
  expect((await evict(NO_ID)).json()).toMatchObject({ lease: { state: 'ended', cause: 'EVICTED' } });
  expect((await evict('b'.repeat(52))).json()).toMatchObject({ status: 404, code: 'LEASE_UNKNOWN' });
  expect((await evict('x')).json()).toMatchObject({ code: 'BAD_REQUEST', details: { field: 'params.id' } });
});

test('events come the newest first, and as a stream from the last ones on', async () => {
  const events = new EventLog(memoryTable(), () => 7, silentLog);
  const told = await injectedApi({}, { events });
  for (const offer of [NO_ID, NO_ID]) events.tell({ kind: 'offer.made', offer });
  const { items, next } = (await told.call('/v1/events?limit=1')).json();
  expect(items).toEqual([{ seq: 2, atMs: 7, kind: 'offer.made', offer: NO_ID }]);
  const older = await told.call(`/v1/events?cursor=${next}`);
  expect(older.json().items).toMatchObject([{ seq: 1 }]);
  expect((await told.call('/v1/events/stream?tail=2001')).statusCode).toBe(400);
  await told.close();
});

test('receipts come from the ledger in order of id, a page at a time, with their signed bytes', async () => {
  const [volunteer, tenant] = [createIdentity(), createIdentity()];
  const counters = {
    chargedMicrocredits: CREDIT,
    cpuMilliseconds: 1,
    memoryMibSeconds: 1,
    diskMibSeconds: 0,
    tunnelKib: 0,
  };
  const sign = (pairSeq: number) =>
    signRecord(
      'receipt',
      {
        volunteer: volunteer.publicKey,
        tenant: tenant.publicKey,
        network: 'test',
        salt: new Uint8Array(16),
        ...{ pairSeq, counters, serviceMicrocredits: CREDIT, day: 1 },
        leases: [{ lease: new Uint8Array(32), epochs: 1, counters }],
      },
      volunteer,
      tenant,
    );
  const sorted = [sign(1), sign(2), sign(3)].sort((a, b) => (showId(a.id) < showId(b.id) ? -1 : 1));
  const ledger = {
    tip: () => undefined,
    latestReceipt: async () => undefined,
    async *records(_: string, after = '') {
      yield* sorted.filter(({ id }) => showId(id) > after);
    },
  };
  const withReceipts = await injectedApi({}, { ledger: ledger as never });
  const first = (await withReceipts.call('/v1/receipts?limit=2')).json();
  expect(first.items).toMatchObject(
    sorted.slice(0, 2).map(({ id, body, bytes }) => ({
      id: showId(id),
      volunteer: volunteer.peer,
      tenant: tenant.peer,
      pairSeq: body.pairSeq,
      counters,
      leases: [{ lease: showId(new Uint8Array(32)), epochs: 1, counters }],
      record: Buffer.from(bytes).toString('base64'),
    })),
  );
  const second = (await withReceipts.call(`/v1/receipts?limit=2&cursor=${first.next}`)).json();
  expect(second).toMatchObject({ items: [{ id: showId(sorted[2]!.id) }] });
  expect(second.next).toBeUndefined();
  await withReceipts.close();
});

test('a peer tells who it is and whom it is connected with', async () => {
  const connected = [{ peer: VOLUNTEER, addresses: ['/ip4/127.0.0.1/tcp/1'], direction: 'inbound' as const }];
  const joined = await injectedApi(
    {},
    { overlay: { addresses: () => ['/ip4/1.2.3.4/tcp/1'], connected: () => connected } },
  );
  expect((await joined.call('/v1/peer')).json()).toEqual({
    peer: TENANT,
    network: 'test',
    version: '0.0.1',
    addresses: ['/ip4/1.2.3.4/tcp/1'],
  });
  expect((await joined.call('/v1/peers')).json()).toEqual({ items: connected });
  await joined.close();
});

test.each([
  ['up', [], 'ok'],
  ['none', [], 'ok'],
  ['down', ['ENGINE_DOWN', 'CLOCK_WRONG'], 'degraded'],
] as const)(
  'with the engine %s and the problems %j a peer is %s, and says so to everybody',
  async (state, codes, status) => {
    const peer = await injectedApi({}, { engine: () => ({ state }), problems: async () => codes });
    expect((await peer.call('/v1/health', { token: '' })).json()).toEqual({
      status,
      problems: codes.map((code) => ({ code, advice: adviceOf(code) })),
      ...{ peer: TENANT, network: 'test', version: '0.0.1', engine: state, ledgerSeq: 0, connectedPeers: 0 },
      paused: false,
    });
    await peer.close();
  },
);

test('metrics count requests by template, never by what callers chose', async () => {
  await api.call(`/v1/deployments/${NO_ID}`);
  await api.call('/v1/a-name-of-my-own');
  const { headers, body } = await api.call('/metrics');
  expect(headers['content-type']).toMatch(/^text\/plain; version=0.0.4/);
  expect(body).toContain(
    'tallymesh_api_requests_total{route="/v1/deployments/:id",method="GET",status="4xx"} 1',
  );
  expect(body).not.toContain(NO_ID);
  expect(body).not.toContain('a-name-of-my-own');
});
