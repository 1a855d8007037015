// The personalised walk by plain power iteration, to hold the product's against.
import type { Graph } from '../../src/reputation/walk/graph.ts';

/** Shares x of `x = α e_me + (1−α) x P`, where what a row does not give away returns to me, until a round changes less. */
export function powerShares(graph: Graph, alpha: number, until: number): Float64Array {
  const { me, peers, start, end, targets, chances } = graph;
  let at = new Float64Array(peers.length);
  at[me] = 1;
  for (let change = 1; change > until; ) {
    const next = new Float64Array(peers.length);
    let back = alpha;
    for (let u = 0; u < peers.length; u += 1) {
      const on = (1 - alpha) * (at[u] ?? 0);
      let given = 0;
      for (let edge = start[u] ?? 0, last = end[u] ?? 0; edge < last; edge += 1) {
        const v = targets[edge] ?? 0;
        const chance = chances[edge] ?? 0;
        next[v] = (next[v] ?? 0) + on * chance;
        given += chance;
      }
      back += on * (1 - given);
    }
    next[me] = (next[me] ?? 0) + back;
    change = 0;
    for (let v = 0; v < next.length; v += 1) change += Math.abs((next[v] ?? 0) - (at[v] ?? 0));
    at = next;
  }
  return at;
}
