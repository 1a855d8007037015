// Scores: standing and quality of every peer that the evidence names, computed from a view.
import { CREDIT } from '../../lib/units.ts';
import type { Fact, Tie, Ties } from '../facts/facts.ts';
import type { PeerRating } from '../facts/reputation.ts';
import { finish, type Steps } from '../facts/steps.ts';
import { gatesOf } from './gates.ts';
import { type Hitting, Hittings } from './hitting.ts';
import { type Experience, qualityOf, spokenIn, wordOf } from './quality.ts';
import { type Standpoint, View } from './view.ts';
import type { Walk } from './walk.ts';

/** What is known of a peer, as of the last recompute; counts are of those whom the walk reaches. */
export interface Score extends PeerRating {
  /** Leases that were served well, and that failed, by the word of their tenants. */
  readonly good: number;
  readonly bad: number;
  /** Co-signed service that it gave, decayed. */
  readonly serviceMicrocredits: number;
  /** How many vouch for it. */
  readonly vouches: number;
}

/** The leases that an author speaks of in all, in millionths, by author. */
export type Spoken = ReadonlyMap<string, number>;

/** Everything that one recompute found. */
export interface Scores {
  /** The view's own: walk and ties follow the evidence before the next scores do. */
  readonly walk: Walk;
  readonly ties: Ties;
  /** The leases that each author speaks of, in millionths. */
  readonly spoken: Spoken;
  /** What others' records say about a peer, by that peer. */
  readonly about: ReadonlyMap<string, readonly Tie[]>;
  readonly byPeer: ReadonlyMap<string, Score>;
}

/** Scores in steps of one peer, so that a long recompute lets others run; the last step returns all. */
export function* scoreSteps({ ties, walk }: View): Steps<Scores> {
  const reaches = new Hittings(walk);
  const about = tiesBySubject(ties);
  const spoken = spokenOf(ties);
  const gates = gatesOf(walk.graph, ties);
  const byPeer = new Map<string, Score>();
  for (const [index, peer] of walk.graph.peers.entries()) {
    yield;
    if (index === walk.graph.me) continue;
    const heard = { reach: reaches.of(index), about: about.get(peer) ?? [], spoken };
    const score = scoreOf(reaches, peer, heard);
    const gate = gates[index] ?? index;
    byPeer.set(
      peer,
      gate < 0 || gate === index ? score : { ...score, through: walk.graph.peers[gate] ?? '' },
    );
  }
  return { walk, ties, spoken, about, byPeer };
}

/** Scores at once. */
export function scoresOf(facts: Iterable<Fact>, standpoint: Standpoint): Scores {
  return finish(scoreSteps(finish(View.steps(facts, standpoint))));
}

/** Ties by the peer that they are about. */
export function tiesBySubject(ties: Ties): Map<string, Tie[]> {
  const about = new Map<string, Tie[]>();
  // In order of author, so that sums do not depend on the order of arrival
  for (const author of [...ties.keys()].sort()) {
    for (const tie of ties.get(author)?.values() ?? []) {
      const known = about.get(tie.subject);
      if (known === undefined) about.set(tie.subject, [tie]);
      else known.push(tie);
    }
  }
  return about;
}

/** How much each author speaks of. */
export function spokenOf(ties: Ties): Spoken {
  return new Map([...ties].map(([author, row]) => [author, spokenIn(row)]));
}

/** What is heard of one peer. */
export interface Heard {
  readonly reach: Hitting;
  /** The ties that are about it, in order of author. */
  readonly about: readonly Tie[];
  readonly spoken: Spoken;
}

/** A tie that is listened to. */
export interface Listened {
  readonly tie: Tie;
  readonly isMine: boolean;
  /** What its author's word weighs; 1 for my own, which counts by itself. */
  readonly weight: number;
}

/** The ties of those whom the walk reaches, and mine. */
export function listenedTo(reaches: Hittings, { reach, about }: Pick<Heard, 'reach' | 'about'>): Listened[] {
  const { indexOf, me } = reaches.walk.graph;
  return about.flatMap((tie) => {
    const index = indexOf.get(tie.author);
    if (index === undefined) return [];
    const isMine = index === me;
    const weight = isMine ? 1 : reaches.shareWithout(index, reach);
    return weight > 0 ? [{ tie, isMine, weight }] : [];
  });
}

/** The score of one peer. */
export function scoreOf(reaches: Hittings, peer: string, heard: Heard): Score {
  const listened = listenedTo(reaches, heard);
  const sums = { good: 0, bad: 0, serviceMicrocredits: 0, vouches: 0 };
  for (const { tie } of listened) {
    sums.good += tie.goodLeases;
    sums.bad += tie.badLeases;
    sums.serviceMicrocredits += tie.serviceMicrocredits;
    sums.vouches += tie.vouch === undefined ? 0 : 1;
  }
  const quality = qualityOf(experienceOf(listened, heard.spoken));
  return { peer, standing: heard.reach.standing, quality, isKnown: sums.good + sums.bad > 0, ...sums };
}

/** What the leases of a peer say, others' as far as they are listened to. */
export function experienceOf(listened: readonly Listened[], spoken: Spoken): Experience {
  const experience = { good: 0, bad: 0, ownGood: 0, ownBad: 0 };
  for (const { tie, isMine, weight } of listened) {
    if (isMine) {
      experience.ownGood = tie.good / CREDIT;
      experience.ownBad = tie.bad / CREDIT;
      continue;
    }
    const word = wordOf(tie, spoken.get(tie.author) ?? 0);
    experience.good += weight * word.good;
    experience.bad += weight * word.bad;
  }
  return experience;
}

/** Id of the peer from where all is seen. */
export function meIn({ walk: { graph } }: Pick<Scores, 'walk'>): string {
  return graph.peers[graph.me] ?? '';
}
