// A deadline that moves on while something happens.
import type { Clock } from '../lib/clock.ts';

/** Calls `expire` once, `waitMs` after the last `extend`, unless it was cancelled. */
export class Deadline {
  readonly #clock: Clock;
  readonly #expire: () => void;
  #cancel: () => void = () => {};

  constructor(clock: Clock, waitMs: number, expire: () => void) {
    this.#clock = clock;
    this.#expire = expire;
    this.extend(waitMs);
  }

  /** Begins to wait anew. */
  extend(waitMs: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(waitMs, this.#expire);
  }

  cancel(): void {
    this.#cancel();
  }
}
