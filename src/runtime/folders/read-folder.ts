// Reads the tar of a folder that somebody else made: entry by entry, each checked before it is handed on. Only plain files,
// folders and symlinks that stay inside come through, in their order, without rights that go beyond reading, writing, running.
import { codeOf, type TallyError } from '../../lib/errors.ts';
import { type Bytes, PassingBytes } from '../images/bytes.ts';
import {
  decodePax,
  decodeTarAttributes,
  decodeTarHeader,
  TAR_BLOCK_BYTES,
  tarPadding,
} from '../tar-header.ts';
import { type EntryOrder, FolderCount, FolderOrder, requireInside, unfit } from './folder-order.ts';
import { EXTENDED_HEADER_BYTES } from './parameters.ts';

/** One entry. The bytes of a file are read before the next entry is asked for; what is left of them then is passed over. */
export interface FolderEntry {
  readonly kind: 'file' | 'folder' | 'symlink';
  readonly path: readonly string[];
  /** Where a symlink leads; else empty. */
  readonly target: string;
  readonly sizeBytes: number;
  /** At most 0o777. */
  readonly mode: number;
  readonly timeSeconds: number;
  read(): Bytes;
}

/** Counts what it reads. Throws VOLUME_CONTENT_INVALID with the reason, what the count and the tar throw. */
export async function* readFolder(
  tar: Bytes,
  count = new FolderCount(),
  order: EntryOrder = new FolderOrder(),
): AsyncGenerator<FolderEntry> {
  const bytes = new PassingBytes(tar, () => unfit('it breaks off'));
  const reader = new Reader(bytes, count, order);
  try {
    for (;;) {
      const entry = await reader.next();
      if (entry === undefined) return;
      yield entry;
      await bytes.passOver();
    }
  } catch (error) {
    if (codeOf(error) !== 'IMAGE_ARCHIVE_MALFORMED') throw error;
    const { reason } = (error as TallyError).details;
    throw unfit(String(reason));
  } finally {
    await bytes.close();
  }
}

/** Reads all of it, for its faults alone. Throws as `readFolder`. */
export async function checkFolder(tar: Bytes, count: FolderCount): Promise<void> {
  for await (const _ of readFolder(tar, count));
}

class Reader {
  readonly #bytes: PassingBytes;
  readonly #order: EntryOrder;
  readonly #count: FolderCount;

  constructor(bytes: PassingBytes, count: FolderCount, order: EntryOrder) {
    this.#bytes = bytes;
    this.#order = order;
    this.#count = count;
  }

  async next(): Promise<FolderEntry | undefined> {
    let block = await this.#bytes.take(TAR_BLOCK_BYTES);
    let header = decodeTarHeader(block);
    if (header === undefined) return this.#end();
    let said = new Map<string, string>();
    if (header.kind === 'pax') {
      said = await this.#takePax(header.sizeBytes);
      block = await this.#bytes.take(TAR_BLOCK_BYTES);
      header = decodeTarHeader(block);
      if (header === undefined) throw unfit('it breaks off behind an extended header');
    }
    const { kind, sizeBytes } = header;
    const name = said.get('path') ?? header.name;
    if (kind !== 'file' && kind !== 'folder' && kind !== 'symlink')
      throw unfit('it holds something that is no file, folder or symlink', name);
    const path = (kind === 'folder' ? name.replace(/\/$/, '') : name).split('/');
    const target = kind === 'symlink' ? (said.get('linkpath') ?? header.target) : '';
    const { mode, timeSeconds } = decodeTarAttributes(block);
    if (mode > 0o777) throw unfit('an entry has set-uid, set-gid or sticky', name);
    if (kind !== 'file' && sizeBytes > 0) throw unfit('what is no file has bytes', name);
    this.#order.take(path, kind === 'folder');
    if (kind === 'symlink') requireInside(target, path);
    this.#count.add(sizeBytes, kind === 'folder');
    this.#bytes.begin(sizeBytes, tarPadding(sizeBytes));
    return { kind, path, target, sizeBytes, mode, timeSeconds, read: () => this.#bytes.body() };
  }

  /** An extended header says a longer name or target, and nothing else that could change what follows. */
  async #takePax(sizeBytes: number): Promise<Map<string, string>> {
    if (sizeBytes > EXTENDED_HEADER_BYTES) throw unfit('an extended header is too large');
    const bytes = await this.#bytes.take(sizeBytes + tarPadding(sizeBytes));
    const records = decodePax(bytes.subarray(0, sizeBytes));
    for (const key of records.keys())
      if (key !== 'path' && key !== 'linkpath') throw unfit('an extended header says more than names');
    return records;
  }

  /** Two empty blocks, and nothing behind them. */
  async #end(): Promise<undefined> {
    const last = await this.#bytes.take(TAR_BLOCK_BYTES);
    if (decodeTarHeader(last) !== undefined || !(await this.#bytes.isAtEnd()))
      throw unfit('something follows its end');
    return undefined;
  }
}
