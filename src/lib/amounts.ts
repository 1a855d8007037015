// Sizes, times, amounts and counts in words, for people.
import { CREDIT, DAY_MS, GIB, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from './units.ts';

/** Units of time as people type and read them, the smallest first. */
export const SPANS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

/** To the nearest amount, or `down`: never more than there is, so that a person can type the amount without a refusal. */
type Rounding = 'nearest' | 'down';

/** `1 offer`, `2 offers`, `0.5 cpus`; `more` is the plural, if it is not the singular with an s. */
export function countOf(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** `1.5 GiB`: the largest unit that leaves at least one. */
export function showSize(bytes: number, rounding: Rounding = 'nearest'): string {
  const [unit, factor] = bytes >= GIB ? ['GiB', GIB] : bytes >= MIB ? ['MiB', MIB] : ['KiB', KIB];
  return `${round(bytes / factor, rounding)} ${unit}`;
}

/** `1.5 h`: the largest unit that leaves at least one. */
export function showDuration(ms: number, rounding: Rounding = 'nearest'): string {
  const [unit, factor] = Object.entries(SPANS).findLast(([, each]) => ms >= each) ?? ['ms', 1];
  return `${round(ms / factor, rounding)} ${unit}`;
}

/** `2026-11-30 18:05 UTC`: a time, to the minute. */
export function showTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1 cpu`, `0.75 cpus`: thousandths as cpus, exactly. */
export function showCpus(millis: number): string {
  return countOf(millis / 1_000, 'cpu');
}

/** `0.7 cr`: microcredits as credits. */
export function showCredits(microcredits: number): string {
  return `${(microcredits / CREDIT).toFixed(6).replace(/\.?0+$/, '')} cr`;
}

/** Two decimals below 10, and one from there on. */
function round(value: number, rounding: Rounding): string {
  const places = value < 10 ? 2 : 1;
  const factor = 10 ** places;
  const rounded = rounding === 'down' ? Math.floor(value * factor) / factor : value;
  return rounded.toFixed(places).replace(/\.?0+$/, '');
}
