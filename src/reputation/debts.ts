// What peers owe each other here: of each pair what this peer served and what it consumed, both as both sides signed it
// and both fading alike, so that old service is neither owed for ever nor forgotten on one side alone.
import { type Fact, faded } from './facts.ts';

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
  const pairs = new Map<string, { served: Sum; consumed: Sum }>();
  for (const fact of facts) {
    if (fact.kind !== 'receipt') continue;
    const isServed = fact.subject === me;
    if (isServed === (fact.author === me)) continue;
    const peer = isServed ? fact.author : fact.subject;
    const now = faded(fact.serviceMicrocredits, fact.day, nowMs);
    const sum = { all: fact.chargedMicrocredits, now };
    const pair = pairs.get(peer) ?? { served: NOTHING, consumed: NOTHING };
    pairs.set(peer, isServed ? { ...pair, served: sum } : { ...pair, consumed: sum });
  }
  return [...pairs]
    .map(([peer, { served, consumed }]) => ({
      peer,
      ...{ servedMicrocredits: served.all, consumedMicrocredits: consumed.all },
      ...{ servedNowMicrocredits: served.now, consumedNowMicrocredits: consumed.now },
      owedMicrocredits: served.now - consumed.now,
    }))
    .sort((a, b) => b.owedMicrocredits - a.owedMicrocredits || (a.peer < b.peer ? -1 : 1));
}

interface Sum {
  readonly all: number;
  readonly now: number;
}

const NOTHING: Sum = { all: 0, now: 0 };
