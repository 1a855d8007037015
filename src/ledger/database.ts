// The database as the ledger uses it: writes, checked reads, and tables for the rooms above. Every value is stored
// behind a checksum over its key and its bytes, because LevelDB hides corruption (level-database.ts).
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from '../records/codec.ts';
import { sameBytes, sha256 } from '../records/id.ts';
import { tableKey } from './keys.ts';

const CHECKSUM_BYTES = 8;

/** One change; a change without a value deletes. */
export interface Write {
  readonly key: string;
  readonly value?: Uint8Array;
}

/** Checked reads: they throw LEDGER_VALUE_DAMAGED with the key. */
export interface Reader {
  get(key: string): Promise<Uint8Array | undefined>;
  /** All pairs whose keys begin with `prefix`, in key order (or reversed), from after `after` on. */
  entries(prefix: string, options?: EntriesOptions): AsyncIterable<[key: string, value: Uint8Array]>;
}

/** Checked key-value storage. */
export interface Database extends Reader {
  /**
   * All or nothing, on disk before it resolves. Throws LEDGER_DISK_FULL and LEDGER_WRITE_FAILED; what was to be written may
   * then be on disk or not, and `settled` says when it is known which.
   */
  write(writes: readonly Write[]): Promise<void>;
  /** After a write that failed: resolves once what is read is what is on disk. Throws as `write`. */
  settled(): Promise<void>;
  /** Calls back when a write that failed may turn out to be on disk after all: what is remembered may be wrong. */
  onDoubt(listener: () => void): void;
  /** Reads as of one moment, whatever is written meanwhile. */
  reading<T>(use: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface EntriesOptions {
  reverse?: boolean;
  after?: string;
}

function checksum(key: string, payload: Uint8Array): Uint8Array {
  const length = Buffer.byteLength(key) + 1;
  const checked = Buffer.allocUnsafe(length + payload.length);
  checked.write(`${key}\0`);
  checked.set(payload, length);
  return sha256(checked).subarray(0, CHECKSUM_BYTES);
}

/** A value as it is stored. */
export function seal(key: string, payload: Uint8Array): Uint8Array {
  const stored = Buffer.allocUnsafe(CHECKSUM_BYTES + payload.length);
  stored.set(checksum(key, payload));
  stored.set(payload, CHECKSUM_BYTES);
  return stored;
}

/** A stored value without its checksum; throws LEDGER_VALUE_DAMAGED. */
export function unseal(key: string, stored: Uint8Array): Uint8Array {
  const payload = new Uint8Array(stored.subarray(CHECKSUM_BYTES));
  const intact =
    stored.length >= CHECKSUM_BYTES && sameBytes(stored.subarray(0, CHECKSUM_BYTES), checksum(key, payload));
  if (!intact) throw new TallyError('LEDGER_VALUE_DAMAGED', { key });
  return payload;
}

/** A named table for the working state of a room above: values of the records' codec, synced on every put. */
export interface Table<T extends Value> {
  get(key: string): Promise<T | undefined>;
  put(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  /** Puts and, where there is no value, deletions: all or nothing, on disk when it resolves. */
  change(changes: readonly { readonly key: string; readonly value?: T }[]): Promise<void>;
  entries(): AsyncIterable<[key: string, value: T]>;
  /** The put as a write, to be committed together with records. */
  writing(key: string, value: T): Write;
}

/** The table `name` of a database; `read` checks what comes back, as records' shapes do. */
export function openTable<T extends Value>(
  database: Database,
  name: string,
  read: (value: Value, path: string) => T,
): Table<T> {
  const keyOf = (key: string) => tableKey(name, key);
  // What could not be read back is not written: a row out of shape fails here, and not at the next start.
  const writing = (key: string, value: T): Write => ({ key: keyOf(key), value: encode(read(value, name)) });
  return {
    async get(key) {
      const bytes = await database.get(keyOf(key));
      return bytes === undefined ? undefined : read(decode(bytes), name);
    },
    put: (key, value) => database.write([writing(key, value)]),
    delete: (key) => database.write([{ key: keyOf(key) }]),
    change: (changes) =>
      database.write(
        changes.map(({ key, value }) => (value === undefined ? { key: keyOf(key) } : writing(key, value))),
      ),
    async *entries() {
      for await (const [key, bytes] of database.entries(keyOf(''))) {
        yield [key.slice(keyOf('').length), read(decode(bytes), name)];
      }
    },
    writing,
  };
}
