import { describe, expect, it } from 'vitest';
import { drawTerminal } from '../../tools/picture.ts';

/** The text of every line that is drawn. */
function drawnLines(svg: string): string[] {
  const lines = [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, line = '']) => line);
  return lines.map((line) =>
    [...line.matchAll(/<tspan [^>]*>([^<]*)<\/tspan>/g)].map(([, words]) => words).join('|'),
  );
}

const heightOf = (svg: string) => Number(/ height="(\d+)"/.exec(svg)?.[1]);

describe('the picture of a terminal', () => {
  it('shows the command and each column of what it printed, at its place', () => {
    const svg = drawTerminal('npm run demo', '1. A step\n   name      a value\n\nDone.\n');
    expect(drawnLines(svg)).toEqual(['$ npm run demo', '1. A step', 'name|a value', 'Done.']);
    const places = [...svg.matchAll(/<tspan x="([\d.]+)"/g)].map(([, x]) => Number(x));
    const advance = (places[3]! - places[2]!) / 10;
    expect(places[2]! - places[1]!).toBeCloseTo(3 * advance, 0);
  });

  it('is no markup where the text looks like it, and has no control characters', () => {
    const svg = drawTerminal('a "b" & c', '<script>\u001b[31mred\u001b[0m\u0007 &amp;\nold\rnew');
    expect(drawnLines(svg).slice(1)).toEqual(['&lt;script&gt;red &amp;amp;', 'new']);
    expect(svg).toContain('aria-label="a &quot;b&quot; &amp; c"');
    expect(svg).not.toMatch(/<script|[^\n\x20-\uffff]/);
  });

  it('leaves out the middle of a long transcript and says how much', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `line ${i + 1}`);
    const drawn = drawnLines(drawTerminal('x', lines.join('\n')));
    const gap = drawn.findIndex((line) => line.startsWith('…'));
    const left = Number(/\d+/.exec(drawn[gap]!)?.[0]);
    expect(drawn.slice(1, gap)).toEqual(lines.slice(0, gap - 1));
    expect(drawn.slice(gap + 1)).toEqual(lines.slice(-3));
    expect(left).toBe(300 - (gap - 1) - 3);
    expect(left).toBeGreaterThan(100);
  });

  it('ends a long line with an ellipsis, and is as high as it has lines', () => {
    const [, line] = drawnLines(drawTerminal('x', 'y'.repeat(500)));
    expect(line).toMatch(/^y{50,150}…$/);
    expect(heightOf(drawTerminal('x', 'a\nb\nc'))).toBeGreaterThan(heightOf(drawTerminal('x', 'a')));
  });

  it('of nothing is the command alone', () => {
    expect(drawnLines(drawTerminal('true', '\n\n'))).toEqual(['$ true']);
  });
});
