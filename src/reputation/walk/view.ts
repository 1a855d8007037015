// Trust as this peer sees it: the ties that follow from evidence and the walk over them, built as a whole or changed by
// the row of one author. Both ways give the same result, up to the error bound of the walk and to what faded since the
// whole was built.
import { type Fact, type Tie, tieSteps } from '../facts/facts.ts';
import { finish, type Steps } from '../facts/steps.ts';
import { graphSteps, rowOf } from './graph.ts';
import { Walk } from './walk.ts';

/** What everything is computed from. */
export interface Standpoint {
  readonly me: string;
  readonly nowMs: number;
}

/** Visits of an earlier walk by peer, 0 for who was not in it: where to begin. */
export type Visits = (peer: string) => number;

/** Ties and walk, which change together. */
export class View {
  readonly ties: Map<string, ReadonlyMap<string, Tie>>;
  readonly walk: Walk;

  private constructor(ties: View['ties'], walk: Walk) {
    this.ties = ties;
    this.walk = walk;
  }

  /** All of it from all facts, in steps. The same facts in any order give the same, to the last bit, without visits. */
  static *steps(facts: Iterable<Fact>, { me, nowMs }: Standpoint, visits?: Visits): Steps<View> {
    const ties = new Map(yield* tieSteps(facts, nowMs));
    const walk = new Walk(yield* graphSteps(me, ties));
    if (visits !== undefined) walk.resume(visits);
    yield* walk.settleSteps();
    return new View(ties, walk);
  }

  /** Puts everything that an author says now in the place of what it said. The walk is to be settled after. */
  update(author: string, facts: Iterable<Fact>, nowMs: number): void {
    finish(this.updateSteps(author, facts, nowMs));
  }

  /** The same in steps of one fact: my own row is of all leases that I ever judged. */
  *updateSteps(author: string, facts: Iterable<Fact>, nowMs: number): Steps<void> {
    const row = (yield* tieSteps(facts, nowMs)).get(author);
    if (row === undefined) this.ties.delete(author);
    else this.ties.set(author, row);
    for (const subject of row?.keys() ?? []) this.walk.graph.add(subject);
    this.walk.setRow(author, rowOf(row));
  }
}
