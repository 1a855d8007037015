// A volunteer's own offers: what is said of them, when, and how they follow the engine.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { GIB } from '../../src/lib/units.ts';
import { OrderBook } from '../../src/market/book/book.ts';
import type { Holding } from '../../src/market/terms/capacity.ts';
import {
  BEAT_MS,
  BEATS,
  DEFAULT_PRICES,
  LONGEST_LEASE_MS,
  MAX_OFFERS_A_PEER,
  OFFER_LIFETIME_MS,
  UNHEARD_MS,
} from '../../src/market/terms/parameters.ts';
import type { OfferInput } from '../../src/market/terms/views.ts';
import type { OfferRow, PauseRow } from '../../src/market/volunteer/offers/offer-rows.ts';
import { OwnOffers, type OwnOffersParts } from '../../src/market/volunteer/offers/own-offers.ts';
import { openRecord, type SignedRecord } from '../../src/records/envelope.ts';
import { parseId, showId } from '../../src/records/id.ts';
import { continuesChain, decodeBeat } from '../../src/records/liveness.ts';
import type { EngineFacts, Image } from '../../src/runtime/engine.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NETWORK, NOW_MS, volunteer } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const resources = { cpuMillis: 2_000, memoryBytes: GIB, diskBytes: GIB, gpus: 0 };
const FACTS: EngineFacts = {
  ...{ name: 'fake', version: '1', cpuMillis: 4_000, memoryBytes: 4 * GIB, architecture: 'amd64' },
  ...{ runtimeClasses: ['runc'], warnings: [], heldByOthers: { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 } },
  ...{ freeDiskBytes: 4 * GIB, diskLimit: 'watched', isRootGranted: false },
};

let clock: HandClock;
let offers: OwnOffers;
let rows: ReturnType<typeof memoryTable<OfferRow>>;
let pauses: ReturnType<typeof memoryTable<PauseRow>>;
/** What was published, in order. */
let published: { topic: string; bytes: Uint8Array }[];
let listening: number;
let events: string[];
let facts: EngineFacts | undefined;
let images: Record<string, Partial<Image>>;
let holdings: Holding[];
let looks: number;
let hasSpace: boolean;
let taken: string[];

function open({ hasEngine = true } = {}): OwnOffers {
  const held = { digest: DIGEST, architecture: '', user: '' };
  const image = async (name: string) => images[name] && { ...held, ...images[name] };
  const watch = {
    ...{ engine: { image }, facts: () => facts },
    look: async () => {
      looks += 1;
    },
  };
  return new OwnOffers({
    ...{ identity: volunteer, network: NETWORK, clock, log: silentLog, rows, pauses },
    maxSentBytes: 0,
    writtenBytes: () => 0,
    overlay: {
      publish: async (topic: string, bytes: Uint8Array) => {
        published.push({ topic, bytes });
        return listening;
      },
      addresses: () => Array.from({ length: 9 }, (_, i) => `/ip4/127.0.0.1/tcp/${4_000 + i}`),
      connected: () => Array.from({ length: listening }, () => 'peer'),
    },
    book: {
      take: ({ kind }: SignedRecord) => taken.push(kind),
      beat: ({ beat }: { beat: number }) => taken.push(`beat ${beat}`),
    },
    event: ({ kind, cause = '' }: { kind: string; cause?: string }) => events.push(`${kind} ${cause}`.trim()),
    watch: hasEngine ? watch : undefined,
    space: { isLeft: () => hasSpace },
    terms: { firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 1, maxAwayMs: 60_000 },
    holdings: () => holdings,
  } as unknown as OwnOffersParts);
}

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  [rows, pauses] = [memoryTable(), memoryTable()];
  [published, events, holdings, taken, listening, looks, facts] = [[], [], [], [], 1, 0, FACTS];
  hasSpace = true;
  images = { 'web:1': {}, 'db:1': { architecture: 'amd64' } };
  offers = open();
  await offers.start();
});

const series = () => latest().body.series;
const topics = () => published.map(({ topic }) => topic);
const offered = () =>
  published.flatMap(({ topic, bytes }) => (topic === 'offer' ? [openRecord('offer', bytes, NETWORK)] : []));
