// How much this peer lets others owe it: by what they gave it themselves, and by what flows to them over those who gave
// it something and over lines of credit that vouches carry. What is granted stays reserved on its way, so that a second
// borrower behind the same peers finds only what is left. Newcomers' pools are not in here: they belong to a day, and
// not to anybody.
//
// The bound. Let C be any coalition without me. What its members are granted by themselves is at most ρ times what they
// served me. Everything else reached them along lines, of which the last that leads into C was reserved for as much: in
// sum at most η times the lines from outside into C. So what I can lose to C is at most ρ · service(C → me) + η · cut(C),
// in however many keys it comes. (Ghosh, Mahdian, Reeves, Pennock, Fugger 2007, "Mechanism design on trust networks",
// bound loss by lines in the same way; here lines are what was served.)
import type { Tie, Ties } from './facts.ts';
import { LINE_HOPS, LINE_SHARE, MOST_CREDIT_MICROCREDITS, OWN_SHARE } from './parameters.ts';

/** What a peer was lent at a time and still owes, what is unsigned and held for it included. */
export interface Grant {
  readonly peer: string;
  readonly microcredits: number;
  /** What was granted first is reserved first. */
  readonly atMs: number;
}

/** How much one peer may owe, and why, in microcredits. */
export interface Limit {
  readonly limitMicrocredits: number;
  /** By what it gave this peer. */
  readonly ownMicrocredits: number;
  /** By what flows to it over others, as far as nobody else was granted it. */
  readonly flowMicrocredits: number;
  /** The ways by which that flows, from me on, the first first. */
  readonly ways: readonly Way[];
}

/** A part of a flow. */
export interface Way {
  readonly peers: readonly string[];
  readonly microcredits: number;
}

const NONE: Limit = { limitMicrocredits: 0, ownMicrocredits: 0, flowMicrocredits: 0, ways: [] };

/** What peers may owe `me`, as ties say, when all grants stay reserved. */
export class Lending {
  readonly #me: string;
  readonly #ties: Ties;
  readonly #grants: readonly Grant[];

  constructor(me: string, ties: Ties, grants: Iterable<Grant>) {
    this.#me = me;
    this.#ties = ties;
    this.#grants = [...grants].sort((a, b) => a.atMs - b.atMs || (a.peer < b.peer ? -1 : 1));
  }

  /**
   * The limit of one peer: what it was granted, as far as the ties still carry that, and all that is left for it after
   * everybody's grants.
   */
  limit(peer: string): Limit {
    if (peer === this.#me) return NONE;
    const lines = new Lines(this.#me, this.#ties);
    const ways = this.#grants.flatMap((grant) => {
      const taken = lines.take(grant.peer, grant.microcredits);
      return grant.peer === peer ? taken : [];
    });
    const whole = joined([...ways, ...lines.take(peer, MOST_CREDIT_MICROCREDITS)]);
    const flowMicrocredits = whole.reduce((sum, { microcredits }) => sum + microcredits, 0);
    const ownMicrocredits = lines.own(peer);
    const limitMicrocredits = Math.min(MOST_CREDIT_MICROCREDITS, ownMicrocredits + flowMicrocredits);
    return { limitMicrocredits, ownMicrocredits, flowMicrocredits, ways: whole };
  }
}

/** Parts of one way as one. */
function joined(ways: readonly Way[]): Way[] {
  const whole = new Map<string, Way>();
  for (const { peers, microcredits } of ways) {
    const key = peers.join('/');
    whole.set(key, { peers, microcredits: microcredits + (whole.get(key)?.microcredits ?? 0) });
  }
  return [...whole.values()];
}

/** Lines between peers, and what is taken of them. */
class Lines {
  readonly #me: string;
  readonly #ties: Ties;
  readonly #into: ReadonlyMap<string, readonly string[]>;
  readonly #taken = new Map<string, number>();
  readonly #ownTaken = new Map<string, number>();

  constructor(me: string, ties: Ties) {
    this.#me = me;
    this.#ties = ties;
    this.#into = authorsBySubject(ties);
  }

  /** What a peer may owe for what it gave me itself. */
  own(peer: string): number {
    const { serviceMicrocredits = 0 } = this.#ties.get(this.#me)?.get(peer) ?? {};
    return Math.floor(OWN_SHARE * serviceMicrocredits);
  }

  /** Takes up to so much for a peer: of its own first, then of the lines that lead to it; the ways, with what each gave. */
  take(peer: string, mostMicrocredits: number): Way[] {
    const ownTaken = this.#ownTaken.get(peer) ?? 0;
    const own = Math.min(mostMicrocredits, this.own(peer) - ownTaken);
    this.#ownTaken.set(peer, ownTaken + own);
    const ways: Way[] = [];
    let left = mostMicrocredits - own;
    for (const peers of this.#waysTo(peer)) {
      if (left <= 0) break;
      const microcredits = Math.min(left, ...hopsOf(peers).map(([from, to]) => this.#left(from, to, peer)));
      if (microcredits <= 0) continue;
      for (const [from, to] of hopsOf(peers)) this.#reserve(from, to, microcredits);
      ways.push({ peers, microcredits });
      left -= microcredits;
    }
    return ways;
  }

  /** Ways of at most LINE_HOPS steps from me, the shortest first, in an order that depends on nothing but the ties. */
  *#waysTo(peer: string): Iterable<readonly string[]> {
    let ends: (readonly string[])[] = [[peer]];
    for (let hops = 1; hops <= LINE_HOPS; hops += 1) {
      for (const end of ends) if (this.#left(this.#me, end[0] ?? '', peer) > 0) yield [this.#me, ...end];
      ends = ends.flatMap((end) =>
        (this.#into.get(end[0] ?? '') ?? [])
          .filter((author) => author !== this.#me && !end.includes(author))
          .filter((author) => this.#left(author, end[0] ?? '', peer) > 0)
          .map((author) => [author, ...end]),
      );
    }
  }

  /** What is left of a line, for a way that ends at `peer`: what that one gave me itself counts as its own already. */
  #left(from: string, to: string, peer: string): number {
    const tie = this.#ties.get(from)?.get(to);
    if (tie === undefined) return 0;
    const isOwn = from === this.#me && to === peer;
    const whole = isOwn ? tie.lineMicrocredits : tie.serviceMicrocredits + tie.lineMicrocredits;
    return Math.floor(LINE_SHARE * whole) - (this.#taken.get(lineKey(from, to)) ?? 0);
  }

  #reserve(from: string, to: string, microcredits: number): void {
    const key = lineKey(from, to);
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + microcredits);
  }
}

function lineKey(from: string, to: string): string {
  return `${from}/${to}`;
}

function hopsOf(way: readonly string[]): [from: string, to: string][] {
  return way.slice(1).map((to, index) => [way[index] ?? '', to]);
}

/** Who has a line to each peer, in order of name. */
function authorsBySubject(ties: Ties): Map<string, string[]> {
  const into = new Map<string, string[]>();
  for (const [author, row] of [...ties].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const tie of row.values()) {
      if (!isLine(tie)) continue;
      const authors = into.get(tie.subject);
      if (authors === undefined) into.set(tie.subject, [author]);
      else authors.push(author);
    }
  return into;
}

function isLine({ serviceMicrocredits, lineMicrocredits }: Tie): boolean {
  return serviceMicrocredits + lineMicrocredits > 0;
}
