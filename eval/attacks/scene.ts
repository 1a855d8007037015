// A real network with attackers in it, as one of its users sees it, and as scores see it that are the same for all.
import { Random } from '../../bench/support/random.ts';
import { ALPHA } from '../../src/reputation/facts/parameters.ts';
import { GLOBAL } from '../trust/competitors.ts';
import { egosOf } from '../trust/leak-free.ts';
import { type Labelled, leakFree, type Rating } from '../trust/otc.ts';
import { type Eyes, Ours, SCORES, type View } from '../trust/ours.ts';

/** What an honest user gives for a deal that went well, in the middle. */
const GOOD_DEAL = 2;

/** One point of view on a network, and what honest users have in it without any attack. */
export class Scene {
  readonly ratings: readonly Rating[];
  readonly honest: readonly string[];
  readonly #ego: string;
  readonly #seed: number;
  readonly #base: Ours;
  /** Those whom the ego trusts, at however many removes, and who trade: whom an attacker would deceive. */
  readonly #traders: readonly string[];

  constructor(otc: Labelled, seed: number) {
    this.ratings = otc.ratings;
    this.honest = [...new Set(otc.ratings.flatMap(({ source, target }) => [source, target]))].sort();
    this.#seed = seed;
    [this.#ego = ''] = egosOf(leakFree(otc), seed);
    this.#base = Ours.of(otc.ratings);
    const trading = new Set(otc.ratings.filter(({ rating }) => rating > 0).map(({ source }) => source));
    const { standing } = this.eyes([]);
    this.#traders = this.honest.filter(
      (user) => user !== this.#ego && trading.has(user) && standing(user) > 0,
    );
  }

  /** What the ego sees with more ratings in the network. */
  eyes(more: readonly Rating[]): Eyes {
    return (more.length === 0 ? this.#base : this.#base.and(more)).from(this.#ego, ALPHA);
  }

  /** A stream of random choices of its own for each purpose. */
  random(purpose: number): Random {
    return new Random(this.#seed * 1_000 + purpose);
  }

  /** So many traders; the same for the same number. */
  traders(count: number): string[] {
    const random = this.random(count);
    const drawn = new Set<string>();
    while (drawn.size < count) drawn.add(this.#traders[random.int(0, this.#traders.length - 1)] ?? '');
    return [...drawn];
  }
}

/** Scores that are the same for all; a rating below nothing hires nobody. */
export const OTHERS: Readonly<Record<string, (ratings: readonly Rating[]) => View>> = Object.fromEntries(
  ['PageRank', 'EigenTrust', 'mean rating'].map((what) => [
    what,
    (ratings: readonly Rating[]) => {
      const scores = GLOBAL[what]?.(ratings);
      return (user: string) => Math.max(0, scores?.get(user) ?? 0);
    },
  ]),
);

/** Quality as somebody sees it. */
export function qualityBy({ hear }: Eyes): View {
  return (user) => SCORES.quality(hear(user));
}

/** Ratings of one by others, for deals that went well. */
export function deals(tenants: readonly string[], volunteer: string): Rating[] {
  return tenants.map((source) => rated(source, volunteer, GOOD_DEAL));
}

/** One rating. */
export function rated(source: string, target: string, rating: number): Rating {
  return { source, target, rating, at: 0 };
}

/** The share of scores that one is above. */
export function percentileOf(score: number, scores: readonly number[]): number {
  return scores.filter((other) => other < score).length / scores.length;
}

/** Sum. */
export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
