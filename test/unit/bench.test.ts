import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bench, BenchOptions } from '../../bench/bench.ts';
import { differs } from '../../bench/match.ts';
import { runBench } from '../../bench/run.ts';
import { scan } from '../../bench/support/exhaustive.ts';
import { median, percentile } from '../../bench/support/figures.ts';
import { fillBook, MARKET_NOW_MS, makeAsks, rateOf } from '../../bench/support/market.ts';
import { Random } from '../../bench/support/random.ts';
import { compared, type Report, type Row } from '../../bench/support/report.ts';
import { match } from '../../src/market/matching/match.ts';

const ROWS: readonly Row[] = [
  compared({ case: '1k', metric: 'p50Ms', value: 3, unit: 'ms', n: 20 }, 'exhaustive scan', 4),
  { case: '1k', metric: 'mismatches', value: 0, unit: '', n: 20 },
];

/** Runs with one bench, `one`, that gives these rows; what it printed and was asked. */
async function runWith(args: readonly string[], rows: readonly Row[] = ROWS) {
  const asked: BenchOptions[] = [];
  const one: Bench = {
    summary: 'one of a kind',
    async run(options) {
      asked.push(options);
      if (rows.length === 0) throw new Error('it broke');
      return [...rows];
    },
  };
  const [lines, notes]: [string[], string[]] = [[], []];
  const output = { line: (text: string) => lines.push(text), note: (text: string) => notes.push(text) };
  const code = await runBench(args, { one }, output);
  return { code, lines: lines.join('\n'), notes: notes.join('\n'), asked };
}

describe('npm run bench', () => {
  it('prints a table, and writes the one JSON form', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallymesh-bench-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'report.json');
    const { code, lines, asked } = await runWith(['one', '--quick', '--seed', '7', '--json', file]);
    expect(code).toBe(0);
    expect(asked).toMatchObject([{ isQuick: true, seed: 7 }]);
    expect(lines).toMatch(/1k\s.*p50Ms\s.*3 ms\s.*20\s.*exhaustive scan: 4 ms\s.*0\.75/);
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    expect(report).toEqual({
      name: 'one',
      commit: expect.stringMatching(/^([0-9a-f]{12}\+?|unknown)$/),
      node: process.version,
      cpus: availableParallelism(),
      seed: 7,
      rows: [
        {
          ...{ case: '1k', metric: 'p50Ms', value: 3, unit: 'ms', n: 20 },
          ...{ baseline: { what: 'exhaustive scan', value: 4 }, ratio: 0.75 },
        },
        { case: '1k', metric: 'mismatches', value: 0, unit: '', n: 20 },
      ],
    });
  });

  it('runs in full and with seed 1 unless told otherwise', async () => {
    expect((await runWith(['one'])).asked).toMatchObject([{ isQuick: false, seed: 1 }]);
  });

  it.each([
    { args: [] },
    { args: ['two'] },
    { args: ['toString'] },
    { args: ['one', 'two'] },
    { args: ['one', '--fast'] },
    { args: ['one', '--seed', '1.5'] },
  ])('lists the benches it knows when it is asked for $args', async ({ args }) => {
    const { code, notes, asked } = await runWith(args);
    expect(code).toBe(2);
    expect(notes).toMatch(/one +one of a kind/);
    expect(asked).toEqual([]);
  });

  it('fails when a bench breaks, and when it finds a mismatch', async () => {
    expect(await runWith(['one'], [])).toMatchObject({ code: 1, notes: expect.stringContaining('it broke') });
    const wrong = ROWS.map((row) => (row.metric === 'mismatches' ? { ...row, value: 2 } : row));
    expect(await runWith(['one'], wrong)).toMatchObject({ code: 1, notes: '1k: 2 mismatches' });
  });
});

describe('the figures of a bench', () => {
  it('are measurements, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([5], 0.99)).toBe(5);
    expect(median([9, 1, 5])).toBe(5);
    expect(() => median([])).toThrow('nothing was measured');
  });

  it('come from inputs that a seed fixes', () => {
    expect(makeAsks(20, 3)).toEqual(makeAsks(20, 3));
    expect(makeAsks(20, 3)).not.toEqual(makeAsks(20, 4));
    const ids = (seed: number) => [...fillBook(30, seed).listings()].map(({ id }) => id);
    expect(ids(3)).toEqual(ids(3));
    expect(ids(3)).not.toEqual(ids(4));
  });

  it('come from random choices that are spread as they say', () => {
    const random = new Random(1);
    const draw = <T>(one: () => T) => Array.from({ length: 10_000 }, one);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(draw(() => random.share()))).toBeCloseTo(0.5, 1);
    expect(median(draw(() => random.around(0.4)))).toBeCloseTo(1, 1);
    expect(new Set(draw(() => random.int(2, 4)))).toEqual(new Set([2, 3, 4]));
    const heavy = draw(() => random.pick(['a', 'b'] as const, [3, 1])).filter((each) => each === 'a');
    expect(heavy.length / 10_000).toBeCloseTo(0.75, 1);
    const ranks = draw(() => random.zipf(200));
    expect(Math.min(...ranks)).toBe(0);
    expect(Math.max(...ranks)).toBeLessThan(200);
    const of = (rank: number) => ranks.filter((each) => each === rank).length;
    expect(of(0)).toBeGreaterThan(of(1));
    expect(of(1)).toBeGreaterThan(of(9));
  });
});

describe('the reference of the bench of the match', () => {
  const book = fillBook(300, 1);
  const asks = makeAsks(100, 1);
  const both = asks.map((ask, seed) => ({
    found: match(ask, book.listings(), { nowMs: MARKET_NOW_MS, seed, rate: rateOf }),
    scanned: scan(ask, book.listings(), MARKET_NOW_MS),
  }));

  it('agrees with the match, on bids that fit many offers, few and none', () => {
    expect(both.filter(({ found, scanned }) => differs(found, scanned))).toEqual([]);
    const sizes = both.map(({ scanned }) => scanned.prices.size);
    expect(sizes.some((size) => size > 16)).toBe(true);
    expect(sizes.some((size) => size > 0 && size < 16)).toBe(true);
    expect(sizes).toContain(0);
  });

  it('notices a candidate that is missing, strange or wrongly priced, and a wrong reason', () => {
    const { found, scanned } = both.find(({ scanned: { prices } }) => prices.size > 1)!;
    const [first, ...rest] = found.candidates;
    const wrong = [
      { ...found, candidates: rest },
      { ...found, candidates: [...rest, { ...first!, offer: 'strange' }] },
      { ...found, candidates: [...rest, rest[0]!] },
      { ...found, candidates: [{ ...first!, priceMicrocreditsPerHour: 1 }, ...rest] },
      { ...found, considered: found.considered - 1 },
      { ...found, removed: { ...found.removed, region: 1_000 } },
      { ...found, removed: {} },
    ];
    expect(wrong.filter((each) => !differs(each, scanned))).toEqual([]);
  });
});
