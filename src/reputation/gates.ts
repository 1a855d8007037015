// Who reaches me through one peer alone: whatever I know of such keys, that peer could have made up. They are counted as
// one owner with it, which is a guess: whoever was invited by one friend and knows nobody else looks the same.
import { type Ties, weightOf } from './facts.ts';
import type { Graph } from './graph.ts';

const NOT_REACHED = -1;

/** Who says anything of whom, by trust or by words: `u` of those from `targets[start[u]]` to before `targets[start[u + 1]]`. */
interface Links {
  readonly start: Int32Array;
  readonly targets: Int32Array;
}

/**
 * By number, the first peer after me that lies on every way from me to a peer, over trust and words alike: itself where
 * there are ways that share none, -1 where there is no way. (The child of the root in the dominator tree, by the iteration
 * of Cooper, Harvey and Kennedy 2001, to which all below that child are alike.)
 */
export function gatesOf({ me, peers, indexOf }: Graph, ties: Ties): Int32Array {
  const links = linksOf(peers, indexOf, ties);
  const order = reachedFrom(me, links);
  const before = reversed(links);
  const gates = new Int32Array(peers.length).fill(NOT_REACHED);
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

/** What all known ways into a peer share. */
function meet(v: number, me: number, { start, targets: sources }: Links, gates: Int32Array): number {
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
function reachedFrom(me: number, { start, targets }: Links): number[] {
  const next = start.slice();
  const isSeen = new Uint8Array(start.length);
  const [open, done] = [[me], [] as number[]];
  isSeen[me] = 1;
  for (let u = open.at(-1); u !== undefined; u = open.at(-1)) {
    const edge = next[u] ?? 0;
    if (edge >= (start[u + 1] ?? 0)) {
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

/** The same links by whom they are about. */
function reversed({ start, targets }: Links): Links {
  const first = new Int32Array(start.length);
  for (const v of targets) first[v + 1] = (first[v + 1] ?? 0) + 1;
  for (let v = 1; v < first.length; v += 1) first[v] = (first[v] ?? 0) + (first[v - 1] ?? 0);
  const sources = new Int32Array(targets.length);
  const free = first.slice();
  for (let u = 0; u + 1 < start.length; u += 1)
    for (let edge = start[u] ?? 0, end = start[u + 1] ?? 0; edge < end; edge += 1) {
      const at = free[targets[edge] ?? 0] ?? 0;
      sources[at] = u;
      free[targets[edge] ?? 0] = at + 1;
    }
  return { start: first, targets: sources };
}
