// The chain: records are committed in batches, each under a signed header that names the one before and commits to
// the state of every pair. Commits that arrive while one is being written share the next header, and one sync.
import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import { newSalt } from '../lib/salt.ts';
import { openRecord, type SignedRecord } from '../records/envelope.ts';
import type { Header } from '../records/fork-proof.ts';
import type { HeaderBody } from '../records/header.ts';
import { sameBytes, showId } from '../records/id.ts';
import type { Identity } from '../records/identity.ts';
import { merkleRoot } from '../records/merkle.ts';
import type { Digest, Leaf } from '../records/pair-map.ts';
import { encodeCovers } from './covers.ts';
import type { Database, Reader, Write } from './database.ts';
import { HeadFile, readHead } from './head-file.ts';
import { coversKey, headerKey, PREFIX, recordKey } from './keys.ts';
import { COMMIT_MAX_RECORDS } from './parameters.ts';
import { StoredMap } from './stored-map.ts';
import { nextGeneration, nextHeader, type Tip, tipOf } from './tip.ts';

interface Waiting {
  readonly records: readonly SignedRecord[];
  readonly writes: readonly Write[];
  readonly leaves: readonly Leaf[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export interface ChainParts {
  readonly database: Database;
  readonly headFile: string;
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  /** Told of each commit once it is on disk. */
  readonly committed?: (records: readonly SignedRecord[], seconds: number) => void;
}

/** The append-only chain of one running process. */
export class Chain {
  readonly #parts: ChainParts;
  readonly #map: StoredMap;
  readonly #waiting: Waiting[] = [];
  #tip: Tip | undefined;
  #generation: Tip['generation'] | undefined;
  #headFile: HeadFile | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: ChainParts) {
    this.#parts = parts;
    this.#map = new StoredMap(parts.database);
  }

  get tip(): Tip | undefined {
    return this.#tip;
  }

  /** Finds where the chain ended. Throws as `#newGeneration`. */
  async open(): Promise<void> {
    this.#generation = await this.#newGeneration();
  }

  /**
   * A generation that goes on from what is stored. Throws LEDGER_TAIL_LOST when the head file knows more,
   * LEDGER_HEAD_INVALID when it cannot be read, and LEDGER_MAP_INVALID when the stored map is not the newest header's.
   */
  async #newGeneration(): Promise<Tip['generation']> {
    const { database, headFile, network, clock } = this.#parts;
    const last = await lastHeader(database, network);
    this.#tip = last === undefined ? undefined : tipOf(last);
    await requireNothingLost(headFile, last, network);
    this.#map.forget();
    if (last !== undefined) requireSameMap(last.body, await this.#map.digest());
    return nextGeneration(this.#tip, clock.nowMs());
  }

  /**
   * Commits records, other writes and new states of pairs with them, all or nothing; on disk, with the head file, when it
   * resolves.
   */
  commit(
    records: readonly SignedRecord[],
    writes: readonly Write[] = [],
    leaves: readonly Leaf[] = [],
  ): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ records, writes, leaves, done, failed });
      this.#writing ??= this.#drain();
    });
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#writing;
    const headFile = this.#headFile;
    this.#headFile = undefined;
    await headFile?.close();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
        for (const { done } of group) done();
      } catch (error) {
        this.#generation = undefined;
        for (const { failed } of group) failed(error);
      }
    }
    this.#writing = undefined;
  }

  #takeGroup(): Waiting[] {
    let records = 0;
    let taken = 0;
    for (const waiting of this.#waiting) {
      if (taken > 0 && records + waiting.records.length > COMMIT_MAX_RECORDS) break;
      records += waiting.records.length;
      taken += 1;
    }
    return this.#waiting.splice(0, taken);
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const { database, headFile, committed } = this.#parts;
    const startedMs = performance.now();
    // After a write that failed, the header that was signed for it may be on disk or not: another generation goes on.
    if (this.#generation === undefined) {
      await database.settled();
      this.#generation = await this.#newGeneration();
    }
    const generation = this.#generation;
    const records = uniqueById(group.flatMap((each) => each.records));
    const change = await this.#map.change(lastByName(group.flatMap((each) => each.leaves)));
    const header = this.#nextHeader(generation, records, change.digest);
    await database.write([
      ...group.flatMap((each) => each.writes),
      ...records.map(({ kind, id, bytes }) => ({ key: recordKey(kind, showId(id)), value: bytes })),
      ...change.writes,
      { key: headerKey(header.body.seq), value: header.bytes },
      { key: coversKey(header.body.seq), value: encodeCovers(records) },
    ]);
    this.#map.accept(change);
    this.#tip = tipOf(header);
    this.#headFile ??= await HeadFile.open(headFile);
    await this.#headFile.write(header.body.seq, header.bytes);
    committed?.(records, (performance.now() - startedMs) / 1000);
  }

  #nextHeader(generation: Tip['generation'], records: readonly SignedRecord[], map: Digest): Header {
    const { identity, network } = this.#parts;
    return nextHeader({ identity, network, salt: newSalt() }, this.#tip, generation, {
      root: merkleRoot(records.map(({ id }) => id)),
      records: records.length,
      mapRoot: map.hash,
      pairs: map.count,
    });
  }
}

/** The newest header that is stored, or undefined in an empty ledger. */
export async function lastHeader(reader: Reader, network: string): Promise<Header | undefined> {
  for await (const [, stored] of reader.entries(PREFIX.header, { reverse: true })) {
    return openRecord('header', stored, network);
  }
  return undefined;
}

async function requireNothingLost(
  headFile: string,
  last: Header | undefined,
  network: string,
): Promise<void> {
  const head = await readHead(headFile);
  if (head.is === 'damaged') throw new TallyError('LEDGER_HEAD_INVALID', { file: headFile });
  if (head.is === 'absent') return;
  const headSeq = openRecord('header', head.header, network).body.seq;
  const storedSeq = last?.body.seq ?? 0;
  if (headSeq > storedSeq) throw new TallyError('LEDGER_TAIL_LOST', { headSeq, storedSeq });
}

function requireSameMap({ pairs, mapRoot }: HeaderBody, { count, hash }: Digest): void {
  if (pairs !== count || !sameBytes(mapRoot, hash))
    throw new TallyError('LEDGER_MAP_INVALID', { pairs, stored: count });
}

function uniqueById(records: readonly SignedRecord[]): readonly SignedRecord[] {
  if (records.length < 2) return records;
  return [...new Map(records.map((record) => [showId(record.id), record])).values()];
}

/** Of several states of a pair, the one that was committed last. */
function lastByName(leaves: readonly Leaf[]): readonly Leaf[] {
  if (leaves.length < 2) return leaves;
  return [...new Map(leaves.map((leaf) => [showId(leaf.name), leaf])).values()];
}
