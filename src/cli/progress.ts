// Progress on standard error, when something takes longer than a second: on a terminal one line that changes, with a bar where it is
// known how much there is; elsewhere a line for every change.
import { showSize } from '../lib/amounts.ts';
import { systemClock } from '../lib/clock.ts';
import { clearLine, isTerminal, printError, showLine } from '../lib/terminal.ts';
import { SECOND_MS } from '../lib/units.ts';

const BAR_CELLS = 20;

/** Says what is being waited for; nothing at all when it ends within a second. */
export class Progress {
  #text: string;
  #share: number | undefined;
  #shown = false;
  readonly #timer: NodeJS.Timeout;

  constructor(text: string) {
    this.#text = text;
    this.#timer = setTimeout(() => this.#show(), SECOND_MS);
  }

  /** Says something new; `share` is how much of it is done, from 0 to 1, where that is known. */
  say(text: string, share?: number): void {
    if (text === this.#text && share === this.#share) return;
    this.#text = text;
    this.#share = share;
    if (this.#shown) this.#show();
  }

  end(): void {
    clearTimeout(this.#timer);
    clearLine();
  }

  #show(): void {
    this.#shown = true;
    if (!isTerminal('stderr')) printError(`${this.#text} …`);
    else if (this.#share === undefined) showLine(`${this.#text} …`);
    else showLine(`${showBar(this.#share)} ${this.#text}`);
  }
}

/** `[######··············]  31 %`. */
function showBar(share: number): string {
  const done = Math.min(1, Math.max(0, share));
  const cells = Math.floor(done * BAR_CELLS);
  const percent = String(Math.floor(done * 100)).padStart(3);
  return `[${'#'.repeat(cells)}${'·'.repeat(BAR_CELLS - cells)}] ${percent} %`;
}

/** How often a line of progress is written anew. */
const EVERY_MS = 500;

/** How much was copied, on one line of a terminal; nothing where there is none, or where it ends within a second. */
export class CopyProgress {
  readonly #startMs = systemClock.monotonicMs();
  #bytes = 0;
  #shownMs = this.#startMs + SECOND_MS - EVERY_MS;

  add(bytes: number): void {
    this.#bytes += bytes;
    const nowMs = systemClock.monotonicMs();
    if (!isTerminal('stderr') || nowMs < this.#shownMs + EVERY_MS) return;
    this.#shownMs = nowMs;
    const perSecond = (this.#bytes / (nowMs - this.#startMs)) * SECOND_MS;
    showLine(`copied ${showSize(this.#bytes)}, ${showSize(Math.round(perSecond))}/s`);
  }

  end(): void {
    clearLine();
  }
}
