// What the demo tells: numbered steps and aligned figures, plain where nobody watches.

const FIGURE_WIDTH = 18;

/** Writes the story to standard output. */
export class Teller {
  readonly #bold: (text: string) => string;
  #step = 0;

  constructor(colours: boolean) {
    this.#bold = colours ? (text) => `\u001b[1m${text}\u001b[0m` : (text) => text;
  }

  /** A new step of the story. */
  step(title: string): void {
    this.#step += 1;
    console.log(`\n${this.#bold(`${this.#step}. ${title}`)}`);
  }

  /** A sentence. */
  say(text: string): void {
    console.log(`   ${text}`);
  }

  /** A figure with its name. */
  figure(name: string, value: string): void {
    console.log(`   ${name.padEnd(FIGURE_WIDTH)} ${value}`);
  }

  /** The last line. */
  end(text: string): void {
    console.log(`\n${this.#bold(text)}`);
  }
}

/** Whether standard output is a terminal whose owner wants colours (no-color.org). */
export function wantsColours(env: NodeJS.ProcessEnv): boolean {
  return process.stdout.isTTY === true && (env.NO_COLOR ?? '') === '';
}