const latest = () => offered().at(-1)!;
const make = (input: Partial<OfferInput> = {}) => offers.make({ resources, ...input });
const refusal = (run: Promise<unknown>) => run.then(() => 'none', codeOf);
const take = (series: Uint8Array, cpuMillis: number, isPreemptible = false) => {
  const held = { cpuMillis, memoryBytes: 0, diskBytes: 0, gpus: 0 };
  holdings = [...holdings, { series, resources: held, isPreemptible }];
};

describe('an offer', () => {
  it('says what was given, what is usual, and what the engine is', async () => {
    const view = await make({ images: ['web:1', 'db:1'] });
    expect(latest().body).toMatchObject({
      ...{ volunteer: volunteer.publicKey, network: NETWORK, seq: NOW_MS, issuedAtMs: NOW_MS, resources },
      ...{ lifetimeMs: OFFER_LIFETIME_MS, beatMs: BEAT_MS, beats: BEATS, prices: DEFAULT_PRICES, region: '' },
      ...{ runtimeClasses: ['runc'], architecture: 'amd64', labels: [] },
      images: [
        { name: 'web:1', digest: DIGEST },
        { name: 'db:1', digest: DIGEST },
      ],
      terms: {
        ...{ longestLeaseMs: LONGEST_LEASE_MS, firstEpochMs: 10_000, maxEpochMs: 300_000 },
        maxAwayMs: 60_000,
      },
    });
    expect(latest().body.addresses).toHaveLength(8);
    expect(view.seq).toBe(NOW_MS);
    expect(view.series).toBe(showId(series()));
    expect(await rows.get(view.series)).toMatchObject({ total: resources });
    expect(offers.views()).toEqual([view]);
    expect({ events, taken, looks }).toEqual({ events: ['offer.made'], taken: ['offer'], looks: 1 });
    const own = {
      prices: { ...DEFAULT_PRICES, cpuHour: 1 },
      region: 'eu',
      labels: ['a=b'],
      longestLeaseMs: 60_000,
    };
    await make(own);
    expect(latest().body).toMatchObject({ prices: own.prices, region: 'eu', labels: ['a=b'] });
    expect(latest().body.terms.longestLeaseMs).toBe(60_000);
    expect(offers.worthAnHour()).toBeGreaterThan(DEFAULT_PRICES.cpuHour);
  });

  it('is refused where the engine does not have as much, other offers included', async () => {
    const half = { ...resources, cpuMillis: 2_001 };
    await make();
    expect(await refusal(make({ resources: half }))).toBe('OFFER_OVER_CAPACITY');
    expect(await refusal(make())).toBe('none');
    expect(await refusal(make({ resources: { ...resources, cpuMillis: 1 } }))).toBe('OFFER_OVER_CAPACITY');
  });

  it('is refused with who holds what, where containers of other peers hold a part', async () => {
    facts = { ...FACTS, heldByOthers: { cpuMillis: 1_500, memoryBytes: GIB, diskBytes: 0 } };
    await make();
    await expect(make()).rejects.toMatchObject({
      code: 'OFFER_OVER_CAPACITY',
      details: {
        left: { cpuMillis: 500 },
        offered: { cpuMillis: 2_000, memoryBytes: GIB },
        heldByOthers: { cpuMillis: 1_500, memoryBytes: GIB },
      },
    });
  });

  it('is refused where there are too many, and where the settings or the moment have no engine', async () => {
    const small = { cpuMillis: 100, memoryBytes: 2 ** 20, diskBytes: 0, gpus: 0 };
    for (let i = 0; i < MAX_OFFERS_A_PEER; i += 1) await make({ resources: small });
    expect(await refusal(make({ resources: small }))).toBe('OFFER_TOO_MANY');
    facts = undefined;
    expect(await refusal(make())).toBe('ENGINE_UNREACHABLE');
    offers = open({ hasEngine: false });
    await offers.load();
    await offers.start();
    expect(offers.has(series())).toBe(false);
    expect(await refusal(make())).toBe('OFFER_WITHOUT_ENGINE');
  });

  it('is refused with an image that the engine does not hold, or cannot run', async () => {
    images['arm:1'] = { architecture: 'arm64' };
    expect(await refusal(make({ images: ['web:1', 'none:1'] }))).toBe('IMAGE_NOT_HELD');
    expect(await refusal(make({ images: ['arm:1'] }))).toBe('IMAGE_WRONG_ARCHITECTURE');
    expect(published).toEqual([]);
  });

  it.each(['root', '0', '0:0', 'root:wheel'])(
    'is refused with an image that names the user %s, unless the engine may run root',
    async (user) => {
      images['server:1'] = { user };
      expect(await refusal(make({ images: ['web:1', 'server:1'] }))).toBe('OFFER_NEEDS_ROOT');
      expect(published).toEqual([]);
      facts = { ...FACTS, isRootGranted: true };
      expect(await refusal(make({ images: ['server:1'] }))).toBe('none');
    },
  );

  it('is gone for good once it is withdrawn', async () => {
    const { series: name, id } = await make();
    await offers.withdraw(name);
    expect(topics()).toEqual(['offer', 'tombstone']);
    expect(openRecord('tombstone', published[1]!.bytes, NETWORK).body).toMatchObject({
      series: series(),
      seq: NOW_MS + 1,
      forgetAtMs: NOW_MS + OFFER_LIFETIME_MS,
    });
    expect(offers.find(parseId(id), clock.nowMs())).toBeUndefined();
    expect(offers.has(series())).toBe(false);
    expect(offers.free(series())).toEqual({ cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 });
    expect(offers.excess(series())).toBe('series');
    expect(await rows.get(name)).toBeUndefined();
    expect(await refusal(offers.withdraw(name))).toBe('OFFER_UNKNOWN');
    expect(events).toEqual(['offer.made', 'offer.withdrawn']);
  });
});

