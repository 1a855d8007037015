// Running other programs: the path of a root shell, plain results.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The environment for system programs, which live outside many users' path. */
export function systemEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: [env.PATH, ...FOLDERS].filter(Boolean).join(':') };
}

/** Output of a program; rejects when it fails. */
export async function run(program: string, args: readonly string[], env = process.env): Promise<string> {
  const { stdout } = await execute(program, [...args], { env: systemEnv(env), maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Output of a program, or nothing when it fails: for looking, and for clean-up that may find nothing to do. */
export async function tryRun(program: string, args: readonly string[]): Promise<string> {
  return run(program, args).catch(() => '');
}

/** Whether a program is installed. */
export async function installed(program: string): Promise<boolean> {
  const places = FOLDERS.map((folder) => access(join(folder, program), constants.X_OK));
  return Promise.any(places).then(
    () => true,
    () => false,
  );
}
