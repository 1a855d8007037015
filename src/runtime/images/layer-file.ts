// A file that a layer is being written to, under a name of ours, until it is whole and right.
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TallyError } from '../../lib/errors.ts';
import type { Bytes } from './bytes.ts';
import { PIECE_BYTES } from './parameters.ts';
import type { Room } from './room.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

export class LayerFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #room: Room;
  #bytes: number;

  private constructor(path: string, handle: FileHandle, bytes: number, room: Room) {
    this.path = path;
    this.#handle = handle;
    this.#bytes = bytes;
    this.#room = room;
  }

  /** A new file, or one that goes on behind `bytes` that the room counts already. */
  static async open(path: string, room: Room, bytes = 0): Promise<LayerFile> {
    const flags = bytes === 0 ? 'wx+' : 'r+';
    return new LayerFile(path, await onDisk(() => open(path, flags, 0o600)), bytes, room);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds to the end. Throws IMAGE_STORE_FULL, IMAGE_STORE_DISK_FULL. */
  async write(piece: Uint8Array): Promise<void> {
    this.#room.take(piece.byteLength);
    this.#bytes += piece.byteLength;
    let at = this.#bytes - piece.byteLength;
    for (let rest = piece; rest.byteLength > 0; ) {
      const left = rest;
      const write = () => onDisk(() => this.#handle.write(left, 0, left.byteLength, at));
      const { bytesWritten } = await this.#room.writing(write);
      rest = rest.subarray(bytesWritten);
      at += bytesWritten;
    }
  }

  async writeAll(bytes: Bytes): Promise<void> {
    for await (const piece of bytes) await this.write(piece);
  }

  /** What was written so far. */
  read(): AsyncGenerator<Uint8Array> {
    return readRange(this.#handle, 0, this.#bytes);
  }

  /** Waits until it is on the disk, for it gets a name that promises that. */
  async settle(): Promise<void> {
    await onDisk(() => this.#handle.sync());
    await this.close();
  }

  /** Gives it its lasting name; it has settled. */
  async moveTo(path: string): Promise<void> {
    await onDisk(() => rename(this.path, path));
    await syncFolder(dirname(path));
  }

  /** Leaves it as it is, to go on with later. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }

  /** Leaves nothing. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
    this.#room.give(this.#bytes);
    this.#bytes = 0;
  }
}

/** The bytes of an open file from one place to another. Throws IMAGE_LAYER_MISSING where it is shorter. */
export async function* readRange(handle: FileHandle, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, to - at));
    const { bytesRead } = await handle.read(piece, 0, piece.byteLength, at);
    if (bytesRead === 0) throw new TallyError('IMAGE_LAYER_MISSING', { reason: 'its file is cut' });
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

/** A new name lasts only once its folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Runs a call to the disk; a full one has a code. */
export async function onDisk<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw NO_ROOM.has(code) ? new TallyError('IMAGE_STORE_DISK_FULL', {}, { cause: error }) : error;
  }
}
