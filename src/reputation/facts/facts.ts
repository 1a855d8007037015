// Facts: what verified evidence says, and the ties between peers that follow from it. If several facts are about the
// same thing, a comparison decides which one counts, not the order of arrival, so the order does not matter.
import { dayOf, decayed } from '../../ledger/decay.ts';
import { CREDIT } from '../../lib/units.ts';
import { VOUCH_CAP_MICROCREDITS } from './parameters.ts';
import { finish, type Steps } from './steps.ts';

/** The state of a pair, as both signed it. */
export interface ServiceFact {
  readonly kind: 'receipt';
  /** Id of the record, as text; so in every fact. */
  readonly id: string;
  /** The tenant. */
  readonly author: string;
  /** The volunteer. */
  readonly subject: string;
  readonly pairSeq: number;
  readonly chargedMicrocredits: number;
  readonly serviceMicrocredits: number;
  readonly day: number;
}

/** A tenant's statement on leases that the volunteer signed for it. */
export interface OutcomeFact {
  readonly kind: 'outcome';
  readonly id: string;
  readonly author: string;
  readonly subject: string;
  readonly issuedAtMs: number;
  readonly day: number;
  readonly leases: readonly { readonly lease: string; readonly code: string }[];
}

/** A statement of trust. */
export interface VouchFact {
  readonly kind: 'vouch';
  readonly id: string;
  readonly author: string;
  readonly subject: string;
  readonly seq: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly trustMicrocredits: number;
  readonly creditMicrocredits: number;
}

export type Fact = ServiceFact | OutcomeFact | VouchFact;

/** What one peer's records say about another, as of a time. */
export interface Tie {
  readonly author: string;
  readonly subject: string;
  /** Co-signed service, decayed to the day. */
  serviceMicrocredits: number;
  /** Live trust by vouch, not capped. */
  vouchMicrocredits: number;
  /** What the vouch answers for. */
  lineMicrocredits: number;
  /** Leases served well and leases that failed, each once. */
  goodLeases: number;
  badLeases: number;
  /** The same with each lease fading like service, in millionths. */
  good: number;
  bad: number;
  /** Codes of the breaches, and the records that say all this. */
  readonly codes: Set<string>;
  readonly outcomes: Set<string>;
  receipt?: string;
  vouch?: string;
}

/** Ties by author, then by subject. */
export type Ties = ReadonlyMap<string, ReadonlyMap<string, Tie>>;

/** Whether `next` counts rather than `known`, both about the same thing. Total, so that order does not matter. */
export function supersedes(next: Fact, known: Fact): boolean {
  const [a, b] = [rankOf(next), rankOf(known)];
  for (let i = 0; i < a.length; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return next.id < known.id;
}

function rankOf(fact: Fact): readonly number[] {
  if (fact.kind === 'receipt') return [fact.pairSeq, fact.chargedMicrocredits];
  if (fact.kind === 'vouch') return [fact.seq, -fact.trustMicrocredits];
  // Of two words on one lease the first counts
  return [-fact.issuedAtMs];
}

/** The ties that follow from facts at a time. */
export function tiesOf(facts: Iterable<Fact>, nowMs: number): Ties {
  return finish(tieSteps(facts, nowMs));
}

/** The same in steps of one fact. Facts of authors about themselves say nothing. */
export function* tieSteps(facts: Iterable<Fact>, nowMs: number): Steps<Ties> {
  const counting = new Map<string, { fact: Fact; code: string }>();
  const offer = (key: string, fact: Fact, code: string) => {
    const known = counting.get(key);
    if (known === undefined || supersedes(fact, known.fact)) counting.set(key, { fact, code });
  };
  for (const fact of facts) {
    yield;
    if (fact.author === fact.subject) continue;
    if (fact.kind !== 'outcome') offer(`${fact.kind}/${fact.author}/${fact.subject}`, fact, '');
    else for (const { lease, code } of fact.leases) offer(lease, fact, code);
  }
  const ties = new Map<string, Map<string, Tie>>();
  for (const { fact, code } of counting.values()) {
    yield;
    apply(tieOf(ties, fact), fact, code, nowMs);
  }
  return ties;
}

function tieOf(ties: Map<string, Map<string, Tie>>, { author, subject }: Fact): Tie {
  const row = ties.get(author) ?? new Map<string, Tie>();
  ties.set(author, row);
  const tie = row.get(subject) ?? newTie(author, subject);
  row.set(subject, tie);
  return tie;
}

/** A tie without any facts. */
export function newTie(author: string, subject: string): Tie {
  const nothing = {
    serviceMicrocredits: 0,
    vouchMicrocredits: 0,
    lineMicrocredits: 0,
    goodLeases: 0,
    badLeases: 0,
    good: 0,
    bad: 0,
  };
  return { author, subject, ...nothing, codes: new Set(), outcomes: new Set() };
}

/** What is left at a time of an amount of a day. */
export function faded(microcredits: number, day: number, nowMs: number): number {
  return decayed(microcredits, Math.max(0, dayOf(nowMs) - day));
}

function apply(tie: Tie, fact: Fact, code: string, nowMs: number): void {
  if (fact.kind === 'receipt') {
    tie.serviceMicrocredits = faded(fact.serviceMicrocredits, fact.day, nowMs);
    tie.receipt = fact.id;
  } else if (fact.kind === 'vouch') {
    if (fact.trustMicrocredits === 0 || fact.expiresAtMs <= nowMs) return;
    tie.vouchMicrocredits = fact.trustMicrocredits;
    tie.lineMicrocredits = fact.creditMicrocredits;
    tie.vouch = fact.id;
  } else {
    // Integers, so that no order of adding gives another sum
    const weight = faded(CREDIT, fact.day, nowMs);
    tie.outcomes.add(fact.id);
    if (code === '') tie.goodLeases += 1;
    else tie.badLeases += 1;
    if (code === '') tie.good += weight;
    else tie.bad += weight;
    if (code !== '') tie.codes.add(code);
  }
}

/** What a tie weighs in its author's row, in microcredits: service, and trust by vouch up to its cap. */
export function weightOf({ serviceMicrocredits, vouchMicrocredits }: Tie): number {
  return serviceMicrocredits + Math.min(vouchMicrocredits, VOUCH_CAP_MICROCREDITS);
}
