// How well quality tells honest traders from frauds in the Bitcoin OTC network, as its own users would see it: the area
// under the ROC curve over labels that the ratings used cannot have leaked to, as each of 80 egos sees them, and whether
// the sign of the next rating is foreseen from all before it. Left out: time within the past (nothing fades), vouches,
// and what a peer can fetch at all (here everybody has all evidence).
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, BenchOptions } from '../bench/bench.ts';
import { median } from '../bench/support/figures.ts';
import { Random } from '../bench/support/random.ts';
import { compared, type Row, round } from '../bench/support/report.ts';
import { ALPHA } from '../src/reputation/parameters.ts';
import { auc } from './trust/auc.ts';
import { fairnessGoodness, GLOBAL, personalisedWalk, type Scores } from './trust/competitors.ts';
import { type Labelled, leakFree, type Rating, readOtc, splitByTime } from './trust/otc.ts';
import { Ours, type View } from './trust/ours.ts';

/** The default first; a quick run drops the others. */
const ALPHAS = { full: [ALPHA, 0.1, 0.15], quick: [ALPHA] } as const;
const SEEDS = 5;
const EGOS_A_SEED = 16;
const QUICK_EGOS = 4;
/** A quick run asks of every so many ratings one. */
const QUICK_STRIDE = 25;
/** Egos rated so many others well: who rated fewer has nothing to see by. */
const EGO_RATINGS = 5;
const PAST_SHARE = 0.8;

/** Where the network is, below the folder of all data. */
export function dataFolder(data: string | undefined): string | undefined {
  return data === undefined ? undefined : join(data, 'trust');
}

/** The evaluation `trust` on the network in this folder. */
export function trustEval(folder: string | undefined): Bench {
  return {
    summary: 'frauds told from honest traders in a real trust network',
    async run(options) {
      if (folder === undefined || !(await isThere(folder))) {
        options.say('SKIPPED: the network is not there; name the folder with --data DIR or TALLY_DATA.');
        return [];
      }
      const otc = await readOtc(folder);
      return [...leakFreeRows(otc, options), ...timeSplitRows(otc, options)];
    },
  };
}

function isThere(folder: string): Promise<boolean> {
  return access(join(folder, 'soc-sign-bitcoinotc.csv')).then(
    () => true,
    () => false,
  );
}

/** Benign over fraudulent, as egos see them that no label names and that made none. */
function leakFreeRows(otc: Labelled, { isQuick, seed, say }: BenchOptions): Row[] {
  const free = leakFree(otc);
  const egos = egosOf(free, seed).slice(0, isQuick ? QUICK_EGOS : undefined);
  const alphas = ALPHAS[isQuick ? 'quick' : 'full'];
  const ours = new Ours(free.ratings);
  const walk = personalisedWalk(free.ratings);
  const seen = (view: View) => aucOf(free.labels, view);
  const byAlpha = alphas.map((alpha) => {
    say(`otc-leakfree, alpha ${alpha}`);
    return egos.map((ego) => seen(ours.from(ego, alpha)));
  });
  say('otc-leakfree, others');
  const walks = egos.map((ego) => seen(viewOf(walk(ego))));
  const [mine = []] = byAlpha;
  const others = Object.entries(GLOBAL).map(([what, score]) => ({
    what,
    aucs: [seen(viewOf(score(free.ratings)))],
  }));
  return [
    ...byAlpha.flatMap((aucs, index) => figures(nameOf('otc-leakfree', alphas[index]), aucs)),
    ...[...others, { what: 'personalised walk', aucs: walks }].flatMap(({ what, aucs }) =>
      besides('otc-leakfree', mine, what, aucs),
    ),
  ];
}

/** Egos of so many seeds from this one on; no two seeds share one. */
function egosOf(network: ReturnType<typeof leakFree>, seed: number): string[] {
  const given = new Map<string, number>();
  for (const { source, rating } of network.ratings)
    if (rating > 0) given.set(source, (given.get(source) ?? 0) + 1);
  const eligible = [...given]
    .filter(([user, n]) => n >= EGO_RATINGS && !network.labels.has(user) && !network.judges.has(user))
    .map(([user]) => user)
    .sort();
  const random = new Random(0);
  const drawn = eligible.map((user) => ({ user, at: random.share() })).sort((a, b) => a.at - b.at);
  const from = (seed - 1) * EGOS_A_SEED;
  const egos = drawn.slice(from, from + SEEDS * EGOS_A_SEED).map(({ user }) => user);
  if (egos.length < SEEDS * EGOS_A_SEED) throw new Error(`there are no egos left for seed ${seed}`);
  return egos;
}

