// Images of real software, made of Debian's packages the way public images are: they begin as root, prepare their files, and drop
// to a user of their own. Packages are unpacked and not configured; what their scripts would do, an image's entrypoint does.
import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { buildFrom } from './image.ts';

const run = promisify(execFile);
const ARCHIVES = fileURLToPath(new URL('../../.tallymesh/debian', import.meta.url));

/** A shell, the usual commands, `setpriv` to drop from root, and users. */
const BASE = ['base-files', 'base-passwd', 'dash', 'coreutils', 'util-linux', 'libc-bin'];
/** What nothing here reads, and most of the size. */
const LEFT_OUT = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'usr/share/perl'];

export interface DebianImage {
  readonly name: string;
  readonly packages: readonly string[];
  /** Names of users to add, whose numbers begin at 900. */
  readonly users?: readonly string[];
  /** Files by their path; programs, those with `#!`, are made executable. */
  readonly files: Readonly<Record<string, string>>;
  /** Instructions of a Dockerfile. */
  readonly changes: readonly string[];
}

/** Makes the image in an engine. Throws where apt has no packages to give. */
export async function importDebian(docker: Docker, image: DebianImage): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'tallymesh-debian-'));
  try {
    await unpack(await download(image), root);
    await addUsers(root, image.users ?? []);
    for (const [path, text] of Object.entries(image.files)) await addFile(join(root, path), text);
    const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const base = `${image.name}-base`;
    const [repo, tag] = base.split(':');
    const progress = await docker.importImage(tar.stdout, { repo, tag });
    await finished(progress.resume());
    await buildFrom(docker, base, image.name, image.changes);
    await docker.getImage(base).remove();
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const noMatter = () => {};
let lists: Promise<void> | undefined;

/** The archives of the packages and of all that they need, however much of that this machine has installed. */
async function download({ name, packages }: DebianImage): Promise<string[]> {
  const folder = join(ARCHIVES, name.replace(/\W/g, '-'));
  await mkdir(join(folder, 'partial'), { recursive: true });
  const nothing = join(folder, 'nothing-installed');
  await writeFile(nothing, '');
  // Lists that are old, or that only root may renew, mostly do
  lists ??= run('apt-get', ['update', '-qq']).then(noMatter, noMatter);
  await lists;
  const options = [`Dir::State::status=${nothing}`, `Dir::Cache::archives=${folder}`, 'Debug::NoLocking=1'];
  const args = ['install', '-qq', '-y', '--download-only', '--no-install-recommends'];
  await run('apt-get', [...args, ...options.flatMap((option) => ['-o', option]), ...BASE, ...packages]);
  return (await readdir(folder)).filter((each) => each.endsWith('.deb')).map((each) => join(folder, each));
}

async function unpack(archives: readonly string[], root: string): Promise<void> {
  for (const archive of archives) await run('dpkg-deb', ['-x', archive, root]);
  for (const folder of LEFT_OUT) await rm(join(root, folder), { recursive: true, force: true });
  await run('sh', ['-c', `rm -f ${join(root, 'usr/lib/*/libLLVM*')}`]);
  await mkdir(join(root, 'tmp'), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  for (const file of ['passwd', 'group'])
    await copyFile(join(root, `usr/share/base-passwd/${file}.master`), join(root, 'etc', file));
}

async function addUsers(root: string, users: readonly string[]): Promise<void> {
  for (const [index, user] of users.entries()) {
    const id = 900 + index;
    await writeFile(join(root, 'etc/passwd'), `${user}:x:${id}:${id}::/:/bin/sh\n`, { flag: 'a' });
    await writeFile(join(root, 'etc/group'), `${user}:x:${id}:\n`, { flag: 'a' });
  }
}

async function addFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
}
