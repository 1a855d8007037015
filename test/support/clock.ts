// A clock that tests move by hand.
import type { Clock } from '../../src/lib/clock.ts';
import { NOW_MS } from './records.ts';

export interface HandClock extends Clock {
  /** Moves the time on and runs what is due, in order. */
  pass(ms: number): void;
}

/** A clock that stands at `startMs` until it is moved. */
export function handClock(startMs: number = NOW_MS): HandClock {
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const nextDue = (untilMs: number) =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pass(ms) {
      const untilMs = nowMs + ms;
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        timers.delete(due);
        nowMs = Math.max(nowMs, due.atMs);
        due.run();
      }
      nowMs = untilMs;
    },
  };
}
