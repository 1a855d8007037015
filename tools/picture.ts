// Makes a picture of a terminal from what a program printed: node tools/picture.ts TITLE < transcript > picture.svg.
// The demo's picture is made so: npm run demo > transcript, then node tools/picture.ts 'npm run demo' < transcript.
import { text } from 'node:stream/consumers';

const COLUMNS = 118;
const MAX_LINES = 96;
const CELL = { width: 7.6, height: 17 };
const MARGIN = 18;
const TITLE_HEIGHT = 34;

const escaped = (line: string) =>
  line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').slice(0, COLUMNS);

/** The lines that fit, the middle of a long transcript left out and said so. */
function fitting(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  const half = Math.floor(MAX_LINES / 2);
  const left = lines.length - 2 * half;
  return [...lines.slice(0, half), `   … ${left} lines …`, ...lines.slice(-half)];
}

/** A step of the demo is bold, as in the terminal. */
function row(line: string, index: number): string {
  const y = TITLE_HEIGHT + MARGIN + index * CELL.height;
  const isStep = /^\d+\. |^Done/.test(line);
  return `<text x="${MARGIN}" y="${y}"${isStep ? ' class="step"' : ''}>${escaped(line)}</text>`;
}

function picture(title: string, transcript: string): string {
  const lines = fitting(transcript.trimEnd().split('\n'));
  const width = Math.ceil(2 * MARGIN + COLUMNS * CELL.width);
  const height = TITLE_HEIGHT + 2 * MARGIN + lines.length * CELL.height;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${20 + index * 20}" cy="17" r="6" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title} in a terminal">`,
    '<style>text{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d6deeb;white-space:pre}',
    '.step{font-weight:bold;fill:#fff}.title{fill:#8b949e}</style>',
    `<rect width="${width}" height="${height}" rx="9" fill="#161b22"/>`,
    `<rect width="${width}" height="${TITLE_HEIGHT}" rx="9" fill="#21262d"/>`,
    ...dots,
    `<text x="${width / 2}" y="21" text-anchor="middle" class="title">${escaped(title)}</text>`,
    ...lines.map(row),
    '</svg>',
  ].join('\n');
}

process.stdout.write(`${picture(process.argv[2] ?? '', await text(process.stdin))}\n`);
