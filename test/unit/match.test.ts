import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB, MIB } from '../../src/lib/units.ts';
import {
  ALONE,
  type Ask,
  type Beside,
  CONSTRAINTS,
  failed,
  type Listing,
} from '../../src/market/matching/constraints.ts';
import { match as matchOffers, type Rate } from '../../src/market/matching/match.ts';
import { guessOwner } from '../../src/market/matching/owners.ts';
import { NEAR_EQUAL, OWING_QUALITY, UNKNOWN_SHARE } from '../../src/market/terms/parameters.ts';
import { chargeFor, pricePerHour } from '../../src/market/terms/pricing.ts';
import type { Relaxation } from '../../src/market/terms/views.ts';
import { HELD } from '../../src/records/bid.ts';
import type { OfferBody } from '../../src/records/offer.ts';
import { BODIES, NOW_MS } from '../support/records.ts';

const bid = BODIES.bid();
const ask = (change: Partial<Ask> = {}): Ask => ({ ...bid, ...change });

const NOBODY_KNOWN: Rate = () => ({ quality: 0, isKnown: false });
const match = (asked: Ask, offers: Iterable<Listing>, nowMs: number, seed: number, rate = NOBODY_KNOWN) =>
  matchOffers(asked, offers, { nowMs, seed, rate });

let count = 0;
function listing(change: Partial<OfferBody> = {}, id = `offer-${count++}`): Listing {
  return {
    id,
    volunteer: `peer-of-${id}`,
    offer: { ...BODIES.offer(), ...change },
    aliveUntilMs: NOW_MS + 1,
  };
}
const priced = (cpuHour: number, id?: string) =>
  listing({ prices: { cpuHour, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 } }, id);

describe('the match', () => {
  it('takes the cheapest first and falls back in order of price', () => {
    const offers = [priced(500_000, 'b'), priced(300_000, 'a'), priced(900_000, 'c')];
    const { candidates, considered } = match(ask(), offers, NOW_MS, 1);
    expect(candidates.map(({ offer }) => offer)).toEqual(['a', 'b', 'c']);
    expect(considered).toBe(3);
  });

  it('says of an image to be pulled that its registry is the reason, and of another one that it is the image', () => {
    const none = listing({ images: [], imageWays: { pulls: [], maxSentBytes: 0, anyHeld: 0 } });
    const change = (way: 'held' | 'pulled') => {
      const asked = ask({
        image: { name: 'registry.example/a:1', digest: bid.image.digest, way, maxBytes: 1 },
      });
      return match(asked, [none], NOW_MS, 1).relaxations.map((each) => each.change);
    };
    expect(change('pulled')).toEqual([
      expect.stringMatching(/of a registry that the offer names.* would do/),
    ]);
    expect(change('held')).toEqual(['another image would do']);
  });

  it('prefers a volunteer that holds the image, among near-equal prices', () => {
    const cold = listing({ images: [] }, 'cold');
    for (let seed = 0; seed < 20; seed += 1) {
      const { candidates } = match(ask(), [cold, listing({}, 'warm')], NOW_MS, seed);
      expect(candidates[0]).toMatchObject({ offer: 'warm', warm: true });
    }
  });

  it('spreads a crowd over near-equal offers by seed, and gives one order for one seed', () => {
    const offers = Array.from({ length: 8 }, (_, i) => priced(500_000 + i * 100, `o${i}`));
    const firsts = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1)
      firsts.add(match(ask(), offers, NOW_MS, seed).candidates[0]!.offer);
    expect(firsts.size).toBe(8);
    expect(match(ask(), offers, NOW_MS, 7)).toEqual(match(ask(), offers.toReversed(), NOW_MS, 7));
  });

  it('has exactly the candidates of an exhaustive scan, in bands of price', () => {
    const offer = fc.record({
      cpuHour: fc.integer({ min: 1, max: 2_000_000 }),
      cpuMillis: fc.integer({ min: 0, max: 4_000 }),
      region: fc.constantFrom('eu', 'us'),
    });
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 12 }), fc.nat(), (offers, seed) => {
        const listings = offers.map(({ cpuHour, cpuMillis, region }, i) =>
          listing(
            {
              prices: { cpuHour, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 },
              region,
              resources: { cpuMillis, memoryBytes: 2 * GIB, diskBytes: GIB, gpus: 0 },
            },
            `x${i}`,
          ),
        );
        const wanted = ask({ region: 'eu' });
        const fit = listings.filter((each) => failed(wanted, each, NOW_MS).length === 0).map(({ id }) => id);
        const { candidates } = match(wanted, listings, NOW_MS, seed);
        expect(candidates.map((each) => each.offer).sort()).toEqual(fit.sort());
        for (const [i, each] of candidates.entries()) {
          const cheapestLeft = Math.min(
            ...candidates.slice(i).map((other) => other.priceMicrocreditsPerHour),
          );
          expect(each.priceMicrocreditsPerHour).toBeLessThanOrEqual(cheapestLeft * NEAR_EQUAL);
        }
      }),
    );
  });
});

