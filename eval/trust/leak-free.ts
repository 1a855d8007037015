// Benign over fraudulent traders, as egos see them that no label names and that made none, over labels that cannot have
// leaked into the ratings.
import type { BenchOptions } from '../../bench/bench.ts';
import { Random } from '../../bench/support/random.ts';
import type { Row } from '../../bench/support/report.ts';
import { auc } from './auc.ts';
import { GLOBAL, personalisedWalk, walkedRatio } from './competitors.ts';
import { besides, figures, nameOf, settingsOf, viewOf } from './figures.ts';
import { type Labelled, leakFree } from './otc.ts';
import { type Eyes, Ours, SCORES, type View } from './ours.ts';

type Hearing = Eyes['hear'];

const SEEDS = 5;
const EGOS_A_SEED = 16;
const QUICK_EGOS = 4;
/** Egos rated so many others well: who rated fewer has nothing to see by. */
const EGO_RATINGS = 5;

/** A row a setting and figure, then one a competitor. */
export function leakFreeRows(otc: Labelled, { isQuick, seed, say }: BenchOptions): Row[] {
  const free = leakFree(otc);
  const egos = egosOf(free, seed).slice(0, isQuick ? QUICK_EGOS : undefined);
  const ours = Ours.of(free.ratings);
  const walk = personalisedWalk(free.ratings);
  const seen = (view: View) => aucOf(free.labels, view);
  const hearings = new Map<number, Hearing[]>();
  const bySetting = settingsOf(isQuick).map((setting) => {
    const { alpha, score } = setting;
    say(nameOf('otc-leakfree', setting));
    const heard = hearings.get(alpha) ?? egos.map((ego) => remembered(ours.from(ego, alpha).hear));
    hearings.set(alpha, heard);
    return { setting, aucs: heard.map((hearing) => seen((user) => SCORES[score](hearing(user)))) };
  });
  say('otc-leakfree, others');
  const personal = {
    'personalised walk': walk,
    'signed ratio by walk': walkedRatio(free.ratings, walk),
  };
  const fromEach = Object.entries(personal).map(([what, scores]) => ({
    what,
    aucs: egos.map((ego) => seen(viewOf(scores(ego)))),
  }));
  const others = Object.entries(GLOBAL).map(([what, score]) => ({
    what,
    aucs: [seen(viewOf(score(free.ratings)))],
  }));
  const mine = bySetting[0]?.aucs ?? [];
  return [
    ...bySetting.flatMap(({ setting, aucs }) => figures(nameOf('otc-leakfree', setting), aucs)),
    ...[...others, ...fromEach].flatMap(({ what, aucs }) => besides('otc-leakfree', mine, what, aucs)),
  ];
}

/** The same, of each user worked out once. */
function remembered(hearing: Hearing): Hearing {
  const known = new Map<string, ReturnType<Hearing>>();
  return (user) => {
    const heard = known.get(user) ?? hearing(user);
    known.set(user, heard);
    return heard;
  };
}

/** Egos of so many seeds from this one on; no two seeds share one. */
export function egosOf(network: ReturnType<typeof leakFree>, seed: number): string[] {
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
