// The series that this volunteer has withdrawn, as long as others may remember them: others know only so many series of a
// volunteer, so the next offer goes on with one of these.
import { sameBytes, showId } from '../../../records/id.ts';
import type { Holding } from '../../terms/capacity.ts';

/** A series that was withdrawn, and until when others may remember it. */
export interface Withdrawn {
  readonly series: Uint8Array;
  /** Of its tombstone. */
  readonly lastSeq: number;
  readonly forgetAtMs: number;
}

export class WithdrawnSeries {
  readonly #series = new Map<string, Withdrawn>();

  add(withdrawn: Withdrawn): void {
    this.#series.set(showId(withdrawn.series), withdrawn);
  }

  /** An offer goes on with it. */
  delete(series: Uint8Array): void {
    this.#series.delete(showId(series));
  }

  /** How many of them others may remember. */
  remembered(nowMs: number): number {
    for (const [key, { forgetAtMs }] of this.#series) if (forgetAtMs <= nowMs) this.#series.delete(key);
    return this.#series.size;
  }

  /** One that no lease is of: the next offer can go on with it. */
  vacant(holdings: readonly Holding[]): Withdrawn | undefined {
    return [...this.#series.values()].find(
      ({ series }) => !holdings.some((holding) => sameBytes(holding.series, series)),
    );
  }
}
