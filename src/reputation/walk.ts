// The personalised walk, and the standing of a peer by first hit.
//
// The walk starts at me, i. At each step it stops with chance α; else it goes on by the row of the peer where it is,
// and what the row does not give away returns it to me: x = α Σ_t (1−α)^t e_i P^t. Cut it into excursions, which end
// when the walk stops or returns to me. With Q the rows without what returns, N = Σ_t (1−α)^t Q^t counts the visits of
// an excursion: N_uv visits to v of one that begins at u, T_u = Σ_v N_uv visits in all. An excursion from u stops
// with chance α T_u and returns to me with 1 − α T_u. Excursions are alike, so x_v = N_iv / T_i.
//
// To reach v: an excursion reaches it with chance f = N_iv / N_vv (N_vv is how often v is visited once it was), and
// makes T_i − f T_v visits before; the walk tries until one reaches v or stops:
//
//     standing(v) = f / (f + α (T_i − f T_v)).
//
// N_vv and T_v undo what v's own row did to N_iv and T_i, so v's own edges move nothing here. In the same way
// (N_iu − f N_vu) / (T_i − f T_v) is the share of the walk at u with v taken out of the graph: what u's word about v
// weighs, so that v cannot lend weight to those who speak of it.
//
// N_v· is one walk from v, solved in the core of peers with rows (core.ts); one step more leads to the others.
import { Core } from './core.ts';
import type { Graph } from './graph.ts';
import { ALPHA, TOLERANCE } from './parameters.ts';

/** How the walk comes to a peer. */
export interface Reach {
  readonly standing: number;
  /** f: the chance that one excursion reaches the peer. */
  readonly hit: number;
  /** T_i − f T_v: visits of an excursion before it reaches the peer. */
  readonly before: number;
  /** N_v· within the core; undefined where it moves nothing: the peer has no row, or is not reached. */
  readonly onwards: Float64Array | undefined;
}

/** Edges into each peer: those of peer `v` stand from `start[v]` to before `start[v + 1]`. */
interface Arrivals {
  readonly start: Int32Array;
  /** Numbers in the core. */
  readonly sources: Int32Array;
  readonly chances: Float64Array;
}

/** The walk from me over one graph. */
export class Walk {
  readonly graph: Graph;
  /** The chance that it stops at each step. */
  readonly alpha: number;
  readonly #core: Core;
  readonly #arrivals: Arrivals;
  /** By number in the core: chance that a step from there leads out of it, to a peer without a row. */
  readonly #outwards: Float64Array;
  readonly #total: number;

  constructor(graph: Graph, alpha: number = ALPHA) {
    this.graph = graph;
    this.alpha = alpha;
    this.#core = new Core(graph, alpha);
    this.#arrivals = arrivalsOf(graph, this.#core);
    this.#outwards = outwardsOf(graph, this.#core);
    this.#total = this.#totalOf(this.#core.mine);
  }

  /** x_v: the share of the walk that is at the peer. */
  share(v: number): number {
    return this.#visits(this.#core.mine, v) / this.#total;
  }

  /** How the walk comes to a peer. */
  reach(v: number): Reach {
    const visits = this.#visits(this.#core.mine, v);
    const total = this.#total;
    if (v === this.graph.me) return { standing: 1, hit: 1, before: total, onwards: undefined };
    if (visits === 0) return { standing: 0, hit: 0, before: total, onwards: undefined };
    const onwards = this.#onwards(v, visits);
    const hit = onwards === undefined ? visits : visits / this.#visits(onwards, v);
    const before = total - hit * (onwards === undefined ? 1 : this.#totalOf(onwards));
    return { standing: hit / (hit + this.alpha * before), hit, before, onwards };
  }

  /** An error of m in N_v· moves the standing by no more than N_iv m / α: who is hardly visited is soon solved. */
  #onwards(v: number, visits: number): Float64Array | undefined {
    const number = this.#core.numberOf[v] ?? -1;
    return number < 0 ? undefined : this.#core.visitsFrom(number, Math.min(0.1, TOLERANCE / visits));
  }

  /** The share of the walk at `u` when the peer that `reach` is about is taken out of the graph. */
  shareWithout(u: number, { hit, before, onwards }: Reach): number {
    const through = onwards === undefined ? 0 : hit * this.#visits(onwards, u);
    const visits = this.#visits(this.#core.mine, u) - through;
    // What is left of a difference of equal numbers is rounding
    return visits <= ROUNDING ? 0 : visits / before;
  }

  /** Visits to any peer of a walk that is known within the core: to the others one step leads, and none from there. */
  #visits(within: Float64Array, v: number): number {
    const number = this.#core.numberOf[v] ?? -1;
    if (number >= 0) return within[number] ?? 0;
    const { start, sources, chances } = this.#arrivals;
    let visits = 0;
    for (let edge = start[v] ?? 0, end = start[v + 1] ?? 0; edge < end; edge += 1)
      visits += (1 - this.alpha) * (within[sources[edge] ?? 0] ?? 0) * (chances[edge] ?? 0);
    return visits;
  }

  #totalOf(within: Float64Array): number {
    let total = 0;
    for (let u = 0; u < within.length; u += 1)
      total += (within[u] ?? 0) * (1 + (1 - this.alpha) * (this.#outwards[u] ?? 0));
    return total;
  }
}

/** Visits below this are what rounding leaves of none. */
const ROUNDING = TOLERANCE;

function arrivalsOf({ peers, start, targets, chances }: Graph, { peers: members }: Core): Arrivals {
  const counts = new Int32Array(peers.length + 1);
  for (const v of targets) counts[v + 1] = (counts[v + 1] ?? 0) + 1;
  for (let v = 0; v < peers.length; v += 1) counts[v + 1] = (counts[v + 1] ?? 0) + (counts[v] ?? 0);
  const free = counts.slice();
  const arrivals = {
    start: counts,
    sources: new Int32Array(targets.length),
    chances: new Float64Array(targets.length),
  };
  for (const [number, u] of members.entries()) {
    for (let edge = start[u] ?? 0, end = start[u + 1] ?? 0; edge < end; edge += 1) {
      const v = targets[edge] ?? 0;
      const at = free[v] ?? 0;
      arrivals.sources[at] = number;
      arrivals.chances[at] = chances[edge] ?? 0;
      free[v] = at + 1;
    }
  }
  return arrivals;
}

function outwardsOf({ start, targets, chances }: Graph, { peers: members, numberOf }: Core): Float64Array {
  return Float64Array.from(members, (u) => {
    let chance = 0;
    for (let edge = start[u] ?? 0, end = start[u + 1] ?? 0; edge < end; edge += 1)
      if ((numberOf[targets[edge] ?? 0] ?? -1) < 0) chance += chances[edge] ?? 0;
    return chance;
  });
}