/** Ratings by offer. */
const rated =
  (qualities: Readonly<Record<string, number>>): Rate =>
  (volunteer) => {
    const quality = qualities[volunteer.replace('peer-of-', '')];
    return { quality: quality ?? 0, isKnown: quality !== undefined };
  };
const SEEDS = Array.from({ length: 1_000 }, (_, seed) => seed);
const firstOf = (offers: readonly Listing[], seed: number, rate: Rate) =>
  match(ask(), offers, NOW_MS, seed, rate).candidates[0]!.offer;

describe('what is thought of volunteers', () => {
  it('makes the expected cost of finishing decide, not the price alone', () => {
    const offers = [priced(400_000, 'cheap'), priced(500_000, 'dear')];
    const better = rated({ cheap: 0.5, dear: 0.9 });
    for (const seed of SEEDS.slice(0, 50)) expect(firstOf(offers, seed, better)).toBe('dear');
    const alike = rated({ cheap: 0.8, dear: 0.9 });
    for (const seed of SEEDS.slice(0, 50)) expect(firstOf(offers, seed, alike)).toBe('cheap');
  });

  it('gives volunteers that nobody knows their share of placements and no more', () => {
    const offers = [priced(400_000, 'new'), priced(500_000, 'known')];
    const rate = rated({ known: 0.2 });
    const given = SEEDS.filter((seed) => firstOf(offers, seed, rate) === 'new').length / SEEDS.length;
    expect(given).toBeGreaterThan(UNKNOWN_SHARE / 2);
    expect(given).toBeLessThan(UNKNOWN_SHARE * 2);
  });

  it('falls back to unknown volunteers when no other fits', () => {
    const { candidates } = match(ask(), [priced(400_000, 'new')], NOW_MS, 1, rated({}));
    expect(candidates.map(({ offer }) => offer)).toEqual(['new']);
  });

  it('prefers whoever owes this peer, even unknown, to whoever is a fifth cheaper, and no further', () => {
    const offers = (cheap: number) => [priced(cheap, 'cheap'), priced(500_000, 'owing')];
    const rate: Rate = (volunteer) =>
      volunteer === 'peer-of-owing'
        ? { quality: 0, isKnown: false, isOwing: true }
        : { quality: OWING_QUALITY, isKnown: true };
    const owing = (cheap: number) =>
      SEEDS.filter((seed) => firstOf(offers(cheap), seed, rate) === 'owing').length;
    expect(owing(430_000)).toBe(SEEDS.length);
    expect(owing(370_000)).toBe(0);
  });

  it('does not forgive bad service for a debt', () => {
    const offers = [priced(500_000, 'owing'), priced(500_000, 'good')];
    const rate: Rate = (volunteer) =>
      volunteer === 'peer-of-owing'
        ? { quality: 0.1, isKnown: true, isOwing: true }
        : { quality: 0.8, isKnown: true };
    for (const seed of SEEDS.slice(0, 50)) expect(firstOf(offers, seed, rate)).toBe('good');
  });

  it('never puts a fresh key before one that is known to be bad, at one price', () => {
    const offers = [priced(400_000, 'bad'), priced(400_000, 'fresh')];
    const rate = rated({ bad: 0 });
    const fresh = SEEDS.filter((seed) => firstOf(offers, seed, rate) === 'fresh').length / SEEDS.length;
    expect(fresh).toBeLessThan(0.5 + UNKNOWN_SHARE);
    const proven = rated({ bad: 0.01 });
    const ahead = SEEDS.filter((seed) => firstOf(offers, seed, proven) === 'fresh').length / SEEDS.length;
    expect(ahead).toBeLessThan(UNKNOWN_SHARE * 2);
  });
});

