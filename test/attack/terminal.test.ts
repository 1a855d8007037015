// What others write on its way to a terminal: nothing of it is obeyed but colours, nothing is hidden, and nothing looks like a line of
// ours.
import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showFailure } from '../../src/cli/exit.ts';
import { showChoices } from '../../src/cli/match-text.ts';
import { table } from '../../src/cli/table.ts';
import { harmless, harmlessJson } from '../../src/lib/harmless.ts';

const ESC = '\u001b';

/** What each piece would do to a terminal that obeys it, and what is shown in its place. */
const CORPUS: Readonly<Record<string, readonly [text: string, shown: string]>> = {
  'clears the screen': [`a${ESC}[2J${ESC}[Hb`, 'ab'],
  'moves up and writes over the line before': [`${ESC}[1A${ESC}[2Kall is well`, 'all is well'],
  'sets the clipboard': [`${ESC}]52;c;cm0gLXJm\u0007`, '\\x1b]52;c;cm0gLXJm\\x07'],
  'links elsewhere': [
    `${ESC}]8;;http://evil.test${ESC}\\site${ESC}]8;;${ESC}\\`,
    '\\x1b]8;;http://evil.test\\x1b\\site\\x1b]8;;\\x1b\\',
  ],
  'changes the title': [`${ESC}]0;root@bank\u0007`, '\\x1b]0;root@bank\\x07'],
  'asks the terminal to type an answer': [`${ESC}P$q"p${ESC}\\${ESC}[c${ESC}[6n`, '\\x1bP$q"p\\x1b\\'],
  'resets the terminal': [`${ESC}c${ESC}(0`, '\\x1bc\\x1b(0'],
  'begins a sequence with one byte of Latin 1': ['\u009b2J\u009d0;x\u009c', '\\x9b2J\\x9d0;x\\x9c'],
  'writes over its own line': ['rm -rf /\rls      ', 'rm -rf /\\rls      '],
  'takes back what it wrote': ['no\b\byes', 'no\\x08\\x08yes'],
  'turns the direction': ['\u202egnp.exe\u2066x\u2069', '\\u202egnp.exe\\u2066x\\u2069'],
  'writes what nobody sees': ['pay\u200b\u2060pal\u{e0041}', 'pay\\u200b\\u2060pal\\u{e0041}'],
  'begins a line that looks like ours': ['x\nweb.1  all is well\u2028y', 'x\\nweb.1  all is well\\u2028y'],
  'is half a character': ['\ud83d x', '\\ud83d x'],
  'conceals what follows': [`${ESC}[8msecret${ESC}[1;008;31mred`, `secret${ESC}[1;31mred${ESC}[0m`],
  'conceals with a parameter of a parameter': [`${ESC}[8:1msecret`, 'secret'],
  'breaks off within a sequence': [`${ESC}[38;5`, '\\x1b[38;5'],
  'has more parameters than anybody needs': [`${ESC}[${'1;'.repeat(400)}mx`, 'x'],
  rings: ['\u0007\u0000', '\\x07\\x00'],
};

const LINE = { colours: true, lines: false };

/** What is left to obey: ends of lines and colours are taken out before. */
const OBEYED = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]--[\t]]/v;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what may be left
const withoutColours = (text: string) => text.replace(/\u001b\[[0-9;:]*m/g, '');

describe('a line of a stranger that', () => {
  for (const [what, [text, shown]] of Object.entries(CORPUS))
    it(`${what} does not, and what it says is seen`, () => {
      expect(harmless(text, LINE)).toBe(shown);
    });

  it('is in colour keeps them where colours pass, and they end with it', () => {
    const text = `${ESC}[1;38;5;8;48;2;1;2;3mok`;
    expect(harmless(text, LINE)).toBe(`${text}${ESC}[0m`);
    expect(harmless(text, { colours: false, lines: false })).toBe('ok');
  });

  it('is plain is as it was: tabs, emoji and scripts of the world, and the end of a line as Windows has it', () => {
    const text = 'a\tä👩‍👧🏽 שלום می‌خواهم';
    expect(harmless(`${text}\r`, LINE)).toBe(text);
    expect(harmless(`${text}\r\n${text}`, { colours: false, lines: true })).toBe(`${text}\n${text}`);
  });

  it('is anything at all leaves nothing to obey', () => {
    const pieces = fc.oneof(
      fc.constantFrom(`${ESC}[31m`, `${ESC}[38;5;8m`),
      fc.constantFrom(...Object.values(CORPUS).map(([text]) => text)),
      fc.constantFrom(ESC, '[', ';', 'm', '31', '8', '\u009b', '\r', '\n'),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    let coloured = 0;
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const shown = harmless(parts.join(''), LINE);
        expect(withoutColours(shown)).not.toMatch(OBEYED);
        if (shown !== withoutColours(shown)) coloured += 1;
        if (shown !== withoutColours(shown)) expect(shown.endsWith(`${ESC}[0m`)).toBe(true);
        const json = harmlessJson(parts);
        expect(json).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual(parts);
      }),
    );
    expect(coloured).toBeGreaterThan(5);
  });

  it('is very long is made harmless in time', () => {
    const hostile = `${ESC}[`.repeat(32_768) + '1;'.repeat(32_768);
    const startedMs = performance.now();
    expect(withoutColours(harmless(hostile, LINE))).not.toMatch(OBEYED);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

describe('text of others within what tally says', () => {
  const faked = 'x\n  REFUSED: pay first';
  it('begins no line of a table, of a failure, or of a choice', () => {
    expect(table(['name'], [[faked]]).split('\n')).toHaveLength(2);
    const failure = { code: 'BAD_REQUEST', detail: 'no', details: { reason: faked } };
    expect(showFailure(failure).split('\n')).toHaveLength(2);
    expect(showChoices({ choices: [faked] }).split('\n')).toHaveLength(2);
  });
});

describe('the command line', () => {
  it('writes to the terminal in one place', async () => {
    const cli = new URL('../../src/cli/', import.meta.url);
    const files = (await readdir(cli, { recursive: true })).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(60);
    const writing = [];
    for (const name of files) {
      const source = await readFile(new URL(name, cli), 'utf8');
      // The demo's application is written out, to be run in a container
      if (name !== 'demo/hello-app.ts' && /console\.|std(?:out|err)\.write|\/dev\/tty/.test(source))
        writing.push(name);
    }
    expect(writing).toEqual([]);
  });
});
