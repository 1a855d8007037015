// Which home folder is meant. A file of its own: what only asks a running peer needs no more of a home.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The home folder that is meant: the one given, TALLY_HOME, or `~/.tallymesh`. */
export function homePath(given: string | undefined): string {
  return resolve(given ?? process.env.TALLY_HOME ?? join(homedir(), '.tallymesh'));
}
