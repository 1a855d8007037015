// The head file: the newest header, beside the database. LevelDB can silently lose its last records; this file remembers
// how far the chain went. A file that is behind only remembers less, so it is written and synced now and then, not with
// every commit. It has two slots that are written in turns, so that a torn write leaves the other one. A slot is
// `checksum (8 bytes), number (8), length (2), envelope`, padded with zeros.
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TallyError } from '../lib/errors.ts';
import { sameBytes, sha256 } from '../records/id.ts';
import { HEAD_SYNC_MS } from './parameters.ts';

const SLOT_BYTES = 1_024;
const CHECKSUM_BYTES = 8;
const HEAD_BYTES = 18;
/** What is written is on disk when the write returns. */
const SYNCED = constants.O_WRONLY | constants.O_DSYNC;

/** A header as the file has it. */
export interface Head {
  readonly seq: number;
  readonly header: Uint8Array;
}

/** What a head file holds: nothing yet, its newest header and where, or nothing that is whole. */
export type HeadFound =
  | { readonly is: 'absent' }
  | ({ readonly is: 'head'; readonly slot: number } & Head)
  | { readonly is: 'damaged' };

/** The head file of a running peer. */
export class HeadFile {
  readonly #handle: FileHandle;
  /** Where the next header goes. */
  #slot: number;
  #next: Head | undefined;
  #timer: NodeJS.Timeout | undefined;
  #late: Promise<void> | undefined;
  #fault: unknown;

  private constructor(handle: FileHandle, slot: number) {
    this.#handle = handle;
    this.#slot = slot;
  }

  /** Opens the file, made if absent, with its folder's entry on disk. */
  static async open(path: string): Promise<HeadFile> {
    const found = await readHead(path);
    const isThere = found.is !== 'absent';
    const handle = await open(path, isThere ? SYNCED : SYNCED | constants.O_CREAT, 0o600);
    if (!isThere) await syncFolder(dirname(path));
    return new HeadFile(handle, found.is === 'head' ? 1 - found.slot : 0);
  }

  /**
   * Remembers a header: now, or within HEAD_SYNC_MS. Throws LEDGER_DISK_FULL and LEDGER_WRITE_FAILED, of
   * the write before too.
   */
  async write(seq: number, header: Uint8Array): Promise<void> {
    this.#next = { seq, header };
    if (this.#timer !== undefined) return;
    await this.#flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#late = this.#flush().catch((fault: unknown) => {
        this.#fault = fault;
      });
    }, HEAD_SYNC_MS).unref();
  }

  async #flush(): Promise<void> {
    await this.#late;
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) await this.#put(next);
  }

  async #put({ seq, header }: Head): Promise<void> {
    const slot = Buffer.alloc(SLOT_BYTES);
    slot.writeBigUInt64BE(BigInt(seq), CHECKSUM_BYTES);
    slot.writeUInt16BE(header.length, CHECKSUM_BYTES + 8);
    slot.set(header, HEAD_BYTES);
    slot.set(checksum(slot), 0);
    try {
      await this.#handle.write(slot, 0, SLOT_BYTES, this.#slot * SLOT_BYTES);
      this.#slot = 1 - this.#slot;
    } catch (cause) {
      const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
      throw new TallyError(isFull ? 'LEDGER_DISK_FULL' : 'LEDGER_WRITE_FAILED', {}, { cause });
    }
  }

  /** The file is on disk when it resolves. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#flush();
    } finally {
      await this.#handle.close();
    }
  }
}

/** Reads a head file; a slot that is torn leaves the other one. */
export async function readHead(path: string): Promise<HeadFound> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined || file.length === 0) return { is: 'absent' };
  const heads = [0, 1].flatMap((slot) => {
    const head = readSlot(file.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES));
    return head === undefined ? [] : [{ ...head, slot }];
  });
  const newest = heads.toSorted((a, b) => b.seq - a.seq)[0];
  return newest === undefined ? { is: 'damaged' } : { is: 'head', ...newest };
}

function readSlot(slot: Buffer): Head | undefined {
  if (slot.length !== SLOT_BYTES || !sameBytes(slot.subarray(0, CHECKSUM_BYTES), checksum(slot)))
    return undefined;
  const seq = Number(slot.readBigUInt64BE(CHECKSUM_BYTES));
  const length = slot.readUInt16BE(CHECKSUM_BYTES + 8);
  return { seq, header: new Uint8Array(slot.subarray(HEAD_BYTES, HEAD_BYTES + length)) };
}

function checksum(slot: Buffer): Uint8Array {
  return sha256(slot.subarray(CHECKSUM_BYTES)).subarray(0, CHECKSUM_BYTES);
}

/** The entries of a folder are on disk when it resolves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
