// Quality: the chance that a lease with a peer goes well, from the statements of peers that had leases with it. A
// statement has the weight of its author, my own experience has its own weight, and all doubt counts against the peer.

import { CREDIT } from '../../lib/units.ts';
import type { Tie } from '../facts/facts.ts';
import { DOUBT, KAPPA, LAMBDA, SATURATION_LEASES } from '../facts/parameters.ts';

/** What one author says of one peer: shares of its weight. */
export interface Word {
  readonly good: number;
  readonly bad: number;
}

/** The leases that one author speaks of, good and bad, each fading like service, in millionths. */
export function spokenIn(row: ReadonlyMap<string, Tie> | undefined): number {
  let spoken = 0;
  for (const { good, bad } of row?.values() ?? []) spoken += good + bad;
  return spoken;
}

/**
 * g and f of a pair: its leases among all of which the author speaks, `spoken`, and a few that it never had. So what an
 * author says of all peers together weighs less than the author, whether it speaks of one or of a thousand.
 */
export function wordOf({ good, bad }: Pick<Tie, 'good' | 'bad'>, spoken: number): Word {
  const whole = spoken + SATURATION_LEASES * CREDIT;
  return { good: good / whole, bad: bad / whole };
}

/** What is known of a peer: what others say, weighed (p and n), and my own leases, each fading like service. */
export interface Experience {
  readonly good: number;
  readonly bad: number;
  readonly ownGood: number;
  readonly ownBad: number;
}

/**
 * Q: the mean of a Beta distribution that begins with κ failures and no success, has seen my own leases, and as others'
 * up to λ leases, good and bad as p to n: fewer as all that they say weighs little beside the doubt. A peer of whom
 * nothing is known has 0, and nobody has less.
 */
export function qualityOf({ good, bad, ownGood, ownBad }: Experience): number {
  const heard = good + bad + DOUBT;
  const successes = (LAMBDA * good) / heard + ownGood;
  const failures = (LAMBDA * bad) / heard + ownBad + KAPPA;
  return successes / (successes + failures);
}
