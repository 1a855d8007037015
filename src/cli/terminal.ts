// The terminal of whoever runs tally, given to a program elsewhere for a while: as it is typed, and as it was before when that ends,
// however it ends.
import type { TerminalSize } from '../lib/program-io.ts';

/** What a program that is cut off leaves: another screen, a hidden cursor, colours, a mouse that is reported, marked pastes. */
const AS_USUAL =
  '\x1b[?1049l\x1b[?25h\x1b[0m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>';

const SIZE_USUAL: TerminalSize = { rows: 24, columns: 80 };

/** What ends tally from outside, with the exit codes that shells give such an end. */
const ENDS = { SIGHUP: 129, SIGTERM: 143 } as const;

/** The size of the terminal here, or what terminals usually have. */
export function terminalSize(): TerminalSize {
  const { rows, columns } = process.stdout;
  return rows > 0 && columns > 0 ? { rows, columns } : SIZE_USUAL;
}

/** Calls back with each new size; the function returned ends that. */
export function onResize(tell: (size: TerminalSize) => void): () => void {
  const listener = () => tell(terminalSize());
  process.stdout.on('resize', listener);
  return () => process.stdout.off('resize', listener);
}

/**
 * Has every key go to the program, Ctrl-C too; nothing where nobody sits at standard input. The function returned undoes it; a program
 * that was cut off cannot tidy up, so that is done too.
 */
export function giveKeys(): (wasCutOff: boolean) => void {
  const { stdin } = process;
  if (stdin.isTTY !== true) return () => {};
  stdin.setRawMode(true);
  let isRestored = false;
  const restore = (wasCutOff: boolean) => {
    if (isRestored) return;
    isRestored = true;
    process.off('exit', onExit);
    for (const [name, listener] of listeners) process.off(name, listener);
    stdin.setRawMode(false);
    if (wasCutOff && process.stdout.isTTY === true) process.stdout.write(AS_USUAL);
  };
  const onExit = () => restore(true);
  const listeners = Object.entries(ENDS).map(
    ([name, code]) => [name as NodeJS.Signals, () => process.exit(code)] as const,
  );
  process.once('exit', onExit);
  for (const [name, listener] of listeners) process.once(name, listener);
  return restore;
}
