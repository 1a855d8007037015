import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runEval } from '../../eval/run.ts';
import { auc } from '../../eval/trust/auc.ts';
import {
  fairnessGoodness,
  GLOBAL,
  personalisedWalk,
  type Scores,
  walkedRatio,
} from '../../eval/trust/competitors.ts';
import { leakFree, type Rating, readOtc, splitByTime } from '../../eval/trust/otc.ts';
import { Ours, SCORES } from '../../eval/trust/ours.ts';
import { ALPHA } from '../../src/reputation/facts/parameters.ts';

function ratings(...rows: (readonly [source: string, target: string, rating: number])[]): Rating[] {
  return rows.map(([source, target, rating], at) => ({ source, target, rating, at }));
}

describe('the area under the ROC curve', () => {
  it('is the share of pairs in which the good one has more, ties half', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, scores, (good, bad) => {
        const won = good.flatMap((g) => bad.map((b) => (g > b ? 1 : g === b ? 0.5 : 0)));
        const expected = won.reduce((sum: number, each) => sum + each, 0) / won.length;
        expect(auc(good, bad)).toBeCloseTo(expected, 12);
      }),
    );
  });
});

describe('the network', () => {
  it('is read, and loses the ratings that its labels were made from', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallymesh-eval-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const rows = ['1,2,9,10.5', '1,3,4,11', '2,4,-10,12', '3,4,-9,13', '2,5,3,14'];
    await writeFile(join(folder, 'soc-sign-bitcoinotc.csv'), `${rows.join('\n')}\n`);
    await writeFile(join(folder, 'otc_gt.csv'), '4,-1\r\n2,1\r\n');
    const otc = await readOtc(folder);
    expect(otc.ratings[0]).toEqual({ source: '1', target: '2', rating: 9, at: 10.5 });
    expect(otc.labels).toEqual(
      new Map([
        ['4', false],
        ['2', true],
      ]),
    );
    const { ratings: left, judges } = leakFree(otc);
    expect(judges).toEqual(new Set(['1', '2']));
    expect(left.map(({ source, target }) => source + target)).toEqual(['13', '34', '25']);
  });

  it('is split by time, whatever the order', () => {
    const inOrder = ratings(['a', 'b', 1], ['b', 'c', 2], ['c', 'd', 3], ['d', 'e', 4], ['e', 'a', 5]);
    const { past, next } = splitByTime(inOrder.toReversed(), 0.8);
    expect(past).toEqual(inOrder.slice(0, 4));
    expect(next).toEqual(inOrder.slice(4));
  });
});

/** x of `x = stop · start + (1 − stop) x P` by elimination, where rows without edges go back to the start. */
function solved(given: readonly Rating[], startOf: (user: string) => number): Scores {
  const users = [...new Set(given.flatMap(({ source, target }) => [source, target]))];
  const rows = users.map((user) => {
    const out = given.filter(({ source }) => source === user);
    const sum = out.reduce((all, { rating }) => all + rating, 0);
    const to = (target: string) => (out.find((each) => each.target === target)?.rating ?? 0) / sum;
    return users.map((target) => (sum === 0 ? startOf(target) : to(target)));
  });
  const matrix = users.map((user, v) => [
    ...users.map((_, u) => (u === v ? 1 : 0) - 0.85 * rows[u]![v]!),
    0.15 * startOf(user),
  ]);
  for (let pivot = 0; pivot < users.length; pivot += 1) {
    for (let row = 0; row < users.length; row += 1) {
      const factor = row === pivot ? 0 : matrix[row]![pivot]! / matrix[pivot]![pivot]!;
      for (let column = pivot; column <= users.length; column += 1)
        matrix[row]![column]! -= factor * matrix[pivot]![column]!;
    }
  }
  return new Map(users.map((user, at) => [user, matrix[at]!.at(-1)! / matrix[at]![at]!]));
}

function expectClose(got: Scores, expected: Scores): void {
  for (const [user, score] of expected) expect(got.get(user), user).toBeCloseTo(score, 6);
}

