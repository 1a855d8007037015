// The figures of the evaluation: what egos see, as rows of a report, and at which settings they see it.
import { median } from '../../bench/support/figures.ts';
import { compared, type Row, round } from '../../bench/support/report.ts';
import { ALPHA } from '../../src/reputation/facts/parameters.ts';
import type { Scores } from './competitors.ts';
import type { SCORES, View } from './ours.ts';

/** What is shown beside quality at the walk's chance to stop: others of it, and another score of the same. */
export interface Setting {
  readonly alpha: number;
  readonly score: keyof typeof SCORES;
}

const DEFAULT: Setting = { alpha: ALPHA, score: 'quality' };

/** The default first; a quick run does only that. */
export function settingsOf(isQuick: boolean): readonly Setting[] {
  if (isQuick) return [DEFAULT];
  const alphas = [ALPHA, 0.15, 0.1];
  return (['quality', 'unfloored'] as const).flatMap((score) => alphas.map((alpha) => ({ alpha, score })));
}

/** The name of a case at a setting. */
export function nameOf(name: string, { alpha, score }: Setting = DEFAULT): string {
  return `${name}${score === 'quality' ? '' : `-${score}`}${alpha === ALPHA ? '' : `-alpha-${alpha}`}`;
}

/** Scores as what somebody sees; who is not in them has 0. */
export function viewOf(scores: Scores): View {
  return (user) => scores.get(user) ?? 0;
}

/** Mean, median and worst of what egos see. */
export function figures(name: string, aucs: readonly number[]): Row[] {
  return [
    figure(name, 'aucMean', mean(aucs), aucs.length),
    figure(name, 'aucMedian', median(aucs), aucs.length),
    figure(name, 'aucWorst', Math.min(...aucs), aucs.length),
  ];
}

/** Ours beside one that sees the same from everywhere, or beside one that egos have too. */
export function besides(
  name: string,
  mine: readonly number[],
  what: string,
  theirs: readonly number[],
): Row[] {
  const pairs = figures(name, mine).map((row, index) => ({
    row,
    value: figures(name, theirs)[index]?.value,
  }));
  const shown = theirs.length > 1 ? pairs : pairs.slice(0, 1);
  return shown.map(({ row, value }) => compared(row, what, value ?? 0));
}

/** One figure. */
export function figure(name: string, metric: string, value: number, n: number): Row {
  return { case: name, metric, value: round(value), unit: '', n };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
