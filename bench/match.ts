// How long the match takes over books of many sizes, and whether it finds what an exhaustive scan finds. Both read the
// order book as a peer does, bid by bid in turns. Left out: resolving an image's name, signing the bid and reserving.
// Offers are signed and in the book before anything is measured. One bid in ten matches nothing and is explained, which
// is the slow case: p99 has it.
import type { OrderBook } from '../src/market/book/book.ts';
import type { Ask } from '../src/market/matching/constraints.ts';
import { match } from '../src/market/matching/match.ts';
import { BOOK_MAX_OFFERS, MAX_CANDIDATES } from '../src/market/terms/parameters.ts';
import type { MatchReport } from '../src/market/terms/views.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { type Scan, scan } from './support/exhaustive.ts';
import { percentile } from './support/figures.ts';
import { fillBook, MARKET_NOW_MS, makeAsks, rateOf } from './support/market.ts';
import { compared, type Row, round } from './support/report.ts';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const;

/** The largest book there can be, where it is none of the sizes: the worst that a peer meets. */
const FULL_BOOK = `${BOOK_MAX_OFFERS / 1_000}k`;

/** A case runs for about so long, and for no fewer bids than these. */
const CASE_MS = { full: 45_000, quick: 3_000 };
const LEAST_BIDS = { full: 120, quick: 15 };
const WARM_UP_BIDS = 10;
const MOST_BIDS = 5_000;

/** The one place that calls the product. */
function findMatch(ask: Ask, book: OrderBook, seed: number): MatchReport {
  return match(ask, book.listings(), { nowMs: MARKET_NOW_MS, seed, rate: rateOf });
}

interface Measured {
  readonly matchMs: number[];
  readonly scanMs: number[];
  mismatches: number;
}

/** The bench `match`. */
export const matchBench: Bench = {
  summary: 'one match over the whole order book, beside an exhaustive scan',
  async run(options) {
    const rows: Row[] = [];
    for (const [name, size] of casesOf(options)) {
      options.say(`${name}: signing ${size} offers`);
      const book = fillBook(size, options.seed);
      options.say(`${name}: matching`);
      rows.push(...rowsOf(name, measure(book, options)));
    }
    return rows;
  },
};

/** The sizes that a book can hold; a quick run is without the largest of them. */
function casesOf({ isQuick, say }: BenchOptions): [name: string, size: number][] {
  const sizes = new Map<string, number>([...Object.entries(SIZES), [FULL_BOOK, BOOK_MAX_OFFERS]]);
  const sorted = [...sizes].sort(([, a], [, b]) => a - b);
  const fitting = sorted.filter(([, size]) => size <= BOOK_MAX_OFFERS);
  for (const [name] of sorted.slice(fitting.length))
    say(`${name} is left out: a book holds ${BOOK_MAX_OFFERS} offers`);
  if (!isQuick) return fitting;
  const [largest] = fitting.at(-1) ?? [];
  say(`${largest} is left out of a quick run`);
  return fitting.slice(0, -1);
}

/** Match and scan in turns, the one that goes first changing, until the time is up. */
function measure(book: OrderBook, { isQuick, seed }: BenchOptions): Measured {
  const pace = isQuick ? 'quick' : 'full';
  const asks = makeAsks(MOST_BIDS + WARM_UP_BIDS, seed);
  const nothing = (): Measured => ({ matchMs: [], scanMs: [], mismatches: 0 });
  const [measured, warmUp] = [nothing(), nothing()];
  for (const [index, ask] of asks.slice(MOST_BIDS).entries()) once(ask, index, book, warmUp);
  const endMs = performance.now() + CASE_MS[pace];
  for (const [index, ask] of asks.slice(0, MOST_BIDS).entries()) {
    once(ask, index, book, measured);
    if (performance.now() > endMs && index + 1 >= LEAST_BIDS[pace]) break;
  }
  return measured;
}

function once(ask: Ask, index: number, book: OrderBook, measured: Measured): void {
  const ours = () => timed(measured.matchMs, () => findMatch(ask, book, index));
  const theirs = () => timed(measured.scanMs, () => scan(ask, book.listings(), MARKET_NOW_MS));
  const isOursFirst = index % 2 === 0;
  const early = isOursFirst ? ours() : undefined;
  const found = theirs();
  if (differs(early ?? ours(), found)) measured.mismatches += 1;
}

function timed<T>(times: number[], run: () => T): T {
  const startMs = performance.now();
  const result = run();
  times.push(performance.now() - startMs);
  return result;
}

/** Whether a match is not what the scan says: another set of candidates, other prices, other reasons. */
export function differs({ considered, candidates, removed }: MatchReport, found: Scan): boolean {
  const ids = new Set(candidates.map(({ offer }) => offer));
  const isComplete =
    ids.size === candidates.length && ids.size === Math.min(found.prices.size, MAX_CANDIDATES);
  const isPriced = candidates.every((each) => found.prices.get(each.offer) === each.priceMicrocreditsPerHour);
  const reasons = Object.entries(found.removed);
  const isExplained =
    Object.keys(removed).length === reasons.length &&
    reasons.every(([constraint, count]) =>
      Object.entries(removed).some(([name, n]) => name === constraint && n === count),
    );
  return considered !== found.considered || !isComplete || !isPriced || !isExplained;
}

function rowsOf(name: string, { matchMs, scanMs, mismatches }: Measured): Row[] {
  const n = matchMs.length;
  const share = (metric: string, of: number) =>
    compared(
      { case: name, metric, value: round(percentile(matchMs, of)), unit: 'ms', n },
      'exhaustive scan',
      percentile(scanMs, of),
    );
  const perSecond = (times: readonly number[]) => round(n / (times.reduce((sum, ms) => sum + ms, 0) / 1_000));
  return [
    share('p50Ms', 0.5),
    share('p99Ms', 0.99),
    compared(
      { case: name, metric: 'bidsPerSecond', value: perSecond(matchMs), unit: '1/s', n },
      'exhaustive scan',
      perSecond(scanMs),
    ),
    { case: name, metric: 'mismatches', value: mismatches, unit: '', n },
  ];
}
