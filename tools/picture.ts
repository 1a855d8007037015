// Draws a terminal as SVG from the text that a command printed, for the README:
//   npm run --silent demo | node tools/picture.ts 'npm run demo' > docs/demo.svg
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

/** Of the picture, in pixels. The advance of a character is given to the renderer, whichever font it finds. */
const ADVANCE = 7.8;
const LINE = 18;
const MARGIN = 20;
const BAR = 36;

/** Longer transcripts lose their middle, longer lines their end. */
const MAX_LINES = 100;
const LAST_LINES = 3;
const MAX_COLUMNS = 120;

const COLOURS = { window: '#0d1117', edge: '#30363d', bar: '#161b22', text: '#c9d1d9', step: '#79c0ff' };
const DOTS = ['#ff5f56', '#ffbd2e', '#27c93f'];
const FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An SVG of a terminal in which `command` printed `transcript`; a line says so where lines are left out. */
export function drawTerminal(command: string, transcript: string): string {
  const lines = shorten([`$ ${command}`, ...plainLines(transcript)]).map(shortenLine);
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(columns * ADVANCE + 2 * MARGIN);
  const height = BAR + lines.length * LINE + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(command)}">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${COLOURS.window}" stroke="${COLOURS.edge}"/>`,
    `<path d="M1 ${BAR}V9a8 8 0 0 1 8-8H${width - 9}a8 8 0 0 1 8 8V${BAR}z" fill="${COLOURS.bar}"/>`,
    ...DOTS.map((fill, i) => `<circle cx="${MARGIN + i * 20}" cy="${BAR / 2}" r="6" fill="${fill}"/>`),
    `<g font-family="${FONT}" font-size="13" fill="${COLOURS.text}">`,
    ...lines.flatMap(drawLine),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** What a person saw: without colours, without what a carriage return overwrote, without empty lines at the ends. */
function plainLines(transcript: string): string[] {
  const lines = transcript.replaceAll('\r\n', '\n').split('\n');
  const seen = lines.map((line) => withoutControls(line.split('\r').at(-1) ?? '').trimEnd());
  const first = seen.findIndex((line) => line !== '');
  const last = seen.findLastIndex((line) => line !== '');
  return first < 0 ? [] : ['', ...seen.slice(first, last + 1)];
}

function withoutControls(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const plain = line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\t', '        ');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
  return plain.replace(/[\u0000-\u001f\u007f]/g, '');
}

/** The beginning and the last few lines, and between them how many are missing. */
function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines;
  const head = lines.slice(0, MAX_LINES - LAST_LINES - 1);
  const left = lines.length - head.length - LAST_LINES;
  return [...head, `   … ${left} lines left out …`, ...lines.slice(-LAST_LINES)];
}

function shortenLine(line: string): string {
  return line.length <= MAX_COLUMNS ? line : `${line.slice(0, MAX_COLUMNS - 1)}…`;
}

/** One line of text, each of its columns at a place of its own; steps and the command stand out. */
function drawLine(line: string, index: number): string[] {
  const columns = [...line.matchAll(/\S+(?: \S+)*/g)];
  if (columns.length === 0) return [];
  const stands = /^(?:\$ |\d+\. )/.test(line) ? ` fill="${COLOURS.step}" font-weight="bold"` : '';
  const y = BAR + MARGIN + index * LINE + 13;
  return [`<text y="${y}"${stands}>${columns.map(drawColumn).join('')}</text>`];
}

function drawColumn({ 0: words, index }: RegExpExecArray): string {
  const x = (MARGIN + index * ADVANCE).toFixed(1);
  const length = (words.length * ADVANCE).toFixed(1);
  return `<tspan x="${x}" textLength="${length}">${escapeXml(words)}</tspan>`;
}

function escapeXml(words: string): string {
  return words.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(drawTerminal(process.argv[2] ?? '', await text(process.stdin)));
}
