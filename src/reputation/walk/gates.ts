// Peers that I reach through one other peer only: that peer could have invented everything that I know about them. They
// are counted as one owner with it, which is a guess: a peer that was invited by one friend and knows nobody else looks
// the same.

import { type Ties, weightOf } from '../facts/facts.ts';
import { dominatorTree, type Links } from './dominators.ts';
import type { Graph } from './graph.ts';

const NOT_REACHED = -1;

/**
 * By number, the first peer after me that lies on every way from me to a peer, over trust and words alike: itself where
 * there are ways that share none, -1 where there is no way. (In the dominator tree, the child of the root above each.)
 */
export function gatesOf({ me, peers, indexOf }: Graph, ties: Ties): Int32Array {
  const { order, nearest } = dominatorTree(me, linksOf(peers, indexOf, ties));
  const gates = new Int32Array(peers.length).fill(NOT_REACHED);
  for (const [place, v] of order.entries()) {
    const above = order[nearest[place] ?? 0] ?? me;
    gates[v] = above === me ? v : (gates[above] ?? NOT_REACHED);
  }
  return gates;
}

/** Who says anything of whom, by trust or by words. */
function linksOf(peers: readonly string[], indexOf: ReadonlyMap<string, number>, ties: Ties): Links {
  const start = new Int32Array(peers.length + 1);
  const targets: number[] = [];
  for (const [u, peer] of peers.entries()) {
    for (const tie of ties.get(peer)?.values() ?? [])
      if (weightOf(tie) > 0 || tie.goodLeases + tie.badLeases > 0)
        targets.push(indexOf.get(tie.subject) ?? u);
    start[u + 1] = targets.length;
  }
  return { start, targets: Int32Array.from(targets) };
}
