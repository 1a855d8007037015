// The match: a pure function from a bid and the offers known to candidates in order of preference, or to reasons.
// Cheapest first; among prices within 2 % of each other a warm image first, then a draw by seed that favours a tight
// fit, so that a crowd with one view of the book does not run to the same volunteer.
import { type Ask, CHANGES, failed, type Listing } from './constraints.ts';
import type { Candidate, Constraint, MatchReport, Relaxation } from './market.ts';
import { MAX_CANDIDATES, NEAR_EQUAL } from './parameters.ts';
import { pricePerHour } from './pricing.ts';

interface Priced extends Candidate {
  /** Weight in the draw: 1 for an exact fit, less the more would be left over. */
  readonly weight: number;
}

interface Misfit {
  readonly listing: Listing;
  readonly failed: readonly Constraint[];
}

/** Matches `ask` against `listings` at `nowMs`; the same seed gives the same order. */
export function match(ask: Ask, listings: Iterable<Listing>, nowMs: number, seed: number): MatchReport {
  const fitting: Priced[] = [];
  const misfits: Misfit[] = [];
  for (const listing of listings) {
    const failures = failed(ask, listing, nowMs);
    if (failures.length === 0) fitting.push(price(ask, listing));
    else misfits.push({ listing, failed: failures });
  }
  return {
    considered: fitting.length + misfits.length,
    candidates: order(fitting, seed).map(({ weight: _, ...candidate }) => candidate),
    removed: countRemoved(misfits),
    relaxations: fitting.length > 0 ? [] : relaxations(ask, misfits),
  };
}

function price(ask: Ask, { id, volunteer, offer }: Listing): Priced {
  const { resources: free } = offer;
  const slack = Math.max(
    1 - ask.resources.cpuMillis / free.cpuMillis,
    1 - ask.resources.memoryBytes / free.memoryBytes,
  );
  return {
    offer: id,
    volunteer,
    priceMicrocreditsPerHour: pricePerHour(offer.prices, ask.resources),
    warm: offer.images.some(({ digest }) => digest === ask.image.digest),
    weight: 1 / (1 + slack),
  };
}

/** Draws candidates one by one out of the cheapest band, warm ones first, up to MAX_CANDIDATES. */
function order(fitting: readonly Priced[], seed: number): Priced[] {
  const random = randomFrom(seed);
  const left = fitting.toSorted(
    (a, b) => a.priceMicrocreditsPerHour - b.priceMicrocreditsPerHour || byId(a, b),
  );
  const chosen: Priced[] = [];
  while (left.length > 0 && chosen.length < MAX_CANDIDATES) {
    const next = draw(cheapestBand(left), random());
    chosen.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return chosen;
}

function byId(a: Priced, b: Priced): number {
  return a.offer < b.offer ? -1 : 1;
}

function cheapestBand(sorted: readonly Priced[]): readonly Priced[] {
  const limit = (sorted[0]?.priceMicrocreditsPerHour ?? 0) * NEAR_EQUAL;
  const end = sorted.findIndex(({ priceMicrocreditsPerHour }) => priceMicrocreditsPerHour > limit);
  const band = end < 0 ? sorted : sorted.slice(0, end);
  const warm = band.filter((each) => each.warm);
  return warm.length > 0 ? warm : band;
}

function draw(band: readonly Priced[], random: number): Priced {
  let rest = random * band.reduce((sum, { weight }) => sum + weight, 0);
  for (const each of band) {
    rest -= each.weight;
    if (rest < 0) return each;
  }
  return band.at(-1) as Priced;
}

/** Mulberry32: a small generator with 32 bits of state, enough to break ties. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function countRemoved(misfits: readonly Misfit[]): Partial<Record<Constraint, number>> {
  const removed: Partial<Record<Constraint, number>> = {};
  for (const constraint of misfits.flatMap((misfit) => misfit.failed)) {
    removed[constraint] = (removed[constraint] ?? 0) + 1;
  }
  return removed;
}

/**
 * The smallest relaxations: among the offers that miss by the fewest constraints, for each set of constraints the
 * smallest change that lets one in, and how many it lets in. Offers that no change of the bid helps do not count.
 */
function relaxations(ask: Ask, misfits: readonly Misfit[]): Relaxation[] {
  const near = misfits.filter((misfit) =>
    misfit.failed.every((constraint) => CHANGES[constraint] !== undefined),
  );
  const fewest = Math.min(...near.map((misfit) => misfit.failed.length));
  const nearest = near.filter((misfit) => misfit.failed.length === fewest);
  const groups = Map.groupBy(nearest, (misfit) => misfit.failed.join());
  return [...groups.values()].map((group) => smallestChange(ask, group)).sort((a, b) => b.offers - a.offers);
}

function smallestChange(ask: Ask, group: readonly Misfit[]): Relaxation {
  const changes = group.map(({ listing, failed: constraints }) => {
    const each = constraints.flatMap((constraint) => CHANGES[constraint]?.(ask, listing.offer) ?? []);
    return {
      share: Math.max(...each.map(({ share }) => share)),
      words: each.map(({ words }) => words).join(' and '),
    };
  });
  const smallest = changes.reduce((best, change) => (change.share < best.share ? change : best));
  return {
    constraints: group[0]?.failed ?? [],
    change: smallest.words,
    offers: changes.filter(({ words }) => words === smallest.words).length,
  };
}