function aucOf(labels: Labelled['labels'], view: View): number {
  const scores = [...labels].map(([user, isBenign]) => ({ score: view(user), isBenign }));
  const of = (wanted: boolean) =>
    scores.filter(({ isBenign }) => isBenign === wanted).map(({ score }) => score);
  return auc(of(true), of(false));
}

/** The sign of the next rating, foreseen by who gives it; of all, and of those whose target was rated before. */
function timeSplitRows(otc: Labelled, { isQuick, say }: BenchOptions): Row[] {
  const { past, next } = splitByTime(otc.ratings, PAST_SHARE);
  const asked = isQuick ? next.filter((_, index) => index % QUICK_STRIDE === 0) : next;
  const alphas = ALPHAS[isQuick ? 'quick' : 'full'];
  const known = new Set(past.map(({ target }) => target));
  const populations = [
    { name: 'otc-timesplit', isIn: () => true },
    { name: 'otc-timesplit-history', isIn: ({ target }: Rating) => known.has(target) },
  ];
  const byAlpha = alphas.map((alpha) => {
    say(`otc-timesplit, alpha ${alpha}`);
    const ours = new Ours(past);
    return foreseen(asked, (ego) => ours.from(ego, alpha));
  });
  say('otc-timesplit, others');
  const others = timeSplitOthers(past).map(({ what, seenBy }) => ({ what, said: foreseen(asked, seenBy) }));
  return populations.flatMap(({ name, isIn }) => {
    const signed = (said: readonly number[]) => aucOfSigns(asked, said, isIn);
    const [mine = []] = byAlpha;
    const n = asked.filter(isIn).length;
    return [
      ...byAlpha.map((said, index) => figure(nameOf(name, alphas[index]), 'aucMean', signed(said), n)),
      ...others.map(({ what, said }) =>
        compared(figure(name, 'aucMean', signed(mine), n), what, signed(said)),
      ),
    ];
  });
}

function timeSplitOthers(past: readonly Rating[]): { what: string; seenBy: (ego: string) => View }[] {
  const walk = personalisedWalk(past);
  const { fairness, goodness } = fairnessGoodness(past);
  const fairly = (ego: string) => (user: string) => (fairness.get(ego) ?? 1) * (goodness.get(user) ?? 0);
  const global = Object.entries(GLOBAL)
    .filter(([what]) => what !== 'Fairness-Goodness')
    .map(([what, score]) => {
      const view = viewOf(score(past));
      return { what, seenBy: () => view };
    });
  return [
    ...global,
    { what: 'Fairness-Goodness', seenBy: fairly },
    { what: 'personalised walk', seenBy: (ego) => viewOf(walk(ego)) },
  ];
}

/** What each rating's giver thinks of its target, one giver after the other, in the order of the ratings. */
function foreseen(asked: readonly Rating[], seenBy: (ego: string) => View): number[] {
  const said = new Array<number>(asked.length).fill(0);
  const byEgo = Map.groupBy(asked.keys(), (index) => asked[index]?.source ?? '');
  for (const [ego, indexes] of byEgo) {
    const view = seenBy(ego);
    for (const index of indexes) said[index] = view(asked[index]?.target ?? '');
  }
  return said;
}

function aucOfSigns(
  asked: readonly Rating[],
  said: readonly number[],
  isIn: (rating: Rating) => boolean,
): number {
  const of = (isGood: boolean) =>
    said.filter((_, index) => {
      const rating = asked[index];
      return rating !== undefined && isIn(rating) && rating.rating > 0 === isGood;
    });
  return auc(of(true), of(false));
}

function viewOf(scores: Scores): View {
  return (user) => scores.get(user) ?? 0;
}

function nameOf(name: string, alpha: number | undefined): string {
  return alpha === ALPHA ? name : `${name}-alpha-${alpha}`;
}

/** Mean, median and worst of what egos see. */
function figures(name: string, aucs: readonly number[]): Row[] {
  return [
    figure(name, 'aucMean', mean(aucs), aucs.length),
    figure(name, 'aucMedian', median(aucs), aucs.length),
    figure(name, 'aucWorst', Math.min(...aucs), aucs.length),
  ];
}

/** Ours beside one that sees the same from everywhere, or beside one that egos have too. */
function besides(name: string, mine: readonly number[], what: string, theirs: readonly number[]): Row[] {
  const pairs = figures(name, mine).map((row, index) => ({
    row,
    value: figures(name, theirs)[index]?.value,
  }));
  const shown = theirs.length > 1 ? pairs : pairs.slice(0, 1);
  return shown.map(({ row, value }) => compared(row, what, value ?? 0));
}

function figure(name: string, metric: string, value: number, n: number): Row {
  return { case: name, metric, value: round(value), unit: '', n };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
