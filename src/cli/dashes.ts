// The dashes before a command that is not ours.
import type { Command } from 'commander';
import { printError } from '../lib/terminal.ts';

/** Has a verb say where they belong where it meets an option that it does not know: that is mostly one of the command. */
export function sayWhereDashesBelong(verb: Command, sentence: string): void {
  verb.exitOverride((error) => {
    if (error.code === 'commander.unknownOption') printError(sentence);
    throw error;
  });
}