describe('replicas', () => {
  const at = (address: string, id: string, region = 'eu') =>
    listing({ addresses: [`/ip4/${address}/tcp/4801`], region }, id);
  const beside = (change: Partial<Beside>) => ({ ...ALONE, ...change });
  const second = (offers: readonly Listing[], other: Partial<Beside>, seed = 1) =>
    matchOffers(ask(), offers, { nowMs: NOW_MS, seed, rate: NOBODY_KNOWN, beside: beside(other) });

  it('never share a volunteer, and say so when that is why nothing fits', () => {
    const taken = { volunteers: new Set(['peer-of-one']) };
    expect(second([listing({}, 'one'), listing({}, 'two')], taken).candidates).toMatchObject([
      { offer: 'two' },
    ]);
    expect(second([listing({}, 'one')], taken)).toMatchObject({
      candidates: [],
      removed: { spread: 1 },
      relaxations: [{ constraints: ['spread'], change: 'fewer copies would do', offers: 1 }],
    });
  });

  it('are not advised to be fewer where one is all that is wanted', () => {
    const context = { nowMs: NOW_MS, seed: 1, rate: NOBODY_KNOWN, isOnlyCopy: true };
    const taken = beside({ volunteers: new Set(['peer-of-one']) });
    const { removed, relaxations } = matchOffers(ask(), [listing({}, 'one')], { ...context, beside: taken });
    expect({ removed, relaxations }).toEqual({ removed: { spread: 1 }, relaxations: [] });
  });

  it('that outnumber the volunteers are named beside everything else that removed offers', () => {
    const asked = ask({ maxPriceMicrocreditsPerHour: 900_000 });
    const report = matchOffers(asked, [priced(1_000_000), priced(1_200_000)], {
      ...{ nowMs: NOW_MS, seed: 1, rate: NOBODY_KNOWN, mostCopies: 2 },
    });
    expect(report.removed).toEqual({ price: 2, spread: 2 });
    const change =
      '1 credit an hour and at most 2 copies (this peer knows only 2 volunteers, and each runs one) would do';
    expect(report.relaxations).toMatchObject([{ constraints: ['price', 'spread'], change }]);
    const alone = { nowMs: NOW_MS, seed: 1, rate: NOBODY_KNOWN, mostCopies: 1 };
    const taken = { ...ALONE, volunteers: new Set(['peer-of-one']) };
    const { relaxations } = matchOffers(ask(), [listing({}, 'one')], { ...alone, beside: taken });
    const one = 'at most 1 copy (this peer knows only 1 volunteer, and each runs one) would do';
    expect(relaxations).toMatchObject([{ constraints: ['spread'], change: one }]);
    expect(matchOffers(ask(), [listing({}, 'one')], alone).removed).toEqual({});
  });

  it('go to another owner first, as far as addresses tell', () => {
    const cheapNeighbour = listing(
      {
        addresses: ['/ip4/203.0.113.9/tcp/1'],
        prices: { cpuHour: 1, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 },
      },
      'neighbour',
    );
    const owners = new Set([guessOwner('x', { addresses: ['/ip4/203.0.113.7/tcp/1'] })]);
    const { candidates } = second([cheapNeighbour, at('198.51.100.1', 'other')], { owners });
    expect(candidates.map(({ offer }) => offer)).toEqual(['other', 'neighbour']);
  });

  it('go first where no one key leads to both, as far as this peer sees', () => {
    const rate: Rate = (volunteer) => ({
      ...{ quality: 0.5, isKnown: true },
      ...(volunteer === 'peer-of-friend' ? { through: 'inviter' } : {}),
    });
    const cheap = listing({ prices: { cpuHour: 1, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 } }, 'friend');
    const listings = [cheap, at('198.51.100.1', 'other')];
    const first = (owners: string[]) => {
      const beside = { volunteers: new Set<string>(), owners: new Set(owners), regions: new Set<string>() };
      return matchOffers(ask(), listings, { nowMs: NOW_MS, seed: 1, rate, beside }).candidates[0]?.offer;
    };
    expect(first([])).toBe('friend');
    expect(first(['inviter'])).toBe('other');
    // Both share one sign: then price decides again
    expect(first(['inviter', guessOwner('x', { addresses: ['/ip4/198.51.100.9/tcp/1'] })])).toBe('friend');
  });

  it('go to another region among offers of one price', () => {
    const offers = [at('10.0.0.1', 'same', 'eu'), at('10.0.0.2', 'elsewhere', 'us')];
    for (const seed of SEEDS.slice(0, 20))
      expect(second(offers, { regions: new Set(['eu']) }, seed).candidates[0]).toMatchObject({
        offer: 'elsewhere',
      });
  });

  it('are not kept apart by private addresses, which say nothing about an owner', () => {
    const owners = [
      '/ip4/10.1.2.3/tcp/1',
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/192.168.1.4/tcp/1',
      '/ip6/fe80::1/tcp/1',
    ];
    for (const address of owners) expect(guessOwner('me', { addresses: [address] })).toBe('me');
    expect(guessOwner('me', { addresses: ['/ip6/2001:db8:1:2::5/tcp/1'] })).toBe(
      guessOwner('you', { addresses: ['/ip6/2001:db8:1:ff::9/tcp/1'] }),
    );
  });
});

