// What honest lenders stand to lose to everybody who is out for it, as one coalition, and what bounds that.
import { HALF_LIFE_DAYS } from '../../src/ledger/parameters.ts';
import type { Tie } from '../../src/reputation/facts/facts.ts';
import { LINE_SHARE, OWN_SHARE } from '../../src/reputation/facts/parameters.ts';
import type { Books } from './books.ts';
import type { Economy } from './economy.ts';
import { isHonest, type PeerState } from './peers.ts';

/** Who is in it. */
type Coalition = Pick<ReadonlySet<string>, 'has'>;

/** What a lender may still lose over what bounds it, as things stand now: of all honest ones the worst. */
export function worstLossOverBound(economy: Economy, coalition: Coalition): number {
  const cut = new Cut(economy.books.ties, coalition);
  let worst = 0;
  for (const peer of economy.peers.values()) {
    const lost = isHonest(peer) ? peer.lender.lentTo(coalition) : 0;
    if (lost > 0) worst = Math.max(worst, lost / boundOf(economy, peer, cut));
  }
  return worst;
}

/** Pools of all days, faded; ρ · what the coalition served the lender; η · the cut. */
function boundOf(economy: Economy, lender: PeerState, cut: Cut): number {
  const served = cut.into(lender.id);
  return poolsOf(economy, lender) + OWN_SHARE * served + LINE_SHARE * (served + cut.over(lender.id));
}

/** What leads into a coalition, by who it leads from. */
class Cut {
  readonly #ties: Books['ties'];
  readonly #coalition: Coalition;
  readonly #into = new Map<string, number>();
  /** In two hops over others. */
  readonly #reached = new Map<string, number>();

  constructor(ties: Books['ties'], coalition: Coalition) {
    this.#ties = ties;
    this.#coalition = coalition;
    for (const [peer, row] of ties) {
      let carried = 0;
      for (const [to, { serviceMicrocredits }] of row) if (coalition.has(to)) carried += serviceMicrocredits;
      this.#into.set(peer, carried);
    }
    for (const [peer, row] of ties) {
      let reached = 0;
      for (const tie of row.values()) reached += this.#overTie(tie);
      this.#reached.set(peer, reached);
    }
  }

  /** All that a peer's own lines carry into it. */
  into(peer: string): number {
    return this.#into.get(peer) ?? 0;
  }

  /**
   * Over each first hop outside it no more than the line to it, nor than what leads from there into the coalition in one hop
   * or in two, back over the peer left out.
   */
  over(peer: string): number {
    let over = 0;
    for (const [first, line] of this.#ties.get(peer) ?? []) {
      if (this.#coalition.has(first)) continue;
      const back = this.#ties.get(first)?.get(peer);
      const reached = (this.#reached.get(first) ?? 0) - (back === undefined ? 0 : this.#overTie(back));
      over += Math.min(line.serviceMicrocredits, this.into(first) + reached);
    }
    return over;
  }

  #overTie({ subject, serviceMicrocredits }: Tie): number {
    return this.#coalition.has(subject) ? 0 : Math.min(serviceMicrocredits, this.into(subject));
  }
}

function poolsOf(economy: Economy, lender: PeerState): number {
  const firstDay = Math.floor(lender.joinedHour / 24);
  let pools = 0;
  for (let day = firstDay; day <= economy.day; day += 1)
    pools += economy.poolOf(lender).microcredits * 2 ** ((day - economy.day) / HALF_LIFE_DAYS);
  return pools;
}
