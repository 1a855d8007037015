// Attacks that are no swarms, each as what the attacker has after over what it had before, in the worst scene: outcomes
// minted between two, slander by rings, rows hidden, walks led back to oneself, one service under many keys.
import { compared, type Row, round } from '../../bench/support/report.ts';
import type { Rating } from '../trust/otc.ts';
import type { View } from '../trust/ours.ts';
import { deals, OTHERS, percentileOf, qualityBy, rated, type Scene, sum } from './scene.ts';

const MOST = 10;
const RING = 100;
const SERVED = 20;
const SPLITS = [1, 10, 100];

/** A figure of one attack in one scene, by us and by the others. */
interface Found {
  readonly ours: number;
  readonly others: ReadonlyMap<string, number>;
}

interface Attack {
  readonly name: string;
  readonly metric: string;
  /** Which of the scenes counts. */
  readonly worst: (values: readonly number[]) => number;
  run(scene: Scene): Found;
}

const most = (values: readonly number[]) => Math.max(...values);
const least = (values: readonly number[]) => Math.min(...values);

/** A row an attack and competitor. */
export function singleRows(scenes: readonly Scene[], say: (sentence: string) => void): Row[] {
  return ATTACKS.flatMap(({ name, metric, worst, run }) => {
    say(name);
    const found = scenes.map(run);
    const value = round(worst(found.map(({ ours }) => ours)));
    const row = { case: name, metric, value, unit: '', n: scenes.length };
    const others = [...(found[0]?.others.keys() ?? [])];
    if (others.length === 0) return [row];
    return others.map((what) => compared(row, what, worst(found.map(({ others: by }) => by.get(what) ?? 0))));
  });
}

/** The same question of ours and of all others. */
function asked(scene: Scene, more: readonly Rating[], question: (view: View) => number): Found {
  return {
    ours: question(qualityBy(scene.eyes(more))),
    others: new Map(
      Object.entries(OTHERS).map(([what, score]) => [what, question(score([...scene.ratings, ...more]))]),
    ),
  };
}

function over(after: Found, before: Found): Found {
  const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
  return {
    ours: ratio(after.ours, before.ours),
    others: new Map([...after.others].map(([what, a]) => [what, ratio(a, before.others.get(what) ?? 0)])),
  };
}

/** Where one whom nobody but its friend praises ranks; the friend has so many honest deals. */
function minted(k: number): Attack {
  return {
    name: `minted-k${k}`,
    metric: 'percentile',
    worst: most,
    run(scene) {
      const more = [
        ...deals(scene.traders(k), 'friend'),
        rated('friend', 'minter', MOST),
        rated('minter', 'friend', MOST),
      ];
      return asked(scene, more, (view) => percentileOf(view('minter'), scene.honest.map(view)));
    },
  };
}

/** What is left of the quality of somebody whom many rate well when a ring, which k honest users trust, blames it. */
function slander(k: number): Attack {
  return {
    name: k === 0 ? 'slander-unconnected' : `slander-k${k}`,
    metric: 'qualityLeft',
    worst: least,
    run(scene) {
      const victim = wellRated(scene);
      const ring = Array.from({ length: RING }, (_, i) => `ring${i}`);
      const more = [
        ...scene.traders(k).map((user, i) => rated(user, ring[i] ?? '', 2)),
        ...ring.map((member, i) => rated(member, ring[(i + 1) % RING] ?? '', 1)),
        ...ring.map((member) => rated(member, victim, -MOST)),
      ];
      const question = (view: View) => view(victim);
      return over(asked(scene, more, question), asked(scene, [], question));
    },
  };
}

function wellRated({ ratings }: Scene): string {
  const counts = new Map<string, number>();
  for (const { target, rating } of ratings) if (rating > 0) counts.set(target, (counts.get(target) ?? 0) + 1);
  const many = [...counts].filter(([, count]) => count >= SERVED).map(([user]) => user);
  return many.sort()[0] ?? '';
}

/** Standing of somebody who says nothing of its own, over that of the same who says all; the most of some users. */
const HIDDEN: Attack = {
  name: 'hidden-edges',
  metric: 'standingGain',
  worst: most,
  run(scene) {
    const own = scene.traders(5).map((user) => rated('attacker', user, MOST));
    const entry = deals(scene.traders(SERVED), 'attacker');
    const [open, hidden] = [scene.eyes([...entry, ...own]), scene.eyes(entry)];
    return { ours: hidden.standing('attacker') / open.standing('attacker'), others: new Map() };
  },
};

/** Standing of one whose friends all lead back to it, over that of the same without friends. */
const SELF_RETURN: Attack = {
  name: 'self-return',
  metric: 'standingGain',
  worst: most,
  run(scene) {
    const friends = Array.from({ length: RING }, (_, i) => `friend${i}`);
    const back = friends.flatMap((friend) => [
      rated('attacker', friend, MOST),
      rated(friend, 'attacker', MOST),
    ]);
    const entry = deals(scene.traders(SERVED), 'attacker');
    const [alone, looped] = [scene.eyes(entry), scene.eyes([...entry, ...back])];
    const question = (view: View) => view('attacker');
    const { others } = over(asked(scene, [...entry, ...back], question), asked(scene, entry, question));
    return { ours: looped.standing('attacker') / alone.standing('attacker'), others };
  },
};

/** The same service under so many keys: hires, and standing, of all of them over those of it under one. */
function split(keys: number): Attack[] {
  const all = Array.from({ length: keys }, (_, i) => `key${i}`);
  const under = (scene: Scene, count: number) =>
    scene.traders(SERVED * 5).map((user, i) => rated(user, `key${i % count}`, 2));
  const both = { name: `split-${keys}`, worst: most };
  return [
    {
      ...both,
      metric: 'hiresOverHonest',
      run: (scene) =>
        over(
          asked(scene, under(scene, keys), (view) => sum(all.map(view))),
          asked(scene, under(scene, 1), (view) => view('key0')),
        ),
    },
    {
      ...both,
      metric: 'standingGain',
      run(scene) {
        const [split, one] = [keys, 1].map((count) => scene.eyes(under(scene, count)));
        const ours = sum(all.map((key) => split?.standing(key) ?? 0)) / (one?.standing('key0') ?? 1);
        return { ours, others: new Map() };
      },
    },
  ];
}

const ATTACKS: readonly Attack[] = [
  ...[0, 1, 5, 20].map(minted),
  ...[0, 5, 20].map(slander),
  HIDDEN,
  SELF_RETURN,
  ...SPLITS.flatMap(split),
];
