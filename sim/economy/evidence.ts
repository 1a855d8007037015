// What peers know of what others signed: everybody's records as of the last midnight, but of those who hide theirs. On each
// side of a split network those of the other side stay as they were when it split, and fade.

import type { LineSource } from '../../src/reputation/credit/lines.ts';
import { newTie, type Tie } from '../../src/reputation/facts/facts.ts';
import type { Books } from './books.ts';
import { fade, rowOf } from './ties.ts';

export class Evidence {
  readonly #books: Books;
  readonly #ties = new Map<string, Map<string, Tie>>();
  readonly #into = new Map<string, Map<string, Tie>>();

  constructor(books: Books) {
    this.#books = books;
  }

  /** Ties by author, then by subject. */
  get ties(): ReadonlyMap<string, ReadonlyMap<string, Tie>> {
    return this.#ties;
  }

  /** A day has passed: the records of whom this side reaches arrive. */
  hear(isReached: (author: string) => boolean): void {
    for (const [author, row] of this.#books.ties) {
      if (this.#books.hiding.has(author)) continue;
      if (isReached(author)) for (const tie of row.values()) Object.assign(this.#tie(tie), tie);
      else for (const tie of this.#ties.get(author)?.values() ?? []) fade(tie);
    }
  }

  /** The lines as one peer sees them: its own as they are now. */
  seenBy(me: string): LineSource {
    return {
      row: (author) => (author === me ? this.#books.ties : this.#ties).get(author),
      into: (subject) => this.#into.get(subject)?.values() ?? [],
    };
  }

  #tie({ author, subject }: Tie): Tie {
    const known = this.#ties.get(author)?.get(subject);
    if (known !== undefined) return known;
    const tie = newTie(author, subject);
    rowOf(this.#ties, author).set(subject, tie);
    rowOf(this.#into, subject).set(author, tie);
    return tie;
  }
}
