// Why a container did not start, in words for its tenant. Engines answer with the whole path of a call through their parts,
// and each version has its own; the init process of a container says it in the container's log.
import { oneLine } from '../../lib/one-line.ts';

/** The longest name in such words; it is the tenant's or its image's. */
const NAME_CHARACTERS = 200;

/** Exit codes with which the init process ends where it could not run the command: those of shells, and 1 for the rest. */
const NOT_RUN = [1, 126, 127];

/** Of a longer text the beginning and the end are read: the name in it can have any length. */
const TEXT_CHARACTERS = 2_048;

/** How a text names the program that was to be run. */
const PROGRAM = /\bexec:? (?!failed: )(?:"([^"]*)"|(.+?))(?: failed)?: /i;

/** What is said of that program, and what it means. Tried in this order. */
const OF_PROGRAM: readonly (readonly [said: RegExp, words: string])[] = [
  [/exec format error/i, 'the executable is for another architecture, or is no program'],
  [/(?:is a|not a) directory/i, 'not a file in the image'],
  [/permission denied/i, 'permission denied: the file is not executable'],
  [/not found|no such file or directory/i, 'executable not found in the image'],
];

/** Other texts, with a name where one is captured. */
const OTHERS: readonly (readonly [said: RegExp, words: string])[] = [
  [/\bno command specified/i, 'the image has no command; name one'],
  [/unable to find user ([^:]+):/i, 'no such user in the image'],
  [/unable to find group ([^:]+):/i, 'no such group in the image'],
  [
    /chdir to cwd \("([^"]*)"\).*permission denied/i,
    'permission denied: the user of the container may not enter the working directory',
  ],
  [/chdir to cwd \("([^"]*)"\)/i, 'no such working directory in the image'],
  [/cannot mkdir: (.+?) is not a directory/i, 'the working directory is not a directory'],
  [
    /lstat [^ ]*?\/(?:merged|diff|rootfs)(\/.*?): not a directory/i,
    'the working directory is not a directory',
  ],
  [/executable file [`'"]?([^`'"]+?)[`'"]? not found in \$PATH/i, 'executable not found in the image'],
];

/** What engines put before the cause. */
const PATH_OF_CALL =
  /^.*(?:starting container process caused|unable to start container process|OCI runtime error|create failed): /is;

/** The engine's text for why a container did not start, on one line and without its path through the engine. */
export function startReason(text: string): string {
  const line = endsOf(text);
  return knownReason(line) ?? line.replace(PATH_OF_CALL, '').replace(/: unknown$/, '');
}

/** Whether a container can have ended with this code without having run its program. */
export function mayNotHaveBegun(exitCode: number): boolean {
  return NOT_RUN.includes(exitCode);
}

/**
 * Why a program did not begin, from its exit code and the last line of its log; undefined where it did. That line is the
 * init process's, which runs before the program: a program that writes it speaks of itself.
 */
export function initReason(exitCode: number, lastLine: string): string | undefined {
  if (!mayNotHaveBegun(exitCode)) return undefined;
  const line = endsOf(lastLine);
  return /^\[FATAL tini \(\d+\)\] exec /.test(line) ? knownReason(line) : undefined;
}

function knownReason(line: string): string | undefined {
  const program = PROGRAM.exec(line);
  const ofProgram = program && OF_PROGRAM.find(([said]) => said.test(line));
  if (ofProgram) return withName(ofProgram[1], program[1] ?? program[2]);
  for (const [said, words] of OTHERS) {
    const found = said.exec(line);
    if (found !== null) return withName(words, found[1]);
  }
  return undefined;
}

function withName(words: string, name: string | undefined): string {
  return name === undefined ? words : `${words}: ${name.trim().slice(0, NAME_CHARACTERS)}`;
}

/** Of a long text its two ends. */
function endsOf(text: string): string {
  const half = TEXT_CHARACTERS / 2;
  return oneLine(text.length > TEXT_CHARACTERS ? `${text.slice(0, half)}${text.slice(-half)}` : text);
}
