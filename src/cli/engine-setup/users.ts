// The users of a private engine: one file for each use, named by the process and its start. The file of a dead process
// counts for nothing, so a crash cannot keep the engine alive. Called under the lock.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOf } from './processes.ts';

/** Notes a use by this process; the name returned ends it. */
export async function addUser(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = [process.pid, await startOf(process.pid), randomUUID()].join('.');
  await writeFile(join(folder, name), '');
  return name;
}

/** Ends a use, and says how many there still are. */
export async function removeUser(folder: string, name: string): Promise<number> {
  await rm(join(folder, name), { force: true });
  const names = await readdir(folder).catch(() => []);
  const living = await Promise.all(names.map((each) => livesOn(folder, each)));
  return living.filter(Boolean).length;
}

async function livesOn(folder: string, name: string): Promise<boolean> {
  const [pid, start] = name.split('.');
  if ((await startOf(Number(pid))) === start) return true;
  await rm(join(folder, name), { force: true });
  return false;
}
