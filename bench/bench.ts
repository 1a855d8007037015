// What a bench is.
import type { Row } from './support/report.ts';

/** How a bench is to run. */
export interface BenchOptions {
  /** Fewer repeats, and perhaps without the largest case: under a minute. */
  readonly isQuick: boolean;
  /** The same seed gives the same inputs. */
  readonly seed: number;
  /** Told, in one sentence each, what takes long and which cases are left out. */
  readonly say: (sentence: string) => void;
}

/** Measures the product's own code by its public path; its header says what it leaves out. */
export interface Bench {
  readonly summary: string;
  run(options: BenchOptions): Promise<Row[]>;
}
