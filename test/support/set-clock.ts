// A machine's clock that a test sets; all else about it is real.
import { uptime } from 'node:os';
import { SystemClock } from '../../src/lib/clock.ts';

export class SetClock extends SystemClock {
  readonly #at: { aheadMs: number };

  constructor() {
    const at = { aheadMs: 0 };
    super({
      wallMs: () => Date.now() + at.aheadMs,
      monotonicMs: () => performance.now(),
      uptimeMs: () => uptime() * 1_000,
    });
    this.#at = at;
  }

  /** Sets the wall clock forwards, or back where it is below 0. */
  set(byMs: number): void {
    this.#at.aheadMs += byMs;
  }
}
