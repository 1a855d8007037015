// The chain: records are committed in batches, each under a signed header that names the one before. Commits that
// arrive while one is being written share the next header, and one sync.
import { randomBytes } from 'node:crypto';
import { TallyError } from '../lib/errors.ts';
import { openRecord, type SignedRecord, signRecord } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import type { Identity } from '../records/identity.ts';
import { merkleRoot } from '../records/merkle.ts';
import type { Database, Write } from './database.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { readHead, writeHead } from './head-file.ts';
import { headerKey, PREFIX, recordKey } from './keys.ts';
import { COMMIT_MAX_RECORDS } from './parameters.ts';

/** Where the chain stands. */
export interface Tip {
  readonly seq: number;
  readonly id: Uint8Array;
  readonly generation: { readonly counter: number; readonly nonce: Uint8Array };
}

interface Waiting {
  readonly records: readonly SignedRecord[];
  readonly writes: readonly Write[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** What the chain reports of each commit. */
export interface ChainSeen {
  committed?(records: readonly SignedRecord[], seconds: number): void;
}

/** The append-only chain of one running process. */
export class Chain {
  readonly #database: Database;
  readonly #headFile: string;
  readonly #identity: Identity;
  readonly #network: string;
  readonly #seen: ChainSeen;
  readonly #waiting: Waiting[] = [];
  #tip: Tip | undefined;
  #nonce: Uint8Array = randomBytes(16);
  #counter = 1;
  #writing: Promise<void> | undefined;

  constructor(
    database: Database,
    headFile: string,
    identity: Identity,
    network: string,
    seen: ChainSeen = {},
  ) {
    this.#database = database;
    this.#headFile = headFile;
    this.#identity = identity;
    this.#network = network;
    this.#seen = seen;
  }

  get tip(): Tip | undefined {
    return this.#tip;
  }

  /** Finds where the chain ended and begins a generation. Throws LEDGER_TAIL_LOST when the head file knows more. */
  async open(): Promise<void> {
    this.#tip = await this.#lastStored();
    const head = await readHead(this.#headFile);
    if (head !== undefined) {
      const { body } = openRecord('header', head, this.#network);
      const stored = this.#tip?.seq ?? 0;
      if (body.seq > stored)
        throw new TallyError('LEDGER_TAIL_LOST', { headSeq: body.seq, storedSeq: stored });
    }
    this.#counter = (this.#tip?.generation.counter ?? 0) + 1;
  }

  async #lastStored(): Promise<Tip | undefined> {
    for await (const [, stored] of this.#database.entries(PREFIX.header, { reverse: true })) {
      const { id, body } = openRecord('header', decodeEntry(stored).header, this.#network);
      return { seq: body.seq, id, generation: body.generation };
    }
    return undefined;
  }

  /** Commits records, and other writes with them, all or nothing; on disk, with the head file, when it resolves. */
  commit(records: readonly SignedRecord[], writes: readonly Write[] = []): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ records, writes, done, failed });
      this.#writing ??= this.#drain();
    });
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
        for (const { done } of group) done();
      } catch (error) {
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
    const startedMs = performance.now();
    const records = uniqueById(group.flatMap((each) => each.records));
    const header = this.#nextHeader(records);
    await this.#database.write([
      ...group.flatMap((each) => each.writes),
      ...records.map(({ kind, id, bytes }) => ({ key: recordKey(kind, showId(id)), value: bytes })),
      { key: headerKey(header.body.seq), value: encodeEntry({ header: header.bytes, covers: records }) },
    ]);
    this.#tip = { seq: header.body.seq, id: header.id, generation: header.body.generation };
    await writeHead(this.#headFile, header.bytes);
    this.#seen.committed?.(records, (performance.now() - startedMs) / 1000);
  }

  #nextHeader(records: readonly SignedRecord[]): SignedRecord<'header'> {
    return signRecord(
      'header',
      {
        peer: this.#identity.publicKey,
        network: this.#network,
        salt: randomBytes(16),
        generation: { counter: this.#counter, nonce: this.#nonce },
        seq: (this.#tip?.seq ?? 0) + 1,
        previous: this.#tip?.id ?? new Uint8Array(),
        root: merkleRoot(records.map(({ id }) => id)),
        records: records.length,
      },
      this.#identity,
    );
  }
}

function uniqueById(records: readonly SignedRecord[]): SignedRecord[] {
  return [...new Map(records.map((record) => [showId(record.id), record])).values()];
}