describe('a revision', () => {
  it('is published when what is left changes, and only then', async () => {
    await make();
    const key = series();
    await offers.revise();
    expect(offered()).toHaveLength(1);
    take(key, 500);
    await offers.revise();
    expect(latest().body).toMatchObject({ seq: NOW_MS + 1, resources: { cpuMillis: 1_500 } });
    holdings = [];
    await offers.revise();
    expect(latest().body).toMatchObject({ seq: NOW_MS + 2, resources: { cpuMillis: 2_000 } });
    await clock.move(5_000);
    take(key, 2_000, true);
    await offers.revise();
    expect(offered()).toHaveLength(3);
    expect(offers.excess(key)).toBeUndefined();
    take(key, 1);
    expect(offers.excess(key)).toBe('series');
    await offers.revise();
    expect(latest().body.seq).toBe(NOW_MS + 5_000);
  });

  it('leaves the promises of those before standing, while they live', async () => {
    const first = await make();
    const key = series();
    take(key, 500);
    await offers.revise();
    const found = offers.find(parseId(first.id), clock.nowMs());
    expect(found?.promised.body.seq).toBe(NOW_MS);
    expect(found?.current.id).toEqual(latest().id);
    expect(offers.find(parseId(first.id), NOW_MS + OFFER_LIFETIME_MS - 1)).toBeDefined();
    expect(offers.find(parseId(first.id), NOW_MS + OFFER_LIFETIME_MS)).toBeUndefined();
    expect(offers.find(new Uint8Array(32), clock.nowMs())).toBeUndefined();
    const { id } = await make();
    expect(offers.find(parseId(id), clock.nowMs())?.current.id).toEqual(parseId(id));
  });

  it('goes on in the chain that it has, and begins a new one when that runs out', async () => {
    await make();
    const key = series();
    await clock.move(BEAT_MS);
    await clock.move(BEAT_MS);
    take(key, 1);
    await offers.revise();
    const [first, second] = offered();
    expect(second?.body.beats).toBe(BEATS - 2);
    expect(second?.body.tip).toEqual(decodeBeat(published[2]!.bytes).preimage);
    expect(first?.body.tip).not.toEqual(second?.body.tip);
    // Down to as many beats as are worth a chain, then one below
    for (let beat = 2; beat < BEATS - 16; beat += 1) await clock.move(BEAT_MS);
    take(key, 1);
    await offers.revise();
    expect(latest().body.beats).toBe(16);
    await clock.move(BEAT_MS);
    take(key, 1);
    await offers.revise();
    expect(latest().body.beats).toBe(BEATS);
  });
});

