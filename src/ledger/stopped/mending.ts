// What a repair can rebuild in the rows of a damaged ledger, from nothing but the remaining rows.
import { encode } from '../../records/codec.ts';
import { openRecord, parseRecord, type Statement, type UnverifiedRecord } from '../../records/envelope.ts';
import { parseId, sameBytes, showId } from '../../records/id.ts';
import { publicKeyOf } from '../../records/identity.ts';
import { isRecordKind } from '../../records/kinds.ts';
import { merkleRoot } from '../../records/merkle.ts';
import { pairName, type Side } from '../../records/pair-map.ts';
import { type Covered, decodeCovers, encodeCovers } from '../covers.ts';
import {
  coversKey,
  numberAtEnd,
  PREFIX,
  pairPrefix,
  partsOf,
  prunedKey,
  recordKey,
  SCHEMA_KEY,
  tableKey,
} from '../keys.ts';
import { MISSING_RECORD, MISSING_TABLE } from '../missing-records.ts';
import { encodeBase } from '../pair-base.ts';
import { readTotals } from '../pair-index.ts';
import { SCHEMA } from '../schema.ts';
import { mapOf } from '../stored-map.ts';
import type { Rows } from './rows.ts';
import type { Problem } from './verification.ts';

/** Lists of records that a header may cover are tried in every order up to so many. */
const ORDERS_MAX = 20_000;

export class Mending {
  /** The rows as they will be, by key. */
  readonly values: Map<string, Uint8Array>;
  readonly mended: string[] = [];
  readonly wanted: string[] = [];
  readonly dropped: string[] = [];
  readonly #network: string;
  readonly #before: ReadonlyMap<string, Uint8Array>;
  /** Keys whose values are gone. */
  readonly #lost = new Set<string>();

  constructor(values: ReadonlyMap<string, Uint8Array>, network: string) {
    this.values = new Map(values);
    this.#before = values;
    this.#network = network;
  }

  /** Whether anything is to be written at all. */
  get hasChanged(): boolean {
    const isSame = [...this.values].every(([key, value]) => this.#before.get(key) === value);
    return this.#lost.size > 0 || this.values.size !== this.#before.size || !isSame;
  }

  rows(): Rows {
    return { values: this.values, damaged: new Map() };
  }

  newestHeader(): { seq: number; bytes: Uint8Array } | undefined {
    const keys = [...this.values.keys()].filter((key) => key.startsWith(PREFIX.header)).sort();
    const key = keys.at(-1);
    const bytes = key === undefined ? undefined : this.values.get(key);
    return key === undefined || bytes === undefined ? undefined : { seq: numberAtEnd(key), bytes };
  }

  /** Takes out what is damaged or false. Marks say all by their keys, so they are written again. */
  setAside(problems: readonly Problem[]): void {
    for (const { code, key } of problems) {
      if (key === undefined) continue;
      const isFalse = code === 'LEDGER_RECORD_INVALID' && !this.#isFollowing(key);
      if (code !== 'LEDGER_VALUE_DAMAGED' && code !== 'LEDGER_KEY_UNKNOWN' && !isFalse) continue;
      this.values.delete(key);
      this.#lost.add(key);
      if (key.startsWith(PREFIX.learnt) || key.startsWith(PREFIX.pruned)) this.#mend(key, new Uint8Array());
      else if (key === SCHEMA_KEY) this.#mend(key, encode(SCHEMA));
      else if (key.startsWith(PREFIX.base)) this.#mendBase(key);
      else if (isDropped(key)) this.dropped.push(key);
    }
  }

  /** A receipt that verifies, and is only out of order because another is missing. */
  #isFollowing(key: string): boolean {
    const stored = this.values.get(key);
    try {
      const [kind = '', id = ''] = partsOf(PREFIX.record, key);
      if (stored === undefined || kind !== 'receipt') return false;
      return showId(openRecord(kind, stored, this.#network).id) === id;
    } catch {
      return false;
    }
  }

  /** A base begins with the first receipt that is left; what leases had counted before is not known any more. */
  #mendBase(key: string): void {
    const [side = '', counterparty = ''] = partsOf(PREFIX.base, key);
    const prefix = pairPrefix(side as Side, counterparty);
    const first = [...this.values.keys()].filter((each) => each.startsWith(prefix)).sort()[0];
    const receipt = first === undefined ? undefined : this.values.get(first);
    if (receipt !== undefined) this.#mend(key, encodeBase({ receipt, totals: new Map() }));
  }

  #mend(key: string, value: Uint8Array): void {
    this.values.set(key, value);
    this.mended.push(key);
  }

