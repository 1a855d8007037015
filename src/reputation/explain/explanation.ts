// Why a peer has its standing and quality, from the numbers that made them: the last hops that carried the standing,
// each with its most likely path; the statements that made the quality; and the effect of single changes.
import { CREDIT } from '../../lib/units.ts';
import type { Tie, Ties } from '../facts/facts.ts';
import { ALPHA, EXPLAINED_HOPS, EXPLAINED_MAX, INVITATION_TRUST_MICROCREDITS } from '../facts/parameters.ts';
import type { Graph } from '../walk/graph.ts';
import { type Hitting, Hittings } from '../walk/hitting.ts';
import { listenedTo, meIn, type Score, type Scores } from '../walk/scores.ts';
import { supposing } from './supposing.ts';
import type { Change, Explanation, Hop, Path, Testimony } from './trust.ts';

/** A peer that nothing is known of. */
function unknownScore(peer: string): Score {
  const nothing = {
    standing: 0,
    quality: 0,
    isKnown: false,
    good: 0,
    bad: 0,
    serviceMicrocredits: 0,
    vouches: 0,
  };
  return { peer, ...nothing };
}

/** Explains the score of a peer. */
export function explain(scores: Scores, peer: string): Explanation {
  const { walk, byPeer } = scores;
  const reaches = new Hittings(walk);
  const index = walk.graph.indexOf.get(peer);
  const score = byPeer.get(peer) ?? unknownScore(peer);
  const reach = index === undefined ? undefined : reaches.of(index);
  const paths = index === undefined || reach === undefined ? [] : pathsTo(scores, reaches, index, reach);
  const testimonies = reach === undefined ? [] : testimoniesAbout(scores, reaches, peer, reach);
  return { ...score, paths, testimonies, changes: changesOf(scores, peer, paths) };
}

/** The heaviest last hops into `v`. Their parts add up to the standing. */
function pathsTo({ ties, about }: Scores, reaches: Hittings, v: number, reach: Hitting): Path[] {
  const { graph } = reaches.walk;
  const peer = graph.peers[v] ?? '';
  if (v === graph.me) return [];
  const tries = reach.hit + ALPHA * reach.before;
  const lastHops = (about.get(peer) ?? []).flatMap(({ author }) => {
    const u = graph.indexOf.get(author) ?? -1;
    const chance = chanceOf(graph, author, peer);
    const standing = (reaches.shareWithout(u, reach) * reach.before * (1 - ALPHA) * chance) / tries;
    return standing > 0 ? [{ u, standing }] : [];
  });
  const heaviest = lastHops.sort((a, b) => b.standing - a.standing || a.u - b.u).slice(0, EXPLAINED_MAX);
  const ways = likeliestWays(graph, v);
  return heaviest.map(({ u, standing }) => ({ standing, hops: hopsOf(graph, ties, [...ways(u), v]) }));
}

/** The likeliest way of at most EXPLAINED_HOPS from me to any peer but `without`; only its end where there is none. */
function likeliestWays(
  { me, peers, start, end, targets, chances }: Graph,
  without: number,
): (to: number) => number[] {
  const best = new Float64Array(peers.length);
  const before = new Int32Array(peers.length).fill(-1);
  best[me] = 1;
  let frontier = new Set([me]);
  for (let hop = 1; hop < EXPLAINED_HOPS && frontier.size > 0; hop += 1) {
    const reached = new Set<number>();
    for (const u of frontier) {
      for (let edge = start[u] ?? 0; edge < (end[u] ?? 0); edge += 1) {
        const v = targets[edge] ?? 0;
        const chance = (1 - ALPHA) * (best[u] ?? 0) * (chances[edge] ?? 0);
        if (v === without || chance <= (best[v] ?? 0)) continue;
        best[v] = chance;
        before[v] = u;
        reached.add(v);
      }
    }
    frontier = reached;
  }
  return (to) => {
    const way = [to];
    for (let at = before[to] ?? -1; at >= 0; at = before[at] ?? -1) way.unshift(at);
    return way;
  };
}

function chanceOf(graph: Graph, from: string, to: string): number {
  return graph.row(from).find(({ subject }) => subject === to)?.weight ?? 0;
}

function hopsOf(graph: Graph, ties: Ties, way: readonly number[]): Hop[] {
  return way.slice(1).map((v, index) => {
    const u = way[index] ?? 0;
    const [from = '', to = ''] = [graph.peers[u], graph.peers[v]];
    const tie = ties.get(from)?.get(to);
    return {
      ...{ from, to, chance: chanceOf(graph, from, to) },
      serviceMicrocredits: tie?.serviceMicrocredits ?? 0,
      vouchMicrocredits: tie?.vouchMicrocredits ?? 0,
      ...(tie?.receipt === undefined ? {} : { receipt: tie.receipt }),
      ...(tie?.vouch === undefined ? {} : { vouch: tie.vouch }),
    };
  });
}

/** Who said something and is listened to, my own experience first, then by weight. */
function testimoniesAbout({ about }: Scores, reaches: Hittings, peer: string, reach: Hitting): Testimony[] {
  const heard = listenedTo(reaches, { reach, about: about.get(peer) ?? [] })
    .filter(({ tie }) => tie.goodLeases + tie.badLeases > 0)
    .map(({ tie, weight }) => testimonyOf(tie, weight));
  return heard.sort((a, b) => b.weight - a.weight).slice(0, EXPLAINED_MAX);
}

function testimonyOf({ author, goodLeases, badLeases, codes, outcomes }: Tie, weight: number): Testimony {
  return {
    ...{ author, weight, good: goodLeases, bad: badLeases, codes: [...codes].sort() },
    outcomes: [...outcomes].sort().slice(0, EXPLAINED_MAX),
  };
}

/** What one more thing of each kind would do, each computed anew on the evidence with that thing in it. */
function changesOf(scores: Scores, peer: string, paths: readonly Path[]): Change[] {
  const me = meIn(scores);
  if (peer === me) return [];
  const mine = (change: Change['change'], more: (tie: Tie) => Partial<Tie>): Change => ({
    change,
    ...supposing(scores, me, peer, more).of(peer),
  });
  const changes = [
    mine('GOOD_LEASE', ({ good, goodLeases }) => ({ good: good + CREDIT, goodLeases: goodLeases + 1 })),
    mine('BREACH', ({ bad, badLeases }) => ({ bad: bad + CREDIT, badLeases: badLeases + 1 })),
    mine('SERVICE', (tie) => ({ serviceMicrocredits: tie.serviceMicrocredits + CREDIT })),
    mine('VOUCH', (tie) => ({
      vouchMicrocredits: Math.max(tie.vouchMicrocredits, INVITATION_TRUST_MICROCREDITS),
    })),
  ];
  const [heaviest] = paths;
  const last = heaviest?.hops.at(-1);
  if (last === undefined) return changes;
  const nothing = { serviceMicrocredits: 0, vouchMicrocredits: 0 };
  const without = supposing(scores, last.from, peer, () => nothing).of(peer);
  return [...changes, { change: 'WITHOUT_PATH', peer: last.from, ...without }];
}
