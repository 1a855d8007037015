// Idempotency keys: a repeated call that makes something gets the answer of the first one. Kept in memory, so a
// restart forgets them. A failure made nothing and is not kept: the repeat tries again.
import { hash } from 'node:crypto';
import { BoundedMap } from '../lib/bounded-map.ts';
import { TallyError } from '../lib/errors.ts';

interface Kept {
  readonly bodyHash: string;
  /** Pending while the first call runs, so that a repeat at the same time waits for it. */
  readonly answer: Promise<unknown>;
}

/** What was answered, and whether it is the answer of an earlier call. */
export interface Answered<T> {
  readonly answer: T;
  readonly replayed: boolean;
}

/** The answers of the last `max` calls that had a key. */
export class IdempotentCalls {
  readonly #kept: BoundedMap<string, Kept>;

  constructor(max: number) {
    this.#kept = new BoundedMap(max);
  }

  /**
   * Runs `call` once for each key within an operation; without a key, always. An operation's calls all have one
   * type of answer. Throws IDEMPOTENCY_MISMATCH when the key came with another body before.
   */
  async once<T>(
    operation: string,
    key: string | undefined,
    body: unknown,
    call: () => Promise<T>,
  ): Promise<Answered<T>> {
    if (key === undefined) return { answer: await call(), replayed: false };
    const name = `${operation} ${key}`;
    const bodyHash = hash('sha256', JSON.stringify(body));
    const earlier = this.#kept.get(name);
    if (earlier === undefined) return { answer: await this.#first(name, bodyHash, call), replayed: false };
    if (earlier.bodyHash !== bodyHash) throw new TallyError('IDEMPOTENCY_MISMATCH');
    return { answer: (await earlier.answer) as T, replayed: true };
  }

  async #first<T>(name: string, bodyHash: string, call: () => Promise<T>): Promise<T> {
    const kept = { bodyHash, answer: call() };
    this.#kept.set(name, kept);
    try {
      return await kept.answer;
    } catch (error) {
      if (this.#kept.get(name) === kept) this.#kept.delete(name);
      throw error;
    }
  }
}
