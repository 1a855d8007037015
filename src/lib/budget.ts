// A token bucket per key: how many requests each peer may make.
import { BoundedMap } from './bounded-map.ts';

/** `burst` requests at once, refilled at `perSecond`. */
export interface BudgetOptions {
  burst: number;
  perSecond: number;
}

/** Budgets for up to 4,096 keys; a key that was forgotten starts full again. */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #buckets = new BoundedMap<string, { tokens: number; atMs: number }>(4096);

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Takes `amount` tokens from `key` at `nowMs`; false when there are not that many. */
  take(key: string, nowMs: number, amount = 1): boolean {
    const tokens = this.#tokens(key, nowMs);
    const enough = tokens >= amount;
    this.#buckets.set(key, { tokens: enough ? tokens - amount : tokens, atMs: nowMs });
    return enough;
  }

  /**
   * Takes a token from `key` that may not exist yet, and returns in how many milliseconds it will;
   * undefined, without taking one, when that is more than `longestMs`.
   */
  reserve(key: string, nowMs: number, longestMs: number): number | undefined {
    const tokens = this.#tokens(key, nowMs);
    const waitMs = Math.max(0, ((1 - tokens) / this.#options.perSecond) * 1000);
    const inTime = waitMs <= longestMs;
    this.#buckets.set(key, { tokens: inTime ? tokens - 1 : tokens, atMs: nowMs });
    return inTime ? waitMs : undefined;
  }

  #tokens(key: string, nowMs: number): number {
    const { burst, perSecond } = this.#options;
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    return Math.min(burst, tokens + (Math.max(0, nowMs - atMs) / 1000) * perSecond);
  }
}
