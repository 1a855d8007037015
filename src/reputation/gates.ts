// Who reaches me through one peer alone: whatever I know of such keys, that peer could have made up. They are counted as
// one owner with it, which is a guess: whoever was invited by one friend and knows nobody else looks the same.
import type { Graph } from './graph.ts';

const NOT_REACHED = -1;

/**
 * By number, the first peer after me that lies on every way from me to a peer: itself where there are ways that share
 * none, -1 where there is no way. (The child of the root in the dominator tree, by the iteration of Cooper, Harvey and
 * Kennedy 2001, to which all below that child are alike.)
 */
export function gatesOf(graph: Graph): Int32Array {
  const { me } = graph;
  const order = reachedFrom(graph);
  const before = reversed(graph);
  const gates = new Int32Array(graph.peers.length).fill(NOT_REACHED);
  gates[me] = me;
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const v of order) {
      const gate = meet(v, me, before, gates);
      isChanged ||= gate !== gates[v];
      gates[v] = gate;
    }
  }
  return gates;
}

/** What all known ways into a peer share. */
function meet(v: number, me: number, { start, sources }: Reversed, gates: Int32Array): number {
  let shared = NOT_REACHED;
  for (let edge = start[v] ?? 0, end = start[v + 1] ?? 0; edge < end; edge += 1) {
    const u = sources[edge] ?? 0;
    const gate = u === me ? v : (gates[u] ?? NOT_REACHED);
    if (gate === NOT_REACHED) continue;
    if (shared !== NOT_REACHED && gate !== shared) return v;
    shared = gate;
  }
  return shared;
}

/** Everybody whom I reach but me, each after one who leads there, in reverse postorder of a walk in depth. */
function reachedFrom({ me, peers, start, end, targets }: Graph): number[] {
  const next = start.slice(0, peers.length);
  const isSeen = new Uint8Array(peers.length);
  const [open, done] = [[me], [] as number[]];
  isSeen[me] = 1;
  for (let u = open.at(-1); u !== undefined; u = open.at(-1)) {
    const edge = next[u] ?? 0;
    if (edge >= (end[u] ?? 0)) {
      open.pop();
      if (u !== me) done.push(u);
      continue;
    }
    next[u] = edge + 1;
    const v = targets[edge] ?? 0;
    if (isSeen[v] === 1) continue;
    isSeen[v] = 1;
    open.push(v);
  }
  return done.reverse();
}

/** Edges by where they lead: those into peer `v` come from `sources[start[v]]` to before `sources[start[v + 1]]`. */
interface Reversed {
  readonly start: Int32Array;
  readonly sources: Int32Array;
}

function reversed({ peers, start, end, targets }: Graph): Reversed {
  const first = new Int32Array(peers.length + 1);
  const eachEdge = (visit: (u: number, v: number) => void) => {
    for (let u = 0; u < peers.length; u += 1)
      for (let edge = start[u] ?? 0, last = end[u] ?? 0; edge < last; edge += 1) visit(u, targets[edge] ?? 0);
  };
  eachEdge((_, v) => {
    first[v + 1] = (first[v + 1] ?? 0) + 1;
  });
  for (let v = 0; v < peers.length; v += 1) first[v + 1] = (first[v + 1] ?? 0) + (first[v] ?? 0);
  const sources = new Int32Array(first[peers.length] ?? 0);
  const free = first.slice();
  eachEdge((u, v) => {
    const at = free[v] ?? 0;
    sources[at] = u;
    free[v] = at + 1;
  });
  return { start: first, sources };
}
