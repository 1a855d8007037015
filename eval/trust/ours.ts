// The product's own reputation over ratings. A rating of r above 0 is r credits of co-signed service and r leases served
// well, one below is |r| leases that failed; all of one day, so nothing has faded.
import { dayOf } from '../../src/ledger/decay.ts';
import { CREDIT } from '../../src/lib/units.ts';
import { type Fact, type Ties, tiesOf } from '../../src/reputation/facts.ts';
import { graphOf } from '../../src/reputation/graph.ts';
import { scoreOf, tiesBySubject } from '../../src/reputation/scores.ts';
import { Walk } from '../../src/reputation/walk.ts';
import type { Rating } from './otc.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

/** A score of each user as one of them sees it. */
export type View = (user: string) => number;

/** Views over the same ratings. */
export class Ours {
  readonly #ties: Ties;
  readonly #about: ReturnType<typeof tiesBySubject>;

  constructor(ratings: readonly Rating[]) {
    this.#ties = tiesOf(ratings.flatMap(factsOf), NOW_MS);
    this.#about = tiesBySubject(this.#ties);
  }

  /** The quality of each user as `ego` sees it, at the walk's chance to stop. */
  from(ego: string, alpha: number): View {
    const walk = new Walk(graphOf(ego, this.#ties), alpha);
    return (user) => {
      const index = walk.graph.indexOf.get(user);
      if (index === undefined) return 0;
      return scoreOf(walk, user, walk.reach(index), this.#about.get(user) ?? []).quality;
    };
  }
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
