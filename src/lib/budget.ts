// A token bucket per key: how much each peer may ask of us.
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
    const { burst, perSecond } = this.#options;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    const refilled = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond);
    const enough = refilled >= amount;
    this.#buckets.set(key, { tokens: enough ? refilled - amount : refilled, atMs: nowMs });
    return enough;
  }
}
