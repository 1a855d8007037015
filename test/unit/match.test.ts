import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/lib/units.ts';
import { type Ask, CONSTRAINTS, failed, type Listing } from '../../src/market/constraints.ts';
import { match } from '../../src/market/match.ts';
import { NEAR_EQUAL } from '../../src/market/parameters.ts';
import { chargeFor, pricePerHour } from '../../src/market/pricing.ts';
import type { OfferBody } from '../../src/records/offer.ts';
import { BODIES, NOW_MS } from '../support/records.ts';

const _DIGEST = `sha256:${'ab'.repeat(32)}`;
const bid = BODIES.bid();
const ask = (change: Partial<Ask> = {}): Ask => ({ ...bid, ...change });

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

  it('names the smallest relaxation and how many offers it brings', () => {
    const offers = [priced(1_080_000), priced(1_080_000), priced(2_000_000)];
    const { relaxations } = match(ask({ maxPriceMicrocreditsPerHour: 1_000_000 }), offers, NOW_MS, 1);
    expect(relaxations).toEqual([{ constraints: ['price'], change: '+8 % price', offers: 2 }]);
  });

  it('prefers one small change to two, and falls back to two', () => {
    const dear = { prices: { cpuHour: 2_000_000, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 } };
    const small = { resources: { cpuMillis: 500, memoryBytes: 8 * GIB, diskBytes: GIB, gpus: 0 } };
    const both = match(ask(), [listing({ ...dear, ...small })], NOW_MS, 1).relaxations;
    expect(both).toEqual([
      { constraints: ['cpu', 'price'], change: '−50 % cpu and +100 % price', offers: 1 },
    ]);
    const one = match(ask(), [listing({ ...dear, ...small }), listing(small)], NOW_MS, 1).relaxations;
    expect(one).toEqual([{ constraints: ['cpu'], change: '−50 % cpu', offers: 1 }]);
  });

  it('says truly what would help: the relaxed bid matches', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1_000_001, max: 9_000_000 }), { minLength: 1, maxLength: 9 }),
        (prices) => {
          const offers = prices.map((price) => priced(price));
          const limit = 1_000_000;
          const [relaxation] = match(
            ask({ maxPriceMicrocreditsPerHour: limit }),
            offers,
            NOW_MS,
            1,
          ).relaxations;
          const percent = Number(/\+(\d+) %/.exec(relaxation!.change)![1]);
          const relaxed = ask({ maxPriceMicrocreditsPerHour: Math.ceil(limit * (1 + percent / 100)) });
          expect(match(relaxed, offers, NOW_MS, 1).candidates.length).toBeGreaterThanOrEqual(
            relaxation!.offers,
          );
        },
      ),
    );
  });

  it('suggests nothing where no change of the bid would help', () => {
    expect(match(ask(), [{ ...listing(), aliveUntilMs: NOW_MS }], NOW_MS, 1).relaxations).toEqual([]);
    expect(match(ask(), [], NOW_MS, 1)).toEqual({
      considered: 0,
      candidates: [],
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
  region: () => [ask({ region: 'us' }), listing()],
  runtimeClass: () => [ask({ runtimeClass: 'runsc' }), listing()],
  labels: () => [ask({ labels: ['ssd=no'] }), listing()],
  duration: () => [ask({ durationMs: 86_400_001 }), listing()],
  price: () => [ask({ maxPriceMicrocreditsPerHour: 1 }), listing()],
};

describe.each(Object.keys(CONSTRAINTS) as (keyof typeof CONSTRAINTS)[])('the constraint %s', (name) => {
  it('removes what fails it and nothing else', () => {
    expect(failed(ask(), listing(), NOW_MS)).toEqual([]);
    const [asked, offered] = FAILING[name]();
    const others = name === 'cpu' ? ['cpu', 'price'] : [name];
    expect(others).toEqual(expect.arrayContaining(failed(asked, offered, NOW_MS)));
    expect(failed(asked, offered, NOW_MS)).toContain(name);
  });
});

describe('prices', () => {
  it('make one credit of one cpu with two GiB for an hour, by the default list', () => {
    const prices = { cpuHour: 600_000, memoryGibHour: 200_000, diskGibHour: 2_000, gpuHour: 0 };
    expect(pricePerHour(prices, { cpuMillis: 1_000, memoryBytes: 2 * GIB, diskBytes: 0, gpus: 0 })).toBe(
      1_000_000,
    );
  });

  it('charge for every stretch together what they charge for the whole, to a microcredit a stretch', () => {
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
