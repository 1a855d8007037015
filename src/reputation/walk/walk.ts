// The personalised walk, kept up to date row by row, and the standing of a peer by first hit.
//
// The walk starts at me, i. At each step it stops with chance α; else it goes on by the row of the peer where it is,
// and what the row does not give away returns it to me: x = α Σ_t (1−α)^t e_i P^t. Cut it into excursions, which end
// when the walk stops or returns to me. With Q the rows without what returns, N = Σ_t (1−α)^t Q^t counts the visits of
// an excursion: N_uv visits to v of one that begins at u, T_u = Σ_v N_uv visits in all. An excursion from u stops
// with chance α T_u and returns to me with 1 − α T_u. Excursions are alike, so x_v = N_iv / T_i.
//
// N_i· is kept as visits that were counted, y, and mass that is still on its way, r, with y + r N = N_i·. Pushing a
// peer counts the mass there and passes it on by its row (forward push; Andersen, Chung, Lang 2006). When row u changes
// by Δ, r changes by (1−α) y_u Δ and the sum holds again (Zhang, Lofgren, Goel 2016). Every mass makes 1/α visits at the
// most, so the visits in all are wrong by no more than |r| / α.
//
// How the walk comes to v, by a second walk from v: reach.ts.

import { ALPHA, TOLERANCE, UPDATE_MASS } from '../facts/parameters.ts';
import { finish, type Steps } from '../facts/steps.ts';
import { type Graph, grown, type Weighted } from './graph.ts';

/** The walk from me over one graph, which changes through `setRow` alone. */
export class Walk {
  readonly graph: Graph;
  /** The chance that it stops at each step. */
  readonly alpha: number;
  #visits: Float64Array<ArrayBuffer>;
  #mass: Float64Array<ArrayBuffer>;
  #total = 0;
  #left = 0;

  /** Nothing is walked yet: `settle` does. */
  constructor(graph: Graph, alpha: number = ALPHA) {
    this.graph = graph;
    this.alpha = alpha;
    this.#visits = new Float64Array(graph.peers.length);
    this.#mass = new Float64Array(graph.peers.length);
    this.#add(graph.me, 1);
  }

  /** T_i: visits of an excursion from me. */
  get total(): number {
    return this.#total;
  }

  /** The shares of all peers together are wrong by no more than this. */
  get errorBound(): number {
    return (2 * this.#left) / (this.alpha * Math.max(1, this.#total));
  }

  /** N_iv: visits of an excursion from me to the peer. */
  visits(v: number): number {
    return this.#visits[v] ?? 0;
  }

  /** x_v: the share of the walk that is at the peer. */
  share(v: number): number {
    return this.visits(v) / this.#total;
  }

  /** Replaces a peer's row, and passes on what matters of what that changes; `errorBound` says what is left. */
  setRow(peer: string, row: readonly Weighted[]): void {
    const u = this.graph.add(peer);
    const due = new Due();
    this.#passOn(u, -this.visits(u), due);
    this.graph.setRow(peer, row);
    this.#visits = grown(this.#visits, this.graph.peers.length);
    this.#mass = grown(this.#mass, this.graph.peers.length);
    this.#passOn(u, this.visits(u), due);
    for (let next = due.take(); next !== undefined; next = due.take()) this.#push(next, due);
  }

  /** Begins with the visits of an earlier walk: what is on its way follows from them and the rows. */
  resume(visitsOf: (peer: string) => number): void {
    this.#visits.fill(0);
    this.#mass.fill(0);
    this.#total = 0;
    this.#left = 0;
    this.#add(this.graph.me, 1);
    for (const [u, peer] of this.graph.peers.entries()) {
      const visits = visitsOf(peer);
      if (visits === 0) continue;
      this.#visits[u] = visits;
      this.#total += visits;
      this.#add(u, -visits);
      this.#passOn(u, visits);
    }
  }

  /** Walks until what is left could move no result by more than the tolerance. */
  settle(): this {
    finish(this.settleSteps());
    return this;
  }

  /** The same in steps of some peers. */
  *settleSteps(): Steps<void> {
    while (this.#counted() > TOLERANCE) {
      for (let u = 0; u < this.graph.peers.length; u += 1) {
        if (this.#mass[u] !== 0) this.#push(u);
        if (u % PEERS_A_STEP === 0) yield;
      }
    }
  }

  /** What is on its way, counted anew: the running sum collects rounding. */
  #counted(): number {
    let [left, total] = [0, 0];
    for (const mass of this.#mass) left += Math.abs(mass);
    for (const visits of this.#visits) total += visits;
    this.#left = left;
    this.#total = total;
    return left;
  }

  #push(u: number, due?: Due): void {
    const mass = this.#mass[u] ?? 0;
    this.#mass[u] = 0;
    this.#left -= Math.abs(mass);
    this.#visits[u] = (this.#visits[u] ?? 0) + mass;
    this.#total += mass;
    this.#passOn(u, mass, due);
  }

  /** Sends visits at `u` on by its row; `due` is told who has too much to hold back then. */
  #passOn(u: number, visits: number, due?: Due): void {
    const { start, end, targets, chances } = this.graph;
    const on = (1 - this.alpha) * visits;
    for (let edge = start[u] ?? 0, last = end[u] ?? 0; edge < last; edge += 1) {
      const v = targets[edge] ?? 0;
      const mass = this.#add(v, on * (chances[edge] ?? 0));
      if (due !== undefined && Math.abs(mass) > UPDATE_MASS) due.put(v);
    }
  }

  /** What is on its way at a peer, with this. */
  #add(u: number, more: number): number {
    const before = this.#mass[u] ?? 0;
    const after = before + more;
    this.#mass[u] = after;
    this.#left += Math.abs(after) - Math.abs(before);
    return after;
  }
}

/** Peers of a sweep between which other work may run. */
const PEERS_A_STEP = 4_096;

/** Peers to be pushed, each once, the first first. */
class Due {
  readonly #peers: number[] = [];
  #next = 0;
  readonly #isIn = new Set<number>();

  put(u: number): void {
    if (this.#isIn.has(u)) return;
    this.#isIn.add(u);
    this.#peers.push(u);
  }

  take(): number | undefined {
    const u = this.#peers[this.#next];
    if (u === undefined) return undefined;
    this.#next += 1;
    this.#isIn.delete(u);
    return u;
  }
}
