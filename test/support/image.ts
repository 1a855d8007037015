// A test image from the machine itself: Debian's static busybox, for there may be no registry.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';

const APPLETS = [
  'sh',
  'cat',
  'chmod',
  'dd',
  'df',
  'echo',
  'grep',
  'head',
  'httpd',
  'id',
  'ip',
  'ls',
  'nc',
  'nslookup',
  'rm',
  'seq',
  'sleep',
  'touch',
  'tr',
  'true',
  'wget',
  'yes',
];

/** Imports a busybox image under this name and returns its digest; `changes` are Dockerfile instructions. */
export async function importBusybox(
  docker: Docker,
  name: string,
  changes: readonly string[] = [],
): Promise<string> {
  const [repo, tag = 'latest'] = name.split(':');
  const layer = Readable.from(await packBusybox());
  const progress = await docker.importImage(layer, { repo, tag, changes: [...changes] });
  await finished(progress.resume());
  return (await docker.getImage(name).inspect()).Id;
}

/** A layer with busybox. */
export async function packBusybox(): Promise<Buffer> {
  const root = await mkdtemp(join(tmpdir(), 'tallymesh-image-'));
  try {
    await layOut(root);
    const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return await buffer(tar.stdout);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function layOut(root: string): Promise<void> {
  await Promise.all(['bin', 'etc', 'tmp', 'data'].map((folder) => mkdir(join(root, folder))));
  await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
  await Promise.all(APPLETS.map((applet) => symlink('busybox', join(root, 'bin', applet))));
}

/** dockerode on a `unix://` address. */
export function dockerAt(host: string): Docker {
  return new Docker({ socketPath: host.slice('unix://'.length) });
}
