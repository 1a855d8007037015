// What the demo tells: numbered steps and aligned figures, plain where nobody watches.

import { painted, print } from '../../lib/terminal.ts';

const FIGURE_WIDTH = 18;

/** Writes the story to standard output. */
export class Teller {
  #step = 0;

  /** A new step of the story. */
  step(title: string): void {
    this.#step += 1;
    print(`\n${painted('bold', `${this.#step}. ${title}`)}`);
  }

  /** A sentence. */
  say(text: string): void {
    print(`   ${text}`);
  }

  /** A figure with its name. */
  figure(name: string, value: string): void {
    print(`   ${name.padEnd(FIGURE_WIDTH)} ${value}`);
  }

  /** The last line. */
  end(text: string): void {
    print(`\n${painted('bold', text)}`);
  }
}
