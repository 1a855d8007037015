// Records that a repaired ledger lacks: a header covers them, but their bytes were damaged. The other side of each
// record has it too, and is asked for it when the two meet; an id fits one content only.
import { codeOf } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { ID } from '../records/common.ts';
import { isKind, kindOf, openRecord, type SignedRecord } from '../records/envelope.ts';
import { sameBytes, showId } from '../records/id.ts';
import { peerOf } from '../records/identity.ts';
import type { RecordKind } from '../records/kinds.ts';
import { fields, text } from '../records/shape.ts';
import type { Table } from './database.ts';
import type { TableName } from './keys.ts';
import type { Ledger } from './ledger.ts';
import { SHOWN_RECORDS_BYTES, WANTED_AT_ONCE } from './parameters.ts';

/** Name of the table, in which a repair puts what is missing. */
export const MISSING_TABLE = 'missing-records' satisfies TableName;

/** A kind that two peers keep, and an id; the wire form stands in overlay/protocols/records.ts. */
export const MISSING_RECORD = fields({ kind: text(16, /^(receipt|lease|bid)$/), id: ID });
export type MissingRecord = ReturnType<typeof MISSING_RECORD>;

export interface MissingRecordsParts {
  readonly network: string;
  readonly log: Log;
  readonly ledger: Pick<Ledger, 'record' | 'records' | 'putBack'>;
  readonly rows: Table<MissingRecord>;
  readonly ask: (
    peer: string,
    wanted: readonly MissingRecord[],
    signal: AbortSignal,
  ) => Promise<readonly Uint8Array[]>;
}

export class MissingRecords implements Service {
  readonly #parts: MissingRecordsParts;
  readonly #wanted = new Map<string, MissingRecord>();
  readonly #stopping = new AbortController();

  constructor(parts: MissingRecordsParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    for await (const [key, wanted] of this.#parts.rows.entries()) this.#wanted.set(key, wanted);
  }

  async start(): Promise<void> {
    const { log } = this.#parts;
    if (this.#wanted.size > 0)
      log.warn({ records: this.#wanted.size }, 'the ledger lacks records; asking other peers for them');
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  get size(): number {
    return this.#wanted.size;
  }

  /** A peer is connected: it is asked for what is missing, some at a time. Never rejects. */
  async met(peer: string): Promise<void> {
    const { ask, log } = this.#parts;
    try {
      const all = [...this.#wanted.values()];
      for (let from = 0; from < all.length; from += WANTED_AT_ONCE) {
        const envelopes = await ask(peer, all.slice(from, from + WANTED_AT_ONCE), this.#stopping.signal);
        for (const envelope of envelopes) await this.#take(envelope);
      }
    } catch (error) {
      log.debug({ code: codeOf(error), peer }, 'failed to fetch missing records');
    }
  }

  /** Answers another peer that misses records: those that it is a side of, from the first on as many as fit. */
  async serve(peer: string, wanted: readonly MissingRecord[]): Promise<Uint8Array[]> {
    const records: Uint8Array[] = [];
    let bytes = 0;
    for (const { kind, id } of wanted) {
      const record = await this.#parts.ledger.record(kind as RecordKind, id);
      if (record === undefined || !(await this.#isOf(peer, record))) continue;
      bytes += record.bytes.length;
      if (bytes > SHOWN_RECORDS_BYTES) break;
      records.push(record.bytes);
    }
    return records;
  }

  async #take(envelope: Uint8Array): Promise<void> {
    const { network, ledger, rows, log } = this.#parts;
    const kind = kindOf(envelope);
    const record = kind && openRecord(kind, envelope, network);
    const key = record && `${record.kind}/${showId(record.id)}`;
    if (record === undefined || key === undefined || !this.#wanted.has(key)) return;
    await ledger.putBack(record);
    await rows.delete(key);
    this.#wanted.delete(key);
    log.info({ kind, left: this.#wanted.size }, 'restored a damaged record');
  }

  /** Whether a peer is a side of a record; of a bid also the volunteer that gave a lease for it. */
  async #isOf(peer: string, record: SignedRecord): Promise<boolean> {
    if (isKind(record, 'receipt') || isKind(record, 'lease'))
      return [record.body.volunteer, record.body.tenant].some((side) => peerOf(side) === peer);
    if (!isKind(record, 'bid')) return false;
    if (peerOf(record.body.tenant) === peer) return true;
    for await (const { body } of this.#parts.ledger.records('lease'))
      if (sameBytes(body.bid, record.id) && peerOf(body.volunteer) === peer) return true;
    return false;
  }
}
