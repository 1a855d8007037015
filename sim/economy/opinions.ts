// What peers think of volunteers: each by what it saw itself, and by what reaches it of others' words. The latter is
// computed by the product's walk for a number of observers anew every few days, and each peer takes one observer's; what
// a word weighs is its author's share of the walk, without the second walk that leaves the subject out.
import type { Random } from '../../bench/support/random.ts';
import { CREDIT } from '../../src/lib/units.ts';
import type { Rate } from '../../src/market/matching/match.ts';
import type { Tie } from '../../src/reputation/facts/facts.ts';
import { graphOf } from '../../src/reputation/walk/graph.ts';
import { qualityOf, wordOf } from '../../src/reputation/walk/quality.ts';
import { spokenOf } from '../../src/reputation/walk/scores.ts';
import { Walk } from '../../src/reputation/walk/walk.ts';
import type { Books } from './books.ts';
import type { Evidence } from './evidence.ts';

/** What reaches an observer of others' words on a peer. */
interface Heard {
  readonly good: number;
  readonly bad: number;
}

const OBSERVERS = 12;

/** The opinions on one side of a network. */
export class Opinions {
  readonly #books: Books;
  readonly #evidence: Evidence;
  readonly #random: Random;
  #observers: ReadonlyMap<string, Heard>[] = [];

  constructor(books: Books, evidence: Evidence, random: Random) {
    this.#books = books;
    this.#evidence = evidence;
    this.#random = random;
  }

  rating(me: string, volunteer: string): ReturnType<Rate> {
    const own = this.#books.ties.get(me)?.get(volunteer);
    const { good, bad } = this.#observers[this.#observerOf(me)]?.get(volunteer) ?? NOTHING;
    const ownGood = (own?.good ?? 0) / CREDIT;
    const ownBad = (own?.bad ?? 0) / CREDIT;
    const isKnown = good + bad + ownGood + ownBad > 0;
    const isOwing = this.#books.owed(volunteer, me) > 0;
    return { isKnown, isOwing, quality: qualityOf({ good, bad, ownGood, ownBad }) };
  }

  #observerOf(me: string): number {
    return Number(me.slice(1)) % Math.max(1, this.#observers.length);
  }

  /** Computes anew what reaches some of these. */
  refresh(peers: readonly string[]): void {
    const { ties } = this.#evidence;
    const spoken = spokenOf(ties);
    this.#observers = Array.from({ length: Math.min(OBSERVERS, peers.length) }, () => {
      const me = peers[this.#random.int(0, peers.length - 1)] ?? '';
      const walk = new Walk(graphOf(me, ties)).settle();
      const heard = new Map<string, Heard>();
      for (const [author, row] of ties) {
        const share = walk.share(walk.graph.indexOf.get(author) ?? -1);
        for (const tie of share > 0 ? row.values() : []) hear(heard, tie, share, spoken.get(author) ?? 0);
      }
      return heard;
    });
  }
}

/** Adds what an author says of a peer, as much as its share of the walk lets it weigh. */
function hear(heard: Map<string, Heard>, tie: Tie, share: number, spoken: number): void {
  const word = wordOf(tie, spoken);
  const { good, bad } = heard.get(tie.subject) ?? NOTHING;
  heard.set(tie.subject, { good: good + share * word.good, bad: bad + share * word.bad });
}

const NOTHING: Heard = { good: 0, bad: 0 };
