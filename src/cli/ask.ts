// A question to the person at the terminal.
import { createInterface } from 'node:readline/promises';

/** What is typed; undefined where nobody sits there. */
export async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim().toLowerCase();
  } finally {
    terminal.close();
  }
}
