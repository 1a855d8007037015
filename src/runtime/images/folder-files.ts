// The files of a folder in the form of an OCI layout. A name in it may lead nowhere but to a plain file of the folder itself.
import { constants, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { malformed } from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { archivePath } from './archive-name.ts';
import type { Bytes } from './bytes.ts';
import { readRange } from './layer-file.ts';

/** A link is not followed, and a pipe is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class FolderFiles implements ArchiveFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async find(name: string): Promise<ArchiveFile | undefined> {
    const path = join(this.#folder, archivePath(name));
    const handle = await this.#open(path, name);
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      return { sizeBytes: size, read: () => this.#read(path, name, size) };
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {}

  async *#read(path: string, name: string, sizeBytes: number): Bytes {
    const handle = await this.#open(path, name);
    if (handle === undefined) throw malformed('a file went away', { name });
    try {
      yield* readRange(handle, 0, sizeBytes);
    } finally {
      await handle.close();
    }
  }

  async #open(path: string, name: string): Promise<FileHandle | undefined> {
    const handle = await open(path, FLAGS).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      if (error.code === 'ELOOP') throw malformed('a file is a link', { name });
      throw error;
    });
    if (handle === undefined || (await handle.stat()).isFile()) return handle;
    await handle.close();
    throw malformed('what should be a file is none', { name });
  }
}