  /** Lists of covered records, found among the records that no header covers by the root that its header signs. */
  findCovers(): void {
    for (const header of this.#headers()) {
      const key = coversKey(header.body.seq);
      const stored = this.values.get(key);
      const listed = stored === undefined ? undefined : decodeCovers(stored);
      if (listed !== undefined && hasRoot(listed, header)) continue;
      const found = orderOf(this.#uncovered(key), header);
      if (found !== undefined) this.#mend(key, encodeCovers(found));
    }
  }

  #headers(): UnverifiedRecord<'header'>[] {
    return [...this.values]
      .filter(([key]) => key.startsWith(PREFIX.header))
      .map(([, value]) => parseRecord('header', value, this.#network));
  }

  /** Records, stored or lost, that no list but the one under `but` names. */
  #uncovered(but: string): Covered[] {
    const covered = new Set(this.#covered(but).map(({ kind, id }) => recordKey(kind, showId(id))));
    const keys = [...this.values.keys(), ...this.#lost].filter((key) => key.startsWith(PREFIX.record));
    return [...new Set(keys)]
      .filter((key) => !covered.has(key))
      .flatMap((key) => {
        const [kind = '', id = ''] = partsOf(PREFIX.record, key);
        return isRecordKind(kind) ? [{ kind, id: parseId(id) }] : [];
      });
  }

  #covered(but?: string): Covered[] {
    return [...this.values]
      .filter(([key]) => key.startsWith(PREFIX.covers) && key !== but)
      .flatMap(([, value]) => decodeCovers(value));
  }

  /** Records that a header covers, that two peers keep, and that are not here. */
  wantMissing(): void {
    for (const { kind, id } of this.#covered()) {
      const key = recordKey(kind, showId(id));
      if (this.values.has(key) || this.values.has(prunedKey(showId(id)))) continue;
      if (kind !== 'receipt' && kind !== 'lease' && kind !== 'bid') continue;
      this.wanted.push(key);
      const row = tableKey(MISSING_TABLE, `${kind}/${showId(id)}`);
      if (!this.values.has(row)) this.values.set(row, encode(MISSING_RECORD({ kind, id }, key)));
    }
  }

  /**
   * Indexes as the receipts say. While one is missing only rows that are gone are filled: the others know of it. The map
   * follows from the index of pairs, if that gives the root that the newest header signs.
   */
  async rebuildIndexes(expected: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const isMissing = this.wanted.some((key) => key.startsWith(recordKey('receipt', '')));
    for (const [key, value] of expected) {
      const stored = this.values.get(key);
      const isFilled = stored === undefined || !isMissing;
      if (isFilled && !(stored && sameBytes(stored, value))) this.#mend(key, value);
    }
    if (!isMissing) this.#dropStale(expected);
    await this.#rebuildMap();
  }

  /** Rows of indexes that no receipt says, but the totals that a pruned one said. */
  #dropStale(expected: ReadonlyMap<string, Uint8Array>): void {
    for (const [key, value] of this.values) {
      const isIndex = key.startsWith(PREFIX.pair) || key.startsWith(PREFIX.lease);
      if (!isIndex || expected.has(key)) continue;
      const isOfPruned =
        key.startsWith(PREFIX.lease) && this.values.has(prunedKey(showId(readTotals(value).receipt)));
      if (!isOfPruned) this.values.delete(key);
    }
  }

  async #rebuildMap(): Promise<void> {
    const newest = this.newestHeader();
    if (newest === undefined) return;
    const { mapRoot, pairs } = parseRecord('header', newest.bytes, this.#network).body;
    const { digest, rows } = await mapOf(this.#leaves());
    if (digest.count !== pairs || !sameBytes(digest.hash, mapRoot)) return;
    const stored = [...this.values.keys()].filter((key) => key.startsWith(PREFIX.map));
    for (const key of stored) if (!rows.has(key)) this.values.delete(key);
    for (const [key, value] of rows) {
      const known = this.values.get(key);
      if (known === undefined || !sameBytes(known, value)) this.#mend(key, value);
    }
  }

  /** The last receipt of each pair by the index. */
  #leaves() {
    const last = new Map<string, { name: Uint8Array; receipt: Uint8Array }>();
    const rows = [...this.values]
      .filter(([key]) => key.startsWith(PREFIX.pair))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, receipt] of rows) {
      const [side = '', counterparty = ''] = partsOf(PREFIX.pair, key);
      const name = pairName(side as Side, publicKeyOf(counterparty));
      last.set(`${side}/${counterparty}`, { name, receipt });
    }
    return [...last.values()].sort((a, b) => Buffer.compare(a.name, b.name));
  }
}

/** Drafts and working state are made anew; a key of no part is nobody's. */
function isDropped(key: string): boolean {
  const kept = [PREFIX.header, PREFIX.covers, PREFIX.record, PREFIX.pair, PREFIX.lease, PREFIX.map];
  return !kept.some((prefix) => key.startsWith(prefix));
}

function hasRoot(covers: readonly Covered[], { body }: Statement<'header'>): boolean {
  return sameBytes(merkleRoot(covers.map(({ id }) => id)), body.root);
}

/** An order of some of these records that has the root of a header, if it can be found by trying. */
function orderOf(records: readonly Covered[], header: Statement<'header'>): Covered[] | undefined {
  let tries = 0;
  const search = (chosen: Covered[]): Covered[] | undefined => {
    if (chosen.length === header.body.records) {
      tries += 1;
      return hasRoot(chosen, header) ? chosen : undefined;
    }
    for (const next of records) {
      if (tries > ORDERS_MAX) return undefined;
      if (chosen.includes(next)) continue;
      const found = search([...chosen, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search([]);
}
