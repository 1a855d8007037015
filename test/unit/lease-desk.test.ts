// What a volunteer answers to those who ask for leases, and what it holds by then.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOCK_TOLERANCE_MS } from '../../src/ledger/parameters.ts';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { doingOf } from '../../src/market/terms/causes.ts';
import {
  FETCH_STALL_MS,
  LEASE_TICK_MS,
  LOOK_PERIOD_MS,
  MAX_RESERVED_A_TENANT,
  WATCH_GAP_MS,
} from '../../src/market/terms/parameters.ts';
import { atRisk } from '../../src/market/terms/payment.ts';
import { pricePerHour } from '../../src/market/terms/pricing.ts';
import { LeaseDesk, type LeaseDeskParts } from '../../src/market/volunteer/lease-desk.ts';
import { LeaseStarts, type LeaseStartsParts } from '../../src/market/volunteer/lease-starts.ts';
import { type BidBody, HELD } from '../../src/records/bid.ts';
import { openRecord, type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { sha256, showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import type { LeaseBody } from '../../src/records/lease.ts';
import type { OfferBody } from '../../src/records/offer.ts';
import { PLAIN_PAYLOAD, sealPayload } from '../../src/records/payload.ts';
import type { ContainerSpec } from '../../src/runtime/engine.ts';
import { Keeping } from '../support/keeping.ts';
import { NO_CACHE, NO_FETCHING, openTo } from '../support/no-images.ts';
import { BODIES, example, NETWORK, NOW_MS, tenant, volunteer } from '../support/records.ts';
import { storedVectors } from '../support/vectors.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const PAYLOAD = sealPayload({
  ...PLAIN_PAYLOAD,
  ...{ salt: new Uint8Array(16), command: ['serve'], env: [{ name: 'A', value: '1' }] },
});

let at: Keeping;
let desk: LeaseDesk;
let offer: SignedRecord<'offer'>;
let current: SignedRecord<'offer'>;
/** What the offers say, and what credit does. */
let free: OfferBody['resources'];
let excess: () => 'series' | 'engine' | undefined;
let lend: () => { isPreemptible: boolean };
/** How often the engine had no space. */
let refusals: number;
let revised: number;
let pausedAtMs: number | undefined;
let released: number[];
let launched: ContainerSpec[];

const images = [{ name: 'hello:1', digest: DIGEST }];

function offerWith(change: Partial<OfferBody> = {}): SignedRecord<'offer'> {
  return example('offer', { images, ...change });
}

function openDesk(): LeaseDesk {
  const shared = {
    ...{ identity: volunteer, network: NETWORK, clock: at.clock, log: silentLog, engine: at.engine },
    ...{ leases: at.leases, keeper: at.keeper, cache: NO_CACHE, access: openTo(at.engine) },
  };
  const space = {
    engineRefused: () => {
      refusals += 1;
    },
  };
  const starts = new LeaseStarts({
    ...{ ...shared, space, fetching: NO_FETCHING, credit: { left: () => undefined } },
  } as unknown as LeaseStartsParts);
  return new LeaseDesk({
    ...{ ...shared, starts },
    offers: {
      find: (id: Uint8Array) => (showId(id) === showId(offer.id) ? { promised: offer, current } : undefined),
      ...{ free: () => free, excess: () => excess() },
      get pausedAtMs() {
        return pausedAtMs;
      },
      revise: async () => {
        revised += 1;
      },
    },
    credit: {
      hold: async () => lend(),
      release: (_: string, held: number) => released.push(held),
    },
  } as unknown as LeaseDeskParts);
}

beforeEach(async () => {
  at = new Keeping();
  await at.keeper.start();
  offer = offerWith();
  current = offer;
  free = offer.body.resources;
  [excess, lend] = [() => undefined, () => ({ isPreemptible: false })];
  [revised, released, launched, refusals, pausedAtMs] = [0, [], [], 0, undefined];
  const { launch } = at.engine;
  at.engine.launch = (spec, signal) => {
    launched.push(spec);
    return launch.call(at.engine, spec, signal);
  };
  desk = openDesk();
});

