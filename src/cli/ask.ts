// A question to the person at the terminal.

import { createInterface } from 'node:readline/promises';
import { harmless } from '../lib/harmless.ts';

/** What is typed; undefined where nobody sits there. */
export async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(harmless(question, { colours: false, lines: true })))
      .trim()
      .toLowerCase();
  } finally {
    terminal.close();
  }
}
