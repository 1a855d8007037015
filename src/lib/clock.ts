// The only place that reads the machine's clock; rules take their time as an argument.

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

/** Calls `run` every `periodMs`, one call after the other, until the signal aborts; `run` must not throw. */
export function every(
  clock: Clock,
  periodMs: number,
  signal: AbortSignal,
  run: () => Promise<void> | void,
): void {
  let cancel = () => {};
  const arm = () => {
    if (signal.aborted) return;
    cancel = clock.after(periodMs, async () => {
      await run();
      arm();
    });
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