const OTHER = `sha256:${'9'.repeat(64)}`;

function bidWith(change: Partial<BidBody> = {}): SignedRecord<'bid'> {
  return example('bid', {
    image: { ...HELD, name: 'hello:1', digest: DIGEST },
    payloadHash: PAYLOAD.hash,
    ...change,
  });
}

const request = (bid: SignedRecord<'bid'>, change = {}) => ({
  ...{ bid: bid.bytes, offer: offer.id, replica: 0, incarnation: 1, ...change },
});

async function reserve(bid = bidWith(), change = {}): Promise<SignedRecord<'lease'>> {
  const { lease } = await desk.reserve(tenant.peer, request(bid, change));
  return openRecord('lease', lease, NETWORK);
}

async function refusal(run: Promise<unknown>): Promise<string> {
  return run.then(() => 'none', codeOf);
}
const refusedBid = (bid: Partial<BidBody>) => refusal(reserve(bidWith(bid)));

describe('a reservation', () => {
  it('is a lease at the price and the terms of the offer, on disk before it is out', async () => {
    const bid = bidWith({ awayMs: 90_000 });
    const { body, id } = await reserve(bid, { replica: 2, incarnation: 5 });
    const price = pricePerHour(offer.body.prices, bid.body.resources);
    const terms = { firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 60_000 };
    const expected: Partial<LeaseBody> = {
      ...{ tenant: tenant.publicKey, volunteer: volunteer.publicKey, network: NETWORK, bid: bid.id },
      ...{ offer: offer.id, replica: 2, incarnation: 5, resources: bid.body.resources, ...terms },
      ...{ priceMicrocreditsPerHour: price, issuedAtMs: NOW_MS, endsAtMs: NOW_MS + 3_600_000 },
      atRiskMicrocredits: atRisk(price, 3_600_000, terms),
    };
    expect(body).toMatchObject(expected);
    expect(await at.rows.get(showId(id))).toMatchObject({ state: 'reserved', series: offer.body.series });
    expect(at.leases.holdings()).toHaveLength(1);
    expect({ revised, released }).toEqual({ revised: 1, released: [] });
    const short = await reserve(bidWith({ awayMs: 1_000 }));
    expect(short.body.awayMs).toBe(1_000);
  });

  it('is the same again for the same replica and incarnation of a bid, and another for others', async () => {
    const bid = bidWith();
    const ids = await Promise.all(
      [{}, {}, { replica: 1 }, { incarnation: 2 }].map(async (change) =>
        showId((await reserve(bid, change)).id),
      ),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
    // The next process finds it again
    at.open();
    await at.leases.load();
    desk = openDesk();
    desk.resume();
    expect(showId((await reserve(bid)).id)).toBe(ids[0]);
  });

  it('that was refused can be asked for again', async () => {
    const bid = bidWith();
    lend = () => {
      throw new TallyError('REFUSED_CREDIT');
    };
    expect(await refusal(reserve(bid))).toBe('REFUSED_CREDIT');
    expect(at.leases.holdings()).toEqual([]);
    expect(released).toEqual([0]);
    lend = () => ({ isPreemptible: false });
    expect((await reserve(bid)).body.bid).toEqual(bid.id);
  });

  it('is refused if the bid is another peer’s, expired or dated in the future, of an older version, or no bid', async () => {
    const nowMs = NOW_MS + 1;
    await at.clock.move(1);
    expect(await refusal(desk.reserve(volunteer.peer, request(bidWith())))).toBe('REFUSED_BID');
    expect(await refusal(desk.reserve(tenant.peer, { ...request(bidWith()), bid: offer.bytes }))).toBe(
      'REFUSED_BID',
    );
    const old = (await storedVectors())['records-former.json'] as { kind: string; envelope: string }[];
    const { envelope } = old.find(({ kind }) => kind === 'bid')!;
    const first = { ...request(bidWith()), bid: Buffer.from(envelope, 'hex') };
    expect(await refusal(desk.reserve(tenant.peer, first))).toBe('REFUSED_BID');
    expect(await refusedBid({ expiresAtMs: nowMs - 1 })).toBe('REFUSED_BID');
    expect(await refusedBid({ expiresAtMs: nowMs })).toBe('none');
    const aheadMs = nowMs + CLOCK_TOLERANCE_MS;
    const dated = (issuedAtMs: number) => refusedBid({ issuedAtMs, expiresAtMs: issuedAtMs + 1_000 });
    expect(await dated(aheadMs + 1)).toBe('REFUSED_BID');
    expect(await dated(aheadMs)).toBe('none');
  });

  it('is refused where the offer is gone, or has become dearer', async () => {
    expect(await refusal(reserve(bidWith(), { offer: new Uint8Array(32) }))).toBe('REFUSED_OFFER_CHANGED');
    const { prices } = offer.body;
    current = offerWith({ prices: { ...prices, cpuHour: prices.cpuHour + 1_000 } });
    expect(await refusedBid({})).toBe('REFUSED_OFFER_CHANGED');
    current = offerWith({ prices: { ...prices, cpuHour: prices.cpuHour - 1_000 } });
    const { body } = await reserve();
    expect(body.priceMicrocreditsPerHour).toBe(pricePerHour(current.body.prices, body.resources));
  });

  it('is refused with the reason where the offer does not do', async () => {
    for (const lacking of [{ cpuMillis: 0 }, { memoryBytes: 0 }, { diskBytes: 0 }]) {
      free = { ...offer.body.resources, ...lacking };
      expect(await refusedBid({}), JSON.stringify(lacking)).toBe('REFUSED_CAPACITY');
    }
    free = offer.body.resources;
    expect(await refusedBid({ resources: { ...BODIES.bid().resources, gpus: 1 } })).toBe('REFUSED_CAPACITY');
    expect(await refusedBid({ image: { ...HELD, name: 'x', digest: OTHER } })).toBe('REFUSED_IMAGE');
    expect(await refusedBid({ image: { way: 'sent', maxBytes: 2 ** 33, name: 'x', digest: OTHER } })).toBe(
      'REFUSED_IMAGE',
    );
    expect(await refusedBid({ image: { way: 'pulled', maxBytes: 1, name: 'x', digest: OTHER } })).toBe(
      'REFUSED_IMAGE',
    );
    for (const wish of [{ privileges: 'root' }, { volumes: 1 }, { egress: 'web' }])
      expect(await refusedBid(wish), JSON.stringify(wish)).toBe('REFUSED_TERMS');
    expect(await refusedBid({ maxPriceMicrocreditsPerHour: 1 })).toBe('REFUSED_TERMS');
    expect(await refusedBid({ region: 'mars' })).toBe('REFUSED_TERMS');
    expect(at.leases.all()).toEqual([]);
  });

  it('is refused where the engine does not hold the image any more', async () => {
    at.engine.forgetImages();
    expect(await refusedBid({})).toBe('REFUSED_IMAGE');
    expect(at.leases.all()).toEqual([]);
  });

  it('is refused in words for the tenant where the engine or the disk of the volunteer fails', async () => {
    at.engine.goDown();
    expect(await refusedBid({})).toBe('REFUSED_FAULT');
    at.engine.comeUp();
    at.leases.commit = async () => {
      throw new TallyError('LEDGER_DISK_FULL');
    };
    expect(await refusedBid({})).toBe('REFUSED_FAULT');
    at.leases.commit = async () => {
      throw new TypeError('a bug');
    };
    expect(await refusedBid({})).toBe('REFUSED_FAULT');
    expect(at.leases.all()).toEqual([]);
  });

  it('is refused where the owner pauses while it is under way', async () => {
    lend = () => {
      pausedAtMs = NOW_MS;
      return { isPreemptible: false };
    };
    expect(await refusedBid({})).toBe('REFUSED_OFFER_CHANGED');
    expect(at.leases.all()).toEqual([]);
    expect(released).toEqual([0]);
  });

  it('is refused to a tenant that hoards, and to it alone', async () => {
    for (let i = 0; i < MAX_RESERVED_A_TENANT; i += 1) await reserve();
    expect(await refusedBid({})).toBe('REFUSED_CAPACITY');
    const other = createIdentity(new Uint8Array(32).fill(33));
    const bid = signRecord('bid', { ...bidWith().body, tenant: other.publicKey }, other);
    expect(await refusal(desk.reserve(other.peer, request(bid)))).toBe('none');
    await at.keeper.end(at.leases.live()[0]!, 'TENANT_STOPPED');
    await at.leases.change(at.leases.live()[0]!, { state: 'starting' });
    expect(await refusedBid({})).toBe('none');
    expect(await refusedBid({})).toBe('none');
  });

  it('is refused once the desk is closed', async () => {
    desk.close();
    expect(await refusedBid({})).toBe('REFUSED_STOPPING');
  });
});

describe('the capacity of preemptible leases', () => {
  /** Preemptible leases that run, of this series or of another one. */
  const preemptible = (fills: readonly number[]) =>
    Promise.all(fills.map((fill) => at.run({}, { preemptible: 1, series: new Uint8Array(16).fill(fill) })));

  it('is taken back, the latest first, as far as needed', async () => {
    const [first, second, third] = await preemptible([4, 4, 4]);
    excess = () => (at.leases.live().length > 2 ? 'series' : undefined);
    await reserve();
    expect([first, second, third].map((given) => given?.row.state)).toEqual(['running', 'ended', 'ended']);
    expect(second?.row.cause).toBe('RECALLED');
  });

  it('of another series helps where the engine is full, and not where the series is', async () => {
    const [other] = await preemptible([9]);
    excess = () => 'series';
    expect(await refusedBid({})).toBe('REFUSED_CAPACITY');
    expect(other?.row.state).toBe('running');
    excess = () => (at.leases.live().length > 1 ? 'engine' : undefined);
    await reserve();
    expect(other?.row.state).toBe('ended');
  });

  it('is not taken back for a preemptible lease, nor from one that is not', async () => {
    const [lent] = await preemptible([4]);
    const firm = await at.run({}, { series: new Uint8Array(16).fill(4) });
    lend = () => ({ isPreemptible: true });
    excess = () => 'series';
    expect(await refusedBid({})).toBe('REFUSED_CAPACITY');
    expect(lent?.row.state).toBe('running');
    lend = () => ({ isPreemptible: false });
    expect(await refusedBid({})).toBe('REFUSED_CAPACITY');
    expect([lent?.row.state, firm.row.state]).toEqual(['ended', 'running']);
    excess = () => undefined;
    lend = () => ({ isPreemptible: true });
    expect(await at.rows.get(showId((await reserve()).id))).toMatchObject({ preemptible: 1 });
  });
});

describe('a start', () => {
  const start = (lease: Uint8Array, payload = PAYLOAD.bytes, peer = tenant.peer) =>
    desk.start(peer, { lease, payload });

  it('launches what was bid for, once', async () => {
    const bid = bidWith({ ports: [{ port: 8_080, protocol: 'tcp' }], runtimeClass: '' });
    const { id } = await reserve(bid, { incarnation: 4 });
    const answers = await Promise.all([start(id), start(id)]);
    expect(answers).toMatchObject([{ state: 'running' }, { state: 'running' }]);
    const { cpuMillis, memoryBytes } = bid.body.resources;
    expect(launched).toMatchObject([
      {
        ...{ peer: volunteer.peer, lease: showId(id), incarnation: 4, imageDigest: DIGEST, ports: [8_080] },
        ...{ command: ['serve'], env: { A: '1' }, limits: { cpuMillis, memoryBytes } },
      },
    ]);
    expect(launched[0]).not.toHaveProperty('runtimeClass');
    expect(at.told).toEqual(['reserved', 'starting', 'running']);
  });

  it('leaves out a command that is none, and names a class that is asked for', async () => {
    offer = offerWith({ runtimeClasses: ['runc', 'runsc'] });
    current = offer;
    const plain = sealPayload({ ...PLAIN_PAYLOAD, salt: new Uint8Array(16) });
    const { id } = await reserve(bidWith({ payloadHash: plain.hash, runtimeClass: 'runsc' }));
    await start(id, plain.bytes);
    expect(launched[0]).not.toHaveProperty('command');
    expect(launched[0]).toMatchObject({ runtimeClass: 'runsc' });
  });

  it('with another payload than the bid’s is refused, and the right one can follow', async () => {
    const { id } = await reserve();
    const other = sealPayload({ ...PLAIN_PAYLOAD, salt: new Uint8Array(16), command: ['other'] });
    expect(sha256(other.bytes)).not.toEqual(PAYLOAD.hash);
    expect(await refusal(start(id, other.bytes))).toBe('REFUSED_PAYLOAD');
    expect(await start(id)).toMatchObject({ state: 'running' });
  });

  it('that cannot be read, or names volumes that the bid does not ask for, is refused', async () => {
    const garbage = new Uint8Array(9);
    const { id: first } = await reserve(bidWith({ payloadHash: sha256(garbage) }));
    expect(await refusal(start(first, garbage))).toBe('REFUSED_PAYLOAD');
    const volumes = [{ name: 'data', path: '/data', content: [] }];
    const sealed = sealPayload({ salt: new Uint8Array(16), command: [], env: [], volumes });
    const { id: second } = await reserve(bidWith({ payloadHash: sealed.hash }));
    expect(await refusal(start(second, sealed.bytes))).toBe('REFUSED_PAYLOAD');
    expect(launched).toEqual([]);
  });

  it('hands volumes, secrets and files to the engine', async () => {
    offer = offerWith({ storage: { limit: 'watched', volumes: 1 } });
    current = offer;
    const sealed = sealPayload({
      ...{ salt: new Uint8Array(16), command: [], env: [] },
      volumes: [{ name: 'data', path: '/data', content: [] }],
      secrets: [{ name: 'pw', value: Uint8Array.of(1) }],
      files: [{ path: '/etc/x', content: Uint8Array.of(2) }],
    });
    const { id } = await reserve(bidWith({ payloadHash: sealed.hash, volumes: 1 }));
    await start(id, sealed.bytes);
    expect(launched[0]).toMatchObject({
      volumes: [{ path: '/data' }],
      files: [
        { path: '/run/secrets/pw', bytes: Uint8Array.of(1) },
        { path: '/etc/x', bytes: Uint8Array.of(2) },
      ],
    });
  });

  it('that fails ends the lease with the engine’s code', async () => {
    const { id } = await reserve();
    at.engine.failNextLaunch('NETWORK_POOL_EXHAUSTED');
    expect(await refusal(start(id))).toBe('NETWORK_POOL_EXHAUSTED');
    expect(at.leases.get(showId(id))?.row).toMatchObject({ state: 'ended', cause: 'NETWORK_POOL_EXHAUSTED' });
    expect(await start(id)).toMatchObject({ state: 'ended', cause: 'NETWORK_POOL_EXHAUSTED' });
    expect(at.leases.holdings()).toEqual([]);
  });

  it('that fails for want of disk says so, to whoever looks after the disks too', async () => {
    const { id } = await reserve();
    at.engine.failNextLaunch('NETWORK_POOL_EXHAUSTED');
    await refusal(start(id));
    expect(refusals).toBe(0);
    const next = await reserve();
    at.engine.failNextLaunch('ENGINE_DISK_FULL');
    expect(await refusal(start(next.id))).toBe('ENGINE_DISK_FULL');
    expect(at.leases.get(showId(next.id))?.row).toMatchObject({ state: 'ended', cause: 'ENGINE_DISK_FULL' });
    expect(refusals).toBe(1);
  });

  it('that fails for a reason of our own says that the start failed', async () => {
    const { id } = await reserve();
    at.engine.launch = async () => {
      throw new Error('a bug');
    };
    expect(await refusal(start(id))).toBe('INSTANCE_START_FAILED');
  });

  it('launches nothing where the lease ends as it begins', async () => {
    const { id } = await reserve();
    const given = at.leases.get(showId(id))!;
    const { change } = at.leases;
    at.leases.change = async (...args) => {
      await change.apply(at.leases, args);
      if (args[1].state === 'starting') await at.keeper.end(given, 'RECALLED');
    };
    expect(await start(id)).toMatchObject({ state: 'ended', cause: 'RECALLED' });
    expect(launched).toEqual([]);
    expect(at.leases.holdings()).toEqual([]);
  });

  it('holds the capacity of its container until that is gone, whatever becomes of the lease', async () => {
    const { id } = await reserve();
    const given = at.leases.get(showId(id))!;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { launch } = at.engine;
    at.engine.launch = async (...args) => {
      await promise;
      return launch.apply(at.engine, args);
    };
    at.engine.remove = async () => {
      throw new TallyError('ENGINE_UNREACHABLE');
    };
    const starting = start(id);
    await at.clock.move(0);
    await at.keeper.end(given, 'RECALLED');
    expect(at.leases.holdings()).toHaveLength(1);
    resolve();
    expect(await starting).toMatchObject({ state: 'ended', cause: 'RECALLED' });
  });
});

describe('a start that is cut off by kill -9 of the volunteer', () => {
  const start = (lease: Uint8Array) => desk.start(tenant.peer, { lease, payload: PAYLOAD.bytes });
  const status = async (lease: Uint8Array) => (await desk.status(tenant.peer, [lease])).leases[0];

  /** The next process after one that was killed while the engine had this of the container. */
  async function killedWith(seen: 'nothing' | 'created' | 'silence'): Promise<SignedRecord<'lease'>> {
    const lease = await reserve();
    await at.leases.change(at.leases.get(showId(lease.id))!, { state: 'starting' });
    const { inspect } = at.engine;
    const made = { ...{ peer: volunteer.peer, lease: showId(lease.id), incarnation: 1, ports: [] } };
    if (seen === 'created') at.engine.inspect = async () => ({ ...made, state: 'created' });
    if (seen === 'silence') at.engine.goDown();
    at.open();
    await at.leases.load();
    await at.keeper.start();
    desk = openDesk();
    if (seen === 'silence') await at.pass(WATCH_GAP_MS + LOOK_PERIOD_MS);
    at.engine.inspect = inspect;
    at.engine.comeUp();
    return lease;
  }

  it.each(['nothing', 'created', 'silence'] as const)(
    'and left %s is done anew when its tenant sends it again, within the lease',
    async (seen) => {
      const { id } = await killedWith(seen);
      expect(await status(id)).toMatchObject({ state: 'reserved', cause: '' });
      expect(await start(id)).toMatchObject({ state: 'running' });
      await at.pass(3_000);
      expect(await status(id)).toMatchObject({ state: 'running', restarts: 0 });
      expect(at.keeper.countsOf(at.leases.get(showId(id))!).upMs).toBe(3_000);
      expect(at.leases.holdings()).toHaveLength(1);
    },
  );

  it('takes up a container that runs after all', async () => {
    const { id } = await killedWith('silence');
    const { incarnation, resources: limits } = at.leases.get(showId(id))!.lease.body;
    const spec = { peer: volunteer.peer, lease: showId(id), incarnation, imageDigest: DIGEST, ports: [] };
    await at.engine.launch({ ...spec, limits }, new AbortController().signal);
    expect(await start(id)).toMatchObject({ state: 'running' });
    await at.pass(3_000);
    expect(at.keeper.countsOf(at.leases.get(showId(id))!).upMs).toBe(3_000);
  });

  it('is given up, for nobody, where its tenant does not come back', async () => {
    const { id } = await killedWith('nothing');
    await at.pass(FETCH_STALL_MS);
    expect(await status(id)).toMatchObject({ state: 'reserved' });
    await at.pass(2 * LEASE_TICK_MS);
    expect(await status(id)).toMatchObject({ state: 'ended', cause: 'RESERVATION_EXPIRED', upMs: 0 });
    expect(doingOf('RESERVATION_EXPIRED')).toBe('neither');
    expect(at.leases.holdings()).toEqual([]);
  });
});

describe('a lease', () => {
  const notRunning = expect.objectContaining({ code: 'DEPLOYMENT_NOT_RUNNING' });

  it('does not exist for others than its tenant', async () => {
    const { id } = await reserve();
    const stranger = volunteer.peer;
    for (const [run, unknown] of [
      [(peer: string) => desk.status(peer, [id]), () => desk.status(tenant.peer, [id, new Uint8Array(32)])],
      [(peer: string) => desk.stop(peer, id), () => desk.stop(tenant.peer, new Uint8Array(32))],
    ] as const) {
      expect(await refusal(run(stranger))).toBe('LEASE_UNKNOWN');
      expect(await refusal(unknown())).toBe('LEASE_UNKNOWN');
    }
    expect(() => desk.held(stranger, id)).toThrow(expect.objectContaining({ code: 'LEASE_UNKNOWN' }));
    expect(desk.held(tenant.peer, id).id).toBe(showId(id));
    expect(await desk.status(tenant.peer, [id])).toMatchObject({ leases: [{ state: 'reserved' }] });
  });

  it('has tunnels and logs while it runs', async () => {
    const { id } = await reserve();
    expect(() => desk.running(tenant.peer, id)).toThrow(notRunning);
    await desk.start(tenant.peer, { lease: id, payload: PAYLOAD.bytes });
    expect(desk.running(tenant.peer, id).id).toBe(showId(id));
    at.engine.hold(showId(id), 'paused');
    at.hint(showId(id));
    await at.clock.move(0);
    expect(() => desk.running(tenant.peer, id)).toThrow(notRunning);
  });

  it('ends at its tenant’s wish, once it has started', async () => {
    const { id } = await reserve();
    const [started, stopped] = await Promise.all([
      desk.start(tenant.peer, { lease: id, payload: PAYLOAD.bytes }),
      desk.stop(tenant.peer, id),
    ]);
    expect(stopped).toMatchObject({ state: 'ended', cause: 'TENANT_STOPPED' });
    expect(started.state).toMatch(/running|ended/);
    expect(launched).toHaveLength(1);
    expect(await desk.stop(tenant.peer, id)).toEqual(stopped);
  });
});

describe('a lease whose image has to come', () => {
  it('is told to its tenant as soon as its container runs', async () => {
    const given = await at.reserve();
    const image = { name: 'mine:1', digest: DIGEST, way: 'sent', maxBytes: 1_000 };
    Object.assign(given, { bid: example('bid', { image, payloadHash: PAYLOAD.hash }) });
    const coming = Promise.withResolvers<void>();
    const starts = new LeaseStarts({
      ...{ identity: volunteer, log: silentLog, leases: at.leases, keeper: at.keeper, cache: NO_CACHE },
      access: { has: async () => false },
      engine: { launch: at.engine.launch.bind(at.engine) },
      store: { pin: () => () => {}, removeUnpinned: async () => {} },
      ...{ sourceOf: () => ({}), fetching: { ...NO_FETCHING, bring: () => coming.promise } },
    } as unknown as LeaseStartsParts);
    await starts.start(given, PAYLOAD.bytes);
    expect(given.row.state).toBe('fetching');
    expect(at.reports).toEqual([]);
    coming.resolve();
    await vi.waitFor(() => expect(at.reports).toHaveLength(1));
    expect(at.reports[0]?.leases).toMatchObject([{ state: 'running', upMs: 0 }]);
  });
});
