// The checks of a verification, part by part, over everything in a copy of the database.
import { codeOf, type ErrorCode, TallyError } from '../../lib/errors.ts';
import { authorsOf, isKind, kindOf, openRecord, type SignedRecord } from '../../records/envelope.ts';
import { sameBytes, showId } from '../../records/id.ts';
import { peerOf } from '../../records/identity.ts';
import type { RecordKind } from '../../records/kinds.ts';
import { merkleRoot } from '../../records/merkle.ts';
import { type Covered, decodeCovers } from '../covers.ts';
import type { HeadFound } from '../head-file.ts';
import {
  coversKey,
  headerKey,
  learntKey,
  numberAtEnd,
  PREFIX,
  prunedKey,
  recordKey,
  SCHEMA_KEY,
} from '../keys.ts';
import { HEAD_FILE } from '../ledger.ts';
import { decodeBase, type PairBase } from '../pair-base.ts';
import { readTotals } from '../pair-index.ts';
import { readSchema, SCHEMA } from '../schema.ts';
import { mapOf } from '../stored-map.ts';
import { Replay } from './replay.ts';
import type { Rows } from './rows.ts';

/** One thing that is wrong, with the key or the sequence number where it is. */
export interface Problem {
  readonly code: ErrorCode;
  readonly key?: string;
  readonly seq?: number;
  readonly detail: string;
}

/** What a verification found; `ok` means no problem at all. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly peer?: string;
  readonly headers: number;
  readonly records: number;
  readonly receipts: number;
  /** Id of the newest header. */
  readonly tip?: string;
  /** Ids of the receipts that verify, for comparing two ledgers. */
  readonly receiptIds: readonly string[];
  readonly problems: readonly Problem[];
}

/** Everything that was read, which is then checked part by part. */
export class Verification {
  readonly #network: string;
  readonly #problems: Problem[] = [];
  readonly #headers = new Map<number, Uint8Array>();
  readonly #covers = new Map<number, readonly Covered[]>();
  readonly #records = new Map<string, Uint8Array>();
  readonly #indexes = new Map<string, Uint8Array>();
  readonly #learnt = new Set<string>();
  readonly #pruned = new Set<string>();
  readonly #bases = new Map<string, PairBase>();
  readonly #mapRows = new Map<string, Uint8Array>();
  /** Keys whose bytes are damaged: named once, not again as missing. */
  readonly #damaged = new Set<string>();
  readonly #covered = new Set<string>();
  readonly #receipts = new Map<string, SignedRecord<'receipt'>>();
  readonly #leases = new Map<string, SignedRecord<'lease'>>();
  readonly #words: (SignedRecord<'outcome'> | SignedRecord<'vouch'>)[] = [];
  #replay = new Replay('');
  #peer: string | undefined;
  #head: SignedRecord<'header'> | undefined;
  #headDamaged = false;
  #tip: SignedRecord<'header'> | undefined;

  constructor(network: string) {
    this.#network = network;
  }

  problem(code: ErrorCode, where: { key?: string; seq?: number }, detail: string): void {
    this.#problems.push({ code, ...where, detail });
  }

  /** What the head file holds. */
  takeHead(found: HeadFound): void {
    if (found.is === 'absent') return;
    try {
      if (found.is === 'damaged') throw new TallyError('LEDGER_VALUE_DAMAGED', { key: HEAD_FILE });
      this.#head = openRecord('header', found.header, this.#network);
      this.#peer = peerOf(this.#head.body.peer);
    } catch (error) {
      this.#headDamaged = true;
      this.problem(
        'LEDGER_HEAD_INVALID',
        { key: HEAD_FILE },
        `the head file does not verify (${codeOf(error)})`,
      );
    }
  }