describe('what ours is compared with', () => {
  const given = ratings(['a', 'b', 1], ['a', 'c', 3], ['b', 'c', 2], ['c', 'a', 1], ['c', 'd', 4]);

  it('walks as the equations say', () => {
    expectClose(
      personalisedWalk(given)('a'),
      solved(given, (user) => (user === 'a' ? 1 : 0)),
    );
    expectClose(
      GLOBAL.EigenTrust!(given),
      solved(given, () => 1 / 4),
    );
    const unweighted = given.map((rating) => ({ ...rating, rating: 1 }));
    expectClose(
      GLOBAL.PageRank!(given),
      solved(unweighted, () => 1 / 4),
    );
  });

  it('ends where fairness and goodness follow from each other', () => {
    const mixed = ratings(['a', 'b', 10], ['c', 'b', -10], ['a', 'd', 8], ['c', 'd', 9], ['b', 'd', 10]);
    const { fairness, goodness } = fairnessGoodness(mixed);
    for (const [user, good] of goodness) {
      const into = mixed.filter(({ target }) => target === user);
      const sum = into.reduce((all, { source, rating }) => all + (fairness.get(source)! * rating) / 10, 0);
      expect(good).toBeCloseTo(sum / into.length, 9);
    }
    for (const [user, fair] of fairness) {
      const out = mixed.filter(({ source }) => source === user);
      const fault = out.reduce(
        (all, { target, rating }) => all + Math.abs(rating / 10 - goodness.get(target)!) / 2,
        0,
      );
      expect(fair).toBeCloseTo(1 - fault / out.length, 9);
    }
    expect(goodness.get('d')).toBeGreaterThan(goodness.get('b')!);
  });
});

describe('the signed ratio by a walk', () => {
  it('weighs what each says of all that it says by where the walk is', () => {
    const mixed = ratings(
      ['me', 'a', 5],
      ['me', 'b', 5],
      ['a', 'x', 6],
      ['a', 'y', -2],
      ['b', 'x', -4],
      ['z', 'y', 9],
    );
    const seen = walkedRatio(mixed)('me');
    // a and b weigh the same: a gives x three quarters of its word, b all of it
    expect(seen.get('x')).toBeCloseTo((0.75 - 1) / 1.75, 3);
    expect(seen.get('y')).toBeCloseTo(-1, 3);
    expect(seen.get('z')).toBeUndefined();
  });
});

describe('quality over ratings', () => {
  const given = ratings(
    ['me', 'friend', 9],
    ['friend', 'good', 8],
    ['friend', 'bad', -8],
    ['who', 'other', 9],
  );
  const viewOf = (ours: Ours, ego: string, score: keyof typeof SCORES) => {
    const { hear } = ours.from(ego, ALPHA);
    return (user: string) => SCORES[score](hear(user));
  };

  it('is high for whom those I trust rate well, none for whom they rate badly and for strangers', () => {
    const view = viewOf(Ours.of(given), 'me', 'quality');
    expect(view('good')).toBeGreaterThan(0.5);
    expect(['bad', 'other', 'nobody'].map(view)).toEqual([0, 0, 0]);
  });

  it('puts strangers above the bad where it has no floor', () => {
    const view = viewOf(Ours.of(given), 'me', 'unfloored');
    expect(view('good')).toBeGreaterThan(0.5);
    expect(['other', 'nobody'].map(view)).toEqual([0, 0]);
    expect(view('bad')).toBeLessThan(-0.5);
  });

  it('lets a guest see by its host, and nobody else more', () => {
    const invited = Ours.of(given, { guests: ['new'], host: 'me' });
    expect(viewOf(Ours.of(given), 'new', 'quality')('good')).toBe(0);
    expect(viewOf(invited, 'new', 'quality')('good')).toBeGreaterThan(0.5);
    expect(viewOf(invited, 'who', 'quality')('good')).toBe(0);
  });
});

describe('npm run eval', () => {
  it('says loudly that data is not there', async () => {
    const [lines, notes]: [string[], string[]] = [[], []];
    const output = { line: (text: string) => lines.push(text), note: (text: string) => notes.push(text) };
    expect(await runEval(['trust', '--data', '/nowhere'], output)).toBe(0);
    expect(notes.join()).toMatch(/SKIPPED/);
  });
});
