// The facts of this peer's own ledger for its own scores, and its statements among them, as evidence for peers that ask:
// how its leases went and whom it vouches for. Its receipts are shown as pair states (ledger/pair-states).
import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import { KIB } from '../../lib/units.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { type EvidenceItem, sizeOfEvidence } from '../../records/evidence.ts';
import { sameBytes } from '../../records/id.ts';
import type { Identity } from '../../records/identity.ts';
import { type Debt, debtOf } from '../facts/debts.ts';
import { type EvidenceRecord, factOf, isEvidence } from '../facts/fact-of.ts';
import { type Fact, type ServiceFact, supersedes, type VouchFact } from '../facts/facts.ts';
import { SERVED_MAX } from '../facts/parameters.ts';

/** What asks for evidence says; its wire form stands in overlay/protocols/evidence.ts. */
export type EvidenceQuery = {
  readonly run: Uint8Array;
  readonly since: number;
};

/** A part of what is new. */
export type EvidencePage = {
  readonly run: Uint8Array;
  readonly items: readonly EvidenceItem[];
  readonly upTo: number;
  readonly more: number;
};

const PAGE_ITEMS = 64;
const PAGE_BYTES = 240 * KIB;

/** A fact that is its author's word alone. */
type WordFact = Exclude<Fact, ServiceFact>;

interface Served {
  readonly stamp: number;
  readonly record: EvidenceRecord;
  readonly fact: WordFact;
}

export interface OwnParts {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'record' | 'records' | 'latestReceipts'>;
}

/** The facts of this peer's ledger, kept up with every commit. */
export class OwnEvidence {
  readonly #parts: OwnParts;
  readonly #facts = new Map<string, Map<string, Fact>>();
  /** In order of stamp: what is set anew goes to the end. */
  readonly #served = new Map<string, Served>();
  readonly #run: Uint8Array = randomBytes(16);
  #lastStamp = 0;

  constructor(parts: OwnParts) {
    this.#parts = parts;
  }

  /** Reads the ledger. */
  async load(): Promise<void> {
    const { ledger } = this.#parts;
    for (const side of ['tenant', 'volunteer'] as const)
      for await (const receipt of ledger.latestReceipts(side)) this.take(receipt);
    for await (const outcome of ledger.records('outcome')) this.take(outcome);
    for await (const vouch of ledger.records('vouch')) this.take(vouch);
  }

  *facts(): Iterable<Fact> {
    for (const facts of this.#facts.values()) yield* facts.values();
  }

  /** What is known here of what an author says: my own words, and pairs in which I am the volunteer. */
  factsOf(author: string): Iterable<Fact> {
    return this.#facts.get(author)?.values() ?? [];
  }

  /** The state of a pair of mine, on whichever side. */
  pairState(tenant: string, volunteer: string): ServiceFact | undefined {
    const fact = this.#facts.get(tenant)?.get(`receipt/${volunteer}`);
    return fact?.kind === 'receipt' ? fact : undefined;
  }

  /** What another peer and I owe each other. */
  debtWith(peer: string, nowMs: number): Debt {
    const me = this.#parts.identity.peer;
    const pair = { served: this.pairState(peer, me), consumed: this.pairState(me, peer) };
    return debtOf(peer, pair, nowMs);
  }

  /** Everybody I have a receipt with. */
  *counterparties(): Iterable<string> {
    const me = this.#parts.identity.peer;
    for (const fact of this.facts())
      if (fact.kind === 'receipt') yield fact.author === me ? fact.subject : fact.author;
  }

  /** The latest vouch for a peer, taken back or not. */
  vouchFor(subject: string): VouchFact | undefined {
    const fact = this.#facts.get(this.#parts.identity.peer)?.get(`vouch/${subject}`);
    return fact?.kind === 'vouch' ? fact : undefined;
  }

  /** The vouches that hold. */
  liveVouches(nowMs: number): VouchFact[] {
    return [...this.factsOf(this.#parts.identity.peer)].filter((fact) => isLiveVouch(fact, nowMs));
  }

  /** Takes in a committed record; whose row it changes, if it says anything new. */
  take(record: SignedRecord): string | undefined {
    if (!isEvidence(record)) return undefined;
    const fact = factOf(record);
    const key = keyOf(fact);
    const facts = this.#facts.get(fact.author) ?? new Map<string, Fact>();
    const known = facts.get(key);
    if (known !== undefined && !supersedes(fact, known)) return undefined;
    this.#facts.set(fact.author, facts.set(key, fact));
    // Receipts are shown with the header that commits to them (ledger/pair-states)
    if (fact.author === this.#parts.identity.peer && fact.kind !== 'receipt') this.#serve(key, record, fact);
    return fact.author;
  }

  #serve(key: string, record: EvidenceRecord, fact: WordFact): void {
    this.#lastStamp += 1;
    this.#served.delete(key);
    this.#served.set(key, { stamp: this.#lastStamp, record, fact });
    const ofKind = [...this.#served].filter(([, served]) => served.fact.kind === fact.kind);
    if (ofKind.length <= SERVED_MAX) return;
    const [least] = ofKind.toSorted(([, a], [, b]) => a.fact.issuedAtMs - b.fact.issuedAtMs);
    if (least !== undefined) this.#served.delete(least[0]);
  }

  /** What came after `since` in this run; everything to whom counts in another run. */
  async page({ run, since }: EvidenceQuery): Promise<EvidencePage> {
    const items: EvidenceItem[] = [];
    const nowMs = this.#parts.clock.nowMs();
    let upTo = sameBytes(run, this.#run) ? since : 0;
    let bytes = 0;
    for (const { stamp, record, fact } of [...this.#served.values()]) {
      if (stamp <= upTo) continue;
      if (fact.kind === 'vouch' && fact.expiresAtMs <= nowMs) continue;
      const item = { record: record.bytes, leases: await this.#leasesOf(record) };
      bytes += sizeOfEvidence(item);
      if (items.length === PAGE_ITEMS || bytes > PAGE_BYTES) return { run: this.#run, items, upTo, more: 1 };
      items.push(item);
      upTo = stamp;
    }
    return { run: this.#run, items, upTo, more: 0 };
  }

  async #leasesOf(record: EvidenceRecord): Promise<Uint8Array[]> {
    if (record.kind !== 'outcome') return [];
    const { leases } = record.body as SignedRecord<'outcome'>['body'];
    const found = await Promise.all(leases.map(({ lease }) => this.#parts.ledger.record('lease', lease)));
    return found.flatMap((lease) => lease?.bytes ?? []);
  }
}

/** Whether a fact is a vouch that holds. */
export function isLiveVouch(fact: Fact | undefined, nowMs: number): fact is VouchFact {
  return fact?.kind === 'vouch' && fact.trustMicrocredits > 0 && fact.expiresAtMs > nowMs;
}

/** Of one author. */
function keyOf(fact: Fact): string {
  return `${fact.kind}/${fact.kind === 'outcome' ? fact.id : fact.subject}`;
}
