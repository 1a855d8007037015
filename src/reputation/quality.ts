// Quality: how well a peer is expected to serve, from the words of those who had leases with it. A word weighs what
// its author weighs, my own experience weighs by itself, and all doubt is held against the peer.

import { CREDIT } from '../lib/units.ts';
import type { Tie } from './facts.ts';
import { KAPPA, LAMBDA, SATURATION_LEASES } from './parameters.ts';

/** What one author says: shares of its weight, `good + bad` below 1. */
export interface Word {
  readonly good: number;
  readonly bad: number;
}

/** g and f of a pair. They saturate: many leases say more than few, but no more than their author weighs. */
export function wordOf({ good, bad }: Pick<Tie, 'good' | 'bad'>): Word {
  const whole = good + bad + SATURATION_LEASES * CREDIT;
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
 * Q: the mean of a Beta distribution that begins with κ failures and no success, has seen λp good and λn bad leases
 * of others, and my own. A peer of whom nothing is known has 0, and nobody has less.
 */
export function qualityOf({ good, bad, ownGood, ownBad }: Experience): number {
  const successes = LAMBDA * good + ownGood;
  return successes / (successes + LAMBDA * bad + ownBad + KAPPA);
}
