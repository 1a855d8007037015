// What honest lenders stand to lose to everybody who is out for it, as one coalition, and what bounds that.
import { HALF_LIFE_DAYS } from '../../src/ledger/parameters.ts';
import { LINE_SHARE, OWN_SHARE } from '../../src/reputation/parameters.ts';
import type { Economy } from './economy.ts';
import { isHonest, type PeerState } from './peers.ts';

/** Who is in it. */
type Coalition = Pick<ReadonlySet<string>, 'has'>;

/** What a lender may still lose over what bounds it, as things stand now: of all honest ones the worst. */
export function worstLossOverBound(economy: Economy, coalition: Coalition): number {
  const into = new Map(
    [...economy.books.ties.keys()].map((peer) => [peer, carriedInto(economy, peer, coalition)]),
  );
  let worst = 0;
  for (const peer of economy.peers.values()) {
    const lost = isHonest(peer) ? peer.lender.lentTo(coalition) : 0;
    if (lost > 0) worst = Math.max(worst, lost / boundOf(economy, peer, coalition, into));
  }
  return worst;
}

/** All that a peer's lines carry into a coalition. */
function carriedInto({ books }: Economy, peer: string, coalition: Coalition): number {
  let carried = 0;
  for (const [subject, { serviceMicrocredits }] of books.ties.get(peer) ?? [])
    if (coalition.has(subject)) carried += serviceMicrocredits;
  return carried;
}

/**
 * Pools of all days, faded; ρ · what the coalition served the lender; η · the cut: its lines into the coalition, and over
 * each honest first hop no more than the line to it, nor than what leads from there into the coalition in two hops.
 */
function boundOf(
  economy: Economy,
  lender: PeerState,
  coalition: Coalition,
  into: ReadonlyMap<string, number>,
): number {
  const { ties } = economy.books;
  const direct = into.get(lender.id) ?? 0;
  let over = 0;
  for (const [first, line] of ties.get(lender.id) ?? []) {
    if (coalition.has(first)) continue;
    let reached = into.get(first) ?? 0;
    for (const [second, { serviceMicrocredits }] of ties.get(first) ?? [])
      if (!coalition.has(second) && second !== lender.id)
        reached += Math.min(serviceMicrocredits, into.get(second) ?? 0);
    over += Math.min(line.serviceMicrocredits, reached);
  }
  return poolsOf(economy, lender) + OWN_SHARE * direct + LINE_SHARE * (direct + over);
}

function poolsOf(economy: Economy, lender: PeerState): number {
  const firstDay = Math.floor(lender.joinedHour / 24);
  let pools = 0;
  for (let day = firstDay; day <= economy.day; day += 1)
    pools += economy.poolOf(lender).microcredits * 2 ** ((day - economy.day) / HALF_LIFE_DAYS);
  return pools;
}
