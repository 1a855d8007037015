// What peers owe each other: for each pair, what this peer served and what it consumed, as both sides signed it. Both
// amounts fade alike, so that old service is neither owed for ever nor forgotten on one side only.
import { type Fact, faded, type ServiceFact } from './facts.ts';

/** A pair of this peer, in microcredits. */
export interface Debt {
  /** The other side. */
  readonly peer: string;
  /** What this peer charged it, and what it charged this peer, since the beginning. */
  readonly servedMicrocredits: number;
  readonly consumedMicrocredits: number;
  /** The same halved per 90 days, as of the day. */
  readonly servedNowMicrocredits: number;
  readonly consumedNowMicrocredits: number;
  /** What it owes this peer; below 0 what this peer owes it. The difference of the two before. */
  readonly owedMicrocredits: number;
}

/** The debts between `me` and everybody it has a receipt with, as of a time, who owes most first. */
export function debtsOf(me: string, facts: Iterable<Fact>, nowMs: number): Debt[] {
  const pairs = new Map<string, Pair>();
  for (const fact of facts) {
    if (fact.kind !== 'receipt') continue;
    const isServed = fact.subject === me;
    if (isServed === (fact.author === me)) continue;
    const peer = isServed ? fact.author : fact.subject;
    pairs.set(peer, { ...pairs.get(peer), [isServed ? 'served' : 'consumed']: fact });
  }
  return [...pairs]
    .map(([peer, pair]) => debtOf(peer, pair, nowMs))
    .sort((a, b) => b.owedMicrocredits - a.owedMicrocredits || (a.peer < b.peer ? -1 : 1));
}

/** The two states of a pair: of what this peer served, and of what it consumed. */
interface Pair {
  readonly served?: ServiceFact | undefined;
  readonly consumed?: ServiceFact | undefined;
}

/** The debt between this peer and another, as of a time. */
export function debtOf(peer: string, { served, consumed }: Pair, nowMs: number): Debt {
  const [servedNowMicrocredits, consumedNowMicrocredits] = [nowOf(served, nowMs), nowOf(consumed, nowMs)];
  return {
    peer,
    servedMicrocredits: served?.chargedMicrocredits ?? 0,
    consumedMicrocredits: consumed?.chargedMicrocredits ?? 0,
    ...{ servedNowMicrocredits, consumedNowMicrocredits },
    owedMicrocredits: servedNowMicrocredits - consumedNowMicrocredits,
  };
}

function nowOf(fact: ServiceFact | undefined, nowMs: number): number {
  return fact === undefined ? 0 : faded(fact.serviceMicrocredits, fact.day, nowMs);
}
