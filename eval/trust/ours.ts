// The product's own reputation over ratings. A rating of r above 0 is r credits of co-signed service and r leases served
// well, one below is |r| leases that failed; all of one day, so nothing has faded.
import { dayOf } from '../../src/ledger/decay.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { type Fact, type Ties, tiesOf } from '../../src/reputation/facts/facts.ts';
import {
  INVITATION_TRUST_MICROCREDITS,
  LAMBDA,
  VOUCH_LIFETIME_MS,
} from '../../src/reputation/facts/parameters.ts';
import { gatesOf } from '../../src/reputation/walk/gates.ts';
import { graphOf } from '../../src/reputation/walk/graph.ts';
import { Hittings } from '../../src/reputation/walk/hitting.ts';
import { type Experience, qualityOf } from '../../src/reputation/walk/quality.ts';
import { experienceOf, listenedTo, spokenOf, tiesBySubject } from '../../src/reputation/walk/scores.ts';
import { Walk } from '../../src/reputation/walk/walk.ts';
import type { Rating } from './otc.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

/** A score of each user as one of them sees it. */
export type View = (user: string) => number;

/** What one of them sees of each user; nothing of who is not in the ratings. */
export interface Eyes {
  readonly reaches: Hittings;
  readonly standing: View;
  /** The user through whom alone it is reached, itself where there is none. */
  readonly owner: (user: string) => string;
  readonly hear: (user: string) => Experience;
}

const NOTHING: Experience = { good: 0, bad: 0, ownGood: 0, ownBad: 0 };

/** What users hear of each other over the same ratings. */
export class Ours {
  readonly #ties: Ties;
  readonly #about: ReturnType<typeof tiesBySubject>;
  readonly #spoken: ReturnType<typeof spokenOf>;

  private constructor(ties: Ties) {
    this.#ties = ties;
    this.#about = tiesBySubject(ties);
    this.#spoken = spokenOf(ties);
  }

  /** Each guest joined by an invitation of the host: a vouch, as the product makes one. */
  static of(ratings: readonly Rating[], invited?: { guests: Iterable<string>; host: string }): Ours {
    const vouches = [...(invited?.guests ?? [])].map((guest) => vouchOf(guest, invited?.host ?? ''));
    return new Ours(tiesOf([...ratings.flatMap(factsOf), ...vouches], NOW_MS));
  }

  /** The same with more ratings, of nobody by somebody who rated it before. */
  and(more: readonly Rating[]): Ours {
    const ties = new Map(this.#ties);
    for (const [author, row] of tiesOf(more.flatMap(factsOf), NOW_MS))
      ties.set(author, new Map([...(ties.get(author) ?? []), ...row]));
    return new Ours(ties);
  }

  /** What `ego` sees, at the walk's chance to stop. */
  from(ego: string, alpha: number): Eyes {
    const reaches = new Hittings(new Walk(graphOf(ego, this.#ties), alpha).settle());
    const { peers, indexOf } = reaches.walk.graph;
    let gates: Int32Array | undefined;
    const reach = (user: string) => {
      const index = indexOf.get(user);
      return index === undefined ? undefined : reaches.of(index);
    };
    return {
      reaches,
      standing: (user) => reach(user)?.standing ?? 0,
      owner: (user) => {
        gates ??= gatesOf(reaches.walk.graph, this.#ties);
        return peers[gates[indexOf.get(user) ?? -1] ?? -1] ?? user;
      },
      hear: (user) => {
        const found = reach(user);
        if (found === undefined) return NOTHING;
        const heard = { reach: found, about: this.#about.get(user) ?? [] };
        return experienceOf(listenedTo(reaches, heard), this.#spoken);
      },
    };
  }
}

/** Scores of what is heard: quality, and the same without a floor, where a fresh key is in the middle rather than last. */
export const SCORES: Readonly<Record<'quality' | 'unfloored', (heard: Experience) => number>> = {
  quality: qualityOf,
  unfloored({ good, bad, ownGood, ownBad }) {
    const heard = (good - bad) / (good + bad + UNFLOORED_DOUBT);
    return (LAMBDA * heard + ownGood - ownBad) / (LAMBDA + ownGood + ownBad);
  },
};

/** Where what is heard counts half without a floor; chosen on seeds 1 to 5. */
const UNFLOORED_DOUBT = 3e-6;

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
