// The files of a tar archive: its headers are read one after the other, and each file is left where its source keeps it until somebody
// wants it. So an image is judged before any of it is kept.
import {
  decodePax,
  decodeTarHeader,
  malformed,
  parseSize,
  TAR_BLOCK_BYTES,
  tarPadding,
} from '../tar-header.ts';
import type { ArchiveFile } from './archive-files.ts';
import { archivePath, folderOf } from './archive-name.ts';
import { ARCHIVE_ENTRIES, ARCHIVE_EXTENDED_HEADER_BYTES, ARCHIVE_LINK_STEPS } from './parameters.ts';

/** Where the bytes of an archive come from, from its first to its last. */
export interface TarSource {
  isAtEnd(): Promise<boolean>;
  /** The next bytes, with what fills their block. Throws IMAGE_ARCHIVE_MALFORMED where there are not so many. */
  take(length: number): Promise<Buffer>;
  /** Goes on behind the next bytes, a file, with what fills their block. Throws the same. */
  keep(sizeBytes: number): Promise<ArchiveFile>;
}

/** A file, or the path that a link leads to. */
type Entry = ArchiveFile | { readonly target: string };

/** What was said of the entry that comes next. */
interface Ahead {
  name?: string;
  target?: string;
  sizeBytes?: number;
}

/** The files of an archive by their paths. */
export class TarEntries {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  find(name: string): ArchiveFile | undefined {
    let path = archivePath(name);
    for (let steps = 0; steps <= ARCHIVE_LINK_STEPS; steps += 1) {
      const entry = this.#entries.get(path);
      if (entry === undefined || 'sizeBytes' in entry) return entry;
      path = entry.target;
    }
    throw malformed('links lead in a circle', { name });
  }
}

/** Reads an archive to its end. Throws IMAGE_ARCHIVE_MALFORMED, and what the source throws. */
export function scanTar(source: TarSource): Promise<TarEntries> {
  return new Scan(source).run();
}

/** One walk from header to header. */
class Scan {
  readonly #source: TarSource;
  readonly #entries = new Map<string, Entry>();
  #ahead: Ahead = {};

  constructor(source: TarSource) {
    this.#source = source;
  }

  async run(): Promise<TarEntries> {
    for (let headers = 0; await this.#step(); headers += 1)
      if (headers === ARCHIVE_ENTRIES) throw malformed(`it has more than ${ARCHIVE_ENTRIES} entries`);
    return new TarEntries(this.#entries);
  }

  /** Reads one entry; false at the end. */
  async #step(): Promise<boolean> {
    // Writers may leave the two empty blocks at the end out
    if (await this.#source.isAtEnd()) return false;
    const header = decodeTarHeader(await this.#source.take(TAR_BLOCK_BYTES));
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
        this.#requireNew(path);
        this.#entries.set(path, await this.#source.keep(sizeBytes));
        return true;
      case 'link':
        this.#requireNew(path);
        this.#entries.set(path, { target: archivePath(target) });
        return true;
      case 'symlink':
        this.#requireNew(path);
        this.#entries.set(path, { target: archivePath(target, folderOf(path)) });
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
  #requireNew(path: string): void {
    if (path === '' || this.#entries.has(path)) throw malformed('two entries have one name', { name: path });
  }

  async #takeExtended(sizeBytes: number): Promise<Buffer> {
    if (sizeBytes > ARCHIVE_EXTENDED_HEADER_BYTES)
      throw malformed('an extended header is larger than 64 KiB');
    const bytes = await this.#source.take(sizeBytes + tarPadding(sizeBytes));
    return bytes.subarray(0, sizeBytes);
  }
}

/** A text that ends with a zero. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
