// What a verb of tally is.
import type { Command } from 'commander';

/** One verb. */
export interface Verb {
  readonly name: string;
  /** What it does, as the help says it. */
  readonly does: string;
  /** Loads its code: what adds arguments, options and the action to its command. */
  readonly load: () => Promise<(verb: Command) => void>;
}
