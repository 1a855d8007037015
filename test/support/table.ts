// A table in memory, for what keeps its rows in one.
import type { Table } from '../../src/ledger/database.ts';
import type { Value } from '../../src/records/codec.ts';

/** A table whose rows last as long as it does; `writes` counts how often something was put on "disk". */
export function memoryTable<T extends Value>(): Table<T> & { writes: number } {
  const rows = new Map<string, T>();
  return {
    writes: 0,
    get: async (key) => rows.get(key),
    async put(key, value) {
      await this.change([{ key, value }]);
    },
    async delete(key) {
      await this.change([{ key }]);
    },
    async change(changes) {
      this.writes += 1;
      for (const { key, value } of changes) {
        if (value === undefined) rows.delete(key);
        else rows.set(key, value);
      }
    },
    async *entries() {
      for (const key of [...rows.keys()].sort()) yield [key, rows.get(key) as T];
    },
    writing: (key) => ({ key }),
  };
}
