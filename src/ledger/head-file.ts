// The head file: the newest header beside the database, synced after each commit. LevelDB can lose its tail without
// a word; this file remembers how far it went.
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces the file's bytes at once, synced to disk with its folder's entry before it resolves. */
export async function writeHead(file: string, header: Uint8Array): Promise<void> {
  const next = `${file}.next`;
  await withFile(next, 'w', async (handle) => {
    await handle.write(header);
    await handle.datasync();
  });
  await rename(next, file);
  await withFile(dirname(file), 'r', (handle) => handle.sync());
}

/** The file's bytes, or undefined where there is none. */
export async function readHead(file: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

async function withFile(path: string, flags: string, use: (handle: Handle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
