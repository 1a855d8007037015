// A clock that stands still until the next thing happens. The product's parts take it as their clock; what they await
// in between, promises without timers, is run out before time goes on.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/lib/clock.ts';

interface Planned {
  readonly atMs: number;
  /** Of what is planned for the same moment, what was planned first comes first. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Virtual time: a queue of what is to happen, in order. */
export class VirtualTime implements Clock {
  readonly #queue: Planned[] = [];
  #nowMs: number;
  #planned = 0;

  /** Begins at a moment, in milliseconds since 1970. */
  constructor(startMs = 1_800_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const planned = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#planned,
      run,
      isCancelled: false,
    };
    this.#planned += 1;
    this.#push(planned);
    return () => {
      planned.isCancelled = true;
    };
  }

  /** Lets everything happen that is planned before this moment, and what follows from it; then it is that moment. */
  async runUntil(untilMs: number): Promise<void> {
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pop();
      if (next.isCancelled) continue;
      this.#nowMs = next.atMs;
      next.run();
      await turn();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #push(planned: Planned): void {
    const queue = this.#queue;
    let at = queue.length;
    queue.push(planned);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(planned, queue[above])) break;
      queue[at] = queue[above] as Planned;
      at = above;
    }
    queue[at] = planned;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop();
    if (last === undefined || queue.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= queue.length) break;
      if (isBefore(queue[below + 1], queue[below])) below += 1;
      if (!isBefore(queue[below], last)) break;
      queue[at] = queue[below] as Planned;
      at = below;
    }
    queue[at] = last;
  }
}

function isBefore(a: Planned | undefined, b: Planned | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
