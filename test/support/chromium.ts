// A real browser: that of the machine, or Debian's where the tests may install it.
import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './debian.ts';

const execute = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

async function found(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of NAMES) {
    const path = await findProgram(name, folders);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The path of the browser; undefined, with a word about it, where there is none and none can be installed. */
export async function findChromium(): Promise<string | undefined> {
  const path = await found();
  if (path !== undefined) return path;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await execute('apt-get', ['update', '-qq'], { env }).catch(() => {});
  const installed = await execute(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
    { env },
  ).then(found, () => undefined);
  if (installed === undefined)
    console.error('SKIPPED: no test with a real browser ran. Install chromium ("apt-get install chromium").');
  return installed;
}
