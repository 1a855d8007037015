// The records of others, within bounds: so much of each author, so much of all authors without standing together, so
// much in total. A comparison decides what goes first, not the order of arrival, and which strangers stay is drawn with
// a secret, so that nobody can aim at a place. Facts are in memory, the records on disk.
import { createHmac, randomBytes } from 'node:crypto';
import type { Table } from '../../ledger/database.ts';
import { dayOf } from '../../ledger/decay.ts';
import type { Log } from '../../lib/log.ts';
import type { EvidenceItem } from '../../records/evidence.ts';
import { type Fact, type ServiceFact, supersedes } from '../facts/facts.ts';
import {
  AUTHOR_MAX_BYTES,
  STORE_MAX_BYTES,
  STRANGER_MAX_BYTES,
  STRANGERS_MAX_BYTES,
  WORTH_STANDING,
} from '../facts/parameters.ts';
import type { ParsedEvidence, VerifiedEvidence } from './judge-evidence.ts';

/** What a store is built from. */
export interface StoreParts {
  readonly rows: Table<EvidenceItem>;
  readonly log: Log;
  /** Standing as of the last recompute. */
  readonly standing: (peer: string) => number;
  /** Told whose facts have changed. */
  readonly touched: (author: string) => void;
}

/** The result of taking evidence. `known`: it, or something later, is stored already. `full`: there is no place for it. */
export type Taken = 'new' | 'known' | 'full';

interface Kept {
  readonly fact: Fact;
  readonly bytes: number;
}

interface Author {
  readonly peer: string;
  readonly kept: Map<string, Kept>;
  /** Decides which strangers stay; nobody outside can compute it. */
  readonly ticket: string;
  bytes: number;
}

function keyOf(fact: Fact): string {
  return `${fact.author}/${fact.kind}/${fact.kind === 'outcome' ? fact.id : fact.subject}`;
}

/** The day that a fact is of; older ones go first. */
function ageOf(fact: Fact): number {
  return fact.kind === 'vouch' ? dayOf(fact.issuedAtMs) : fact.day;
}

export class EvidenceStore {
  readonly #parts: StoreParts;
  readonly #secret = randomBytes(32);
  readonly #authors = new Map<string, Author>();
  readonly #unwritten = new Map<string, EvidenceItem | undefined>();
  #bytes = 0;
  #strangersBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  *facts(): Iterable<Fact> {
    for (const author of this.#authors.keys()) yield* this.factsOf(author);
  }

