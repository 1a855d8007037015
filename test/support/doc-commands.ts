// The commands that the documentation gives, as a person would type them: lines of fenced blocks.
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Blocks in another language than the shell's show something else than commands. */
const SHELL = ['', 'sh', 'bash', 'console'];

/** The command lines of a page, in order; comments are no part of them. Throws where a block is not closed. */
export function commandsOf(markdown: string): string[] {
  const commands: string[] = [];
  let language: string | undefined;
  for (const line of markdown.split('\n')) {
    const fence = /^\s*```\s*(\S*)/.exec(line);
    if (fence !== null) language = language === undefined ? (fence[1] ?? '') : undefined;
    else if (language !== undefined && SHELL.includes(language)) commands.push(withoutComment(line));
  }
  if (language !== undefined) throw new Error('a block is not closed');
  return commands.filter((command) => command !== '');
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)#\s.*$/, '').trim();
}

/** The commands of the README and of every page in docs, by page. */
export async function readCommands(): Promise<Map<string, string[]>> {
  const pages = new Map<string, string[]>();
  for await (const page of glob(['README.md', 'docs/**/*.md'], { cwd: PROJECT }))
    pages.set(page, commandsOf(await readFile(join(PROJECT, page), 'utf8')));
  return pages;
}
