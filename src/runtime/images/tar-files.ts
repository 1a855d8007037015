// An archive that lies on a disk: the bodies of its files stay where they are until somebody wants them, so that of an image of which
// most is known most is never read.
import type { FileHandle } from 'node:fs/promises';
import { malformed, tarPadding } from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { readRange } from './layer-file.ts';
import { scanTar, type TarSource } from './tar-scan.ts';

/** Reads the headers; the archive takes the handle over. Throws IMAGE_ARCHIVE_MALFORMED. */
export async function openTarFiles(handle: FileHandle): Promise<ArchiveFiles> {
  const { size } = await handle.stat();
  const entries = await scanTar(new TarOnDisk(handle, size));
  return { find: async (name) => entries.find(name), close: () => handle.close() };
}

class TarOnDisk implements TarSource {
  readonly #handle: FileHandle;
  readonly #sizeBytes: number;
  #at = 0;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  async isAtEnd(): Promise<boolean> {
    return this.#at === this.#sizeBytes;
  }

  async take(length: number): Promise<Buffer> {
    const at = this.#at;
    this.#pass(length);
    const bytes = Buffer.allocUnsafe(length);
    for (let read = 0; read < length; ) {
      const { bytesRead } = await this.#handle.read(bytes, read, length - read, at + read);
      if (bytesRead === 0) throw malformed('it breaks off');
      read += bytesRead;
    }
    return bytes;
  }

  async keep(sizeBytes: number): Promise<ArchiveFile> {
    const at = this.#at;
    this.#pass(sizeBytes);
    return { sizeBytes, read: () => readRange(this.#handle, at, at + sizeBytes) };
  }

  #pass(length: number): void {
    const end = this.#at + length;
    if (end > this.#sizeBytes) throw malformed('it breaks off');
    // The last body may come without what fills its block
    this.#at = Math.min(end + tarPadding(length), this.#sizeBytes);
  }
}
