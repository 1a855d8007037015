// Long work in slices, so that timers, sockets and requests have their turn in between.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** Lets other work run whenever a slice is over; to be called between two pieces of the work. */
export class Slices {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #sliceMs: number;
  #startedMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>, sliceMs: number) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#startedMs = clock.monotonicMs();
  }

  /** Whether the slice is over: then `pause` is due. */
  get isOver(): boolean {
    return this.#clock.monotonicMs() - this.#startedMs >= this.#sliceMs;
  }

  /** Resolves in the next turn, when a new slice begins. */
  async pause(): Promise<void> {
    await turn();
    this.#startedMs = this.#clock.monotonicMs();
  }
}