describe('a beat', () => {
  it('shows that an offer lives, by the links of its chain, in between', async () => {
    await make();
    const { id, body } = latest();
    await clock.move(BEAT_MS - 1);
    expect(topics()).toEqual(['offer']);
    await clock.move(1);
    await clock.move(BEAT_MS);
    expect(topics()).toEqual(['offer', 'liveness', 'liveness']);
    const [one, two] = published.slice(1).map(({ bytes }) => decodeBeat(bytes));
    expect([one?.beat, two?.beat]).toEqual([1, 2]);
    expect(one?.offer).toEqual(id);
    expect(continuesChain(one!, 0, body.tip)).toBe(true);
    expect(continuesChain(two!, 1, one!.preimage)).toBe(true);
    expect(taken).toEqual(['offer', 'beat 1', 'beat 2']);
    expect(offers.views()[0]?.aliveUntilMs).toBe(NOW_MS + 2 * BEAT_MS + OFFER_LIFETIME_MS);
  });

  it('after the last link is a new revision', async () => {
    await make();
    for (let beat = 0; beat < BEATS; beat += 1) await clock.move(BEAT_MS);
    expect(offered()).toHaveLength(1);
    await clock.move(BEAT_MS);
    expect(offered()).toHaveLength(2);
    await clock.move(BEAT_MS);
    expect(decodeBeat(published.at(-1)!.bytes)).toMatchObject({ beat: 1, offer: latest().id });
  });

  it('is not shown of an offer that is not in the market', async () => {
    await make();
    facts = undefined;
    await offers.followEngine();
    await clock.move(BEAT_MS);
    expect(topics()).toEqual(['offer', 'tombstone']);
  });
});

describe('an offer that nobody heard', () => {
  it('is said again as another revision once somebody listens, and no more after that', async () => {
    listening = 0;
    await make();
    await clock.move(UNHEARD_MS);
    expect(offered()).toHaveLength(1);
    listening = 2;
    await clock.move(UNHEARD_MS);
    expect(offered()).toHaveLength(2);
    expect(latest().body.seq).toBeGreaterThan(NOW_MS);
    await clock.move(UNHEARD_MS);
    expect(offered()).toHaveLength(2);
  });

  it('is not said again where it has left the market', async () => {
    listening = 0;
    await make();
    facts = undefined;
    await offers.followEngine();
    [listening, facts] = [1, FACTS];
    await clock.move(UNHEARD_MS);
    expect(topics()).toEqual(['offer', 'tombstone']);
  });
});

describe('images from elsewhere', () => {
  it('are said in the offer, and read back: registries, and the size of what tenants send', async () => {
    const half = { ...resources, cpuMillis: 500 };
    await make({ resources: half, pulls: ['docker.io', 'lan:5000'], maxSentBytes: 300 });
    const first = latest();
    await make({ resources: half, maxSentBytes: 200 });
    expect(first.body.imageWays).toEqual({ anyHeld: 0, pulls: ['docker.io', 'lan:5000'], maxSentBytes: 300 });
    expect(offers.pulls(first.body.series)).toEqual(['docker.io', 'lan:5000']);
    expect(offers.pulls(series())).toEqual([]);
    expect(offers.pulls(new Uint8Array(16))).toEqual([]);
    expect(offers.maxSentBytes()).toBe(300);
    await offers.pause();
    expect(offers.maxSentBytes()).toBe(0);
    const again = open();
    await again.load();
    expect(
      again
        .views()
        .map(({ pulls }) => pulls)
        .sort(),
    ).toEqual([[], ['docker.io', 'lan:5000']]);
  });
});

