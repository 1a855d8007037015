// How a person calls this program: messages name commands that work where they are read.
import { existsSync } from 'node:fs';

/** How the program is called in a clone, where nothing is installed, and wherever `npx` started it; else by its name. */
export function programName({ isClone, isNpx }: { isClone: boolean; isNpx: boolean }): string {
  return isClone || isNpx ? 'npx tallymesh' : 'tally';
}

/** The words before a verb, as in `npx tallymesh up`. The published package has no lockfile. */
export const TALLY = programName({
  isClone: existsSync(new URL('../../package-lock.json', import.meta.url)),
  isNpx: process.env.npm_command === 'exec',
});
