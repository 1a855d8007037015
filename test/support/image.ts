// A test image from the machine itself: Debian's static busybox, for there may be no registry.
import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';
import { tarEntry, tarOf } from './images.ts';

const APPLETS = [
  'sh',
  'cat',
  'chmod',
  'dd',
  'df',
  'echo',
  'env',
  'grep',
  'head',
  'httpd',
  'id',
  'ip',
  'ln',
  'ls',
  'mkdir',
  'nc',
  'nslookup',
  'rm',
  'seq',
  'setsid',
  'sleep',
  'stty',
  'tail',
  'touch',
  'tr',
  'true',
  'wget',
  'yes',
];

/**
 * Imports a busybox image under this name and returns its digest; `changes` are Dockerfile instructions, and `furnish` puts
 * further files into its root, whose owners are kept where this is root.
 */
export async function importBusybox(
  docker: Docker,
  name: string,
  changes: readonly string[] = [],
  furnish?: (root: string) => Promise<void>,
): Promise<string> {
  const [repo, tag = 'latest'] = name.split(':');
  const layer = Readable.from(await packBusybox(furnish));
  const progress = await docker.importImage(layer, { repo, tag, changes: [...changes] });
  await finished(progress.resume());
  return (await docker.getImage(name).inspect()).Id;
}

/** Builds an image under this name from one that the engine holds; `lines` follow `FROM`. */
export async function buildFrom(
  docker: Docker,
  base: string,
  name: string,
  lines: readonly string[],
): Promise<string> {
  const context = tarOf([tarEntry({ name: 'Dockerfile', body: [`FROM ${base}`, ...lines, ''].join('\n') })]);
  const progress = await docker.buildImage(Readable.from([context]), { t: name, rm: true });
  await finished(progress.resume());
  return (await docker.getImage(name).inspect()).Id;
}

/** A layer with busybox. */
export async function packBusybox(furnish?: (root: string) => Promise<void>): Promise<Buffer> {
  const root = await mkdtemp(join(tmpdir(), 'tallymesh-image-'));
  try {
    await layOut(root);
    await furnish?.(root);
    const owners = furnish === undefined ? ['--owner=0', '--group=0'] : ['--numeric-owner'];
    const tar = spawn('tar', ['-C', root, ...owners, '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return await buffer(tar.stdout);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function layOut(root: string): Promise<void> {
  await Promise.all(['bin', 'etc', 'tmp', 'data'].map((folder) => mkdir(join(root, folder))));
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
  await Promise.all(APPLETS.map((applet) => symlink('busybox', join(root, 'bin', applet))));
}

/** dockerode on a `unix://` address. */
export function dockerAt(host: string): Docker {
  return new Docker({ socketPath: host.slice('unix://'.length) });
}

/** Pushes an image of an engine to the registry in its name. */
export async function pushTo(
  docker: Docker,
  name: string,
  login: { readonly username: string; readonly password: string },
): Promise<void> {
  const progress = await docker
    .getImage(name)
    .push({ authconfig: { ...login, serveraddress: name.slice(0, name.indexOf('/')) } });
  const words = (await buffer(progress as Readable)).toString();
  if (words.includes('"error"')) throw new Error(words);
}
