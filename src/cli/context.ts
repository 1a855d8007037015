// What every verb needs: the home folder, and whether people or programs read the answer.

import type { Command } from 'commander';
import { homePath } from '../home-path.ts';
import { print, printJson } from '../lib/terminal.ts';

export interface Context {
  /** Path of the home folder. */
  readonly home: string;
  /** Whether to answer with JSON. */
  readonly json: boolean;
}

/** The context of a command, from the options that all verbs share. */
export function contextOf(command: Command): Context {
  const { home, json } = command.optsWithGlobals<{ home?: string; json?: boolean }>();
  return { home: homePath(home), json: json === true };
}

/** Prints the answer: one line of JSON for programs, a text for people. */
export function answer({ json }: Context, value: unknown, text: () => string): void {
  if (json) printJson(value);
  else print(text());
}
