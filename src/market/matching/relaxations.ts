// What would help a bid that nothing fits: the smallest sets of its limits that would have to be relaxed, each with a
// value that would suffice. Exactly that change matches, and no part of it alone does.
import { countOf, showCpus, showDuration, showSize } from '../../lib/amounts.ts';
import { CREDIT, MIB } from '../../lib/units.ts';
import type { Resources } from '../../records/common.ts';
import { pricePerHour } from '../terms/pricing.ts';
import type { Constraint, Relaxation } from '../terms/views.ts';
import { type Ask, type Beside, failed, type Listing } from './constraints.ts';

/** An offer that does not fit, and the constraints that it fails. */
export interface Misfit {
  readonly listing: Listing;
  readonly failed: readonly Constraint[];
}

/** What the bid was matched in. */
export interface Matched {
  readonly nowMs: number;
  readonly beside: Beside;
  /** The number of copies that have a volunteer, if the bid wants more; fewer copies are then a part of every relaxation. */
  readonly mostCopies?: number | undefined;
  /** Whether one copy is all that is wanted: then fewer are no help. */
  readonly isOnlyCopy?: boolean | undefined;
}

/** A changed bid, and what was changed. */
interface Relaxed {
  readonly constraints: readonly Constraint[];
  readonly ask: Ask;
  /** The largest change, as a share of what was asked. */
  readonly share: number;
}

type Reserved = keyof Resources;

/** Resources that a bid can ask less of, the least that it can ask (records/common.ts, RESERVED), and in which steps. */
const REDUCIBLE: Readonly<Partial<Record<Constraint, { name: Reserved; least: number; step: number }>>> = {
  cpu: { name: 'cpuMillis', least: 10, step: 1 },
  memory: { name: 'memoryBytes', least: 8 * MIB, step: MIB },
  disk: { name: 'diskBytes', least: 0, step: MIB },
  gpu: { name: 'gpus', least: 0, step: 1 },
};

/** What no change of a bid helps against. */
const HOPELESS: readonly Constraint[] = ['alive', 'own', 'limits'];

/** What a bid cannot say otherwise in a field of its own: it would be another one. */
const OTHER_BID: readonly Constraint[] = [
  'image',
  'privileges',
  'volumes',
  'egress',
  'reach',
  'traffic',
  'spread',
];

/** The smallest sets of constraints to relax; the set that admits the most offers comes first. */
export function relaxationsOf(ask: Ask, misfits: readonly Misfit[], matched: Matched): Relaxation[] {
  const hopeless = matched.isOnlyCopy === true ? [...HOPELESS, 'spread'] : HOPELESS;
  const near = misfits.filter(({ failed: names }) => !names.some((name) => hopeless.includes(name)));
  const changes = near.flatMap(({ listing, failed: names }) => relaxedFor(ask, listing, names) ?? []);
  const fewest = Math.min(...changes.map(({ constraints }) => constraints.length));
  const smallest = changes.filter(({ constraints }) => constraints.length === fewest);
  const groups = Map.groupBy(smallest, ({ constraints }) => constraints.join());
  return [...groups.values()]
    .map((group) => group.reduce((best, each) => (each.share < best.share ? each : best)))
    .map((relaxed) => ({ ...show(relaxed, ask, matched), offers: countFitting(relaxed, misfits, matched) }))
    .sort((a, b) => b.offers - a.offers);
}

/** How many offers fit the changed bid. */
function countFitting(
  { ask, constraints }: Relaxed,
  misfits: readonly Misfit[],
  { nowMs, beside }: Matched,
): number {
  const givenUp = OTHER_BID.filter((name) => constraints.includes(name));
  return misfits.filter(({ listing }) =>
    failed(ask, listing, nowMs, beside).every((name) => givenUp.includes(name)),
  ).length;
}

/** The bid changed so that this offer fits; undefined where the offer has less than any container needs. */
function relaxedFor(ask: Ask, { offer }: Listing, names: readonly Constraint[]): Relaxed | undefined {
  const others = names.filter((name) => name !== 'price');
  const resources = { ...ask.resources };
  for (const name of others) {
    const limit = REDUCIBLE[name];
    if (limit === undefined) continue;
    if (offer.resources[limit.name] < limit.least) return undefined;
    resources[limit.name] = offer.resources[limit.name] - (offer.resources[limit.name] % limit.step);
  }
  const changed = {
    ...ask,
    resources: cheapEnough(ask, resources, others, (asked) => pricePerHour(offer.prices, asked)),
    ...(others.includes('duration') ? { durationMs: offer.terms.longestLeaseMs } : {}),
    ...(others.includes('architecture') ? { architecture: '' } : {}),
    ...(others.includes('region') ? { region: '' } : {}),
    ...(others.includes('runtimeClass') ? { runtimeClass: '' } : {}),
    labels: ask.labels.filter((label) => offer.labels.includes(label)),
  };
  const price = pricePerHour(offer.prices, changed.resources);
  const isDear = price > ask.maxPriceMicrocreditsPerHour;
  const final = isDear ? { ...changed, maxPriceMicrocreditsPerHour: roundedUp(price) } : changed;
  const constraints = isDear ? [...others, 'price' as const] : others;
  return {
    constraints,
    ask: final,
    share: Math.max(...constraints.map((name) => shareOf(name, ask, final))),
  };
}