describe('a non-match explains itself', () => {
  it('counts what each constraint removed', () => {
    const { candidates, removed } = match(
      ask({ region: 'us', maxPriceMicrocreditsPerHour: 1 }),
      [
        listing(),
        listing({ region: 'us' }),
        listing({ resources: { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 } }),
      ],
      NOW_MS,
      1,
    );
    expect(candidates).toEqual([]);
    expect(removed).toEqual({ region: 2, price: 3, cpu: 1, memory: 1, disk: 1 });
  });

  it('names the smallest relaxation with the value that would do, and how many offers it brings', () => {
    const offers = [priced(1_080_000), priced(1_080_000), priced(2_000_000)];
    const { relaxations } = match(ask({ maxPriceMicrocreditsPerHour: 1_000_000 }), offers, NOW_MS, 1);
    const targets = { maxPriceMicrocreditsPerHour: 1_080_000 };
    const change = '1.08 credits an hour would do';
    expect(relaxations).toEqual([{ constraints: ['price'], targets, change, offers: 2 }]);
  });

  it('prices the changed bid, not the one that was asked', () => {
    const small = { resources: { cpuMillis: 1_000, memoryBytes: 8 * GIB, diskBytes: GIB, gpus: 0 } };
    const prices = { cpuHour: 600_000, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
    const asked = ask({
      resources: { cpuMillis: 9_000, memoryBytes: GIB, diskBytes: 0, gpus: 0 },
      maxPriceMicrocreditsPerHour: 1_000_000,
    });
    expect(match(asked, [listing({ ...small, prices })], NOW_MS, 1).relaxations).toEqual([
      { constraints: ['cpu'], targets: { cpuMillis: 1_000 }, change: '1 cpu would do', offers: 1 },
    ]);
  });

  it('names a sufficient value in the singular or the plural, and never more than there is', () => {
    const has = { cpuMillis: 1_666, memoryBytes: 1_537 * MIB, diskBytes: 3 * GIB, gpus: 1 };
    const free = { cpuHour: 0, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 };
    const offer = listing({
      resources: has,
      prices: free,
      terms: { ...BODIES.offer().terms, longestLeaseMs: 5_399_000 },
    });
    const changeOf = (change: object) => match(ask(change), [offer], NOW_MS, 1).relaxations[0]?.change;
    const resources = { cpuMillis: 10, memoryBytes: 8 * MIB, diskBytes: 0, gpus: 0 };
    const wanting = (more: object) => changeOf({ resources: { ...resources, ...more } });
    expect(wanting({ cpuMillis: 2_000 })).toBe('1.666 cpus would do');
    expect(wanting({ memoryBytes: 2 * GIB })).toBe('1.5 GiB of memory would do');
    expect(wanting({ diskBytes: 4 * GIB })).toBe('3 GiB of disk would do');
    expect(wanting({ gpus: 2 })).toBe('1 GPU would do');
    expect(changeOf({ resources, durationMs: 7_200_000 })).toBe('at most 1.49 h at a time would do');
    const dear = [priced(1_000_000)];
    expect(match(ask({ maxPriceMicrocreditsPerHour: 900_000 }), dear, NOW_MS, 1).relaxations).toMatchObject([
      { change: '1 credit an hour would do' },
    ]);
  });

  it('takes less of what gives way anyway, rather than to let the price give way too', () => {
    const offer = listing({
      resources: { cpuMillis: 4_000, memoryBytes: 8 * GIB, diskBytes: GIB, gpus: 0 },
      prices: { cpuHour: 600_000, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 },
    });
    const asked = ask({
      resources: { cpuMillis: 9_000, memoryBytes: GIB, diskBytes: 0, gpus: 0 },
      maxPriceMicrocreditsPerHour: 1_000_000,
    });
    expect(match(asked, [offer], NOW_MS, 1).relaxations).toMatchObject([
      { constraints: ['cpu'], targets: { cpuMillis: 1_666 } },
    ]);
  });

  /** The bid with exactly these parts of an advice taken. */
  const taken = (asked: Ask, { targets }: Relaxation, parts: readonly string[]): Ask => {
    const { maxPriceMicrocreditsPerHour = 0, durationMs = 0, ...resources } = targets;
    const names = { cpu: 'cpuMillis', memory: 'memoryBytes', disk: 'diskBytes', gpu: 'gpus' } as const;
    const less = Object.entries(names).flatMap(([part, name]) =>
      parts.includes(part) ? [[name, resources[name]]] : [],
    );
    return {
      ...asked,
      resources: { ...asked.resources, ...Object.fromEntries(less) },
      ...(parts.includes('price') ? { maxPriceMicrocreditsPerHour } : {}),
      ...(parts.includes('duration') ? { durationMs } : {}),
      ...(parts.includes('region') ? { region: '' } : {}),
      ...(parts.includes('architecture') ? { architecture: '' } : {}),
    };
  };

  it('says truly what would help: exactly the advice matches, and no part of it does, whatever the book', () => {
    const MIB = 2 ** 20;
    const amounts = {
      cpuMillis: fc.integer({ min: 10, max: 4_000 }),
      memoryBytes: fc.integer({ min: 8, max: 64 }).map((mib) => mib * MIB),
      diskBytes: fc.integer({ min: 0, max: 16 }).map((mib) => mib * MIB),
      gpus: fc.integer({ min: 0, max: 2 }),
    };
    const rate = fc.integer({ min: 1, max: 2_000_000 });
    const offer = fc.record({
      resources: fc.record(amounts),
      prices: fc.record({ cpuHour: rate, memoryGibHour: rate, diskGibHour: rate, gpuHour: rate }),
      region: fc.constantFrom('eu', 'us'),
      architecture: fc.constantFrom('amd64', 'arm64'),
      longestLeaseMs: fc.integer({ min: 1_000, max: 7_200_000 }),
    });
    const wanted = fc.record({
      resources: fc.record(amounts),
      maxPriceMicrocreditsPerHour: fc.integer({ min: 1, max: 4_000_000 }),
      region: fc.constantFrom('', 'eu'),
      architecture: fc.constantFrom('', 'amd64'),
      durationMs: fc.integer({ min: 1_000, max: 7_200_000 }),
    });
    let advised = 0;
    let several = 0;
    fc.assert(
      fc.property(fc.array(offer, { minLength: 1, maxLength: 6 }), wanted, (offers, change) => {
        const listings = offers.map(({ longestLeaseMs, ...each }) =>
          listing({ ...each, terms: { ...BODIES.offer().terms, longestLeaseMs } }),
        );
        const asked = ask({ ...change, labels: [], runtimeClass: '' });
        const fitting = (changed: Ask) =>
          listings.filter((each) => failed(changed, each, NOW_MS).length === 0);
        const { relaxations, candidates } = match(asked, listings, NOW_MS, 1);
        expect(relaxations.length > 0).toBe(candidates.length === 0);
        for (const relaxation of relaxations) {
          const { constraints, offers: promised } = relaxation;
          advised += 1;
          several += constraints.length > 1 ? 1 : 0;
          expect(promised).toBeGreaterThan(0);
          expect(fitting(taken(asked, relaxation, constraints))).toHaveLength(promised);
          for (const left of constraints) {
            const parts = constraints.filter((part) => part !== left);
            expect(fitting(taken(asked, relaxation, parts))).toEqual([]);
          }
        }
      }),
      { numRuns: 2_000 },
    );
    expect(advised).toBeGreaterThan(500);
    expect(several).toBeGreaterThan(200);
  });

  it('suggests nothing where no change of the bid would help', () => {
    expect(match(ask(), [{ ...listing(), aliveUntilMs: NOW_MS }], NOW_MS, 1).relaxations).toEqual([]);
    expect(match(ask(), [], NOW_MS, 1)).toEqual({
      considered: 0,
      candidates: [],
      placements: [],
      removed: {},
      relaxations: [],
    });
  });
});

/** For each constraint an ask or an offer that fails it alone. */
const FAILING: { readonly [C in keyof typeof CONSTRAINTS]: () => [Ask, Listing] } = {
  alive: () => [ask(), { ...listing(), aliveUntilMs: NOW_MS }],
  own: () => [ask({ tenant: BODIES.offer().volunteer }), listing()],
  cpu: () => [ask({ resources: { ...bid.resources, cpuMillis: 4_001 } }), listing()],
  memory: () => [
    ask({ resources: { ...bid.resources, memoryBytes: 8 * GIB + 1 }, maxPriceMicrocreditsPerHour: 1e9 }),
    listing(),
  ],
  disk: () => [ask({ resources: { ...bid.resources, diskBytes: GIB + 1 } }), listing()],
  gpu: () => [ask({ resources: { ...bid.resources, gpus: 1 } }), listing()],
  architecture: () => [ask({ architecture: 'arm64' }), listing()],
  image: () => [ask({ image: { ...HELD, name: 'app', digest: `sha256:${'f'.repeat(64)}` } }), listing()],
  privileges: () => [ask({ privileges: 'root' }), listing()],
  volumes: () => [ask({ volumes: 1 }), listing()],
  egress: () => [ask({ egress: 'web' }), listing()],
  region: () => [ask({ region: 'us' }), listing()],
  runtimeClass: () => [ask({ runtimeClass: 'runsc' }), listing()],
  labels: () => [ask({ labels: ['ssd=no'] }), listing()],
  duration: () => [ask({ durationMs: 86_400_001 }), listing()],
  limits: () => [ask(), listing({ terms: { ...BODIES.offer().terms, onlyIdle: 1 } })],
  reach: () => [ask(), listing({ reach: ['relayed'] })],
  traffic: () => [ask(), listing({ traffic: { tunnelGib: 1, egressGib: 0, relayGib: 0 } })],
  price: () => [ask({ maxPriceMicrocreditsPerHour: 1 }), listing()],
  spread: () => [ask(), listing({}, 'taken')],
};
const TAKEN: Beside = { ...ALONE, volunteers: new Set(['peer-of-taken']) };

describe.each(Object.keys(CONSTRAINTS) as (keyof typeof CONSTRAINTS)[])('the constraint %s', (name) => {
  it('removes what fails it and nothing else', () => {
    expect(failed(ask(), listing(), NOW_MS)).toEqual([]);
    const [asked, offered] = FAILING[name]();
    const others = name === 'cpu' ? ['cpu', 'price'] : [name];
    expect(others).toEqual(expect.arrayContaining(failed(asked, offered, NOW_MS, TAKEN)));
    expect(failed(asked, offered, NOW_MS, TAKEN)).toContain(name);
  });
});

describe('prices', () => {
  it('make one credit of one cpu with two GiB for an hour, by the default list', () => {
    const prices = { cpuHour: 600_000, memoryGibHour: 200_000, diskGibHour: 2_000, gpuHour: 0 };
    expect(pricePerHour(prices, { cpuMillis: 1_000, memoryBytes: 2 * GIB, diskBytes: 0, gpus: 0 })).toBe(
      1_000_000,
    );
  });

  it('are exact for whole MiB as for single bytes', () => {
    const amount = fc.nat(2 ** 31);
    fc.assert(
      fc.property(amount, amount, amount, fc.nat(1_024_000), fc.nat(2 ** 21), fc.nat(2 ** 21), (...drawn) => {
        const [cpuHour, memoryGibHour, diskGibHour, cpuMillis, memoryMib, diskMib] = drawn;
        const prices = { cpuHour, memoryGibHour, diskGibHour, gpuHour: 7 };
        const resources = {
          ...{ cpuMillis, memoryBytes: memoryMib * 2 ** 20, diskBytes: diskMib * 2 ** 20, gpus: 3 },
        };
        const parts =
          BigInt(cpuHour) * BigInt(cpuMillis) * 1_024n +
          BigInt(memoryGibHour) * BigInt(memoryMib) * 1_000n +
          BigInt(diskGibHour) * BigInt(diskMib) * 1_000n +
          21n * 1_024_000n;
        expect(pricePerHour(prices, resources)).toBe(Number((parts + 1_023_999n) / 1_024_000n));
        const byte = { ...resources, memoryBytes: resources.memoryBytes + 1 };
        expect(pricePerHour(prices, byte)).toBeGreaterThanOrEqual(pricePerHour(prices, resources));
      }),
    );
  });

  it('charge for every stretch together what they charge for the whole, to one microcredit per stretch', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.array(fc.nat(600_000), { maxLength: 20 }), (price, stretches) => {
        const whole = chargeFor(
          price,
          stretches.reduce((sum, ms) => sum + ms, 0),
        );
        const parts = stretches.reduce((sum, ms) => sum + chargeFor(price, ms), 0);
        expect(whole - parts).toBeGreaterThanOrEqual(0);
        expect(whole - parts).toBeLessThanOrEqual(stretches.length);
      }),
    );
  });
});
