// Text of others on one line: whatever they write, it is short, it is whole, and it steers nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastOfLine, oneLine, shortLine } from '../../src/lib/one-line.ts';

/** What a terminal obeys, what turns the direction of text, what is not seen, and half characters. */
const HOSTILE = [
  '\u001b[2J',
  '\u009b1m',
  '\r',
  '\n',
  '\u202e',
  '\u200b',
  '\u2028',
  '\ud800',
  '\udc00',
  '\u0000',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE, '🙂', 'ä', ' '), fc.string({ unit: 'binary', maxLength: 20 })))
  .map((parts) => parts.join(''));
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('text of others', () => {
  it('keeps its words, and nothing that steers a terminal', () => {
    expect(oneLine('  \u001b[31mno\r\n  such\tthing\u202e \u0000')).toBe('[31mno such thing');
    expect(shortLine('short', 5)).toBe('short');
    expect(shortLine('longer', 5)).toBe('lo…');
    expect(lastOfLine('first\nlast', 4)).toBe('…last');
    expect(lastOfLine('last\n', 4)).toBe('last');
  });

  it('is harmless and within its bound, whatever it is', () => {
    let cut = 0;
    fc.assert(
      fc.property(hostile, fc.integer({ min: 3, max: 60 }), (text, most) => {
        for (const line of [oneLine(text), shortLine(text, most), lastOfLine(text, most)]) {
          expect(line).not.toMatch(HARMFUL);
          expect(line.isWellFormed()).toBe(true);
        }
        expect(Buffer.byteLength(shortLine(text, most))).toBeLessThanOrEqual(most);
        expect(lastOfLine(text, most).length).toBeLessThanOrEqual(most + 1);
        if (shortLine(text, most).endsWith('…')) cut += 1;
      }),
    );
    expect(cut).toBeGreaterThan(5);
  });
});
