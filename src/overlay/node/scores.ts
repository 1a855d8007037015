// The gossip score of each peer: the consequence that gossipsub draws from it, counted for the metrics.
import type { GossipSub } from '@libp2p/gossipsub';
import { GOSSIP_THRESHOLDS } from '../terms/parameters.ts';

/** `fine`: nothing against it; `faulty`: it sent what was rejected; `ignored`: so much that nothing of it is heard. */
export const SCORE_CLASSES = ['fine', 'faulty', 'ignored'] as const;
export type ScoreClass = (typeof SCORE_CLASSES)[number];

/** What gossipsub has beside its interface. */
type Scoring = GossipSub & { getScore?(peer: string): number };

/** The class of a score. */
function scoreClass(score: number): ScoreClass {
  if (score < GOSSIP_THRESHOLDS.graylistThreshold) return 'ignored';
  return score < 0 ? 'faulty' : 'fine';
}

/** How many of the peers that gossip with us are in each class. */
export function countScores(pubsub: Scoring): { readonly [C in ScoreClass]: number } {
  const counts = { fine: 0, faulty: 0, ignored: 0 };
  for (const peer of pubsub.getPeers()) counts[scoreClass(pubsub.getScore?.(peer.toString()) ?? 0)] += 1;
  return counts;
}
