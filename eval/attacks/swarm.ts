// A swarm of sybils of whom honest users trust one: what all of them have, over what one honest key has of the same
// deals. Sybils rate each other as well as can be, for as many leases as the shape lets them.
import type { BenchOptions } from '../../bench/bench.ts';
import { median } from '../../bench/support/figures.ts';
import { compared, type Row, round } from '../../bench/support/report.ts';
import { ALPHA } from '../../src/reputation/facts/parameters.ts';
import type { Rating } from '../trust/otc.ts';
import type { Eyes, View } from '../trust/ours.ts';
import { deals, OTHERS, percentileOf, qualityBy, rated, type Scene, sum } from './scene.ts';
import { type Edge, SHAPES, searched } from './shapes.ts';

const FULL = { edges: [0, 1, 5, 20], sybils: [10, 100, 1_000] };
const QUICK = { edges: [1], sybils: [10] };
const PRAISE = 10;
const TRIES: Readonly<Record<number, number>> = { 10: 60, 100: 40, 1000: 8 };

/** What a swarm has by one score, over what one honest key has: hires in proportion to the score, and its rank. */
interface Gain {
  readonly hires: number;
  readonly percentile: number;
}

interface Outcome {
  readonly standing: number;
  /** Hires by quality where all keys that are counted as one owner share those of the best of them. */
  readonly ownersHires: number;
  readonly ours: Gain;
  readonly others: ReadonlyMap<string, Gain>;
}

/** Rows of each number of attack edges, number of sybils and shape, over all scenes: the worst, or the middle one. */
export function swarmRows(scenes: readonly Scene[], { isQuick, say }: BenchOptions): Row[] {
  const { edges, sybils } = isQuick ? QUICK : FULL;
  const judges = scenes.map((scene) => new Judge(scene));
  return edges.flatMap((k) =>
    sybils.flatMap((m) =>
      [...Object.keys(SHAPES), 'search'].flatMap((shape) => {
        const name = `k${k}-m${m}-${shape}`;
        say(name);
        return rowsOf(
          name,
          judges.map((judge) => judge.attack(k, m, shape)),
        );
      }),
    ),
  );
}

function rowsOf(name: string, outcomes: readonly Outcome[]): Row[] {
  const row = (metric: string, value: number): Row => ({
    ...{ case: name, metric, value: round(value), unit: '', n: outcomes.length },
  });
  const worst = Math.max(...outcomes.map(({ standing }) => standing));
  const middle = (of: (outcome: Outcome) => number) => median(outcomes.map(of));
  const rows = (metric: string, figure: keyof Gain) => {
    const ours = row(
      metric,
      middle((outcome) => outcome.ours[figure]),
    );
    return Object.keys(OTHERS).map((what) =>
      compared(
        ours,
        what,
        middle(({ others }) => others.get(what)?.[figure] ?? 0),
      ),
    );
  };
  return [
    compared(row('gainOverHonestFlow', worst), 'bound 1/α', 1 / ALPHA),
    ...rows('hiresOverHonest', 'hires'),
    row(
      'ownersHiresOverHonest',
      middle(({ ownersHires }) => ownersHires),
    ),
    ...rows('percentile', 'percentile'),
  ];
}

/** Attacks in one scene. What honest users have is taken from the scene without the attack. */
class Judge {
  readonly #scene: Scene;
  readonly #honest: readonly number[];
  readonly #honestByOthers: ReadonlyMap<string, readonly number[]>;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#honest = scene.honest.map(qualityBy(scene.eyes([])));
    this.#honestByOthers = new Map(
      Object.entries(OTHERS).map(([what, score]) => [what, scene.honest.map(score(scene.ratings))]),
    );
  }

  attack(k: number, m: number, shape: string): Outcome {
    const scene = this.#scene;
    const sybils = Array.from({ length: m }, (_, i) => `sybil${i}`);
    const entry = deals(scene.traders(k), 'sybil0');
    const twin = scene.eyes(entry);
    const flow = twin.standing('sybil0');
    const standingBy = (edges: readonly Edge[]) =>
      sum(sybils.map(scene.eyes([...entry, ...praise(sybils, edges)]).standing));
    const edges = SHAPES[shape]?.(m) ?? searched(m, TRIES[m] ?? 0, standingBy, scene.random(k * m));
    const all = [...entry, ...praise(sybils, edges)];
    const eyes = scene.eyes(all);
    const gain = (honest: readonly number[], before: View, after: View): Gain =>
      gainOf(honest, before('sybil0'), sybils.map(after));
    const [before, quality] = [qualityBy(twin)('sybil0'), qualityBy(eyes)];
    return {
      standing: flow === 0 ? sum(sybils.map(eyes.standing)) : sum(sybils.map(eyes.standing)) / flow,
      ours: gainOf(this.#honest, before, sybils.map(quality)),
      ownersHires: gainOf(this.#honest, before, bestOfOwners(sybils, eyes, quality)).hires,
      others: new Map(
        Object.entries(OTHERS).map(([what, score]) => {
          const honest = this.#honestByOthers.get(what) ?? [];
          const [before, after] = [entry, all].map((more) => score([...scene.ratings, ...more]));
          return [what, gain(honest, before ?? nobody, after ?? nobody)];
        }),
      ),
    };
  }
}

const nobody: View = () => 0;

/** The best score of each guessed owner among the sybils. */
function bestOfOwners(sybils: readonly string[], { owner }: Eyes, score: View): number[] {
  const best = new Map<string, number>();
  for (const sybil of sybils) best.set(owner(sybil), Math.max(best.get(owner(sybil)) ?? 0, score(sybil)));
  return [...best.values()];
}

function praise(sybils: readonly string[], edges: readonly Edge[]): Rating[] {
  const degree = edges.length / sybils.length;
  // Cliques praise less, so that the leases that they invent fit into memory: what counts is their share of a row
  const rating = degree > PRAISE ? 1 : PRAISE;
  return edges.map(([from, to]) => rated(sybils[from] ?? '', sybils[to] ?? '', rating));
}

/** With nobody deceived there is no honest key to compare with: then the share of all hires, and it has to be 0. */
function gainOf(honest: readonly number[], twin: number, swarm: readonly number[]): Gain {
  const shareOf = (score: number) => (score === 0 ? 0 : score / (sum(honest) + score));
  const [one, all] = [shareOf(twin), shareOf(sum(swarm))];
  return { hires: one === 0 ? all : all / one, percentile: percentileOf(Math.max(...swarm), honest) };
}
