// LevelDB with reliable writes. A write is one atomic batch, synced before it resolves; writes that arrive while one is
// under way share the next batch. After a failed write LevelDB accepts further ones as if nothing had happened, and
// loses them when it is opened again (tried: they follow a torn record in its log). So after a failure nothing is
// written before the database was closed and opened again. On a full disk this waits until there is space; reading
// continues.
import { statfs } from 'node:fs/promises';
import { Level as AnyLevel } from 'level';
import { TallyError } from '../lib/errors.ts';
import { type Database, type EntriesOptions, type Reader, seal, unseal, type Write } from './database.ts';
import { endOf } from './keys.ts';
import { lockHolder } from './lock-holder.ts';
import { ROOM_BYTES } from './parameters.ts';

/** LevelDB with text keys and byte values. */
export type Level = AnyLevel<string, Uint8Array>;

type Snapshot = ReturnType<Level['snapshot']>;

interface Waiting {
  readonly writes: readonly Write[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Opens the LevelDB in `folder`. Throws LEDGER_IN_USE when another process has it, else LEDGER_UNREADABLE. */
export async function openLevel(folder: string, createIfMissing: boolean): Promise<Level> {
  const level = new AnyLevel<string, Uint8Array>(folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
  try {
    await level.open({ createIfMissing });
    return level;
  } catch (error) {
    const locked = (error as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED';
    throw locked
      ? await inUse(folder, error)
      : new TallyError('LEDGER_UNREADABLE', { folder }, { cause: error });
  }
}

/** The error LEDGER_IN_USE, with the process that holds the database in `folder`, if the system names it. */
export async function inUse(folder: string, cause: unknown): Promise<TallyError> {
  const pid = await lockHolder(folder);
  return new TallyError('LEDGER_IN_USE', { folder, ...(pid === undefined ? {} : { pid }) }, { cause });
}

/** Opens the database in `folder`, made if absent. Errors as `openLevel`. */
export async function openDatabase(folder: string): Promise<Database> {
  return new LevelDatabase(folder, await openLevel(folder, true));
}

class LevelDatabase implements Database {
  readonly #folder: string;
  readonly #level: Level;
  readonly #waiting: Waiting[] = [];
  readonly #listeners: (() => void)[] = [];
  #writing: Promise<void> | undefined;
  /** Why nothing may be written before the database was opened again. */
  #fault: TallyError | undefined;

  constructor(folder: string, level: Level) {
    this.#folder = folder;
    this.#level = level;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return readerOf(this.#level).get(key);
  }

  entries(prefix: string, options?: EntriesOptions): AsyncIterable<[key: string, value: Uint8Array]> {
    return readerOf(this.#level).entries(prefix, options);
  }

  async reading<T>(use: (reader: Reader) => Promise<T>): Promise<T> {
    const snapshot = this.#level.snapshot();
    try {
      return await use(readerOf(this.#level, { snapshot }));
    } finally {
      await snapshot.close();
    }
  }

  write(writes: readonly Write[]): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ writes, done, failed });
      this.#writing ??= this.#drain();
    });
  }

  /** Takes its turn among the writes, as one that writes nothing. */
  settled(): Promise<void> {
    return this.write([]);
  }

  onDoubt(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#level.close();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        if (this.#fault !== undefined) await this.#openAgain(this.#fault);
        await this.#put(group.flatMap(({ writes }) => writes));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    this.#writing = undefined;
  }

  async #put(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    try {
      const batch = this.#level.batch();
      for (const { key, value } of writes) {
        if (value === undefined) batch.del(key);
        else batch.put(key, seal(key, value));
      }
      await batch.write({ sync: true });
    } catch (cause) {
      this.#fault = faultOf(cause, this.#folder);
      for (const listener of this.#listeners) listener();
      throw this.#fault;
    }
  }

  /** Closes and opens, which reads the log back up to what is torn. Throws while there is no room to do so. */
  async #openAgain(fault: TallyError): Promise<void> {
    if (!(await hasRoom(this.#folder))) throw fault;
    try {
      await this.#level.close();
      await this.#level.open();
    } catch (cause) {
      throw faultOf(cause, this.#folder);
    }
    this.#fault = undefined;
    for (const listener of this.#listeners) listener();
  }
}

function faultOf(cause: unknown, folder: string): TallyError {
  const isFull = /No space left on device|Disk quota exceeded/.test(textOf(cause));
  return new TallyError(isFull ? 'LEDGER_DISK_FULL' : 'LEDGER_WRITE_FAILED', { folder }, { cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${textOf(error.cause)}` : '';
}

async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= ROOM_BYTES;
}

function readerOf(level: Level, moment: { snapshot?: Snapshot } = {}): Reader {
  return {
    async get(key) {
      const stored = await level.get(key, moment);
      return stored === undefined ? undefined : unseal(key, stored);
    },
    async *entries(prefix, { reverse = false, after } = {}) {
      const lower = !reverse && after !== undefined ? { gt: after } : { gte: prefix };
      const upper = reverse && after !== undefined ? { lt: after } : { lt: endOf(prefix) };
      for await (const [key, stored] of level.iterator({ ...lower, ...upper, ...moment, reverse })) {
        yield [key, unseal(key, stored)];
      }
    },
  };
}