describe('the offers of an engine', () => {
  it('leave the market with it, and come back as large as it then is', async () => {
    await make();
    facts = undefined;
    await offers.followEngine();
    await offers.followEngine();
    await offers.revise();
    expect(topics()).toEqual(['offer', 'tombstone']);
    expect(offers.views()).toMatchObject([{ state: 'engine-silent' }]);
    expect(offers.has(series())).toBe(true);
    // Whoever sends images is to ask again, and not to give up
    expect(() => offers.maxSentBytes()).toThrow(expect.objectContaining({ code: 'ENGINE_UNREACHABLE' }));
    facts = { ...FACTS, cpuMillis: 1_000, architecture: 'arm64' };
    await offers.followEngine();
    expect(topics()).toEqual(['offer', 'tombstone', 'offer']);
    expect(latest().body).toMatchObject({ resources: { cpuMillis: 1_000 }, architecture: 'arm64' });
    expect(latest().body.seq).toBeGreaterThan(NOW_MS + 1);
    facts = FACTS;
    await offers.followEngine();
    expect(latest().body.resources.cpuMillis).toBe(2_000);
    await offers.followEngine();
    expect(offered()).toHaveLength(3);
  });

  it('leave the market while a disk is full, when none can be made either, and come back', async () => {
    await make();
    hasSpace = false;
    await offers.followEngine();
    await offers.revise();
    expect(topics()).toEqual(['offer', 'tombstone']);
    expect(await refusal(make())).toBe('OFFER_DISK_FULL');
    hasSpace = true;
    await offers.followEngine();
    expect(topics()).toEqual(['offer', 'tombstone', 'offer']);
    expect(offers.views()).toHaveLength(1);
  });

  it('follow its images, and their owner is told', async () => {
    await make({ images: ['web:1', 'db:1'] });
    const names = () => latest().body.images.map(({ name }) => name);
    await offers.followEngine();
    expect(offered()).toHaveLength(1);
    const { 'db:1': db } = images;
    images = { 'web:1': {} };
    await offers.followEngine();
    expect(names()).toEqual(['web:1']);
    images = { 'web:1': { digest: `sha256:${'2'.repeat(64)}` }, 'db:1': { ...db, architecture: 'arm64' } };
    await offers.followEngine();
    expect(latest().body.images).toEqual([{ name: 'web:1', digest: `sha256:${'2'.repeat(64)}` }]);
    images = { 'web:1': {}, 'db:1': db ?? {} };
    await offers.followEngine();
    expect(names()).toEqual(['web:1', 'db:1']);
    expect(offered()).toHaveLength(4);
    expect(events.slice(1)).toEqual(Array(3).fill('offer.revised IMAGES_CHANGED'));
    facts = undefined;
    images = {};
    await offers.followEngine();
    expect(offered()).toHaveLength(4);
  });

  it('are heard of however often their owner withdraws one and makes another', async () => {
    const book = new OrderBook();
    for (let round = 0; round < 3 * MAX_OFFERS_A_PEER; round += 1) {
      const { series } = await make();
      expect(book.take(latest())).toBe('new');
      await offers.withdraw(series);
      expect(book.take(openRecord('tombstone', published.at(-1)!.bytes, NETWORK))).toBe('new');
    }
  });

  it('keep apart from leases of those withdrawn, and are refused where others would not hear of them', async () => {
    for (let round = 0; round < MAX_OFFERS_A_PEER; round += 1) {
      const made = await make();
      take(series(), 100);
      await offers.withdraw(made.series);
    }
    expect(await refusal(make())).toBe('OFFER_TOO_MANY');
    await clock.move(OFFER_LIFETIME_MS);
    expect(await refusal(make())).toBe('none');
  });

  it('are there again with the next process, with later revisions', async () => {
    await make({ images: ['web:1'] });
    const key = series();
    await offers.stop();
    await offers.stop();
    expect(topics()).toEqual(['offer', 'tombstone']);
    for (const each of [() => offers.followEngine(), () => offers.revise()]) {
      images = {};
      await each();
    }
    await clock.move(BEAT_MS);
    expect(published).toHaveLength(2);
    images = { 'web:1': {} };
    offers = open();
    await offers.load();
    await offers.start();
    expect(latest().body).toMatchObject({ series: key, images: [{ name: 'web:1' }] });
    expect(latest().body.seq).toBeGreaterThan(NOW_MS);
  });
});

