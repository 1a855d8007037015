// Seeded randomness: the same seed gives the same inputs on every machine.

/** A stream of random choices. */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    this.#state = Uint32Array.of(seed, seed ^ 0x9e3779b9, 0x243f6a88, 1);
    for (let i = 0; i < 16; i += 1) this.share();
  }

  /** From 0 up to but not 1. (sfc32, C. Doty-Humphrey's small fast counting generator.) */
  share(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const sum = (a + b + counter) >>> 0;
    const rotated = (c << 21) | (c >>> 11);
    this.#state.set([b ^ (b >>> 9), (c + (c << 3)) | 0, (rotated + sum) | 0, counter + 1]);
    return sum / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.share() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.share() < share;
  }

  /** One of the values; the weights, when given, say how often each comes. */
  pick<T>(values: readonly [T, ...T[]], weights?: readonly number[]): T {
    if (weights === undefined) return values[this.int(0, values.length - 1)] ?? values[0];
    let rest = this.share() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, weight] of weights.entries()) {
      rest -= weight;
      if (rest < 0) return values[index] ?? values[0];
    }
    return values[0];
  }

  /** Around 1, as often twice as half: log-normal, `spread` is the standard deviation of its logarithm. */
  around(spread: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.share()));
    return Math.exp(spread * radius * Math.cos(2 * Math.PI * this.share()));
  }

  /** From 0 to `count` - 1, the k-th about 1/k as often as the first (Zipf's law). */
  zipf(count: number): number {
    return Math.min(count - 1, Math.floor(Math.exp(this.share() * Math.log(count + 1))) - 1);
  }

  bytes(length: number): Uint8Array {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.share() * 2 ** 32);
    return new Uint8Array(words.buffer, 0, length).slice();
  }
}
