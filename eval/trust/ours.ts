// The product's own reputation over ratings. A rating of r above 0 is r credits of co-signed service and r leases served
// well, one below is |r| leases that failed; all of one day, so nothing has faded.
import { dayOf } from '../../src/ledger/decay.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { type Fact, type Ties, tiesOf } from '../../src/reputation/facts.ts';
import { graphOf } from '../../src/reputation/graph.ts';
import {
  DOUBT,
  INVITATION_TRUST_MICROCREDITS,
  KAPPA,
  LAMBDA,
  VOUCH_LIFETIME_MS,
} from '../../src/reputation/parameters.ts';
import { type Experience, qualityOf } from '../../src/reputation/quality.ts';
import { Reaches } from '../../src/reputation/reach.ts';
import { experienceOf, spokenOf, tiesBySubject } from '../../src/reputation/scores.ts';
import { Walk } from '../../src/reputation/walk.ts';
import type { Rating } from './otc.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

/** A score of each user as one of them sees it. */
export type View = (user: string) => number;

/** What one of them hears of each user; nothing of who is not in the ratings. */
export type Hearing = (user: string) => Experience;

const NOTHING: Experience = { good: 0, bad: 0, ownGood: 0, ownBad: 0 };

/** What users hear of each other over the same ratings. */
export class Ours {
  readonly #ties: Ties;
  readonly #about: ReturnType<typeof tiesBySubject>;
  readonly #spoken: ReturnType<typeof spokenOf>;

  /** Each guest joined by an invitation of the host: a vouch, as the product makes one. */
  constructor(ratings: readonly Rating[], invited?: { guests: Iterable<string>; host: string }) {
    const vouches = [...(invited?.guests ?? [])].map((guest) => vouchOf(guest, invited?.host ?? ''));
    this.#ties = tiesOf([...ratings.flatMap(factsOf), ...vouches], NOW_MS);
    this.#about = tiesBySubject(this.#ties);
    this.#spoken = spokenOf(this.#ties);
  }

  /** What `ego` hears, at the walk's chance to stop. */
  from(ego: string, alpha: number): Hearing {
    const reaches = new Reaches(new Walk(graphOf(ego, this.#ties), alpha).settle());
    return (user) => {
      const index = reaches.walk.graph.indexOf.get(user);
      if (index === undefined) return NOTHING;
      const heard = { reach: reaches.of(index), about: this.#about.get(user) ?? [], spoken: this.#spoken };
      return experienceOf(reaches, heard);
    };
  }
}

/** Scores of what is heard: quality, and the same without a floor, where a fresh key is in the middle rather than last. */
export const SCORES: Readonly<Record<'quality' | 'unfloored', (heard: Experience) => number>> = {
  quality: qualityOf,
  unfloored({ good, bad, ownGood, ownBad }) {
    const heard = good + bad + DOUBT;
    const leases = (LAMBDA * (good + bad)) / heard + ownGood + ownBad + KAPPA;
    return ((LAMBDA * (good - bad)) / heard + ownGood - ownBad) / leases;
  },
};

function vouchOf(author: string, subject: string): Fact {
  const held = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + VOUCH_LIFETIME_MS };
  const trust = { trustMicrocredits: INVITATION_TRUST_MICROCREDITS, creditMicrocredits: 0 };
  return { kind: 'vouch', id: `v/${author}`, author, subject, seq: 1, ...held, ...trust };
}

function factsOf({ source, target, rating }: Rating): Fact[] {
  const between = { author: source, subject: target, day: dayOf(NOW_MS) };
  const name = `${source}/${target}`;
  const code = rating > 0 ? '' : 'RUN_FAILED';
  const leases = Array.from({ length: Math.abs(rating) }, (_, each) => ({ lease: `${name}/${each}`, code }));
  const outcome: Fact = { ...between, kind: 'outcome', id: `o/${name}`, issuedAtMs: NOW_MS, leases };
  if (rating < 0) return [outcome];
  const amount = rating * CREDIT;
  const service = { chargedMicrocredits: amount, serviceMicrocredits: amount, pairSeq: 1 };
  return [outcome, { ...between, kind: 'receipt', id: `r/${name}`, ...service }];
}