describe('the images of a living offer', () => {
  const names = () => latest().body.images.map(({ name }) => name);

  it('are added and taken out without a new series, and so they are after a restart', async () => {
    const { series: name } = await make({ images: ['web:1'] });
    const view = await offers.changeImages(name, { add: ['db:1'] });
    expect(view).toMatchObject({ series: name, images: [{ name: 'web:1' }, { name: 'db:1' }] });
    expect([names(), topics()]).toEqual([
      ['web:1', 'db:1'],
      ['offer', 'offer'],
    ]);
    await offers.changeImages(name, { drop: ['web:1'] });
    expect(names()).toEqual(['db:1']);
    expect(events).toEqual(['offer.made', 'offer.revised IMAGES_CHANGED', 'offer.revised IMAGES_CHANGED']);
    const again = open();
    await again.load();
    await again.start();
    expect(names()).toEqual(['db:1']);
  });

  it('are changed without a word to others while a disk is full', async () => {
    const { series: name } = await make({ images: ['web:1'] });
    hasSpace = false;
    await offers.followEngine();
    const before = topics();
    const view = await offers.changeImages(name, { add: ['db:1'] });
    expect(view).toMatchObject({ state: 'disk-full', images: [{ name: 'web:1' }, { name: 'db:1' }] });
    expect(topics()).toEqual(before);
  });

  it('stay as they are where a change cannot be', async () => {
    const { series: name } = await make({ images: ['web:1'] });
    images['server:1'] = { user: 'root' };
    const change = (given: { add?: string[]; drop?: string[] }) => refusal(offers.changeImages(name, given));
    expect(await change({ add: ['none:1'] })).toBe('IMAGE_NOT_HELD');
    expect(await change({ add: ['db:1', 'server:1'] })).toBe('OFFER_NEEDS_ROOT');
    expect(await change({ drop: ['db:1'] })).toBe('IMAGE_NOT_OFFERED');
    expect(await refusal(offers.changeImages('a'.repeat(26), { add: ['db:1'] }))).toBe('OFFER_UNKNOWN');
    for (let i = 0; i < 32; i += 1) images[`more:${i}`] = {};
    expect(await change({ add: Object.keys(images).filter((each) => each.startsWith('more')) })).toBe(
      'OFFER_TOO_MANY_IMAGES',
    );
    expect(offered()).toHaveLength(1);
    expect(await change({ add: ['web:1'] })).toBe('none');
    expect(names()).toEqual(['web:1']);
  });
});

describe('offers that are paused', () => {
  it('leave the market, and come back with resume', async () => {
    const { series: name, id } = await make();
    expect(offers.views()).toMatchObject([{ series: name, state: 'listed', total: resources }]);
    await offers.pause();
    expect(topics()).toEqual(['offer', 'tombstone']);
    expect(offers.find(parseId(id), clock.nowMs())).toBeUndefined();
    expect(offers.views()).toMatchObject([
      { series: name, state: 'paused', resources, total: resources, aliveUntilMs: 0 },
    ]);
    await offers.resume();
    expect(topics()).toEqual(['offer', 'tombstone', 'offer']);
    expect(showId(series())).toBe(name);
    expect(offers.views()).toMatchObject([{ state: 'listed' }]);
    expect(events).toEqual(['offer.made', 'offer.paused', 'offer.resumed']);
  });

  it('stay away over a restart, a look at the engine, a lease that ends and a new offer', async () => {
    await make();
    await offers.pause();
    await offers.pause();
    expect(events).toEqual(['offer.made', 'offer.paused']);
    await offers.stop();
    offers = open();
    await offers.load();
    await offers.start();
    expect(offers.pausedAtMs).toBe(NOW_MS);
    take(series(), 500);
    await offers.revise();
    await offers.followEngine();
    await clock.move(BEAT_MS + UNHEARD_MS);
    const added = await make({ resources: { ...resources, cpuMillis: 100 }, images: ['web:1'] });
    expect(added).toMatchObject({ state: 'paused' });
    expect(await offers.changeImages(added.series, { add: ['db:1'] })).toMatchObject({ state: 'paused' });
    expect(topics()).toEqual(['offer', 'tombstone']);
    await offers.resume();
    await offers.resume();
    expect(offers.pausedAtMs).toBeUndefined();
    expect(topics()).toEqual(['offer', 'tombstone', 'offer', 'offer']);
    expect(events.filter((each) => each === 'offer.resumed')).toHaveLength(1);
  });

  it('are so too while the settings want no engine', async () => {
    await offers.pause();
    const without = open({ hasEngine: false });
    await without.load();
    expect(without.pausedAtMs).toBe(NOW_MS);
  });

  it('can be withdrawn', async () => {
    const { series: name } = await make();
    await offers.pause();
    await offers.withdraw(name);
    await offers.resume();
    expect(offers.views()).toEqual([]);
    expect(topics()).toEqual(['offer', 'tombstone']);
  });
});

describe('an offer whose engine is silent', () => {
  it('is still shown to its owner, as off the market', async () => {
    const { series: name } = await make({ images: ['web:1'] });
    facts = undefined;
    await offers.followEngine();
    expect(offers.views()).toMatchObject([{ series: name, state: 'engine-silent', total: resources }]);
  });
});
