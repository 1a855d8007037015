// Where a reader stands in the log of one copy. A log is asked for by its last lines, so after a break the same lines come again:
// those that the reader has had are told from those that it has not.
import type { LogLineItem } from '../../../overlay/protocols/logs.ts';
import { isMark } from '../../../runtime/log-line.ts';

/** So many lines of one time are told apart: a volunteer can give all of its lines one time. */
const MOST_LATEST = 1_024;

/** So many words of peers are told apart. */
const MOST_MARKS = 64;

export class Bookmark {
  /** Time of the latest line, by the clock of the volunteer. */
  #atMs = 0;
  /** The lines of that time. */
  #latest: string[] = [];
  /** Of those, the ones that are still to come again; undefined once the reader has caught up. */
  #again: string[] | undefined;
  /** How many more lines can be from before the break. */
  #mostBefore = 0;
  #isFirst = false;
  /** What peers said between the lines. */
  readonly #marks: string[] = [];

  /** The log is read anew, with so many of its last lines. */
  resume(tail: number): void {
    const hasBegun = this.#latest.length > 0;
    this.#again = hasBegun ? [...this.#latest] : undefined;
    this.#mostBefore = tail;
    this.#isFirst = hasBegun;
  }

  /** Whether this line is one that the reader has not had; it has it from now on. */
  take(line: LogLineItem): 'had' | 'new' | 'after-gap' {
    if (isMark(line)) return this.#takeMark(line);
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.#hasHad(line)) return 'had';
    // The reader's last line would have come before it, had it been among those that were asked for
    const isAfterGap = isFirst && line.atMs > this.#atMs;
    this.#note(line);
    return isAfterGap ? 'after-gap' : 'new';
  }

  /** What a peer says between the lines has no place among them. */
  #takeMark({ atMs, text }: LogLineItem): 'had' | 'new' {
    const key = `${atMs} ${text}`;
    if (this.#again !== undefined || this.#marks.includes(key)) return 'had';
    this.#marks.push(key);
    if (this.#marks.length > MOST_MARKS) this.#marks.shift();
    return 'new';
  }

  #hasHad(line: LogLineItem): boolean {
    if (this.#again === undefined) return false;
    const key = keyOf(line);
    const isBefore = line.atMs < this.#atMs;
    const index = line.atMs === this.#atMs ? this.#again.indexOf(key) : -1;
    if (index >= 0) this.#again.splice(index, 1);
    this.#mostBefore -= 1;
    const isOver = this.#again.length === 0 || line.atMs > this.#atMs || this.#mostBefore <= 0;
    if (isOver) this.#again = undefined;
    return isBefore || index >= 0;
  }

  #note(line: LogLineItem): void {
    if (line.atMs < this.#atMs) return;
    if (line.atMs > this.#atMs) this.#latest = [];
    this.#atMs = line.atMs;
    this.#latest.push(keyOf(line));
    if (this.#latest.length > MOST_LATEST) this.#latest.shift();
  }
}

function keyOf({ stream, text }: LogLineItem): string {
  return `${stream} ${text}`;
}
