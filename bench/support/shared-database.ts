// Many ledgers in one database, each under a prefix of its own. In reality every tenant has a machine and a disk; on one
// disk a sync each would be what is measured, and not co-signing.
import type { Database, Reader } from '../../src/ledger/database.ts';

/** A part of a database; closing it closes nothing. */
export function partOf(database: Database, prefix: string): Database {
  return {
    ...readingPart(database, prefix),
    write: (writes) => database.write(writes.map((write) => ({ ...write, key: prefix + write.key }))),
    settled: () => database.settled(),
    onDoubt: (listener) => database.onDoubt(listener),
    reading: (use) => database.reading((reader) => use(readingPart(reader, prefix))),
    close: async () => {},
  };
}

function readingPart(reader: Reader, prefix: string): Reader {
  return {
    get: (key) => reader.get(prefix + key),
    async *entries(of, { after, ...rest } = {}) {
      const options = after === undefined ? rest : { ...rest, after: prefix + after };
      for await (const [key, value] of reader.entries(prefix + of, options))
        yield [key.slice(prefix.length), value];
    },
  };
}
