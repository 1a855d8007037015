// The match: a pure function from a bid, the known offers and the reputation of their volunteers to candidates in the
// order of preference, or to reasons. The cheapest to finish comes first: the price divided by the chance that the
// volunteer serves well. Among costs within 2 % of each other, a warm image comes first, then a draw by seed that
// favours a tight fit, so that a crowd with one view of the book does not run to the same volunteer.
import { showId } from '../../records/id.ts';
import type { Rating } from '../../reputation/facts/reputation.ts';
import {
  MAX_CANDIDATES,
  NEAR_EQUAL,
  OWING_COST,
  OWING_QUALITY,
  QUALITY_FLOOR,
  SAME_REGION_COST,
  UNKNOWN_SHARE,
} from '../terms/parameters.ts';
import { pricePerHour } from '../terms/pricing.ts';
import type { Candidate, Constraint, MatchReport } from '../terms/views.ts';
import { ALONE, type Ask, type Beside, failed, type Listing } from './constraints.ts';
import { guessOwners } from './owners.ts';
import { type Misfit, relaxationsOf } from './relaxations.ts';

/** How this peer rates a volunteer. */
export type Rate = (volunteer: string) => Pick<Rating, 'quality' | 'isKnown' | 'isOwing' | 'through'>;

/** What a match considers in addition to the bid and the book. */
export interface MatchContext {
  readonly nowMs: number;
  /** The same seed gives the same order. */
  readonly seed: number;
  readonly rate: Rate;
  /** Whether a volunteer has the image though its offer does not list it; nobody by default. */
  readonly isPushedTo?: ((volunteer: string) => boolean) | undefined;
  /** What the deployment's other copies take; nothing by default. */
  readonly beside?: Beside;
  /** The number of copies that have a volunteer, if the bid wants more: `spread` then counts beside all other constraints. */
  readonly mostCopies?: number | undefined;
  /** Whether no other copy is wanted beside it. */
  readonly isOnlyCopy?: boolean | undefined;
}

interface Priced extends Omit<Candidate, 'series'> {
  readonly series: Uint8Array;
  readonly isKnown: boolean;
  /** Whether it served well, or owes this peer and nobody knows how it serves. */
  readonly isProven: boolean;
  /** How many signs there are that another copy already runs on a machine of the same owner. */
  readonly ownerSigns: number;
  /** Expected cost of finishing, in microcredits per hour. */
  readonly cost: number;
  /** Weight in the draw: 1 for an exact fit, less the more would be left over. */
  readonly weight: number;
}

type Random = () => number;

/** Matches one copy of what `ask` wants against `listings`. */
export function match(ask: Ask, listings: Iterable<Listing>, context: MatchContext): MatchReport {
  const { nowMs, seed, beside = ALONE, mostCopies, isOnlyCopy } = context;
  const fitting: Priced[] = [];
  const misfits: Misfit[] = [];
  for (const listing of listings) {
    const failures = failed(ask, listing, nowMs, beside);
    if (failures.length === 0) fitting.push(price(ask, listing, context, beside));
    else misfits.push({ listing, failed: failures });
  }
  const candidates = order(fitting, randomFrom(seed)).map(showCandidate);
  const isFound = fitting.length > 0;
  const considered = fitting.length + misfits.length;
  const spread = isFound || mostCopies === undefined ? {} : { spread: considered };
  return {
    considered,
    candidates,
    placements: candidates.slice(0, 1),
    removed: { ...countRemoved(misfits), ...spread },
    relaxations: isFound ? [] : relaxationsOf(ask, misfits, { nowMs, beside, mostCopies, isOnlyCopy }),
    ...(ask.privileges === 'root' ? { withoutRoot: misfits.filter(failsOnlyByRoot).length } : {}),
  };
}

function failsOnlyByRoot({ failed: names }: Misfit): boolean {
  return names.length === 1 && names[0] === 'privileges';
}

