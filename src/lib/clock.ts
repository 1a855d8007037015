// The only place that reads the machine's clock; rules take their time as an argument.
import type { Log } from './log.ts';

/** Wall-clock and monotonic time, and timers; tests hand in one that they move by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Milliseconds on a clock that never goes back, from an arbitrary start. */
  monotonicMs(): number;
  /** Calls `run` after `delayMs`; the function returned cancels it. Timers never keep a process alive. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

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

/** Rounds over many, in which who is slow delays nobody else: who is still busy is left out of the next round. */
export class Rounds<T> {
  readonly #busy = new Set<T>();

  /** Runs the task for each that is not busy, and waits for none of them; a failure is handed to `failed`. */
  begin(all: Iterable<T>, task: (each: T) => Promise<void>, failed: (error: unknown, each: T) => void): void {
    for (const each of all) {
      if (this.#busy.has(each)) continue;
      this.#busy.add(each);
      task(each)
        .catch((error: unknown) => failed(error, each))
        .finally(() => this.#busy.delete(each));
    }
  }
}
