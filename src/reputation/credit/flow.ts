// The largest flow from one peer to another, over at most two other peers.

/** Hops beside one of the two, and what their line to it lets through. */
export type Ends = Map<string, number>;

/** From a first hop to a last one, and what flowed from there to another one goes this way instead. */
interface Step {
  readonly first: string;
  readonly last: string;
  readonly back?: string;
}

/**
 * The largest flow of at most three hops, by augmenting ways (Ford and Fulkerson 1956, shortest first). Whoever is the
 * first hop and the last at once passes everything on to itself, so that two hops are a case of three.
 */
export class Flow {
  readonly #supply: Ends;
  readonly #demand: Ends;
  readonly #linesOf: (first: string) => Ends;
  /** From each first hop to last ones, itself with it. */
  readonly #lines = new Map<string, Ends>();
  /** What flows from a first hop to a last one: each such pair is one way. */
  readonly #flows = new Map<string, Map<string, number>>();

  constructor(supply: Ends, demand: Ends, linesOf: (first: string) => Ends) {
    this.#supply = supply;
    this.#demand = demand;
    this.#linesOf = linesOf;
  }

  /** Up to so much of it, by first and last hop. To be asked once. */
  *parts(most: number): Iterable<{ first: string; last: string; microcredits: number }> {
    for (let missing = most - this.#fill(most); missing > 0; ) {
      const found = this.#augment(missing);
      if (found === 0) break;
      missing -= found;
    }
    for (const [first, row] of this.#flows)
      for (const [last, microcredits] of row) yield { first, last, microcredits };
  }

  /** Fills the ways that go straight on, as far as is asked for; how much they carry. */
  #fill(most: number): number {
    let missing = most;
    for (const first of this.#supply.keys()) {
      if (missing === 0) break;
      for (const last of this.#from(first).keys())
        missing -= this.#push([{ first, last }], first, last, missing);
    }
    return most - missing;
  }

  /** Finds one more way, back over what flows already where that helps; how much it carries. */
  #augment(most: number): number {
    const firstOf = new Map<string, string>();
    const lastOf = new Map<string, string>();
    const queue = [...this.#supply].filter(([, supply]) => supply > 0).map(([first]) => first);
    const seen = new Set(queue);
    for (const first of queue)
      for (const last of this.#from(first).keys()) {
        if (firstOf.has(last) || this.#room(first, last) <= 0) continue;
        firstOf.set(last, first);
        if ((this.#demand.get(last) ?? 0) > 0) return this.#pushBack(last, firstOf, lastOf, most);
        for (const [other, row] of this.#flows) {
          if (seen.has(other) || (row.get(last) ?? 0) <= 0) continue;
          seen.add(other);
          lastOf.set(other, last);
          queue.push(other);
        }
      }
    return 0;
  }

  #from(first: string): Ends {
    const known = this.#lines.get(first);
    if (known !== undefined) return known;
    const lines: Ends = new Map();
    if (this.#demand.has(first)) lines.set(first, Infinity);
    for (const [last, line] of this.#linesOf(first)) lines.set(last, line);
    this.#lines.set(first, lines);
    return lines;
  }

  #room(first: string, last: string): number {
    return (this.#from(first).get(last) ?? 0) - (this.#flows.get(first)?.get(last) ?? 0);
  }

  /** The steps by which an augmenting way was found, from its end back to its start, pushed. */
  #pushBack(end: string, firstOf: Map<string, string>, lastOf: Map<string, string>, most: number): number {
    const steps: Step[] = [];
    for (let last: string | undefined = end; last !== undefined; ) {
      const first: string = firstOf.get(last) ?? '';
      const back: string | undefined = lastOf.get(first);
      steps.push({ first, last, ...(back === undefined ? {} : { back }) });
      last = back;
    }
    return this.#push(steps, steps.at(-1)?.first ?? '', end, most);
  }

  /** Pushes as much over a way as it lets through, up to `most`; how much that is. */
  #push(steps: readonly Step[], start: string, end: string, most: number): number {
    const [supply, demand] = [this.#supply.get(start) ?? 0, this.#demand.get(end) ?? 0];
    let pushed = Math.min(most, supply, demand);
    for (const { first, last, back } of steps) {
      const undone = back === undefined ? Infinity : (this.#flows.get(first)?.get(back) ?? 0);
      pushed = Math.min(pushed, this.#room(first, last), undone);
    }
    if (pushed <= 0) return 0;
    for (const { first, last, back } of steps) {
      this.#add(first, last, pushed);
      if (back !== undefined) this.#add(first, back, -pushed);
    }
    this.#supply.set(start, supply - pushed);
    this.#demand.set(end, demand - pushed);
    return pushed;
  }

  #add(first: string, last: string, microcredits: number): void {
    const row = this.#flows.get(first) ?? new Map<string, number>();
    this.#flows.set(first, row);
    const flows = (row.get(last) ?? 0) + microcredits;
    if (flows > 0) row.set(last, flows);
    else row.delete(last);
  }
}
