// The sign of the next rating, foreseen by who gives it from all that was rated before: of all, and of those whose target
// was rated before. A third of the givers had rated nobody well by then, so that they see nobody; in the product they
// would have joined by an invitation, so they are shown as invited by the founder too.
import type { BenchOptions } from '../../bench/bench.ts';
import { compared, type Row } from '../../bench/support/report.ts';
import { auc } from './auc.ts';
import { fairnessGoodness, GLOBAL, personalisedWalk, walkedRatio } from './competitors.ts';
import { figure, nameOf, type Setting, settingsOf, viewOf } from './figures.ts';
import { FOUNDER, type Labelled, type Rating, splitByTime } from './otc.ts';
import { Ours, SCORES, type View } from './ours.ts';

/** A quick run asks of every so many ratings one. */
const QUICK_STRIDE = 25;
const PAST_SHARE = 0.8;

interface Population {
  readonly name: string;
  readonly isIn: (rating: Rating) => boolean;
}

/** A score of each rating that is asked for. */
interface Said {
  readonly setting: Setting;
  readonly scores: readonly number[];
}

/** A row a population and setting, then one a competitor; all again with invitations. */
export function timeSplitRows(otc: Labelled, { isQuick, say }: BenchOptions): Row[] {
  const { past, next } = splitByTime(otc.ratings, PAST_SHARE);
  const asked = isQuick ? next.filter((_, index) => index % QUICK_STRIDE === 0) : next;
  const known = new Set(past.map(({ target }) => target));
  const rowsOf = (suffix: string, guests: readonly string[]) => {
    const populations: Population[] = [
      { name: `otc-timesplit${suffix}`, isIn: () => true },
      { name: `otc-timesplit-history${suffix}`, isIn: ({ target }) => known.has(target) },
    ];
    say(populations[0]?.name ?? '');
    const ours = foreseenByUs(asked, Ours.of(past, { guests, host: FOUNDER }), settingsOf(isQuick));
    say(`${populations[0]?.name}, others`);
    const others = othersOf(past, guests).map(({ what, seenBy }) => ({
      what,
      scores: ofEach(asked, seenBy),
    }));
    return populations.flatMap((population) => rows(asked, population, ours, others));
  };
  return [...rowsOf('', []), ...rowsOf('-invited', blindAmong(asked, past))];
}

function rows(
  asked: readonly Rating[],
  { name, isIn }: Population,
  ours: readonly Said[],
  others: readonly { what: string; scores: readonly number[] }[],
): Row[] {
  const n = asked.filter(isIn).length;
  const row = (scores: readonly number[], setting?: Setting) =>
    figure(nameOf(name, setting), 'aucMean', aucOfSigns(asked, scores, isIn), n);
  const mine = row(ours[0]?.scores ?? []);
  return [
    ...ours.map(({ setting, scores }) => row(scores, setting)),
    ...others.map(({ what, scores }) => compared(mine, what, row(scores).value)),
  ];
}

/** Who is asked and had rated nobody well. */
function blindAmong(asked: readonly Rating[], past: readonly Rating[]): string[] {
  const seeing = new Set(past.filter(({ rating }) => rating > 0).map(({ source }) => source));
  return [...new Set(asked.map(({ source }) => source))].filter((user) => !seeing.has(user));
}

function foreseenByUs(asked: readonly Rating[], ours: Ours, settings: readonly Setting[]): Said[] {
  const byAlpha = Map.groupBy(settings, ({ alpha }) => alpha);
  return [...byAlpha]
    .flatMap(([alpha, same]) => {
      const heard = ofEach(asked, (ego) => ours.from(ego, alpha).hear);
      return same.map((setting) => ({ setting, scores: heard.map(SCORES[setting.score]) }));
    })
    .sort((a, b) => settings.indexOf(a.setting) - settings.indexOf(b.setting));
}

function othersOf(
  past: readonly Rating[],
  guests: readonly string[],
): { what: string; seenBy: (ego: string) => View }[] {
  const invitations = guests.map((source) => ({ source, target: FOUNDER, rating: 1, at: 0 }));
  const walk = personalisedWalk([...past, ...invitations]);
  const ratio = walkedRatio(past, walk);
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
    { what: 'signed ratio by walk', seenBy: (ego) => viewOf(ratio(ego)) },
  ];
}

/** What each rating's giver makes of its target, one giver after the other, in the order of the ratings. */
function ofEach<T>(asked: readonly Rating[], seenBy: (ego: string) => (user: string) => T): T[] {
  const said = new Array<T>(asked.length);
  const byEgo = Map.groupBy(asked.keys(), (index) => asked[index]?.source ?? '');
  for (const [ego, indexes] of byEgo) {
    const view = seenBy(ego);
    for (const index of indexes) said[index] = view(asked[index]?.target ?? '');
  }
  return said;
}

function aucOfSigns(
  asked: readonly Rating[],
  scores: readonly number[],
  isIn: (rating: Rating) => boolean,
): number {
  const of = (isGood: boolean) =>
    scores.filter((_, index) => {
      const rating = asked[index];
      return rating !== undefined && isIn(rating) && rating.rating > 0 === isGood;
    });
  return auc(of(true), of(false));
}
