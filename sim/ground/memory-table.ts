// A working table that lives in memory and can be put back to a backup of itself.
import type { Table } from '../../src/ledger/database.ts';
import type { Value } from '../../src/records/codec.ts';

export class MemoryTable<T extends Value> implements Pick<Table<T>, 'put' | 'change' | 'entries'> {
  #rows: Map<string, T>;

  constructor(rows: ReadonlyMap<string, T> = new Map()) {
    this.#rows = new Map(rows);
  }

  async put(key: string, value: T): Promise<void> {
    this.#rows.set(key, value);
  }

  async change(changes: readonly { readonly key: string; readonly value?: T }[]): Promise<void> {
    for (const { key, value } of changes) {
      if (value === undefined) this.#rows.delete(key);
      else this.#rows.set(key, value);
    }
  }

  async *entries(): AsyncIterable<[key: string, value: T]> {
    yield* [...this.#rows].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  backup(): MemoryTable<T> {
    return new MemoryTable(this.#rows);
  }
}
