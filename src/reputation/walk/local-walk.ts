// Walks from single peers, step by step, and only as far as needed. Most need not be walked to their end: after a few
// steps they look alike, wherever they began, and the rest of such a walk is known.

import { REACH_EDGES } from '../facts/parameters.ts';
import type { Graph } from './graph.ts';

/** Visits of a walk that starts at one peer and ends where it stops or returns to me. */
export interface Onwards {
  /** By number of the peer. */
  readonly visits: Float64Array;
  readonly total: number;
  /** What was not walked to its end: no peer has more than this over α visits more. */
  readonly left: number;
}

/** Steps after which a walk from me has forgotten where it began. */
const MIXING_STEPS = 40;

/** What walks become alike in: a distribution that each step leaves as it is, only `kept` times as much. */
interface Likeness {
  readonly shares: Float64Array;
  readonly kept: number;
  /** What was not walked to its end of a whole one that is taken to go on like that. */
  readonly error: number;
}

/** The graph stays as it is for as long as this is used. */
export class LocalWalk {
  readonly #me: number;
  readonly #start: Int32Array;
  readonly #end: Int32Array;
  readonly #targets: Int32Array;
  readonly #chances: Float64Array;
  readonly #goesOn: number;
  /** All zeros between two walks. */
  #mass: Float64Array;
  #next: Float64Array;
  #likeness: Likeness | undefined;

  constructor({ me, peers, start, end, targets, chances }: Graph, alpha: number) {
    this.#me = me;
    this.#start = start;
    this.#end = end;
    this.#targets = targets;
    this.#chances = chances;
    this.#goesOn = 1 - alpha;
    this.#mass = new Float64Array(peers.length);
    this.#next = new Float64Array(peers.length);
  }

  /** Walks from `v` until no more than `tight` is on its way; after REACH_EDGES edges `loose` is enough. */
  from(v: number, tight: number, loose: number): Onwards {
    this.#likeness ??= this.#mixed();
    const visits = new Float64Array(this.#mass.length);
    let [total, left, edges] = [0, 1, 0];
    let here = [v];
    this.#mass[v] = 1;
    for (let enough = tight; left > enough; enough = edges < REACH_EDGES ? tight : loose) {
      const unlike = this.#unlike(here, left, this.#likeness);
      if (unlike <= enough) {
        total += addRest(visits, left, this.#likeness);
        left = unlike;
        break;
      }
      for (const u of here) {
        const mass = this.#mass[u] ?? 0;
        visits[u] = (visits[u] ?? 0) + mass;
        total += mass;
        edges += (this.#end[u] ?? 0) - (this.#start[u] ?? 0);
      }
      here = this.#step(here);
      left = this.#sum(here);
    }
    for (const u of here) this.#mass[u] = 0;
    return { visits, total, left };
  }

  /** Sends all mass on by one step; who has some then. */
  #step(here: readonly number[]): number[] {
    const there: number[] = [];
    const [mass, next, targets, chances] = [this.#mass, this.#next, this.#targets, this.#chances];
    for (const u of here) {
      const on = this.#goesOn * (mass[u] ?? 0);
      mass[u] = 0;
      for (let edge = this.#start[u] ?? 0, end = this.#end[u] ?? 0; edge < end; edge += 1) {
        const target = targets[edge] ?? 0;
        const before = next[target] ?? 0;
        if (before === 0) there.push(target);
        next[target] = before + on * (chances[edge] ?? 0);
      }
    }
    [this.#mass, this.#next] = [next, mass];
    return there;
  }

  #sum(here: readonly number[]): number {
    let sum = 0;
    for (const u of here) sum += this.#mass[u] ?? 0;
    return sum;
  }

  /** What would not be walked to its end if the mass that is left were taken for one of the likeness. */
  #unlike(here: readonly number[], left: number, { shares, error }: Likeness): number {
    // While few have any it is like nothing, and looking at all peers costs more than a step
    if (here.length * 4 < shares.length) return left;
    let unlike = left * error;
    for (let u = 0; u < shares.length; u += 1)
      unlike += Math.abs((this.#mass[u] ?? 0) - left * (shares[u] ?? 0));
    return unlike;
  }

  #mixed(): Likeness {
    let here = [this.#me];
    this.#mass[this.#me] = 1;
    for (let step = 0; step < MIXING_STEPS; step += 1) {
      here = this.#step(here);
      const kept = this.#sum(here);
      for (const u of here) this.#mass[u] = (this.#mass[u] ?? 0) / kept;
    }
    const shares = this.#mass.slice();
    here = this.#step(here);
    const kept = this.#sum(here);
    let error = 0;
    for (const [u, share] of shares.entries()) error += Math.abs((this.#mass[u] ?? 0) - kept * share);
    for (const u of here) this.#mass[u] = 0;
    return { shares, kept, error: error / (1 - kept) };
  }
}

/** Counts the visits that mass of the likeness has before it; how many in all. */
function addRest(visits: Float64Array, mass: number, { shares, kept }: Likeness): number {
  const rest = mass / (1 - kept);
  for (const [u, share] of shares.entries()) visits[u] = (visits[u] ?? 0) + rest * share;
  return rest;
}
