// The terminal of whoever runs tally, given to a program elsewhere for a while: as it is typed, and as it was before when that ends,
// however it ends.
import type { TerminalSize } from '../lib/program-io.ts';
import { takeBack } from '../lib/terminal.ts';

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
    if (wasCutOff) takeBack();
  };
  const onExit = () => restore(true);
  const listeners = Object.entries(ENDS).map(
    ([name, code]) => [name as NodeJS.Signals, () => process.exit(code)] as const,
  );
  process.once('exit', onExit);
  for (const [name, listener] of listeners) process.once(name, listener);
  return restore;
}
