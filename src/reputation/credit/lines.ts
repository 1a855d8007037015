// Lines between peers: what each line carries, by service and by vouches with credit; what part of it is reserved for
// peers that owe; and what flow the rest still allows.
import type { Tie } from '../facts/facts.ts';
import { LINE_SHARE, LINE_WIDTH, THINNEST_MICROCREDITS } from '../facts/parameters.ts';
import type { Scores } from '../walk/scores.ts';
import { type Ends, Flow } from './flow.ts';

/** What a line carries, in microcredits. */
export type Line = Pick<Tie, 'serviceMicrocredits' | 'lineMicrocredits'>;

/** Who served whom, and who answers for whom. */
export interface LineSource {
  /** Whom a peer owes service or answers for. */
  row(author: string): ReadonlyMap<string, Line> | undefined;
  /** Those who have that with a peer, each once. */
  into(subject: string): Iterable<Line & { readonly author: string }>;
}

/** The lines that scores were computed from. */
export function linesIn({ ties, about }: Pick<Scores, 'ties' | 'about'>): LineSource {
  return {
    row: (author) => ties.get(author),
    into: (subject) => about.get(subject) ?? [],
  };
}

/** A part of a flow: from me over at most two others to the peer that is lent, me left out. */
export interface Way {
  readonly peers: readonly string[];
  readonly microcredits: number;
}

/** Lines as seen from `me`, with what is reserved on them. */
export class Lines {
  readonly #me: string;
  readonly #source: () => LineSource;
  readonly #reserved = new Map<string, Map<string, number>>();

  constructor(me: string, source: () => LineSource) {
    this.#me = me;
    this.#source = source;
  }

  /** What a peer served me, in microcredits, decayed. */
  servedBy(peer: string): number {
    return this.#source().row(this.#me)?.get(peer)?.serviceMicrocredits ?? 0;
  }

  /** What I answer for it with. */
  answeredFor(peer: string): number {
    return this.#source().row(this.#me)?.get(peer)?.lineMicrocredits ?? 0;
  }

  /** Reserves a way; a negative amount frees it. */
  reserve({ peers, microcredits }: Way): void {
    for (const [at, to] of peers.entries()) {
      const from = at === 0 ? this.#me : (peers[at - 1] ?? '');
      const row = this.#reserved.get(from) ?? new Map<string, number>();
      this.#reserved.set(from, row);
      const reserved = (row.get(to) ?? 0) + microcredits;
      if (reserved > 0) row.set(to, reserved);
      else row.delete(to);
    }
  }

  /**
   * Up to so much of the largest flow to a peer over what is not reserved, as if I answered for it with that much; where
   * it clearly does not come to `least`, nothing. Nothing is reserved by that.
   */
  flow(peer: string, mostMicrocredits: number, { answered = this.answeredFor(peer), least = 0 } = {}): Way[] {
    const direct = Math.min(mostMicrocredits, this.#leftOfMine(peer, answered));
    const ways = direct > 0 ? [{ peers: [peer], microcredits: direct }] : [];
    const rest = mostMicrocredits - direct;
    if (rest <= 0) return ways;
    return [...ways, ...(this.#overOne(peer, rest) ?? this.#overTwo(peer, rest, least - direct))];
  }

  /** Of my own vouch for a peer: what it served me counts by itself. */
  #leftOfMine(peer: string, answered: number): number {
    return Math.max(0, shareOf(answered) - (this.#reserved.get(this.#me)?.get(peer) ?? 0));
  }

  /** Ways of two hops, the first that come, where they are enough: mostly they are, and then nothing else is looked at. */
  #overOne(peer: string, microcredits: number): Way[] | undefined {
    const mine = this.#source().row(this.#me);
    const ways: Way[] = [];
    let missing = microcredits;
    for (const tie of this.#source().into(peer)) {
      const { author: over } = tie;
      const line = over === this.#me ? undefined : mine?.get(over);
      if (line === undefined) continue;
      const found = Math.min(missing, this.#left(this.#me, over, line), this.#left(over, peer, tie));
      if (found <= 0) continue;
      ways.push({ peers: [over, peer], microcredits: found });
      missing -= found;
      if (missing === 0) return ways;
    }
    return undefined;
  }

  /** The largest flow over one or two others. */
  #overTwo(peer: string, microcredits: number, least: number): Way[] {
    const lasts = this.#lasts(peer);
    if (lasts.length === 0 || carriedBy(lasts) < least) return [];
    const firsts = this.#firsts(peer);
    if (carriedBy(firsts) < least) return [];
    const to = thickest(lasts);
    const flow = new Flow(thickest(firsts), to, (first) => this.#lines(first, to));
    return [...flow.parts(microcredits)].map(({ first, last, microcredits: found }) => ({
      peers: first === last ? [first, peer] : [first, last, peer],
      microcredits: found,
    }));
  }

  /** Whom I have a line to, and what is left of it. */
  #firsts(peer: string): End[] {
    const ends: End[] = [];
    const reserved = this.#reserved.get(this.#me);
    for (const [to, line] of this.#source().row(this.#me) ?? []) {
      const left = to === peer ? 0 : leftOf(line, reserved?.get(to));
      if (left > 0) ends.push([to, left]);
    }
    return ends;
  }

  /** Who has a line to the peer. */
  #lasts(peer: string): End[] {
    const ends: End[] = [];
    for (const tie of this.#source().into(peer)) {
      const left = tie.author === this.#me ? 0 : this.#left(tie.author, peer, tie);
      if (left > 0) ends.push([tie.author, left]);
    }
    return ends;
  }

  /** What is left of the lines from a peer to some. */
  #lines(from: string, to: Ends): Ends {
    const row = this.#source().row(from);
    const lines: Ends = new Map();
    if (row === undefined) return lines;
    const reserved = this.#reserved.get(from);
    for (const one of row.size < to.size ? row.keys() : to.keys()) {
      const line = to.has(one) ? row.get(one) : undefined;
      const left = line === undefined ? 0 : leftOf(line, reserved?.get(one));
      if (left > 0) lines.set(one, left);
    }
    return lines;
  }

  #left(from: string, to: string, line: Line): number {
    return leftOf(line, this.#reserved.get(from)?.get(to));
  }
}

/** What is left of a line; of next to nothing nothing. */
function leftOf({ serviceMicrocredits, lineMicrocredits }: Line, reserved = 0): number {
  const left = shareOf(serviceMicrocredits + lineMicrocredits) - reserved;
  return left < THINNEST_MICROCREDITS ? 0 : left;
}

type End = [peer: string, left: number];

function shareOf(microcredits: number): number {
  return Math.floor(LINE_SHARE * microcredits);
}

function carriedBy(ends: readonly End[]): number {
  let all = 0;
  for (const [, left] of ends) all += left;
  return all;
}

function thickest(ends: readonly End[]): Ends {
  return new Map(ends.toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, LINE_WIDTH));
}
