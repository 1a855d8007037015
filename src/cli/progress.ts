// Progress on standard error, when something takes longer than a second.
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
