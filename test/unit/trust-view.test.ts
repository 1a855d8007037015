// A view kept up to date row by row, beside one that is built anew; and the visits that outlive a restart.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/ledger/database.ts';
import type { Fact } from '../../src/reputation/facts/facts.ts';
import { UPDATE_MASS } from '../../src/reputation/facts/parameters.ts';
import { finish } from '../../src/reputation/facts/steps.ts';
import { type Score, scoreSteps } from '../../src/reputation/walk/scores.ts';
import { View } from '../../src/reputation/walk/view.ts';
import { loadVisits, saveVisits, WALK_ROW } from '../../src/reputation/walk/walk-memory.ts';
import { denseShares, ME, STANDPOINT, seeded, someFacts } from '../support/trust.ts';

const viewOf = (facts: readonly Fact[]) => finish(View.steps(facts, STANDPOINT));
const scoresIn = (view: View) => finish(scoreSteps(view)).byPeer;

/** Evidence that grows: begun with some, then what comes, author by author. */
const stream = fc
  .record({ seed: fc.nat(), peers: fc.integer({ min: 3, max: 14 }), facts: fc.integer({ min: 1, max: 60 }) })
  .map(({ seed, peers, facts }) => {
    const random = seeded(seed);
    return { first: someFacts(random, peers, facts), later: someFacts(random, peers + 3, 20) };
  });

/** The scores that something is known of; a peer that was forgotten stays in a view without any. */
function known(scores: ReadonlyMap<string, Score>): Map<string, Score> {
  return new Map([...scores].filter(([, { standing, isKnown }]) => standing > 1e-12 || isKnown));
}

/** Tells a view all that an author says by then, after each of the later facts. */
function follow(
  view: View,
  first: readonly Fact[],
  later: readonly Fact[],
  each: (all: Fact[]) => void,
): void {
  const all = [...first];
  for (const fact of later) {
    all.push(fact);
    const said = all.filter(({ author }) => author === fact.author);
    view.update(fact.author, said, STANDPOINT.nowMs);
    each(all);
  }
}

describe('a view that follows row by row', () => {
  it('has shares within the bound that it states, after every update', () => {
    fc.assert(
      fc.property(stream, ({ first, later }) => {
        const view = viewOf(first);
        follow(view, first, later, () => {
          const exact = denseShares(view.walk.graph);
          const error = exact.reduce((sum, share, v) => sum + Math.abs(view.walk.share(v) - share), 0);
          expect(error).toBeLessThanOrEqual(view.walk.errorBound + 1e-12);
          // No peer holds back more than it may
          const most = (2 * UPDATE_MASS * view.walk.graph.peers.length) / view.walk.alpha;
          expect(view.walk.errorBound).toBeLessThanOrEqual(most);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('gives the scores of one that is built anew, once it has settled', () => {
    fc.assert(
      fc.property(stream, ({ first, later }) => {
        const view = viewOf(first);
        follow(view, first, later, (all) => {
          if (all.length % 5 !== 0) return;
          view.walk.settle();
          const [followed, anew] = [known(scoresIn(view)), known(scoresIn(viewOf(all)))];
          expect([...followed.keys()].sort()).toEqual([...anew.keys()].sort());
          for (const [peer, { standing, quality, ...counts }] of anew) {
            const { standing: s = -1, quality: q = -1, ...c } = followed.get(peer) ?? {};
            expect(Math.abs(s - standing), peer).toBeLessThan(1e-11);
            expect(Math.abs(q - quality), peer).toBeLessThan(1e-6);
            expect(c).toEqual(counts);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('forgets a row of which nothing is left', () => {
    const facts = someFacts(seeded(2), 8, 60);
    const view = viewOf(facts);
    for (const author of new Set(facts.map((fact) => fact.author))) view.update(author, [], STANDPOINT.nowMs);
    view.walk.settle();
    expect(known(scoresIn(view)).size).toBe(0);
    expect(view.ties.size).toBe(0);
  });
});

type Row = ReturnType<typeof WALK_ROW>;

function memoryTable(): { rows: Map<string, Row>; table: Table<Row> } {
  const rows = new Map<string, Row>();
  const table = {
    async change(changes: readonly { key: string; value?: Row }[]) {
      for (const { key, value } of changes)
        value === undefined ? rows.delete(key) : rows.set(key, WALK_ROW(value, 'row'));
    },
    async *entries() {
      yield* rows;
    },
  };
  return { rows, table: table as unknown as Table<Row> };
}

describe('the visits that are kept', () => {
  const facts = [
    ...someFacts(seeded(4), 700, 4_000),
    ...Array.from({ length: 700 }, (_, i) => someFacts(seeded(i), 700, 1)[0]!),
  ];

  it('come back, so that a walk over the same evidence has nothing left to do', async () => {
    const { rows, table } = memoryTable();
    const { walk } = viewOf(facts);
    await saveVisits(table, walk);
    expect(rows.size).toBeGreaterThan(1);
    const visits = await loadVisits(table);
    const resumed = viewOf(facts).walk;
    resumed.resume(visits!);
    expect(resumed.errorBound).toBeLessThan(1e-11);
    for (const v of walk.graph.peers.keys())
      expect(Math.abs(resumed.share(v) - walk.share(v))).toBeLessThan(1e-12);
  });

  it('are only a place to begin: old and damaged ones lead to the same shares', async () => {
    const { rows, table } = memoryTable();
    await saveVisits(table, viewOf(facts.slice(0, 2_000)).walk);
    const [[key, row]] = rows as unknown as [[string, Row]];
    const visits = row!.visits.slice(0, -3);
    new DataView(visits.buffer).setFloat64(0, Number.NaN);
    new DataView(visits.buffer).setFloat64(8, -5);
    new DataView(visits.buffer).setFloat64(16, Number.POSITIVE_INFINITY);
    new DataView(visits.buffer).setFloat64(24, 3);
    rows.set(key!, { ...row!, visits });
    const kept = await loadVisits(table);
    const [anew, resumed] = [viewOf(facts), finish(View.steps(facts, STANDPOINT, kept))];
    for (const v of anew.walk.graph.peers.keys())
      expect(Math.abs(resumed.walk.share(v) - anew.walk.share(v))).toBeLessThan(1e-12);
  });

  it('take the place of what was kept before', async () => {
    const { rows, table } = memoryTable();
    await saveVisits(table, viewOf(facts).walk);
    await saveVisits(table, viewOf([]).walk);
    expect([...rows.values()].flatMap(({ peers }) => peers)).toEqual([ME]);
    rows.clear();
    expect(await loadVisits(table)).toBeUndefined();
  });
});