function showCandidate({
  offer,
  series,
  volunteer,
  priceMicrocreditsPerHour,
  warm,
  quality,
}: Priced): Candidate {
  return { offer, series: showId(series), volunteer, priceMicrocreditsPerHour, warm, quality };
}

function price(
  ask: Ask,
  { id, volunteer, offer }: Listing,
  { rate, isPushedTo = () => false }: MatchContext,
  beside: Beside,
): Priced {
  const { resources: free } = offer;
  const { quality, isKnown, isOwing = false, through } = rate(volunteer);
  const isTried = isOwing && !isKnown;
  const expected = isTried ? OWING_QUALITY : Math.max(quality, QUALITY_FLOOR);
  const guesses = beside.owners.size === 0 ? [] : guessOwners(volunteer, offer, through);
  const slack = Math.max(
    1 - ask.resources.cpuMillis / free.cpuMillis,
    1 - ask.resources.memoryBytes / free.memoryBytes,
  );
  const priceMicrocreditsPerHour = pricePerHour(offer.prices, ask.resources);
  const region = beside.regions.has(offer.region) ? SAME_REGION_COST : 1;
  return {
    ...{ offer: id, series: offer.series, volunteer, priceMicrocreditsPerHour, quality, isKnown },
    warm: offer.images.some(({ digest }) => digest === ask.image.digest) || isPushedTo(volunteer),
    ownerSigns: guesses.filter((owner) => beside.owners.has(owner)).length,
    isProven: quality > 0 || isTried,
    cost: (priceMicrocreditsPerHour * region * (isOwing ? OWING_COST : 1)) / expected,
    weight: 1 / (1 + slack),
  };
}

/**
 * Up to MAX_CANDIDATES in order of preference: the fewer signs of an owner that runs a copy already the better; within each,
 * volunteers that proved themselves before those that did not, except that one placement in so many is given to a
 * volunteer that nobody knows, or none would ever start.
 */
function order(fitting: readonly Priced[], random: Random): Priced[] {
  const isDrawn = random() < UNKNOWN_SHARE;
  const sorted = fitting.toSorted((a, b) => a.cost - b.cost || byId(a, b));
  const chosen: Priced[] = [];
  for (const signs of new Set(sorted.map(({ ownerSigns }) => ownerSigns).sort())) {
    const group = sorted.filter(({ ownerSigns }) => ownerSigns === signs);
    const proven = group.filter(({ isProven }) => isProven);
    const unproven = group.filter(({ isProven }) => !isProven);
    const first =
      isDrawn && chosen.length === 0
        ? take(
            unproven.filter(({ isKnown }) => !isKnown),
            random,
          )
        : [];
    chosen.push(...first, ...drawn(proven, random), ...drawn(without(unproven, first), random));
  }
  return chosen.slice(0, MAX_CANDIDATES);
}

/** All of a sorted group, drawn one by one out of the cheapest band, as far as candidates are needed. */
function drawn(sorted: readonly Priced[], random: Random): Priced[] {
  let left = sorted;
  const chosen: Priced[] = [];
  while (left.length > 0 && chosen.length < MAX_CANDIDATES) {
    const next = take(left, random);
    chosen.push(...next);
    left = without(left, next);
  }
  return chosen;
}

function take(sorted: readonly Priced[], random: Random): Priced[] {
  return sorted.length === 0 ? [] : [draw(cheapestBand(sorted), random())];
}

function without(all: readonly Priced[], some: readonly Priced[]): readonly Priced[] {
  return some.length === 0 ? all : all.filter((each) => !some.includes(each));
}

function byId(a: Priced, b: Priced): number {
  return a.offer < b.offer ? -1 : 1;
}

function cheapestBand(sorted: readonly Priced[]): readonly Priced[] {
  const limit = (sorted[0]?.cost ?? 0) * NEAR_EQUAL;
  const end = sorted.findIndex(({ cost }) => cost > limit);
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
function randomFrom(seed: number): Random {
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
