// Tables for people: plain columns without borders, so that they survive a pipe.
import Table from 'cli-table3';
import { painted } from '../lib/terminal.ts';

const BORDERS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
];

/** Rows under their heads, two spaces between the columns. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  // A cell may be somebody else's text: it begins no row
  const cells = rows.map((row) => row.map((cell) => String(cell).replace(/\s*\n\s*/g, ' ')));
  return draw([heads.map((head) => painted('bold', head.toUpperCase())), ...cells]);
}

/** Names and values, a line each; what is undefined is left out. */
export function list(entries: Readonly<Record<string, string | number | undefined>>): string {
  return draw(
    Object.entries(entries).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function draw(rows: readonly (readonly (string | number)[])[]): string {
  const drawn = new Table({
    chars: { ...Object.fromEntries(BORDERS.map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  drawn.push(...rows.map((row) => row.map(String)));
  return drawn.toString().replace(/[ ]+$/gm, '');
}
