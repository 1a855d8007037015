// What the watches of leases share: who is watched, what the last look found, and rounds in which a slow one delays no other.
import { type Clock, every, Rounds } from '../../../lib/clock.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import type { GivenLease } from '../given-lease.ts';

export interface LeaseWatchParts {
  readonly clock: Clock;
  readonly log: Log;
}

export abstract class LeaseWatch<T> implements Service {
  /** Aborts when nothing is looked at any more. */
  protected readonly signal: AbortSignal;
  protected readonly watched = new Map<GivenLease, T | undefined>();
  readonly #parts: LeaseWatchParts;
  readonly #periodMs: number;
  readonly #rounds = new Rounds<GivenLease>();
  readonly #stopping = new AbortController();

  constructor(parts: LeaseWatchParts, periodMs: number) {
    this.#parts = parts;
    this.#periodMs = periodMs;
    this.signal = this.#stopping.signal;
  }

  async start(): Promise<void> {
    every({ ...this.#parts, signal: this.signal }, this.#periodMs, () => this.tick());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** Watches the container of a lease until `leave`. */
  take(given: GivenLease): void {
    this.watched.set(given, undefined);
  }

  leave(given: GivenLease): void {
    this.watched.delete(given);
  }

  /** Begins a look at those that are due. */
  protected abstract tick(): void | Promise<void>;

  /** A look that fails is none; what it failed with is handed to `failed`. */
  protected abstract failed(error: unknown, given: GivenLease): void;

  protected begin(due: Iterable<GivenLease>, look: (given: GivenLease) => Promise<void>): void {
    this.#rounds.begin(due, look, (error, given) => this.failed(error, given));
  }

  /** Keeps what a look found, unless the lease is watched no more. */
  protected keep(given: GivenLease, found: T): boolean {
    const isWatched = this.watched.has(given);
    if (isWatched) this.watched.set(given, found);
    return isWatched;
  }
}
