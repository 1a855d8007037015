// What others would do with the same ratings. Global scores are the same for whoever looks; the personalised walk is not.
import type { Rating } from './otc.ts';

/** The chance that a walk of theirs stops, as their papers have it. */
const STOP = 0.15;
const ROUNDS = 100;

/** Scores by user; who is not in it has 0. */
export type Scores = ReadonlyMap<string, number>;

/** The scores that need no one to look from. */
export const GLOBAL: Readonly<Record<string, (ratings: readonly Rating[]) => Scores>> = {
  'mean rating': meanRating,
  PageRank: (ratings) => walked(ratings.filter(isPositive).map(unweighted)),
  EigenTrust: (ratings) => walked(ratings.filter(isPositive)),
  'Fairness-Goodness': (ratings) => fairnessGoodness(ratings).goodness,
};

function isPositive({ rating }: Rating): boolean {
  return rating > 0;
}

function unweighted(rating: Rating): Rating {
  return { ...rating, rating: 1 };
}

function meanRating(ratings: readonly Rating[]): Scores {
  return new Map([...grouped(ratings, 'target')].map(([user, given]) => [user, mean(given)]));
}

/** The plain personalised walk over positive ratings, by weight, which goes back to `ego` from where nothing leads on. */
export function personalisedWalk(ratings: readonly Rating[]): (ego: string) => Scores {
  const rows = rowsOf(ratings.filter(isPositive));
  return (ego) => spread(rows, (user) => (user === ego ? 1 : 0));
}

/** What is heard counts half where it weighs so much of the walk. */
const RATIO_DOUBT = 1e-5;

/**
 * Good words less bad ones over all of them, each as its share of all that its giver says, weighed by where a walk is: what
 * a prototype of our quality did, without a floor, caps of rows, or a walk that leaves the subject out.
 */
export function walkedRatio(
  ratings: readonly Rating[],
  walk = personalisedWalk(ratings),
): (ego: string) => Scores {
  const into = grouped(ratings, 'target');
  const said = new Map(
    [...grouped(ratings, 'source')].map(([user, given]) => [
      user,
      given.reduce((sum, { rating }) => sum + Math.abs(rating), 0),
    ]),
  );
  return (ego) => {
    const shares = walk(ego);
    const ratioOf = (given: readonly Rating[]) => {
      let [net, all] = [0, RATIO_DOUBT];
      for (const { source, rating } of given) {
        const word = ((shares.get(source) ?? 0) * rating) / (said.get(source) ?? 1);
        net += word;
        all += Math.abs(word);
      }
      return net / all;
    };
    return new Map([...into].map(([user, given]) => [user, ratioOf(given)]));
  };
}

/** PageRank (Page et al. 1999), or with weighted edges EigenTrust (Kamvar et al. 2003) with uniform pre-trust. */
function walked(ratings: readonly Rating[]): Scores {
  const rows = rowsOf(ratings);
  return spread(rows, () => 1 / rows.users.length);
}

/** Rows of weights that sum to 1, side by side: those of user `u` stand from `start[u]` to before `start[u + 1]`. */
interface Rows {
  readonly users: readonly string[];
  readonly start: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

function rowsOf(ratings: readonly Rating[]): Rows {
  const users = [...new Set(ratings.flatMap(({ source, target }) => [source, target]))];
  const indexOf = new Map(users.map((user, index) => [user, index]));
  const bySource = grouped(ratings, 'source');
  const start = new Int32Array(users.length + 1);
  const targets: number[] = [];
  const weights: number[] = [];
  for (const [index, user] of users.entries()) {
    const given = bySource.get(user) ?? [];
    const sum = given.reduce((all, { rating }) => all + rating, 0);
    targets.push(...given.map(({ target }) => indexOf.get(target) ?? 0));
    weights.push(...given.map(({ rating }) => rating / sum));
    start[index + 1] = targets.length;
  }
  return { users, start, targets: Int32Array.from(targets), weights: Float64Array.from(weights) };
}

/** Where a walk is in the end that begins, and begins again, by `startOf`. */
function spread({ users, start, targets, weights }: Rows, startOf: (user: string) => number): Scores {
  const begin = Float64Array.from(users, startOf);
  let at = begin;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = new Float64Array(users.length);
    let again = STOP;
    for (let u = 0; u < users.length; u += 1) {
      const on = (1 - STOP) * (at[u] ?? 0);
      const [from = 0, to = 0] = [start[u], start[u + 1]];
      if (from === to) again += on;
      for (let edge = from; edge < to; edge += 1) {
        const v = targets[edge] ?? 0;
        next[v] = (next[v] ?? 0) + on * (weights[edge] ?? 0);
      }
    }
    at = next.map((mass, u) => mass + (begin[u] ?? 0) * again);
  }
  return new Map(users.map((user, u) => [user, at[u] ?? 0]));
}

/** Fairness of who rates and goodness of who is rated (Kumar et al. 2016), ratings from -1 to 1. */
export function fairnessGoodness(ratings: readonly Rating[]): { fairness: Scores; goodness: Scores } {
  const into = grouped(ratings, 'target');
  const out = grouped(ratings, 'source');
  let fairness: Scores = new Map([...out.keys()].map((user) => [user, 1]));
  let goodness: Scores = new Map();
  for (let round = 0; round < ROUNDS; round += 1) {
    const fair = fairness;
    const good = new Map(
      [...into].map(([user, given]) => [
        user,
        given.reduce((sum, { source, rating }) => sum + ((fair.get(source) ?? 1) * rating) / 10, 0) /
          given.length,
      ]),
    );
    const fault = ({ target, rating }: Rating) => Math.abs(rating / 10 - (good.get(target) ?? 0)) / 2;
    fairness = new Map(
      [...out].map(([user, given]) => [
        user,
        1 - given.reduce((sum, each) => sum + fault(each), 0) / given.length,
      ]),
    );
    goodness = good;
  }
  return { fairness, goodness };
}

function grouped(ratings: readonly Rating[], by: 'source' | 'target'): Map<string, Rating[]> {
  const groups = new Map<string, Rating[]>();
  for (const rating of ratings) {
    const group = groups.get(rating[by]);
    if (group === undefined) groups.set(rating[by], [rating]);
    else group.push(rating);
  }
  return groups;
}

function mean(given: readonly Rating[]): number {
  return given.reduce((sum, { rating }) => sum + rating, 0) / given.length;
}
