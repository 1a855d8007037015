// Turns at a limited rate, in the order of the requests: this paces work that others can cause without end.
import { type Clock, wait } from '../../lib/clock.ts';
import { SECOND_MS } from '../../lib/units.ts';

/** Turns come at most `perSecond` a second; whoever asks too early waits in line. */
export class Pacer {
  readonly #clock: Clock;
  readonly #stepMs: number;
  #nextMs = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#stepMs = SECOND_MS / perSecond;
  }

  /** Resolves when it is the caller's turn; throws the signal's reason when that aborts first. */
  async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const nowMs = this.#clock.monotonicMs();
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + this.#stepMs;
    if (atMs > nowMs) await wait(this.#clock, atMs - nowMs, signal);
    signal.throwIfAborted();
  }
}
