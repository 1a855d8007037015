// A peer as a lender: the product's rule of lending, with what it holds for running leases.
import { Lending, lentBy, type Pool } from '../../src/reputation/lending.ts';
import type { Books } from './books.ts';

export class Lender {
  readonly lending: Lending;
  readonly #me: string;
  readonly #books: Books;
  readonly #held = new Map<string, number>();

  constructor(me: string, books: Books) {
    this.#me = me;
    this.#books = books;
    const seen = books.seenBy(me);
    this.lending = new Lending(me, () => seen);
  }

  /** Holds so much more for a peer, if it may owe that. */
  hold(peer: string, microcredits: number, pool: Pool): boolean {
    const missing = this.#exposure(peer, microcredits) - lentBy(this.lending.grant(peer));
    if (missing > 0 && !this.lending.lend(peer, missing, pool)) return false;
    this.#held.set(peer, (this.#held.get(peer) ?? 0) + microcredits);
    return true;
  }

  release(peer: string, microcredits: number): void {
    const held = (this.#held.get(peer) ?? 0) - microcredits;
    if (held > 0) this.#held.set(peer, held);
    else this.#held.delete(peer);
    this.settle(peer);
  }

  /** A peer owes less than it was lent: that is there for others. */
  settle(peer: string): void {
    const grant = this.lending.grants.get(peer);
    if (grant === undefined) return;
    const over = lentBy(grant) - this.#exposure(peer, 0);
    if (over > 0) this.lending.giveBack(peer, over);
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

  #exposure(peer: string, more: number): number {
    return Math.max(0, this.#books.owed(peer, this.#me) + (this.#held.get(peer) ?? 0) + more);
  }
}
