// What messages call the program: a command that works where it is read.
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { describeError, ERROR_CODES } from '../../src/lib/errors.ts';
import { programName, TALLY } from '../../src/lib/program.ts';

describe('the program', () => {
  it.each([
    [true, false, 'npx tallymesh'],
    [true, true, 'npx tallymesh'],
    [false, true, 'npx tallymesh'],
    [false, false, 'tally'],
  ])('in a clone (%s), started by npx (%s), is called %s', (isClone, isNpx, name) => {
    expect(programName({ isClone, isNpx })).toBe(name);
  });

  it('is called so in every message and every help of this clone', async () => {
    expect(TALLY).toBe('npx tallymesh');
    const sentences = ERROR_CODES.map((code) => describeError(code).sentence);
    const helps: string[] = [];
    const read = (command: Command) => {
      helps.push(command.helpInformation());
      for (const each of command.commands) read(each);
    };
    read(await createProgram(VERBS.map(({ name }) => name)));
    expect([...sentences, ...helps].join('\n')).toContain('npx tallymesh up');
    for (const text of [...sentences, ...helps])
      expect(text).not.toMatch(/(?<!npx )\btally (?=[a-z]+\b["`. )])/);
  });
});
