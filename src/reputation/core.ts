// The core of the graph: the peers that have rows, numbered among themselves. Walks go on only there, so this is where
// they are solved, over arrays that fit a processor's cache.
import type { Graph } from './graph.ts';
import { TOLERANCE } from './parameters.ts';

/** Steps after which a walk from me has forgotten where it began; what it then looks like many walks end up as. */
const MIXING_STEPS = 12;

/** A start of a walk that is no single peer, and its solution. */
interface Background {
  readonly start: Float64Array;
  readonly visits: Float64Array;
}

/**
 * Solves walks in the core: visits y = Σ_t (1−α)^t s Q^t of one that starts as s. What is left of a walk after t
 * steps, r, still has N r before it. Where r has become like the background b, whose solution is known, `r − c b` is
 * left instead with c = Σ r: far less, and of both signs. The rest is bounded all the same: no visits to any peer are
 * wrong by more than |r| / α.
 */
export class Core {
  /** Number in the core by index of the peer; -1 for a peer without a row. */
  readonly numberOf: Int32Array;
  /** Index of the peer by number. */
  readonly peers: Int32Array;
  readonly #alpha: number;
  readonly #start: Int32Array;
  readonly #targets: Int32Array;
  readonly #chances: Float64Array;
  /** Visits of the walk from me; summed from what is never negative, so that who is not reached has exactly none. */
  readonly mine: Float64Array;
  readonly #background: Background | undefined;
  #mass: Float64Array;
  #next: Float64Array;

  constructor(graph: Graph, alpha: number) {
    this.#alpha = alpha;
    const { me, peers, start } = graph;
    const members = [...peers.keys()].filter((u) => u === me || start[u] !== start[u + 1]);
    this.peers = Int32Array.from(members);
    this.numberOf = new Int32Array(peers.length).fill(-1);
    for (const [number, u] of members.entries()) this.numberOf[u] = number;
    const edges = edgesWithin(graph, this.peers, this.numberOf);
    this.#start = edges.start;
    this.#targets = edges.targets;
    this.#chances = edges.chances;
    this.#mass = new Float64Array(members.length);
    this.#next = new Float64Array(members.length);
    const self = this.#single(this.numberOf[me] ?? 0);
    this.mine = this.#solve(self, TOLERANCE, undefined);
    this.#background = this.#mixed(self);
  }

  /** Visits of a walk from one peer, by number in the core, to the tolerance. */
  visitsFrom(number: number, tolerance: number): Float64Array {
    return this.#solve(this.#single(number), tolerance, this.#background);
  }

  #single(number: number): Float64Array {
    const single = new Float64Array(this.peers.length);
    single[number] = 1;
    return single;
  }

  #mixed(self: Float64Array): Background | undefined {
    let mass = self;
    for (let step = 0; step < MIXING_STEPS; step += 1) mass = this.#stepped(mass);
    const sum = mass.reduce((all, each) => all + each, 0);
    if (sum === 0) return undefined;
    const start = mass.map((each) => each / sum);
    return { start, visits: this.#solve(start, TOLERANCE, undefined) };
  }

  #stepped(mass: Float64Array): Float64Array {
    const next = new Float64Array(mass.length);
    for (const u of mass.keys()) if ((mass[u] ?? 0) !== 0) this.#pass(u, mass[u] ?? 0, next);
    return next;
  }

  #pass(u: number, here: number, next: Float64Array): void {
    const on = (1 - this.#alpha) * here;
    for (let edge = this.#start[u] ?? 0, end = this.#start[u + 1] ?? 0; edge < end; edge += 1) {
      const v = this.#targets[edge] ?? 0;
      next[v] = (next[v] ?? 0) + on * (this.#chances[edge] ?? 0);
    }
  }

  #solve(from: Float64Array, tolerance: number, background: Background | undefined): Float64Array {
    const visits = new Float64Array(from.length);
    this.#mass.set(from);
    for (;;) {
      const mass = this.#mass;
      if (background !== undefined) lessBackground(mass, visits, background);
      let left = 0;
      this.#next.fill(0);
      for (let u = 0; u < mass.length; u += 1) {
        const here = mass[u] ?? 0;
        if (here === 0) continue;
        visits[u] = (visits[u] ?? 0) + here;
        left += Math.abs(here);
        this.#pass(u, here, this.#next);
      }
      if (left <= tolerance) return visits;
      this.#mass = this.#next;
      this.#next = mass;
    }
  }
}

/** Takes the background out of what is left of a walk where that leaves less than half, and counts its visits. */
function lessBackground(
  mass: Float64Array,
  visits: Float64Array,
  { start, visits: known }: Background,
): void {
  let sum = 0;
  let before = 0;
  for (let u = 0; u < mass.length; u += 1) {
    sum += mass[u] ?? 0;
    before += Math.abs(mass[u] ?? 0);
  }
  let after = 0;
  for (let u = 0; u < mass.length; u += 1) after += Math.abs((mass[u] ?? 0) - sum * (start[u] ?? 0));
  if (after * 2 > before) return;
  for (let u = 0; u < mass.length; u += 1) {
    mass[u] = (mass[u] ?? 0) - sum * (start[u] ?? 0);
    visits[u] = (visits[u] ?? 0) + sum * (known[u] ?? 0);
  }
}

function edgesWithin({ start, targets, chances }: Graph, peers: Int32Array, numberOf: Int32Array) {
  const within = {
    start: new Int32Array(peers.length + 1),
    targets: [] as number[],
    chances: [] as number[],
  };
  for (const [number, u] of peers.entries()) {
    for (let edge = start[u] ?? 0; edge < (start[u + 1] ?? 0); edge += 1) {
      const target = numberOf[targets[edge] ?? 0] ?? -1;
      if (target < 0) continue;
      within.targets.push(target);
      within.chances.push(chances[edge] ?? 0);
    }
    within.start[number + 1] = within.targets.length;
  }
  return {
    start: within.start,
    targets: Int32Array.from(within.targets),
    chances: Float64Array.from(within.chances),
  };
}