  *factsOf(author: string): Iterable<Fact> {
    for (const { fact } of this.#authors.get(author)?.kept.values() ?? []) yield fact;
  }

  /** The state of a pair that is kept. */
  pairState(tenant: string, volunteer: string): ServiceFact | undefined {
    const fact = this.#authors.get(tenant)?.kept.get(`${tenant}/receipt/${volunteer}`)?.fact;
    return fact?.kind === 'receipt' ? fact : undefined;
  }

  /** Ids of the receipts that are kept of a tenant. */
  *receiptsOf(tenant: string): Iterable<string> {
    for (const { kind, id } of this.factsOf(tenant)) if (kind === 'receipt') yield id;
  }

  /** Whether `take` would look at this evidence at all. */
  wants({ fact }: ParsedEvidence): boolean {
    const known = this.#authors.get(fact.author)?.kept.get(keyOf(fact))?.fact;
    if (known === undefined) return true;
    if (fact.kind === 'outcome' && known.kind === 'outcome') return fact.leases.length > known.leases.length;
    return supersedes(fact, known);
  }

  /** Takes in evidence, to be written soon. */
  take(evidence: VerifiedEvidence): Taken {
    if (!this.wants(evidence)) return 'known';
    const { fact, item, bytes } = evidence;
    const key = keyOf(fact);
    this.#put(key, { fact, bytes });
    this.#write(key, item);
    this.#bound(fact.author);
    return this.#authors.get(fact.author)?.kept.get(key)?.fact === fact ? 'new' : 'full';
  }

  /** Evidence that came back from disk; bounds are kept once standings are known. */
  restore({ fact, bytes }: ParsedEvidence): void {
    this.#put(keyOf(fact), { fact, bytes });
  }

  /** Forgets what stands under a key; whether anything did. */
  forget(key: string): boolean {
    const author = this.#authors.get(key.split('/')[0] ?? '');
    if (author === undefined || !author.kept.has(key)) return false;
    this.#remove(author, key);
    return true;
  }

  /** After a recompute: forgets vouches that expired, and sorts authors anew into those with standing and the rest. */
  review(nowMs: number): void {
    for (const author of this.#authors.values()) {
      for (const [key, { fact }] of author.kept)
        if (fact.kind === 'vouch' && fact.expiresAtMs <= nowMs) this.#remove(author, key);
    }
    this.#strangersBytes = 0;
    for (const { peer, bytes } of this.#authors.values())
      if (this.#isStranger(peer)) this.#strangersBytes += bytes;
    for (const peer of [...this.#authors.keys()]) this.#bound(peer);
  }

  /** How many records of each kind are kept. */
  counts(): Record<Fact['kind'], number> {
    const counts = { receipt: 0, outcome: 0, vouch: 0 };
    for (const { kind } of this.facts()) counts[kind] += 1;
    return counts;
  }

  /** Resolves when everything taken in is on disk. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #isStranger(peer: string): boolean {
    return this.#parts.standing(peer) < WORTH_STANDING;
  }

  #put(key: string, kept: Kept): void {
    const { author: peer } = kept.fact;
    const author = this.#authors.get(peer) ?? this.#newAuthor(peer);
    const before = author.kept.get(key)?.bytes ?? 0;
    author.kept.set(key, kept);
    this.#parts.touched(peer);
    this.#count(author, kept.bytes - before);
  }

  #newAuthor(peer: string): Author {
    const ticket = createHmac('sha256', this.#secret).update(peer).digest('hex');
    const author: Author = { peer, kept: new Map(), ticket, bytes: 0 };
    this.#authors.set(peer, author);
    return author;
  }

  #remove(author: Author, key: string): void {
    const kept = author.kept.get(key);
    if (kept === undefined) return;
    author.kept.delete(key);
    this.#parts.touched(author.peer);
    this.#count(author, -kept.bytes);
    this.#write(key, undefined);
    if (author.kept.size === 0) this.#authors.delete(author.peer);
  }

  #count(author: Author, bytes: number): void {
    author.bytes += bytes;
    this.#bytes += bytes;
    if (this.#isStranger(author.peer)) this.#strangersBytes += bytes;
  }

  #bound(peer: string): void {
    const author = this.#authors.get(peer);
    if (author === undefined) return;
    const isStranger = this.#isStranger(peer);
    this.#cut(author, isStranger ? STRANGER_MAX_BYTES : AUTHOR_MAX_BYTES);
    while (isStranger && this.#strangersBytes > STRANGERS_MAX_BYTES) this.#dropLast(true);
    while (this.#bytes > STORE_MAX_BYTES) this.#dropLast(false);
  }

  /** Drops the oldest of an author's records until the rest fits. */
  #cut(author: Author, maxBytes: number): void {
    if (author.bytes <= maxBytes) return;
    const oldestFirst = [...author.kept].sort(
      ([, a], [, b]) => ageOf(a.fact) - ageOf(b.fact) || (a.fact.id < b.fact.id ? -1 : 1),
    );
    for (const [key] of oldestFirst) {
      if (author.bytes <= maxBytes) return;
      this.#remove(author, key);
    }
  }

  /** Drops all of the author with the least standing, among strangers of the one with the last ticket. */
  #dropLast(strangersOnly: boolean): void {
    let last: Author | undefined;
    for (const author of this.#authors.values()) {
      if (strangersOnly && !this.#isStranger(author.peer)) continue;
      if (last === undefined || this.#comesBefore(last, author)) last = author;
    }
    if (last !== undefined) this.#cut(last, 0);
  }

  #comesBefore(a: Author, b: Author): boolean {
    const difference = this.#rank(a) - this.#rank(b);
    return difference === 0 ? a.ticket < b.ticket : difference > 0;
  }

  /** All strangers alike. */
  #rank({ peer }: Author): number {
    return this.#isStranger(peer) ? 0 : this.#parts.standing(peer);
  }

  #write(key: string, item: EvidenceItem | undefined): void {
    this.#unwritten.set(key, item);
    this.#writing ??= this.#drain();
  }

  /** Writes what has gathered while the last batch was being written. */
  async #drain(): Promise<void> {
    // What is taken in together goes to disk together
    await Promise.resolve();
    while (this.#unwritten.size > 0) {
      const changes = [...this.#unwritten].map(([key, value]) =>
        value === undefined ? { key } : { key, value },
      );
      this.#unwritten.clear();
      try {
        await this.#parts.rows.change(changes);
      } catch (err) {
        this.#parts.log.error({ err }, 'failed to write evidence');
      }
    }
    this.#writing = undefined;
  }
}
