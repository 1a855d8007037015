// Waiting for a condition, with a deadline and a sentence for when it does not come.
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 25;

/** Looks until `condition` gives something other than undefined or false; rejects after the deadline. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  signal: AbortSignal,
  deadlineMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs)
      throw new Error(`the demo waited ${deadlineMs / 1000} s for ${what}, in vain`);
    await pause(LOOK_MS, undefined, { signal });
  }
}
