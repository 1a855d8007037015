// Programs of Debian's packages, unpacked into the project's .tallymesh folder: nothing of the machine changes, and no service
// starts.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const FOLDER = fileURLToPath(new URL('../../.tallymesh', import.meta.url));

/** The path of a program in the first of these folders that has it. */
export async function findProgram(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/** The folders with the programs of a package, which is downloaded and unpacked; none where apt has none to give. */
export async function unpackPackage(name: string): Promise<string[]> {
  const target = join(FOLDER, name);
  const folders = [join(target, 'usr', 'bin')];
  if ((await readdir(target).catch(() => [])).length > 0) return folders;
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(`${target}-`);
  try {
    // Lists that are old, or that only root may renew, mostly do
    await execute('apt-get', ['update', '-qq']).catch(() => {});
    await execute('apt-get', ['download', '-qq', name], { cwd: folder });
    const [archive = ''] = (await readdir(folder)).filter((each) => each.endsWith('.deb'));
    await execute('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
    await rm(join(folder, archive));
    // It appears complete or not at all
    await rename(folder, target);
    return folders;
  } catch {
    await rm(folder, { recursive: true, force: true });
    return [];
  }
}

/**
 * The path of a program of the machine, whose package has its name and needs others; installed where it is missing and that is
 * allowed. Undefined where it cannot be had.
 */
export async function installedProgram(name: string): Promise<string | undefined> {
  const folders = ['/usr/bin', '/usr/local/bin'];
  const found = await findProgram(name, folders);
  if (found !== undefined) return found;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await execute('apt-get', ['update', '-qq']).catch(() => {});
  await execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env }).catch(
    () => {},
  );
  return findProgram(name, folders);
}
