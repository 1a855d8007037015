// The command line as a program: run to its end in a process of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));

/** What it said on both outputs, and its exit code. */
export interface Said {
  readonly code: number;
  readonly said: string;
}

/** Runs `tally` with these arguments, and these variables beside the test's own. */
export function tally(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, [TALLY, ...args], options, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr });
    });
  });
}

/** What `tally doctor` finds in a home; the lock of a ledger says nothing to the process that holds it. */
export async function doctor(
  home: string,
): Promise<{ check: string; ok: boolean; detail: string; next?: string }[]> {
  return JSON.parse((await tally({}, '--json', '--home', home, 'doctor')).said);
}
