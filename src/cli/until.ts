// Waiting for a condition that can only be polled.
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../lib/clock.ts';
import { Progress } from './progress.ts';

const LOOK_MS = 250;

/** Looks until it is so, and says what is waited for; gives up in silence after `withinMs`, never where that is undefined. */
export async function until(
  what: string,
  withinMs: number | undefined,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const progress = new Progress(`waiting until ${what}`);
  const endMs = systemClock.monotonicMs() + (withinMs ?? Number.POSITIVE_INFINITY);
  try {
    while (!(await isSo()) && systemClock.monotonicMs() < endMs) await pause(LOOK_MS);
  } finally {
    progress.end();
  }
}
