// The files of a tar archive that lies on a disk: its headers are read once, the bodies stay where they are until somebody wants
// them. So an image is judged before any of it is read, and of an image of which most is known most is never read.
import type { FileHandle } from 'node:fs/promises';
import {
  decodePax,
  decodeTarHeader,
  malformed,
  parseSize,
  TAR_BLOCK_BYTES,
  tarPadding,
} from '../tar-header.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import { archivePath, folderOf } from './archive-name.ts';
import { readRange } from './layer-file.ts';
import { ARCHIVE_ENTRIES, ARCHIVE_EXTENDED_HEADER_BYTES, ARCHIVE_LINK_STEPS } from './parameters.ts';

/** Where the body of a file lies, or which path a link leads to. */
type Entry = { readonly at: number; readonly sizeBytes: number } | { readonly target: string };

/** What was said of the entry that comes next. */
interface Ahead {
  name?: string;
  target?: string;
  sizeBytes?: number;
}

/** Reads the headers; the archive takes the handle over. Throws IMAGE_ARCHIVE_MALFORMED. */
export async function openTarFiles(handle: FileHandle): Promise<ArchiveFiles> {
  const { size } = await handle.stat();
  const entries = await new Scan(handle, size).run();
  return new TarFiles(handle, entries);
}

class TarFiles implements ArchiveFiles {
  readonly #handle: FileHandle;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(handle: FileHandle, entries: ReadonlyMap<string, Entry>) {
    this.#handle = handle;
    this.#entries = entries;
  }

  async find(name: string): Promise<ArchiveFile | undefined> {
    let path = archivePath(name);
    for (let steps = 0; steps <= ARCHIVE_LINK_STEPS; steps += 1) {
      const entry = this.#entries.get(path);
      if (entry === undefined) return undefined;
      if ('at' in entry) {
        const { at, sizeBytes } = entry;
        return { sizeBytes, read: () => readRange(this.#handle, at, at + sizeBytes) };
      }
      path = entry.target;
    }
    throw malformed('links lead in a circle', { name });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** One walk from header to header. */
class Scan {
  readonly #handle: FileHandle;
  readonly #sizeBytes: number;
  readonly #entries = new Map<string, Entry>();
  #at = 0;
  #ahead: Ahead = {};

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  async run(): Promise<ReadonlyMap<string, Entry>> {
    for (let headers = 0; await this.#step(); headers += 1)
      if (headers === ARCHIVE_ENTRIES) throw malformed(`it has more than ${ARCHIVE_ENTRIES} entries`);
    return this.#entries;
  }

  /** Reads one entry; false at the end. */
  async #step(): Promise<boolean> {
    // Writers may leave the two empty blocks at the end out
    if (this.#at === this.#sizeBytes) return false;
    const header = decodeTarHeader(await this.#take(TAR_BLOCK_BYTES));
    if (header === undefined) return false;
    switch (header.kind) {
      case 'pax':
        this.#readPax(decodePax(await this.#takeExtended(header.sizeBytes)));
        return true;
      case 'pax-global':
        await this.#takeExtended(header.sizeBytes);
        return true;
      case 'long-name':
        this.#ahead.name ??= textOf(await this.#takeExtended(header.sizeBytes));
        return true;
      case 'long-link':
        this.#ahead.target ??= textOf(await this.#takeExtended(header.sizeBytes));
        return true;
    }
    const { name, target, sizeBytes } = { ...header, ...this.#ahead };
    this.#ahead = {};
    const path = archivePath(name);
    switch (header.kind) {
      case 'folder':
        return true;
      case 'file':
        this.#add(path, { at: this.#at, sizeBytes });
        this.#pass(sizeBytes);
        return true;
      case 'link':
        this.#add(path, { target: archivePath(target) });
        return true;
      case 'symlink':
        this.#add(path, { target: archivePath(target, folderOf(path)) });
        return true;
      case 'other':
        throw malformed('it holds something that is no file, folder or link', { name });
    }
  }

  #readPax(records: ReadonlyMap<string, string>): void {
    const [name, target, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
    if (records.has('GNU.sparse.major') || records.has('GNU.sparse.size'))
      throw malformed('a file has holes');
    if (name !== undefined) this.#ahead.name = name;
    if (target !== undefined) this.#ahead.target = target;
    if (size !== undefined) this.#ahead.sizeBytes = parseSize(size);
  }

  /** Of two files of one name readers disagree which counts. */
  #add(path: string, entry: Entry): void {
    if (path === '' || this.#entries.has(path)) throw malformed('two entries have one name', { name: path });
    this.#entries.set(path, entry);
  }

  async #takeExtended(sizeBytes: number): Promise<Buffer> {
    if (sizeBytes > ARCHIVE_EXTENDED_HEADER_BYTES)
      throw malformed('an extended header is larger than 64 KiB');
    const bytes = await this.#take(sizeBytes + tarPadding(sizeBytes));
    return bytes.subarray(0, sizeBytes);
  }

  async #take(length: number): Promise<Buffer> {
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

  #pass(length: number): void {
    const end = this.#at + length;
    if (end > this.#sizeBytes) throw malformed('it breaks off');
    // The last body may come without what fills its block
    this.#at = Math.min(end + tarPadding(length), this.#sizeBytes);
  }
}

/** A text that ends with a zero. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
