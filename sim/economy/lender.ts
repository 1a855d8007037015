// A peer as a lender: the product's rule of lending, with what it holds for running leases.
import { Lending, lentBy, type Pool } from '../../src/reputation/credit/lending.ts';
import type { LineSource } from '../../src/reputation/credit/lines.ts';
import type { Books } from './books.ts';

export class Lender {
  readonly lending: Lending;
  readonly #me: string;
  readonly #books: Books;
  readonly #held = new Map<string, number>();
  /** The least that each was refused, as of a day and of so many charges to this peer. */
  readonly #refused = new Map<string, number>();
  #refusedAt = '';

  constructor(me: string, books: Books, seen: LineSource) {
    this.#me = me;
    this.#books = books;
    this.lending = new Lending(me, () => seen);
  }

  /** Holds epochs of this price for a peer, up to so many, as far as it may owe them; how many. */
  hold(peer: string, microcredits: number, epochs: number, pool: Pool): number {
    if (this.#isStillRefused(peer, microcredits, pool)) return 0;
    const most = epochs * microcredits;
    const least = this.#missing(peer, microcredits);
    if (this.lending.lend(peer, this.#missing(peer, most), pool, least) < least) {
      this.#refused.set(peer, microcredits);
      return 0;
    }
    const room = lentBy(this.lending.grant(peer)) - this.#owes(peer);
    const held = Math.floor(Math.min(most, room) / microcredits);
    this.#held.set(peer, this.#heldFor(peer) + held * microcredits);
    this.#giveBack(peer);
    return held;
  }

  /** What it is not lent yet of what it owes and so much more. */
  #missing(peer: string, more: number): number {
    return Math.max(0, this.#owes(peer) + more - lentBy(this.lending.grant(peer)));
  }

  /**
   * Whether as little was refused and nothing has made room since: lending to others does not; evidence and a pool come once
   * a day, and this peer's own row changes when somebody charges it.
   */
  #isStillRefused(peer: string, microcredits: number, { day }: Pool): boolean {
    const now = `${day}/${this.#books.chargesOf(this.#me)}`;
    if (this.#refusedAt !== now) this.#refused.clear();
    this.#refusedAt = now;
    return microcredits >= (this.#refused.get(peer) ?? Infinity);
  }

  release(peer: string, microcredits: number): void {
    const held = this.#heldFor(peer) - microcredits;
    if (held > 0) this.#held.set(peer, held);
    else this.#held.delete(peer);
    this.settle(peer);
  }

  /** A peer owes less than it was lent: that is there for others. */
  settle(peer: string): void {
    if (this.#giveBack(peer) > 0) this.#refused.clear();
  }

  settleAll(): void {
    for (const peer of [...this.lending.grants.keys()]) this.settle(peer);
  }

  /** What these are lent in all: it is lost if they never give anything back. */
  lentTo(peers: Pick<ReadonlySet<string>, 'has'>): number {
    let lent = 0;
    for (const [peer, grant] of this.lending.grants) if (peers.has(peer)) lent += lentBy(grant);
    return lent;
  }

  /** What it is lent and does not owe; it is given back. */
  #giveBack(peer: string): number {
    const grant = this.lending.grants.get(peer);
    const over = grant === undefined ? 0 : lentBy(grant) - Math.max(0, this.#owes(peer));
    if (over > 0) this.lending.giveBack(peer, over);
    return over;
  }

  /** By the books and by what is held; below 0 what this one owes it. */
  #owes(peer: string): number {
    return this.#books.owed(peer, this.#me) + this.#heldFor(peer);
  }

  #heldFor(peer: string): number {
    return this.#held.get(peer) ?? 0;
  }
}