  /** The highest seq that the database or the head file knows of. */
  #lastSeq(): number {
    return [...this.#headers.keys(), ...this.#covers.keys()].reduce(
      (last, seq) => Math.max(last, seq),
      this.#head?.body.seq ?? 0,
    );
  }

  /** Everything that is stored. */
  takeRows({ values, damaged, unreadable }: Rows): void {
    if (unreadable !== undefined)
      this.problem('LEDGER_UNREADABLE', {}, `LevelDB stopped reading: ${unreadable}`);
    for (const [key, code] of damaged) this.#reportDamaged(key, code);
    for (const [key, value] of values) {
      try {
        this.#keep(key, value);
      } catch (error) {
        this.#reportDamaged(key, codeOf(error));
      }
    }
  }

  #reportDamaged(key: string, code: string): void {
    this.#damaged.add(key);
    const seq = key.startsWith(PREFIX.header) ? { seq: numberAtEnd(key) } : {};
    this.problem('LEDGER_VALUE_DAMAGED', { key, ...seq }, `the stored bytes were changed (${code})`);
  }

  #keep(key: string, value: Uint8Array): void {
    if (key.startsWith(PREFIX.header)) this.#headers.set(numberAtEnd(key), value);
    else if (key.startsWith(PREFIX.covers)) this.#covers.set(numberAtEnd(key), decodeCovers(value));
    else if (key.startsWith(PREFIX.record)) this.#records.set(key, value);
    else if (key.startsWith(PREFIX.pair) || key.startsWith(PREFIX.lease)) this.#indexes.set(key, value);
    else if (key.startsWith(PREFIX.learnt)) this.#learnt.add(key.slice(PREFIX.learnt.length));
    else if (key.startsWith(PREFIX.map)) this.#mapRows.set(key, value);
    else if (key.startsWith(PREFIX.pruned)) this.#pruned.add(key.slice(PREFIX.pruned.length));
    else if (key.startsWith(PREFIX.base)) this.#bases.set(key.slice(PREFIX.base.length), decodeBase(value));
    else if (key === SCHEMA_KEY) this.#checkSchema(readSchema(value));
    else if (!key.startsWith(PREFIX.draft) && !key.startsWith(PREFIX.table)) {
      this.problem('LEDGER_KEY_UNKNOWN', { key }, 'no part of this version uses this key');
    }
  }

  #checkSchema(stored: number): void {
    if (stored > SCHEMA)
      this.problem(
        'LEDGER_VERSION_NEWER',
        { key: SCHEMA_KEY },
        `the ledger has schema ${stored}, this version knows ${SCHEMA}`,
      );
  }

  /** Headers one by one from the first, each continuing the one before, and the head file's header among them. */
  checkChain(): void {
    const head = this.#head;
    if (head === undefined && this.#headers.size > 0 && !this.#headDamaged) {
      this.problem('LEDGER_HEAD_MISSING', { key: HEAD_FILE }, 'there are headers, but no head file');
    }
    const last = this.#lastSeq();
    let previous: SignedRecord<'header'> | undefined;
    for (let seq = 1; seq <= last; seq += 1) {
      const header = this.#checkHeader(seq, previous);
      if (header === undefined) this.#reportAbsent(seq, head);
      if (header !== undefined && head?.body.seq === seq && !sameBytes(header.id, head.id)) {
        this.problem('LEDGER_HEAD_INVALID', { seq }, 'the head file holds another header of this seq');
      }
      previous = header;
      this.#tip = header ?? this.#tip;
    }
  }

  #reportAbsent(seq: number, head: SignedRecord<'header'> | undefined): void {
    const key = headerKey(seq);
    if (this.#headers.has(seq) || this.#damaged.has(key)) return;
    const lost = head !== undefined && head.body.seq >= seq && Math.max(0, ...this.#headers.keys()) < seq;
    const code = lost ? 'LEDGER_TAIL_LOST' : 'LEDGER_HEADER_MISSING';
    this.problem(
      code,
      { seq, key },
      lost ? `the head file names header ${head.body.seq}` : 'the chain has a gap',
    );
  }

  #checkHeader(
    seq: number,
    previous: SignedRecord<'header'> | undefined,
  ): SignedRecord<'header'> | undefined {
    const covers = this.#covers.get(seq) ?? [];
    for (const { kind, id } of covers) this.#covered.add(recordKey(kind, showId(id)));
    const stored = this.#headers.get(seq);
    if (stored === undefined) return undefined;
    const where = { seq, key: headerKey(seq) };
    try {
      const header = openRecord('header', stored, this.#network);
      const fault = this.#linkFault(seq, header, previous);
      if (fault !== undefined) this.problem('LEDGER_HEADER_INVALID', where, fault);
      const isWhole = sameBytes(header.body.root, merkleRoot(covers.map(({ id }) => id)));
      if (!isWhole && !this.#damaged.has(coversKey(seq))) {
        this.problem('LEDGER_ROOT_MISMATCH', where, 'the listed records do not give the root of the header');
      }
      return header;
    } catch (error) {
      this.problem('LEDGER_HEADER_INVALID', where, `the header does not verify (${codeOf(error)})`);
      return undefined;
    }
  }

  #linkFault(
    seq: number,
    { body }: SignedRecord<'header'>,
    previous: SignedRecord<'header'> | undefined,
  ): string | undefined {
    this.#peer ??= peerOf(body.peer);
    if (peerOf(body.peer) !== this.#peer) return 'signed by another peer';
    if (body.seq !== seq) return `stored as ${seq} but signed as ${body.seq}`;
    if (previous === undefined)
      return seq === 1 && body.previous.length > 0 ? 'names a header before the first' : undefined;
    if (!sameBytes(body.previous, previous.id)) return 'does not name the header before it';
    const before = previous.body.generation;
    const same = body.generation.counter === before.counter && sameBytes(body.generation.nonce, before.nonce);
    return same || body.generation.counter > before.counter ? undefined : 'its generation goes back';
  }

  /** Every record verifies and stands under its id; what headers cover is there, and nothing else is. */
  checkRecords(): void {
    for (const [key, bytes] of this.#records) {
      this.#checkRecord(key, bytes);
      if (!this.#covered.has(key))
        this.problem('LEDGER_RECORD_UNCOVERED', { key }, 'no header covers this record');
    }
    for (const key of this.#covered) {
      if (this.#records.has(key) || this.#damaged.has(key) || this.#isPruned(key)) continue;
      this.problem('LEDGER_RECORD_MISSING', { key }, 'a header covers this record, but it is not stored');
    }
  }

  #isPruned(key: string): boolean {
    const prefix = recordKey('receipt', '');
    return key.startsWith(prefix) && this.#pruned.has(key.slice(prefix.length));
  }

  #checkRecord(key: string, bytes: Uint8Array): void {
    try {
      const kind = kindOf(bytes);
      const record = kind === undefined ? undefined : openRecord<RecordKind>(kind, bytes, this.#network);
      if (record === undefined || recordKey(record.kind, showId(record.id)) !== key) {
        this.problem('LEDGER_RECORD_INVALID', { key }, 'the record stored here has another id');
        return;
      }
      this.#sort(record);
    } catch (error) {
      this.problem('LEDGER_RECORD_INVALID', { key }, `the record does not verify (${codeOf(error)})`);
    }
  }

  #sort(record: SignedRecord): void {
    if (isKind(record, 'receipt')) this.#receipts.set(showId(record.id), record);
    if (isKind(record, 'lease')) this.#leases.set(showId(record.id), record);
    if (isKind(record, 'outcome') || isKind(record, 'vouch')) this.#words.push(record);
  }

  /** What the peer said of others it signed itself; outcomes name leases that it took of whom they speak, each once. */
  checkWords(): void {
    const named = new Set<string>();
    for (const word of this.#words) {
      const key = recordKey(word.kind, showId(word.id));
      const [author] = authorsOf(word);
      if (author === undefined || peerOf(author) !== this.#peer)
        this.problem('LEDGER_RECORD_INVALID', { key }, `another peer made this ${word.kind}`);
      if (isKind(word, 'outcome')) this.#checkOutcome(key, word, named);
    }
  }

  #checkOutcome(key: string, { body }: SignedRecord<'outcome'>, named: Set<string>): void {
    for (const { lease } of body.leases) {
      const id = showId(lease);
      const fault = named.has(id) ? 'is named by an earlier outcome too' : this.#leaseFault(id, body);
      named.add(id);
      if (fault !== undefined) this.problem('LEDGER_OUTCOME_LEASE', { key }, `the lease ${id} ${fault}`);
    }
  }

  #leaseFault(id: string, { tenant, volunteer }: SignedRecord<'outcome'>['body']): string | undefined {
    const lease = this.#leases.get(id)?.body;
    if (lease === undefined) return 'is not stored';
    const isBetween = sameBytes(lease.tenant, tenant) && sameBytes(lease.volunteer, volunteer);
    return isBetween ? undefined : 'is between other peers';
  }

  /** Receipts follow each other by the rules, in the order of the chain; those that it does not cover come last. */
  checkReceipts(): void {
    const replay = new Replay(this.#peer ?? '', this.#bases);
    for (const [id, receipt] of this.#inOrder()) {
      const key = recordKey('receipt', id);
      try {
        const fault = replay.take(receipt, this.#learnt.has(id));
        if (fault === undefined) continue;
        const code = fault === 'RECEIPT_GAP' ? 'LEDGER_RECEIPT_GAP' : 'LEDGER_RECORD_INVALID';
        const where = { key, seq: receipt.body.pairSeq };
        this.problem(code, where, `the receipt does not follow the one before it (${fault})`);
      } catch (error) {
        if (codeOf(error) !== 'RECEIPT_STRANGER') throw error;
        this.problem('LEDGER_RECORD_INVALID', { key }, 'the receipt is between other peers');
      }
    }
    this.#replay = replay;
  }

  #inOrder(): Map<string, SignedRecord<'receipt'>> {
    const covers = [...this.#covers].toSorted(([a], [b]) => a - b).flatMap(([, covered]) => covered);
    const uncovered = [...this.#receipts].toSorted(([, a], [, b]) => a.body.pairSeq - b.body.pairSeq);
    const inOrder = new Map<string, SignedRecord<'receipt'>>();
    for (const id of [...covers.map((each) => showId(each.id)), ...uncovered.map(([each]) => each)]) {
      const receipt = this.#receipts.get(id);
      if (receipt !== undefined) inOrder.set(id, receipt);
    }
    return inOrder;
  }

  /** The indexes hold what follows from the receipts, no more and no less. */
  checkIndexes(): void {
    const expected = this.#replay.rows;
    for (const key of new Set([...expected.keys(), ...this.#indexes.keys()])) {
      if (!expected.has(key) && this.#isOfPruned(key)) continue;
      this.#checkRow('LEDGER_INDEX_MISMATCH', key, expected.get(key), this.#indexes.get(key));
    }
    for (const id of this.#learnt) {
      if (!this.#receipts.has(id))
        this.problem(
          'LEDGER_INDEX_MISMATCH',
          { key: learntKey(id) },
          'the mark names a receipt that is not stored',
        );
    }
    for (const id of this.#pruned) {
      if (!this.#covered.has(recordKey('receipt', id)))
        this.problem(
          'LEDGER_INDEX_MISMATCH',
          { key: prunedKey(id) },
          'the mark names a receipt that no header covers',
        );
    }
  }

  /** Whether a row holds the totals of a lease that a pruned receipt was the last to name. */
  #isOfPruned(key: string): boolean {
    const stored = key.startsWith(PREFIX.lease) ? this.#indexes.get(key) : undefined;
    return stored !== undefined && this.#pruned.has(showId(readTotals(stored).receipt));
  }

  #checkRow(
    code: ErrorCode,
    key: string,
    expected: Uint8Array | undefined,
    stored: Uint8Array | undefined,
  ): void {
    if (this.#damaged.has(key)) return;
    if (expected !== undefined && stored !== undefined && sameBytes(expected, stored)) return;
    const detail = stored === undefined ? 'an entry is missing' : 'the entry contradicts the receipts';
    this.problem(code, { key }, detail);
  }

  /** The map of pair states is that of the latest receipts, row by row, and the newest header commits to it. */
  async checkMap(): Promise<void> {
    const { digest, rows } = await mapOf(this.#replay.leaves());
    for (const key of new Set([...rows.keys(), ...this.#mapRows.keys()])) {
      this.#checkRow('LEDGER_MAP_INVALID', key, rows.get(key), this.#mapRows.get(key));
    }
    const tip = this.#tip?.body;
    if (tip === undefined || (tip.pairs === digest.count && sameBytes(tip.mapRoot, digest.hash))) return;
    this.problem('LEDGER_MAP_INVALID', { seq: tip.seq }, 'the newest header commits to a different map');
  }

  /** Rows of the indexes of pairs and leases as the receipts say. */
  indexes(): ReadonlyMap<string, Uint8Array> {
    return this.#replay.rows;
  }

  report(): VerifyReport {
    return {
      ok: this.#problems.length === 0,
      ...(this.#peer === undefined ? {} : { peer: this.#peer }),
      headers: this.#headers.size,
      records: this.#records.size,
      receipts: this.#receipts.size,
      ...(this.#tip === undefined ? {} : { tip: showId(this.#tip.id) }),
      receiptIds: [...this.#receipts.keys()].sort(),
      problems: this.#problems,
    };
  }
}
