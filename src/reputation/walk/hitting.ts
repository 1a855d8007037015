// How the walk comes to a peer, v: the standing of v, and what the words of others about it weigh.
//
// An excursion from me reaches v with chance f = N_iv / N_vv (N_vv is how often v is visited once it was), and makes
// T_i − f T_v visits before; the walk tries until one reaches v or stops:
//
//     standing(v) = f / (f + α (T_i − f T_v)).
//
// N_vv and T_v undo what v's own row did to N_iv and T_i, so v's own edges move nothing here. In the same way
// (N_iu − f N_vu) / (T_i − f T_v) is the share of the walk at u with v taken out of the graph: what u's word about v
// weighs, so that v cannot lend weight to those who speak of it.

import { REACH_ERROR, TOLERANCE } from '../facts/parameters.ts';
import { LocalWalk, type Onwards } from './local-walk.ts';
import type { Walk } from './walk.ts';

/** How the walk comes to a peer. */
export interface Hitting {
  readonly standing: number;
  /** f: the chance that one excursion reaches the peer. */
  readonly hit: number;
  /** T_i − f T_v: visits of an excursion before it reaches the peer. */
  readonly before: number;
  /** N_v·, by peer; undefined where it moves nothing: the peer has no row, or is not reached. */
  readonly onwards: Onwards | undefined;
}

/** Reaches of peers over one walk, which has settled. */
export class Hittings {
  readonly walk: Walk;
  readonly #local: LocalWalk;

  constructor(walk: Walk) {
    this.walk = walk;
    this.#local = new LocalWalk(walk.graph, walk.alpha);
  }

  /** How the walk comes to the peer of that number. */
  of(v: number): Hitting {
    const { graph, total, alpha } = this.walk;
    const visits = this.walk.visits(v);
    if (v === graph.me) return { standing: 1, hit: 1, before: total, onwards: undefined };
    if (visits <= ROUNDING) return { standing: 0, hit: 0, before: total, onwards: undefined };
    const onwards = this.#onwards(v, visits);
    const hit = visits / (onwards?.visits[v] ?? 1);
    const before = total - hit * (onwards?.total ?? 1);
    return { standing: hit / (hit + alpha * before), hit, before, onwards };
  }

  /** An error of m in N_v· moves the standing by no more than N_iv m / α: who is hardly visited is soon solved. */
  #onwards(v: number, visits: number): Onwards | undefined {
    const { start, end } = this.walk.graph;
    if (start[v] === end[v]) return undefined;
    return this.#local.from(v, Math.min(0.1, TOLERANCE / visits), REACH_ERROR / visits);
  }

  /** The share of the walk at `u` when the peer that `reach` is about is taken out of the graph; not too much. */
  shareWithout(u: number, { hit, before, onwards }: Hitting): number {
    const { walk } = this;
    if (onwards === undefined) return walk.visits(u) / before;
    const through = hit * ((onwards.visits[u] ?? 0) + onwards.left / walk.alpha);
    const visits = walk.visits(u) - through;
    // What is left of a difference of equal numbers is rounding
    return visits <= ROUNDING ? 0 : visits / before;
  }
}

/** Visits below this are what rounding leaves of none. */
const ROUNDING = TOLERANCE;
