// What a statement would change if it were made: everything is computed again with that statement, from the same point.
import { newTie, type Tie, type Ties } from '../facts/facts.ts';
import { EXPLAINED_MAX } from '../facts/parameters.ts';
import { graphOf } from '../walk/graph.ts';
import { Hittings } from '../walk/hitting.ts';
import { meIn, type Scores, scoreOf, spokenOf } from '../walk/scores.ts';
import { Walk } from '../walk/walk.ts';
import type { Rated, VouchEffect } from './trust.ts';

/** What would be thought of peers then. */
export interface Supposed {
  readonly of: (peer: string) => Rated;
  /** The share of the walk that would be at a peer; 0 for who is not in it. */
  readonly share: (peer: string) => number;
}

/** The same evidence, but for one tie. */
export function supposing(
  scores: Scores,
  author: string,
  subject: string,
  change: (tie: Tie) => Partial<Tie>,
): Supposed {
  const ties = withTie(scores.ties, author, subject, change);
  const reaches = new Hittings(new Walk(graphOf(meIn(scores), ties)).settle());
  const { indexOf } = reaches.walk.graph;
  const spoken = spokenOf(ties);
  const authors = [...ties.keys()].sort();
  return {
    share: (peer) => shareOf(reaches.walk, peer),
    of(peer) {
      const index = indexOf.get(peer);
      if (index === undefined) return { standing: 0, quality: 0 };
      const about = authors.flatMap((by) => ties.get(by)?.get(peer) ?? []);
      const { standing, quality } = scoreOf(reaches, peer, { reach: reaches.of(index), about, spoken });
      return { standing, quality };
    },
  };
}

/** What it would do to me to vouch for a peer with so much; 0 takes a vouch back. */
export function effectOfVouch(
  scores: Scores,
  peer: string,
  vouchMicrocredits: number,
): Omit<VouchEffect, 'mayOweMicrocredits'> {
  const { walk, byPeer } = scores;
  const then = supposing(scores, meIn(scores), peer, () => ({ vouchMicrocredits }));
  const moved = [...byPeer.keys()]
    .filter((other) => other !== peer)
    .map((other) => ({ other, by: Math.abs(then.share(other) - shareOf(walk, other)) }))
    .filter(({ by }) => by > UNMOVED)
    .sort((a, b) => b.by - a.by || (a.other < b.other ? -1 : 1));
  const changeOf = (other: string) => ({
    peer: other,
    before: ratedIn(scores, other),
    after: then.of(other),
  });
  return {
    ...changeOf(peer),
    others: moved.slice(0, EXPLAINED_MAX).map(({ other }) => changeOf(other)),
    moved: moved.length,
  };
}

/** Shares that differ by less are the same. */
const UNMOVED = 1e-9;

function shareOf(walk: Walk, peer: string): number {
  return walk.share(walk.graph.indexOf.get(peer) ?? -1);
}

function ratedIn({ byPeer }: Scores, peer: string): Rated {
  const { standing = 0, quality = 0 } = byPeer.get(peer) ?? {};
  return { standing, quality };
}

function withTie(ties: Ties, author: string, subject: string, change: (tie: Tie) => Partial<Tie>): Ties {
  const tie = ties.get(author)?.get(subject) ?? newTie(author, subject);
  const row = new Map(ties.get(author)).set(subject, { ...tie, ...change(tie) });
  return new Map(ties).set(author, row);
}
