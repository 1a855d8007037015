// The graph of trust: edges from each peer to the peers that served it or that it vouches for, as chances of the next
// step of a walk. The rest of a row returns to me: doubt (W0), what is above the share, edges to me, and unknown rows.

import { type Tie, type Ties, weightOf } from '../facts/facts.ts';
import { PRIOR_MICROCREDITS, ROW_EDGES, ROW_SHARE } from '../facts/parameters.ts';
import { finish, type Steps } from '../facts/steps.ts';

/** An edge: first what it weighs in microcredits, then the chance that a walk takes it if it goes on. */
export interface Weighted {
  readonly subject: string;
  readonly weight: number;
}

/** Rows that can be replaced one by one. Peers are numbered as they come; a number is never used again. */
export class Graph {
  /** Number of the peer from where all is seen. */
  readonly me: number;
  readonly #peers: string[] = [];
  readonly #indexOf = new Map<string, number>();
  #start = new Int32Array(FIRST_CAPACITY);
  #end = new Int32Array(FIRST_CAPACITY);
  #targets = new Int32Array(FIRST_CAPACITY);
  #chances = new Float64Array(FIRST_CAPACITY);
  #used = 0;

  constructor(me: string) {
    this.me = this.add(me);
  }

  /** Peer ids by number. */
  get peers(): readonly string[] {
    return this.#peers;
  }

  get indexOf(): ReadonlyMap<string, number> {
    return this.#indexOf;
  }

  /** The edges of peer `u` stand from `start[u]` to before `end[u]`; the arrays may be longer than there are peers. */
  get start(): Int32Array {
    return this.#start;
  }

  get end(): Int32Array {
    return this.#end;
  }

  /** Peers by edge. Until the next change. */
  get targets(): Int32Array {
    return this.#targets;
  }

  /** Chance that the walk's next step takes the edge, if there is a next step. Until the next change. */
  get chances(): Float64Array {
    return this.#chances;
  }

  /** The number of a peer; a new one has an empty row. */
  add(peer: string): number {
    const known = this.#indexOf.get(peer);
    if (known !== undefined) return known;
    const index = this.#peers.push(peer) - 1;
    this.#indexOf.set(peer, index);
    this.#start = grown(this.#start, index + 1);
    this.#end = grown(this.#end, index + 1);
    return index;
  }

  /** A peer's row. */
  row(peer: string): Weighted[] {
    const u = this.#indexOf.get(peer) ?? -1;
    const [start, end] = [this.#start[u] ?? 0, this.#end[u] ?? 0];
    return Array.from({ length: end - start }, (_, at) => ({
      subject: this.#peers[this.#targets[start + at] ?? 0] ?? '',
      weight: this.#chances[start + at] ?? 0,
    }));
  }

  /** Replaces a peer's row. A longer one than before takes new room, which the next whole graph gives back. */
  setRow(peer: string, row: readonly Weighted[]): void {
    const u = this.add(peer);
    const edges = row
      .filter(({ subject }) => subject !== this.#peers[this.me])
      .map(({ subject, weight }) => ({ target: this.add(subject), chance: weight }));
    const isLonger = edges.length > (this.#end[u] ?? 0) - (this.#start[u] ?? 0);
    if (isLonger) {
      this.#start[u] = this.#used;
      this.#used += edges.length;
      this.#targets = grown(this.#targets, this.#used);
      this.#chances = grown(this.#chances, this.#used);
    }
    const start = this.#start[u] ?? 0;
    for (const [at, { target, chance }] of edges.entries()) {
      this.#targets[start + at] = target;
      this.#chances[start + at] = chance;
    }
    this.#end[u] = start + edges.length;
  }
}

const FIRST_CAPACITY = 16;

/** The array, or a copy with room for twice as much as is needed. */
export function grown<T extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(
  array: T,
  needed: number,
): T {
  if (needed <= array.length) return array;
  const copy = new (array.constructor as new (length: number) => T)(needed * 2);
  copy.set(array);
  return copy;
}

/** The graph as seen from `me`; every author and every subject of a tie is in it. */
export function graphOf(me: string, ties: Ties): Graph {
  return finish(graphSteps(me, ties));
}

/** The same in steps of one row. Equal ties give equal graphs, whatever their order. */
export function* graphSteps(me: string, ties: Ties): Steps<Graph> {
  const graph = new Graph(me);
  for (const peer of peersOf(ties)) graph.add(peer);
  for (const peer of graph.peers) {
    yield;
    graph.setRow(peer, rowOf(ties.get(peer)));
  }
  return graph;
}

function peersOf(ties: Ties): string[] {
  const peers = new Set<string>();
  for (const [author, row] of ties) {
    peers.add(author);
    for (const subject of row.keys()) peers.add(subject);
  }
  return [...peers].sort();
}

/** The chances of a peer's row, the heaviest edges first. */
export function rowOf(ties: ReadonlyMap<string, Tie> | undefined): Weighted[] {
  const edges = [...(ties?.values() ?? [])].map((tie) => ({ subject: tie.subject, weight: weightOf(tie) }));
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
