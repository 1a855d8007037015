// Lines by hand: who served whom, who answers for whom, and credit that ends again.
import { CREDIT } from '../../src/lib/units.ts';
import type { Line, LineSource } from '../../src/reputation/credit/lines.ts';

/** Lines that can be changed, in whole credits. */
export class HandLines implements LineSource {
  readonly #rows = new Map<string, Map<string, Line>>();

  /** Somebody was served by a peer for so much, and answers for it with so much. */
  set(author: string, subject: string, served: number, answered = 0): this {
    const row = this.#rows.get(author) ?? new Map<string, Line>();
    row.set(subject, { serviceMicrocredits: served * CREDIT, lineMicrocredits: answered * CREDIT });
    this.#rows.set(author, row);
    return this;
  }

  row(author: string): ReadonlyMap<string, Line> | undefined {
    return this.#rows.get(author);
  }

  line(author: string, subject: string): Line | undefined {
    return this.#rows.get(author)?.get(subject);
  }

  subjects(author: string): string[] {
    return [...(this.#rows.get(author)?.keys() ?? [])];
  }

  *into(subject: string): Iterable<Line & { author: string }> {
    for (const [author, row] of this.#rows) {
      const line = row.get(subject);
      if (line !== undefined) yield { author, ...line };
    }
  }

  *all(): Iterable<[author: string, subject: string, line: Line]> {
    for (const [author, row] of this.#rows) for (const [subject, line] of row) yield [author, subject, line];
  }
}
