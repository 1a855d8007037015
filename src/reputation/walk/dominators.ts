// Dominators: the nodes that lie on every path from one place to another. By Lengauer and Tarjan, "A fast algorithm for
// finding dominators in a flowgraph" (TOPLAS 1(1), 1979), the simple version. It takes m log n steps on every graph,
// which matters here: strangers choose most of the edges, and could make an iteration to a fixed point slow.

const NONE = -1;

/** The edges of a graph: `u` leads to those from `targets[start[u]]` to before `targets[start[u + 1]]`. */
export interface Links {
  readonly start: Int32Array;
  readonly targets: Int32Array;
}

/** What is reached from the root, and by whom each is dominated. */
export interface DominatorTree {
  /** All that are reached, the root first, each after its dominators. */
  readonly order: Int32Array;
  /** By place in the order, the place of the nearest dominator; the root's is its own. */
  readonly nearest: Int32Array;
}

/** The dominator tree of what is reached from `root`. */
export function dominatorTree(root: number, links: Links): DominatorTree {
  const { order, placeOf, parents } = walkInDepth(root, links);
  const { start, targets: sources } = reversed(links);
  const semis = Int32Array.from(order.keys());
  const forest = new Forest(semis);
  const nearest = new Int32Array(order.length);
  const waiting = new Waiting(order.length);
  for (let w = order.length - 1; w > 0; w -= 1) {
    const [vertex, parent] = [order[w] ?? 0, parents[w] ?? 0];
    let semi = w;
    for (let edge = start[vertex] ?? 0, end = start[vertex + 1] ?? 0; edge < end; edge += 1) {
      const v = placeOf[sources[edge] ?? 0] ?? NONE;
      if (v !== NONE) semi = Math.min(semi, semis[forest.least(v)] ?? 0);
    }
    // The first place from which a way leads to w through later places than w alone: its semidominator
    semis[w] = semi;
    waiting.add(w, semi);
    forest.link(w, parent);
    for (const v of waiting.take(parent)) {
      const least = forest.least(v);
      nearest[v] = (semis[least] ?? 0) < parent ? least : parent;
    }
  }
  // Where it is not the semidominator, it is the dominator of one that stands before
  for (let w = 1; w < order.length; w += 1) {
    const dominator = nearest[w] ?? 0;
    if (dominator !== semis[w]) nearest[w] = nearest[dominator] ?? 0;
  }
  return { order, nearest };
}

/** The part of the tree of the walk that is done, with its paths made shorter as they are used. */
class Forest {
  readonly #semis: Int32Array;
  readonly #above: Int32Array;
  /** Of the path that was shortened, whose semidominator is least. */
  readonly #least: Int32Array;
  readonly #path: number[] = [];

  constructor(semis: Int32Array) {
    this.#semis = semis;
    this.#above = new Int32Array(semis.length).fill(NONE);
    this.#least = Int32Array.from(semis.keys());
  }

  link(v: number, parent: number): void {
    this.#above[v] = parent;
  }

  /** On the way from below the top of its tree down to `v`, the one whose semidominator is least. */
  least(v: number): number {
    const path = this.#path;
    path.length = 0;
    for (let at = v; this.#aboveOf(at) !== NONE; at = this.#aboveOf(at)) path.push(at);
    // The last one stands below the top, and has nothing to look at
    for (let i = path.length - 2; i >= 0; i -= 1) this.#shorten(path[i] ?? 0);
    return this.#least[v] ?? 0;
  }

  #shorten(v: number): void {
    const above = this.#aboveOf(v);
    const [mine, theirs] = [this.#least[v] ?? 0, this.#least[above] ?? 0];
    if ((this.#semis[theirs] ?? 0) < (this.#semis[mine] ?? 0)) this.#least[v] = theirs;
    this.#above[v] = this.#aboveOf(above);
  }

  #aboveOf(v: number): number {
    return this.#above[v] ?? NONE;
  }
}

/** Who waits for whom, as linked lists. */
class Waiting {
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  constructor(size: number) {
    this.#first = new Int32Array(size).fill(NONE);
    this.#next = new Int32Array(size).fill(NONE);
  }

  add(v: number, on: number): void {
    this.#next[v] = this.#first[on] ?? NONE;
    this.#first[on] = v;
  }

  *take(on: number): Iterable<number> {
    for (let v = this.#first[on] ?? NONE; v !== NONE; v = this.#next[v] ?? NONE) yield v;
    this.#first[on] = NONE;
  }
}

/** All that are reached, in preorder of a walk in depth; by vertex its place or -1, and by place the place of its parent. */
function walkInDepth(root: number, { start, targets }: Links) {
  const next = start.slice();
  const placeOf = new Int32Array(start.length - 1).fill(NONE);
  const [order, parents, open] = [[root], [0], [root]];
  placeOf[root] = 0;
  for (let u = open.at(-1); u !== undefined; u = open.at(-1)) {
    const edge = next[u] ?? 0;
    if (edge >= (start[u + 1] ?? 0)) {
      open.pop();
      continue;
    }
    next[u] = edge + 1;
    const v = targets[edge] ?? 0;
    if (placeOf[v] !== NONE) continue;
    placeOf[v] = order.push(v) - 1;
    parents.push(placeOf[u] ?? 0);
    open.push(v);
  }
  return { order: Int32Array.from(order), placeOf, parents };
}

/** The same edges by where they lead. */
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
