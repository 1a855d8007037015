// Decay: service counts half after 90 days, in whole days and in integers, so that both sides of a receipt compute
// the same number on any machine.
import { DAY_MS } from '../lib/units.ts';
import { HALF_LIFE_DAYS } from './parameters.ts';

/** 2^32 · 2^(-1/90), rounded: one day's factor in 32-bit fixed point. */
const DAY_FACTOR = 4_262_016_076n;

/** Factors for 0 to 89 days, each the one before times a day's, rounded down. */
const FACTORS = dayFactors();

function dayFactors(): readonly bigint[] {
  const factors = [1n << 32n];
  for (let day = 1; day < HALF_LIFE_DAYS; day += 1)
    factors.push(((factors[day - 1] ?? 0n) * DAY_FACTOR) >> 32n);
  return factors;
}

/** `microcredits` after so many days: halved per 90, by the table in between, rounded down. */
export function decayed(microcredits: number, days: number): number {
  const halvings = Math.floor(days / HALF_LIFE_DAYS);
  if (halvings >= 64) return 0;
  const factor = FACTORS[days % HALF_LIFE_DAYS] ?? 0n;
  return Number((BigInt(microcredits) * factor) >> (32n + BigInt(halvings)));
}

/** The day bucket of a time: whole days since 1970, in UTC. */
export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}
