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
// N_v· is one walk from v, exact and short: most rows lead to peers without rows, where it ends.
import type { Graph } from './graph.ts';
import { ALPHA, TOLERANCE } from './parameters.ts';

/** Visits of an excursion that begins at one peer. */
export interface Visits {
  /** By index of the peer. */
  readonly at: Float64Array;
  readonly total: number;
}

/** How the walk comes to a peer. */
export interface Reach {
  readonly standing: number;
  /** f: the chance that one excursion reaches the peer. */
  readonly hit: number;
  /** T_i − f T_v: visits of an excursion before it reaches the peer. */
  readonly before: number;
  /** N_v· of other peers; undefined where it is 0 or moves nothing: the peer has no row, or is not reached. */
  readonly onwards: Float64Array | undefined;
}

/** Where the mass of a step stands; all zero between two uses. */
interface Scratch {
  readonly here: Float64Array;
  readonly next: Float64Array;
}

/** Counts the visits of an excursion from `from`, until less than `tolerance` of it is still under way. */
function visitsFrom(graph: Graph, from: number, tolerance: number, scratch: Scratch): Visits {
  const { peers, start, targets, chances } = graph;
  const at = new Float64Array(peers.length);
  let { here: mass, next } = scratch;
  let frontier = [from];
  let total = 0;
  mass[from] = 1;
  for (let underWay = 1; underWay > 0; ) {
    const goesOn = underWay > tolerance;
    const reached: number[] = [];
    underWay = 0;
    for (const u of frontier) {
      const here = mass[u] ?? 0;
      mass[u] = 0;
      at[u] = (at[u] ?? 0) + here;
      total += here;
      if (!goesOn) continue;
      const pass = (1 - ALPHA) * here;
      for (let edge = start[u] ?? 0, end = start[u + 1] ?? 0; edge < end; edge += 1) {
        const v = targets[edge] ?? 0;
        const add = pass * (chances[edge] ?? 0);
        if (start[v] === start[v + 1]) {
          // No row: visited, and the excursion is over
          at[v] = (at[v] ?? 0) + add;
          total += add;
          continue;
        }
        if (next[v] === 0) reached.push(v);
        next[v] = (next[v] ?? 0) + add;
        underWay += add;
      }
    }
    frontier = reached;
    [mass, next] = [next, mass];
  }
  return { at, total };
}

/** The walk from me over one graph. */
export class Walk {
  readonly graph: Graph;
  readonly #scratch: Scratch;
  readonly #mine: Visits;

  constructor(graph: Graph) {
    const size = graph.peers.length;
    this.graph = graph;
    this.#scratch = { here: new Float64Array(size), next: new Float64Array(size) };
    this.#mine = visitsFrom(graph, graph.me, TOLERANCE, this.#scratch);
  }

  /** x_v: the share of the walk that is at the peer. */
  share(v: number): number {
    return (this.#mine.at[v] ?? 0) / this.#mine.total;
  }

  /** How the walk comes to a peer. */
  reach(v: number): Reach {
    const visits = this.#mine.at[v] ?? 0;
    const { total } = this.#mine;
    if (v === this.graph.me) return { standing: 1, hit: 1, before: total, onwards: undefined };
    if (visits === 0) return { standing: 0, hit: 0, before: total, onwards: undefined };
    const onwards = this.#onwards(v, visits);
    const hit = visits / (onwards?.at[v] ?? 1);
    const before = total - hit * (onwards?.total ?? 1);
    return { standing: hit / (hit + ALPHA * before), hit, before, onwards: onwards?.at };
  }

  /** An error of m in N_v· moves the standing by no more than N_iv m / α: who is hardly visited is soon solved. */
  #onwards(v: number, visits: number): Visits | undefined {
    const { start } = this.graph;
    if (start[v] === start[v + 1]) return undefined;
    return visitsFrom(this.graph, v, Math.min(1, TOLERANCE / visits), this.#scratch);
  }

  /** The share of the walk at `u` when the peer that `reach` is about is taken out of the graph. */
  shareWithout(u: number, { hit, before, onwards }: Reach): number {
    const visits = (this.#mine.at[u] ?? 0) - hit * (onwards?.[u] ?? 0);
    // What is left of a difference of equal numbers is rounding
    return visits <= TOLERANCE ? 0 : visits / before;
  }
}
