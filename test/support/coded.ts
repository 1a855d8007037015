// Readers of a stranger's bytes end in a value or in a code; tests count which, so that it shows how far they came.
import { TallyError } from '../../src/lib/errors.ts';

/** Runs a reader; anything but a coded refusal is a bug that the test shows. */
export function codedOnly(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof TallyError && error.code !== 'INTERNAL') return error.code;
    throw error;
  }
}

/** How often each word was said. */
export class Counts {
  readonly #counts = new Map<string, number>();

  /** Counts a word, and hands it back. */
  add(word: string): string {
    this.#counts.set(word, this.of(word) + 1);
    return word;
  }

  of(word: string): number {
    return this.#counts.get(word) ?? 0;
  }
}
