// Where the command line writes. All that it shows goes through here, so that nothing that a peer, an image or a container chose
// steers a terminal: of what terminals obey only the end of a line and colours pass (harmless.ts).
import { inspect, styleText } from 'node:util';
import { harmless, harmlessJson } from './harmless.ts';

/** Colours as Node names them. */
export type Style = Parameters<typeof styleText>[0];

type Output = 'stdout' | 'stderr';

const GATE = { colours: true, lines: true };

/** Prints an answer, or a part of one. */
export function print(text: string): void {
  clearLine();
  process.stdout.write(`${harmless(text, GATE)}\n`);
}

/** Prints what is no part of the answer: failures, questions, what happens. */
export function printError(text: string): void {
  clearLine();
  process.stderr.write(`${harmless(text, GATE)}\n`);
}

/** Prints a value on one line, for programs. */
export function printJson(value: unknown): void {
  clearLine();
  process.stdout.write(`${harmlessJson(value)}\n`);
}

/** Prints what was thrown and is none of the table's errors. */
export function printThrown(error: unknown): void {
  printError(inspect(error));
}

/** Prints one line that somebody else wrote, after a text of ours. */
export function printLine(output: Output, line: string, before = ''): void {
  clearLine();
  process[output].write(`${before}${harmless(line, { colours: hasColours(output), lines: false })}\n`);
}

/** Writes text that is whole with its ends of lines, as a library made it. */
export function write(output: Output, text: string): void {
  process[output].write(harmless(text, GATE));
}

/** Prints one line that somebody else wrote as it is, for programs; never to a terminal. */
export function printRaw(output: Output, line: string): void {
  if (isTerminal(output)) throw new Error('raw text of somebody else on its way to a terminal');
  process[output].write(`${line}\n`);
}

/**
 * Passes bytes on as they are, and waits until they are on their way: of a program that was given this terminal, which is its to steer then, and of files
 * on their way to other programs.
 */
export function passOn(output: Output, bytes: Uint8Array): Promise<void> {
  // Where nobody reads any more, the output says so itself
  return new Promise((resolve) => process[output].write(bytes, () => resolve()));
}

/** What a program that is cut off leaves: another screen, a hidden cursor, colours, a mouse that is reported, marked pastes. */
const AS_USUAL =
  '\u001b[?1049l\u001b[?25h\u001b[0m\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[?1l\u001b>';

/** Brings the terminal back to what it was before a program had it. */
export function takeBack(): void {
  if (isTerminal('stdout')) process.stdout.write(AS_USUAL);
}

/** Ends this process once nobody reads what it writes any more, as with `| head`. */
export function endWithReader(): void {
  for (const output of ['stdout', 'stderr'] as const)
    process[output].on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
}

/** Whether somebody looks at it. */
export function isTerminal(output: Output): boolean {
  return process[output].isTTY === true;
}

/** Whether it takes colours: a terminal whose owner has not set NO_COLOR, or whatever it is with FORCE_COLOR. */
function hasColours(output: Output = 'stdout'): boolean {
  return painted('red', 'x', output) !== 'x';
}

/** The text in a style, where the output takes colours. */
export function painted(style: Style, text: string, output: Output = 'stdout'): string {
  return styleText(style, text, { stream: process[output] });
}

/** Shows the text in place of all that the screen has. */
export function showScreen(text: string): void {
  process.stdout.write('\u001b[H\u001b[2J');
  print(text);
}

/** Whether the line at the cursor shows something that passes. */
let isLineShown = false;

/** Shows the text on standard error in a line that what is printed next takes the place of, as far as there is room. */
export function showLine(text: string): void {
  const room = Math.max(1, (process.stderr.columns ?? 80) - 1);
  const line = harmless(text, { colours: false, lines: false });
  process.stderr.write(`\r${[...line].slice(0, room).join('')}\u001b[K`);
  isLineShown = true;
}

/** Clears the line that `showLine` showed. */
export function clearLine(): void {
  if (isLineShown) process.stderr.write('\r\u001b[K');
  isLineShown = false;
}
