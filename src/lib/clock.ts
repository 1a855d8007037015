// The only place that reads the machine's clock; rules take their time as an argument.
import { uptime } from 'node:os';
import type { Log } from './log.ts';
import { SECOND_MS } from './units.ts';

/** Wall-clock and monotonic time, and timers; tests hand in one that they move by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Milliseconds on a clock that never goes back, from an arbitrary start. */
  monotonicMs(): number;
  /** Calls `run` after `delayMs`; the function returned cancels it. Timers never keep a process alive. */
  after(delayMs: number, run: () => void): () => void;
  /**
   * Calls back when somebody set the wall clock, with the milliseconds by which it moved: callers that keep
   * its times move them along. Until all have been called, `nowMs` continues as before. A clock that is adjusted slowly,
   * or the sleep of a machine, does not count.
   */
  onSet?(listener: (byMs: number) => void): void;
}

/** These times after the clock was set; 0 means that there is no time yet, and stays 0. */
export function movedTimes<T extends Readonly<Record<string, number>>>(times: T, byMs: number): T {
  const moved = (atMs: number) => (atMs > 0 ? Math.max(1, atMs + byMs) : 0);
  return Object.fromEntries(Object.entries(times).map(([name, atMs]) => [name, moved(atMs)])) as T;
}

/** A wall clock that jumps by so much was set by somebody. */
const SET_MS = SECOND_MS;

/** The machine's clocks. */
export interface ClockSources {
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  /** Since the machine was booted, its sleep included. */
  readonly uptimeMs: () => number;
}

const MACHINE: ClockSources = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  uptimeMs: () => uptime() * SECOND_MS,
};

export class SystemClock implements Clock {
  readonly #sources: ClockSources;
  readonly #listeners = new Set<(byMs: number) => void>();
  /** By how much the others are ahead of the monotonic one. */
  #wallAheadMs: number;
  #uptimeAheadMs: number;
  #isSetting = false;

  constructor(sources = MACHINE) {
    this.#sources = sources;
    this.#wallAheadMs = sources.wallMs() - sources.monotonicMs();
    this.#uptimeAheadMs = sources.uptimeMs() - sources.monotonicMs();
  }

  nowMs(): number {
    const { wallMs, monotonicMs } = this.#sources;
    const nowMs = wallMs();
    const expectedMs = monotonicMs() + this.#wallAheadMs;
    if (Math.abs(nowMs - expectedMs) < SET_MS) return nowMs;
    // In a turn of its own, so that no rule finds one time moved and another not
    if (!this.#isSetting) setImmediate(() => this.#set());
    this.#isSetting = true;
    return Math.round(expectedMs);
  }

  monotonicMs(): number {
    return this.#sources.monotonicMs();
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  }

  onSet(listener: (byMs: number) => void): void {
    this.#listeners.add(listener);
  }

  /** The wall clock went on while the machine slept; what is left was set. */
  #set(): void {
    const { wallMs, monotonicMs, uptimeMs } = this.#sources;
    const wallAheadMs = wallMs() - monotonicMs();
    const uptimeAheadMs = uptimeMs() - monotonicMs();
    const sleptMs = uptimeAheadMs - this.#uptimeAheadMs;
    const byMs = Math.round(wallAheadMs - this.#wallAheadMs - sleptMs);
    [this.#wallAheadMs, this.#uptimeAheadMs, this.#isSetting] = [wallAheadMs, uptimeAheadMs, false];
    if (Math.abs(byMs) >= SET_MS) for (const listener of this.#listeners) listener(byMs);
  }
}

/** For callers that keep no times while they wait. */
export const systemClock: Clock = new SystemClock();

/** What a periodic task needs: time, an end, and somewhere to say that it failed. */
export interface Periodic {
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  readonly signal: AbortSignal;
}

/** Calls `run` every `periodMs`, one call after the other, until the signal aborts; a failure is logged, not the end. */
export function every(
  { clock, log, signal }: Periodic,
  periodMs: number,
  run: () => Promise<void> | void,
): void {
  let cancel = () => {};
  const runOnce = async () => {
    try {
      await run();
    } catch (err) {
      if (!signal.aborted) log.error({ err }, 'a periodic task failed');
    }
  };
  const arm = () => {
    if (signal.aborted) return;
    cancel = clock.after(periodMs, () => void runOnce().then(arm));
  };
  signal.addEventListener('abort', () => cancel(), { once: true });
  arm();
}

/** Resolves after `delayMs`, or at once when the signal aborts. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * Rounds over many items, in which a slow one delays no other: an item that is still busy is left out of the next round. At
 * most `max` items are busy at a time; if there are more, the first ones of the round are taken.
 */
export class Rounds<T> {
  readonly #busy = new Set<T>();
  readonly #max: number;

  constructor(max = Number.POSITIVE_INFINITY) {
    this.#max = max;
  }

  /** Runs the task for each that is not busy, and waits for none of them; a failure is handed to `failed`. */
  begin(all: Iterable<T>, task: (each: T) => Promise<void>, failed: (error: unknown, each: T) => void): void {
    for (const each of all) {
      if (this.#busy.size >= this.#max) return;
      if (this.#busy.has(each)) continue;
      this.#busy.add(each);
      task(each)
        .catch((error: unknown) => failed(error, each))
        .finally(() => this.#busy.delete(each));
    }
  }
}
