// Where a party's home lies. A plain folder keeps what a killed process wrote, for the page cache outlives it. A disk of
// its own is an ext4 in a file: a copy of that file is what a machine finds after its power failed, for what was written
// and not synced is not in it.
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const IMAGE_BYTES = 24 * 2 ** 20;

export interface Disk {
  /** The home folder on it. */
  readonly home: string;
  /** The processes that used it are gone: what they find when they come back. */
  crash(): Promise<void>;
  remove(): Promise<void>;
}

/** A folder that holds a copy of `template`. */
export async function folderDisk(folder: string, template: string): Promise<Disk> {
  const home = join(folder, 'home');
  await cp(template, home, { recursive: true });
  return { home, crash: async () => {}, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** An empty ext4 in a file, to be copied. Rejects where the machine lets nobody mount files. */
export async function makeImage(file: string): Promise<void> {
  await run('truncate', ['-s', String(IMAGE_BYTES), file]);
  await run('mkfs.ext4', ['-q', '-F', file]);
  const point = `${file}.mounted`;
  await mkdir(point);
  await mount(file, point);
  await run('umount', [point]);
}

/** The longest commit interval there is, so that only the party's own syncs bring anything to the disk. */
const mount = (file: string, point: string) => run('mount', ['-o', 'loop,commit=300', file, point]);

/** A disk of its own that holds a copy of `template`. */
export async function ownDisk(folder: string, template: string, image: string): Promise<Disk> {
  const point = join(folder, 'disk');
  let file = join(folder, 'image-0');
  let crashes = 0;
  await mkdir(point, { recursive: true });
  await copySparse(image, file);
  await mount(file, point);
  const home = join(point, 'home');
  await cp(template, home, { recursive: true });
  await run('sync', ['-f', point]);
  return {
    home,
    async crash() {
      crashes += 1;
      const before = file;
      file = join(folder, `image-${crashes}`);
      await copySparse(before, file);
      await run('umount', [point]);
      await rm(before);
      await mount(file, point);
    },
    async remove() {
      await run('umount', [point]).catch(() => run('umount', ['-l', point]));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function copySparse(from: string, to: string): Promise<void> {
  await run('cp', ['--sparse=always', from, to]).catch(() => copyFile(from, to));
}
