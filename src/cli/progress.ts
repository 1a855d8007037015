// Progress on standard error, when something takes longer than a second.
import { showSize } from '../lib/amounts.ts';
import { systemClock } from '../lib/clock.ts';
import { SECOND_MS } from '../lib/units.ts';

/** Says what is being waited for; nothing at all when it ends within a second. */
export class Progress {
  #text = '';
  #shown = false;
  readonly #timer: NodeJS.Timeout;

  constructor(text: string) {
    this.#text = text;
    this.#timer = setTimeout(() => this.#show(), SECOND_MS);
  }

  /** Says something new. */
  say(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    if (this.#shown) this.#show();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #show(): void {
    this.#shown = true;
    console.error(`${this.#text} …`);
  }
}

/** How often a line of progress is written anew. */
const EVERY_MS = 500;

/** How much was copied, on one line of a terminal; nothing where there is none, or where it ends within a second. */
export class CopyProgress {
  readonly #startMs = systemClock.monotonicMs();
  #bytes = 0;
  #shownMs = this.#startMs + SECOND_MS - EVERY_MS;
  #isShown = false;

  add(bytes: number): void {
    this.#bytes += bytes;
    const nowMs = systemClock.monotonicMs();
    if (process.stderr.isTTY !== true || nowMs < this.#shownMs + EVERY_MS) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    const perSecond = (this.#bytes / (nowMs - this.#startMs)) * SECOND_MS;
    process.stderr.write(`\r\x1b[Kcopied ${showSize(this.#bytes)}, ${showSize(Math.round(perSecond))}/s`);
  }

  /** Makes room for another line. */
  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
    this.#isShown = false;
  }

  end(): void {
    this.clear();
  }
}