/**
 * These resources, or less of those that have to give way anyway, where that keeps the price within the limit: one limit
 * fewer gives way then. As they are where no amount would.
 */
function cheapEnough(
  { maxPriceMicrocreditsPerHour }: Ask,
  resources: Resources,
  names: readonly Constraint[],
  priceOf: (resources: Resources) => number,
): Resources {
  const least = { ...resources };
  for (const name of names) {
    const limit = REDUCIBLE[name];
    if (limit === undefined) continue;
    const reduced = { ...least, [limit.name]: limit.least };
    if (priceOf(least) > maxPriceMicrocreditsPerHour && priceOf(reduced) <= maxPriceMicrocreditsPerHour) {
      const fits = (steps: number) =>
        priceOf({ ...least, [limit.name]: limit.least + steps * limit.step }) <= maxPriceMicrocreditsPerHour;
      const most = Math.floor((least[limit.name] - limit.least) / limit.step);
      return { ...least, [limit.name]: limit.least + largest(most, fits) * limit.step };
    }
    least[limit.name] = limit.least;
  }
  return resources;
}

/** The largest whole number up to `most` for which this holds; it holds for 0, and up to some number. */
function largest(most: number, holds: (number: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Three digits that count, the last one rounded up: an amount that people can type. */
function roundedUp(microcredits: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(microcredits)) - 2);
  return Math.ceil(microcredits / step) * step;
}

function shareOf(name: Constraint, asked: Ask, changed: Ask): number {
  if (name === 'price')
    return changed.maxPriceMicrocreditsPerHour / Math.max(1, asked.maxPriceMicrocreditsPerHour) - 1;
  if (name === 'duration') return 1 - changed.durationMs / asked.durationMs;
  const limit = REDUCIBLE[name];
  return limit === undefined ? 1 : 1 - changed.resources[limit.name] / asked.resources[limit.name];
}

type Words = (changed: Ask, asked: Ask, matched: Matched) => string;

const WORDS: Readonly<Record<Exclude<Constraint, 'alive' | 'own' | 'limits'>, Words>> = {
  cpu: ({ resources }) => showCpus(resources.cpuMillis),
  memory: ({ resources }) => `${showSize(resources.memoryBytes, 'down')} of memory`,
  disk: ({ resources }) => `${showSize(resources.diskBytes, 'down')} of disk`,
  gpu: ({ resources }) => countOf(resources.gpus, 'GPU'),
  architecture: () => 'any architecture',
  image: (_, { image }) =>
    image.way === 'pulled'
      ? 'an image of a registry that the offer names, or one that this peer sends (no --pull)'
      : 'another image',
  privileges: () => 'an image that does not need root (no --root)',
  volumes: () => 'no volumes',
  egress: () => 'no egress',
  reach: () => 'a volunteer that is reached through a relay',
  traffic: () => 'a higher price for traffic',
  region: () => 'any region',
  runtimeClass: () => 'any runtime class',
  labels: ({ labels }, asked) =>
    `no label ${asked.labels.filter((each) => !labels.includes(each)).join(', ')}`,
  duration: ({ durationMs }) => `at most ${showDuration(durationMs, 'down')} at a time`,
  price: ({ maxPriceMicrocreditsPerHour }) =>
    `${countOf(maxPriceMicrocreditsPerHour / CREDIT, 'credit')} an hour`,
  spread: (_, __, { mostCopies }) =>
    mostCopies === undefined
      ? 'fewer copies'
      : `at most ${countOf(mostCopies, 'copy', 'copies')} (this peer knows only ${countOf(mostCopies, 'volunteer')}, and each runs one)`,
};

/** A relaxation as it is shown: the relaxed constraints, the values that would suffice, and both in words. */
function show(
  { constraints: own, ask: changed }: Relaxed,
  asked: Ask,
  matched: Matched,
): Omit<Relaxation, 'offers'> {
  const isSpreadToo = matched.mostCopies !== undefined && !own.includes('spread');
  const constraints = isSpreadToo ? [...own, 'spread' as const] : own;
  const words = constraints.map((name) => WORDS[name as keyof typeof WORDS](changed, asked, matched));
  const targets: Record<string, number> = {};
  for (const name of constraints) {
    const limit = REDUCIBLE[name];
    if (limit !== undefined) targets[limit.name] = changed.resources[limit.name];
  }
  if (constraints.includes('price'))
    targets.maxPriceMicrocreditsPerHour = changed.maxPriceMicrocreditsPerHour;
  if (constraints.includes('duration')) targets.durationMs = changed.durationMs;
  return { constraints, targets, change: `${words.join(' and ')} would do` };
}
