// The graph of trust: from each peer to those that served it or that it vouches for, as chances of a walk's next step.
// What a row does not give away returns to me: doubt (W0), what is over the share, edges to me, and rows not known.

import { type Ties, weightOf } from './facts.ts';
import { PRIOR_MICROCREDITS, ROW_EDGES, ROW_SHARE } from './parameters.ts';
import { finish, type Steps } from './steps.ts';

/** Rows side by side: the edges of peer `u` stand from `start[u]` to before `start[u + 1]`. */
export interface Graph {
  /** Index of the peer from where all is seen. */
  readonly me: number;
  /** Peer ids in order, so that equal evidence gives equal numbers to the last bit. */
  readonly peers: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly start: Int32Array;
  readonly targets: Int32Array;
  /** Chance that the walk's next step takes the edge, if there is a next step. */
  readonly chances: Float64Array;
}

/** An edge before it is a chance. */
export interface Weighted {
  readonly subject: string;
  readonly weight: number;
}

/** The graph as seen from `me`; every author and every subject of a tie is in it. */
export function graphOf(me: string, ties: Ties): Graph {
  return finish(graphSteps(me, ties));
}

/** The same in steps of one row. */
export function* graphSteps(me: string, ties: Ties): Steps<Graph> {
  const peers = peersOf(me, ties);
  const indexOf = new Map(peers.map((peer, index) => [peer, index]));
  const start = new Int32Array(peers.length + 1);
  const targets: number[] = [];
  const chances: number[] = [];
  for (const [index, peer] of peers.entries()) {
    yield;
    for (const { subject, weight } of rowOf(ties, peer)) {
      if (subject === me) continue;
      targets.push(indexOf.get(subject) ?? 0);
      chances.push(weight);
    }
    start[index + 1] = targets.length;
  }
  const arrays = { start, targets: Int32Array.from(targets), chances: Float64Array.from(chances) };
  return { me: indexOf.get(me) ?? 0, peers, indexOf, ...arrays };
}

function peersOf(me: string, ties: Ties): string[] {
  const peers = new Set([me]);
  for (const [author, row] of ties) {
    peers.add(author);
    for (const subject of row.keys()) peers.add(subject);
  }
  return [...peers].sort();
}

/** The chances of a peer's row, the heaviest edges first. */
function rowOf(ties: Ties, peer: string): Weighted[] {
  const edges = [...(ties.get(peer)?.values() ?? [])].map((tie) => ({
    subject: tie.subject,
    weight: weightOf(tie),
  }));
  const heaviest = edges.filter(({ weight }) => weight > 0).sort(heavierFirst);
  return chancesOf(heaviest.slice(0, ROW_EDGES));
}

function heavierFirst(a: Weighted, b: Weighted): number {
  return b.weight - a.weight || (a.subject < b.subject ? -1 : 1);
}

/**
 * Weights, the heaviest first, as chances. Each is linear up to ROW_SHARE of the row, whose sum is taken after the
 * cut: with k edges cut, `R = W0 + k·share·R + (the others)`. So more of what is over the share changes nothing, and
 * more of what is below it gives to its edge and takes from the others.
 */
export function chancesOf(heaviestFirst: readonly Weighted[]): Weighted[] {
  let others = PRIOR_MICROCREDITS + heaviestFirst.reduce((sum, { weight }) => sum + weight, 0);
  let cut = 0;
  let total = others;
  for (const { weight } of heaviestFirst) {
    if (weight <= ROW_SHARE * total) break;
    others -= weight;
    cut += 1;
    total = others / (1 - cut * ROW_SHARE);
  }
  return heaviestFirst.map(({ subject, weight }, index) => ({
    subject,
    weight: index < cut ? ROW_SHARE : weight / total,
  }));
}
