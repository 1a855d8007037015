// The ledger of one peer: the record of what happened, in one LevelDB, as signed records under a chain of headers.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { KeyedSerial } from '../lib/serial.ts';
import type { LedgerMetrics } from '../metrics/ledger.ts';
import type { Value } from '../records/codec.ts';
import { openRecord, type SignedRecord } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import type { Identity } from '../records/identity.ts';
import type { RecordKind } from '../records/kinds.ts';
import type { Side } from '../records/pair-map.ts';
import { CatchingUp } from './catching-up.ts';
import { Chain } from './chain.ts';
import { CoSigning } from './co-signing.ts';
import { type Database, openTable, type Table, type Write } from './database.ts';
import { headerKey, PREFIX, recordKey, type TableName } from './keys.ts';
import { openDatabase } from './level-database.ts';
import { latestReceipt, latestReceipts } from './pair-index.ts';
import { PairList } from './pair-states/pair-list.ts';
import { Pairs } from './pairs.ts';
import { Proofs } from './proofs.ts';
import { Pruning } from './pruning.ts';
import { migrate } from './schema.ts';
import type { Tip } from './tip.ts';

/** Names of the files in a peer's home folder that belong to the ledger. */
export const LEDGER_FOLDER = 'db';
export const HEAD_FILE = 'head';

export interface LedgerOptions {
  readonly home: string;
  readonly network: string;
}

export interface LedgerParts {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: LedgerMetrics | undefined;
}

/** What the rooms above use of the ledger. */
export interface Ledger {
  readonly coSigning: CoSigning;
  readonly catchingUp: CatchingUp;
  readonly proofs: Proofs;
  readonly pairList: PairList;
  tip(): Tip | undefined;
  /** Envelopes of this peer's headers from a number on, at most so many. */
  headers(fromSeq: number, limit: number): Promise<readonly Uint8Array[]>;
  /** Commits records, and table writes with them, under one header; on disk when it resolves. */
  commit(records: readonly SignedRecord[], writes?: readonly Write[]): Promise<void>;
  /** Puts back a record that a header covers and that was lost. */
  putBack(record: SignedRecord): Promise<void>;
  /** A stored record, verified again as it is read. */
  record<K extends RecordKind>(kind: K, id: Uint8Array): Promise<SignedRecord<K> | undefined>;
  /** Records of a kind in order of id, from after `after` (an id as text) on. */
  records<K extends RecordKind>(kind: K, after?: string): AsyncIterable<SignedRecord<K>>;
  /** Forgets receipts of days before `day` (days since 1970) that later ones contain; resolves with how many went. */
  prune(day: number): Promise<number>;
  latestReceipt(side: Side, counterparty: string): Promise<SignedRecord<'receipt'> | undefined>;
  /** The latest receipt of every pair in which this peer is on `side`. */
  latestReceipts(side: Side): AsyncIterable<SignedRecord<'receipt'>>;
  /** Calls back after every commit with what it put on disk. */
  onCommit(listener: (records: readonly SignedRecord[]) => void): void;
  /** Working state of a room above. */
  table<T extends Value>(name: TableName, read: (value: Value, path: string) => T): Table<T>;
  /** Resolves while the ledger takes writes; tries again after one that failed. Throws LEDGER_DISK_FULL, LEDGER_WRITE_FAILED. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the ledger in a home folder, made if absent. Throws LEDGER_IN_USE when another process has it,
 * LEDGER_TAIL_LOST when the head file names a header that the database lost.
 */
export async function openLedger(options: LedgerOptions, parts: LedgerParts): Promise<Ledger> {
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const database = await openDatabase(join(options.home, LEDGER_FOLDER));
  return ledgerIn(database, options, parts);
}

/** A ledger in a database that is its own from now on, its head file in the home folder. Throws as `openLedger`. */
export async function ledgerIn(
  database: Database,
  { home, network }: LedgerOptions,
  parts: LedgerParts,
): Promise<Ledger> {
  const { identity, clock, log, metrics } = parts;
  const listeners: CommitListener[] = [];
  const chain = new Chain({
    ...{ database, headFile: join(home, HEAD_FILE), identity, network, clock },
    committed(records, seconds) {
      metrics?.commitSeconds.observe(seconds);
      metrics?.recordsTotal.inc(records.length);
      for (const listener of listeners) tell(listener, records, log);
    },
  });
  try {
    await migrate(database);
    await chain.open();
  } catch (error) {
    await database.close();
    throw error;
  }
  const pairs = new Pairs({ database, chain, network, self: identity.peer });
  database.onDoubt(() => pairs.forgetAll());
  const parties = { pairs, lanes: new KeyedSerial(), identity, network, clock };
  const pruning = new Pruning({ database, ...parties, self: identity.peer });
  const signing = { coSigning: new CoSigning(parties), catchingUp: new CatchingUp(parties) };
  const pairList = new PairList({ database, network, self: identity.peer });
  return assembleLedger({ database, chain, ...signing, pairList, pruning, network, listeners });
}

type CommitListener = Parameters<Ledger['onCommit']>[0];

/** What is on disk stays committed, whatever a listener does. */
function tell(listener: CommitListener, records: readonly SignedRecord[], log: Log): void {
  try {
    listener(records);
  } catch (err) {
    log.error({ err }, 'a listener for commits failed');
  }
}

interface OpenedLedger {
  readonly database: Database;
  readonly chain: Chain;
  readonly coSigning: CoSigning;
  readonly catchingUp: CatchingUp;
  readonly pairList: PairList;
  readonly pruning: Pruning;
  readonly network: string;
  readonly listeners: CommitListener[];
}

function assembleLedger({ database, chain, network, listeners, pruning, ...signing }: OpenedLedger): Ledger {
  return {
    ...signing,
    proofs: new Proofs(database, network),
    tip: () => chain.tip,
    async headers(fromSeq, limit) {
      const headers: Uint8Array[] = [];
      for await (const [, stored] of database.entries(PREFIX.header, { after: headerKey(fromSeq - 1) })) {
        headers.push(stored);
        if (headers.length === limit) break;
      }
      return headers;
    },
    commit: (records, writes) => chain.commit(records, writes),
    putBack: ({ kind, id, bytes }) => database.write([{ key: recordKey(kind, showId(id)), value: bytes }]),
    async record(kind, id) {
      const stored = await database.get(recordKey(kind, showId(id)));
      return stored === undefined ? undefined : openRecord(kind, stored, network);
    },
    async *records(kind, after) {
      const options = after === undefined ? {} : { after: recordKey(kind, after) };
      for await (const [, stored] of database.entries(`${PREFIX.record}${kind}/`, options)) {
        yield openRecord(kind, stored, network);
      }
    },
    prune: (day) => pruning.prune(day),
    latestReceipt: (side, counterparty) => latestReceipt(database, network, side, counterparty),
    latestReceipts: (side) => latestReceipts(database, network, side),
    onCommit: (listener) => {
      listeners.push(listener);
    },
    table: (name, read) => openTable(database, name, read),
    settled: () => database.settled(),
    async close() {
      await chain.close();
      await database.close();
    },
  };
}
