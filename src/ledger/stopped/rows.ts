// All rows of a database, read once: the values whose checksum is right, and the keys of those whose checksum is wrong.
import { codeOf } from '../../lib/errors.ts';
import { showId } from '../../records/id.ts';
import { decodeCovers } from '../covers.ts';
import { unseal } from '../database.ts';
import { coversKey, headerKey, numberAtEnd, PREFIX, recordKey } from '../keys.ts';
import type { Level } from '../level-database.ts';

/** What was read. */
export interface Rows {
  /** Values without their checksums, by key. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Keys whose bytes were changed, with the code of what was found. */
  readonly damaged: ReadonlyMap<string, string>;
  /** Why LevelDB stopped reading, if it did: what is above was then read key by key. */
  readonly unreadable?: string;
}

/** Reads every key; after a block that LevelDB cannot read, what the chain up to `lastSeq` at least names, key by key. */
export async function readRows(level: Level, lastSeq: number): Promise<Rows> {
  const reading = new Reading(level);
  try {
    await reading.all();
    return reading;
  } catch (error) {
    await reading.byKey(lastSeq);
    return { values: reading.values, damaged: reading.damaged, unreadable: (error as Error).message };
  }
}

class Reading implements Rows {
  readonly values = new Map<string, Uint8Array>();
  readonly damaged = new Map<string, string>();
  readonly #level: Level;

  constructor(level: Level) {
    this.#level = level;
  }

  async all(): Promise<void> {
    for await (const [key, stored] of this.#level.iterator()) this.#take(key, stored);
  }

  async byKey(lastSeq: number): Promise<void> {
    const seqs = [...this.values.keys()]
      .filter((key) => key.startsWith(PREFIX.header) || key.startsWith(PREFIX.covers))
      .map(numberAtEnd);
    const last = seqs.reduce((a, b) => Math.max(a, b), lastSeq);
    for (let seq = 1; seq <= last; seq += 1) {
      await this.#one(headerKey(seq));
      await this.#one(coversKey(seq));
      const covers = this.values.get(coversKey(seq));
      for (const { kind, id } of covers ? decodeCovers(covers) : [])
        await this.#one(recordKey(kind, showId(id)));
    }
  }

  async #one(key: string): Promise<void> {
    if (this.values.has(key) || this.damaged.has(key)) return;
    const stored = await this.#level.get(key).catch(() => undefined);
    if (stored !== undefined) this.#take(key, stored);
  }

  #take(key: string, stored: Uint8Array): void {
    try {
      this.values.set(key, unseal(key, stored));
    } catch (error) {
      this.damaged.set(key, codeOf(error));
    }
  }
}
