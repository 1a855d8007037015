// Ties of the economy: how they fade, and how they are kept.
import { decayed } from '../../src/ledger/decay.ts';
import type { Tie } from '../../src/reputation/facts/facts.ts';

/** A day passes over what a tie says. */
export function fade(tie: Tie): void {
  tie.serviceMicrocredits = aDayLater(tie.serviceMicrocredits);
  tie.good = aDayLater(tie.good);
  tie.bad = aDayLater(tie.bad);
}

function aDayLater(amount: number): number {
  return amount === 0 ? 0 : decayed(amount, 1);
}

/** A row of ties by peer, made where there is none yet. */
export function rowOf(ties: Map<string, Map<string, Tie>>, peer: string): Map<string, Tie> {
  const row = ties.get(peer) ?? new Map<string, Tie>();
  ties.set(peer, row);
  return row;
}
