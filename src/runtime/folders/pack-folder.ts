// Makes a tar of a folder or a file of this machine: the same bytes whenever the same things are there. Links are packed as
// links, never followed.
import type { BigIntStats } from 'node:fs';
import { constants, lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { encodeTarEntry, TAR_END, tarPadding } from '../tar-header.ts';
import { FolderCount, FolderOrder, isNameBefore, requireInside, unfit } from './folder-order.ts';
import { PIECE_BYTES } from './parameters.ts';

/**
 * The tar of what is in a folder, or of one file under its own name. Rights beyond reading, writing and running are left out, and so
 * are owners. Throws VOLUME_SOURCE_UNREADABLE, VOLUME_CONTENT_INVALID, VOLUME_CONTENT_TOO_LARGE.
 */
export async function* packFolder(source: string, count = new FolderCount()): AsyncGenerator<Uint8Array> {
  const packing = new Packing(source, count);
  // What the user names may be a link; what is below it is not followed
  const found = await onSource(source, () => stat(source));
  if (found.isDirectory()) yield* packing.folder(source, []);
  else yield* packing.entry(source, [basename(source)]);
  yield TAR_END;
}

/**
 * The tar of a folder or a file with its own name at the top. What no other machine could have is left out, and said. Throws
 * VOLUME_SOURCE_UNREADABLE.
 */
export async function* packNamed(
  source: string,
  leftOut: (name: string, reason: string) => void,
): AsyncGenerator<Uint8Array> {
  yield* new Packing(source, new FolderCount(), leftOut).entry(source, [basename(resolve(source))]);
  yield TAR_END;
}

class Packing {
  readonly #source: string;
  readonly #order = new FolderOrder();
  readonly #count: FolderCount;
  readonly #leftOut: ((name: string, reason: string) => void) | undefined;

  constructor(source: string, count: FolderCount, leftOut?: (name: string, reason: string) => void) {
    this.#source = source;
    this.#count = count;
    this.#leftOut = leftOut;
  }

  async *folder(folder: string, path: readonly string[]): AsyncGenerator<Uint8Array> {
    const names = await onSource(folder, () => readdir(folder));
    names.sort((a, b) => (isNameBefore(a, b) ? -1 : 1));
    for (const name of names) {
      const [from, to] = [join(folder, name), [...path, name]];
      if (this.#leftOut === undefined) yield* this.entry(from, to);
      else yield* this.#entryOrNone(from, to, this.#leftOut);
    }
  }

  async *#entryOrNone(
    from: string,
    path: readonly string[],
    leftOut: (name: string, reason: string) => void,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* this.entry(from, path);
    } catch (error) {
      if (codeOf(error) !== 'VOLUME_CONTENT_INVALID') throw error;
      leftOut(from, String((error as TallyError).details.reason));
    }
  }

  async *entry(from: string, path: readonly string[]): AsyncGenerator<Uint8Array> {
    const isNamed = from === this.#source;
    const found = await onSource(from, () => (isNamed ? stat : lstat)(from, { bigint: true }));
    this.#order.take(path, found.isDirectory());
    this.#count.add(found.isFile() ? Number(found.size) : 0, found.isDirectory());
    const said = {
      ...{ name: path.join('/'), mode: Number(found.mode) & 0o777 },
      timeSeconds: Math.max(0, Number(found.mtimeMs / 1_000n)),
    };
    if (found.isDirectory()) {
      yield encodeTarEntry({ ...said, kind: 'folder', name: `${said.name}/` });
      yield* this.folder(from, path);
    } else if (found.isSymbolicLink()) {
      const target = await onSource(from, () => readlink(from));
      requireInside(target, path);
      yield encodeTarEntry({ ...said, kind: 'symlink', target, mode: 0o777 });
    } else if (found.isFile()) {
      const sizeBytes = Number(found.size);
      yield encodeTarEntry({ ...said, kind: 'file', sizeBytes });
      yield* this.#file(from, found);
      yield new Uint8Array(tarPadding(sizeBytes));
    } else throw unfit('it holds something that is no file, folder or symlink', said.name);
  }

  /** The bytes of a file, just as many as it had a moment ago. */
  async *#file(from: string, { size, ino, dev }: BigIntStats): AsyncGenerator<Uint8Array> {
    // Not a link, nor a pipe that somebody has put there meanwhile
    const flags =
      constants.O_RDONLY | constants.O_NONBLOCK | (from === this.#source ? 0 : constants.O_NOFOLLOW);
    await using file = await onSource(from, () => open(from, flags));
    const now = await file.stat({ bigint: true });
    if (now.ino !== ino || now.dev !== dev || now.size !== size) throw changed(from);
    for (let at = 0; at < Number(size); ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Number(size) - at));
      const { bytesRead } = await onSource(from, () => file.read(piece, 0, piece.byteLength, at));
      if (bytesRead === 0) throw changed(from);
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }
}

function changed(path: string): TallyError {
  return new TallyError('VOLUME_SOURCE_UNREADABLE', { path, reason: 'it changes while it is read' });
}

async function onSource<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof TallyError) throw cause;
    const { code: reason = String(cause) } = cause as NodeJS.ErrnoException;
    throw new TallyError('VOLUME_SOURCE_UNREADABLE', { path, reason }, { cause });
  }
}
