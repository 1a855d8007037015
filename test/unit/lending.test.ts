// How much is lent: small cases by hand, the flow against the smallest cut, and the bound on what any coalition can
// take, on random economies in which lines come and go.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CREDIT } from '../../src/lib/units.ts';
import { GRANT_ROW } from '../../src/reputation/credit/credit.ts';
import { Lending, lentBy, type Pool } from '../../src/reputation/credit/lending.ts';
import type { Line } from '../../src/reputation/credit/lines.ts';
import {
  LINE_SHARE,
  LINE_WAYS,
  MOST_CREDIT_MICROCREDITS,
  OWN_SHARE,
} from '../../src/reputation/facts/parameters.ts';
import { HandLines } from '../support/lines.ts';

const ME = 'me';
const NO_POOL: Pool = { day: 0, microcredits: 0 };
const poolOf = (day: number, credits: number): Pool => ({ day, microcredits: credits * CREDIT });

let lines: HandLines;
let lending: Lending;
beforeEach(() => {
  lines = new HandLines();
  lending = new Lending(ME, () => lines);
});

const limit = (peer: string) => lending.limit(peer).limitMicrocredits / CREDIT;
const lend = (peer: string, credits: number, pool = NO_POOL) =>
  lending.lend(peer, credits * CREDIT, pool) > 0;

describe('a limit', () => {
  it('is nothing for a stranger, for me, and for whom only others owe', () => {
    lines.set('a', 'b', 10).set('stranger', ME, 10);
    for (const peer of ['stranger', 'a', 'b', 'nobody', ME]) expect(limit(peer)).toBe(0);
  });

  it('is a share of what the peer served me, and no more than the most', () => {
    lines.set(ME, 'a', 8).set(ME, 'rich', 1e6);
    expect(limit('a')).toBe(8 * OWN_SHARE);
    expect(lending.limit('rich').limitMicrocredits).toBe(MOST_CREDIT_MICROCREDITS);
    expect(lending.lend('rich', MOST_CREDIT_MICROCREDITS + 1, NO_POOL)).toBe(0);
    expect(lending.lend('rich', MOST_CREDIT_MICROCREDITS, NO_POOL)).toBe(MOST_CREDIT_MICROCREDITS);
  });

  it('flows over those who served me to those who served them, as much as the thinnest line lets through', () => {
    lines.set(ME, 'a', 8).set('a', 'b', 3).set('b', 'c', 5).set('c', 'd', 5);
    expect(limit('b')).toBe(3 * LINE_SHARE);
    const ways = [{ peers: ['a', 'b', 'c'], microcredits: 3 * LINE_SHARE * CREDIT }];
    expect(lending.limit('c').ways).toEqual(ways);
    expect(limit('d')).toBe(0);
  });

  it('flows over lines that vouches carry, mine and those of whom I owe', () => {
    lines.set(ME, 'friend', 0, 6).set(ME, 'a', 8).set('a', 'new', 0, 6);
    expect(limit('friend')).toBe(6 * LINE_SHARE);
    expect(limit('new')).toBe(6 * LINE_SHARE);
  });

  it('finds the largest flow also where the first way stands in the way of a better one', () => {
    // Over a, b is the only way on to x and to y; over c there is only b
    lines.set(ME, 'a', 4).set(ME, 'c', 4);
    lines.set('a', 'x', 4).set('a', 'y', 4).set('c', 'x', 4);
    lines.set('x', 'peer', 4).set('y', 'peer', 4);
    expect(limit('peer')).toBe(8 * LINE_SHARE);
  });
});

describe('what is lent', () => {
  it('is given whole or not at all, and what the first borrower left is what the second finds', () => {
    lines.set(ME, 'a', 8).set('a', 'x', 0, 10).set('a', 'y', 0, 10);
    expect(lend('x', 5)).toBe(false);
    expect(lending.grant('x')).toEqual({ own: 0, ways: [], pools: [], beyond: 0 });
    expect(lend('x', 3)).toBe(true);
    expect(limit('y')).toBe(1);
    expect(limit('x')).toBe(4);
    lending.giveBack('x', 2 * CREDIT);
    expect(limit('y')).toBe(3);
  });

  it('stays reserved against who vouched when the vouch is gone', () => {
    lines.set(ME, 'voucher', 8).set('voucher', 'x', 0, 10);
    expect(lend('x', 4)).toBe(true);
    lines.set('voucher', 'x', 0, 0).set('voucher', 'y', 0, 10);
    expect(limit('y')).toBe(0);
    lending.giveBack('x', CREDIT);
    expect(limit('y')).toBe(1);
  });

  it('to newcomers comes out of one pool a day, whoever they are', () => {
    expect(lend('x', 2, poolOf(1, 3))).toBe(true);
    expect(lend('y', 2, poolOf(1, 3))).toBe(false);
    expect(lend('y', 1, poolOf(1, 3))).toBe(true);
    expect(lend('z', 0.1, poolOf(1, 3))).toBe(false);
    // The next day there is a pool again, for x only what it does not owe already
    expect(lend('x', 2, poolOf(2, 3))).toBe(false);
    expect(lend('x', 1, poolOf(2, 3))).toBe(true);
    expect(lend('z', 2, poolOf(2, 3))).toBe(true);
    // What was not used in the end is there for others, of that day
    lending.giveBack('z', CREDIT);
    expect(lending.pooled(2)).toBe(2 * CREDIT);
    expect(lending.pooled(1)).toBe(3 * CREDIT);
  });

  it('comes over as many ways as a row on disk holds, and no more', () => {
    for (let at = 0; at <= LINE_WAYS; at += 1) lines.set(ME, `over${at}`, 0.1).set(`over${at}`, 'peer', 0.1);
    expect(lend('peer', LINE_WAYS * 0.1 * LINE_SHARE)).toBe(true);
    const { own, ways, beyond } = lending.grant('peer');
    expect(ways).toHaveLength(LINE_WAYS);
    const row = { own, ways: ways.map((way) => ({ ...way })), pools: [], beyond };
    expect(GRANT_ROW(row, 'credit')).toEqual(row);
    expect(lend('peer', 0.1 * LINE_SHARE)).toBe(false);
  });

  it('as much as there is, where that is enough', () => {
    lines.set(ME, 'a', 8);
    expect(lending.lend('a', 9 * CREDIT, poolOf(1, 2), 7 * CREDIT)).toBe(0);
    expect(lending.lend('a', 9 * CREDIT, poolOf(1, 2), 6 * CREDIT)).toBe(6 * CREDIT);
    expect(lending.grant('a')).toMatchObject({
      own: 4 * CREDIT,
      pools: [{ day: 1, microcredits: 2 * CREDIT }],
    });
  });

  it('beyond a limit takes no pool and nobody else’s room', () => {
    lines.set(ME, 'a', 8);
    lending.lendBeyond('a', 10 * CREDIT);
    expect(lending.grant('a')).toMatchObject({ own: 4 * CREDIT, beyond: 6 * CREDIT });
    lending.giveBack('a', 7 * CREDIT);
    expect(lending.grant('a')).toMatchObject({ own: 3 * CREDIT, beyond: 0 });
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const name = fc.constantFrom(...NAMES);
const anyone = fc.constantFrom(ME, ...NAMES);
const amount = fc.integer({ min: 0, max: 20 }).map((halves) => halves * 2);
const economy = fc
  .array(fc.tuple(anyone, name, amount, amount), { minLength: 1, maxLength: 30, size: 'max' })
  .map((rows) => rows.filter(([author, subject]) => author !== subject));

const carried = ({ serviceMicrocredits, lineMicrocredits }: Line) => serviceMicrocredits + lineMicrocredits;
const linesOf = (rows: readonly [string, string, number, number][]) => {
  const made = new HandLines();
  for (const row of rows) made.set(...row);
  return made;
};

/** The smallest cut between me and a peer in the graph of ways of at most three hops: every choice of sides is tried. */
function smallestCut(graph: HandLines, peer: string): number {
  const cap = (from: string, to: string) => LINE_SHARE * carried(graph.line(from, to) ?? NO_LINE);
  const others = NAMES.filter((each) => each !== peer);
  const sides = Array.from({ length: 2 ** others.length }, (_, bits) =>
    others.filter((_, at) => (bits >> at) & 1),
  );
  let smallest = Infinity;
  for (const firsts of sides)
    for (const lasts of sides) {
      // A peer that is first and last passes everything on to itself: that is not to be cut
      if (firsts.some((each) => !lasts.includes(each))) continue;
      let cut = 0;
      for (const one of others) {
        if (!firsts.includes(one)) cut += cap(ME, one);
        if (lasts.includes(one)) cut += cap(one, peer);
        if (!firsts.includes(one)) continue;
        for (const to of others) if (to !== one && !lasts.includes(to)) cut += cap(one, to);
      }
      smallest = Math.min(smallest, cut);
    }
  return smallest + LINE_SHARE * (graph.line(ME, peer)?.lineMicrocredits ?? 0);
}

const NO_LINE: Line = { serviceMicrocredits: 0, lineMicrocredits: 0 };

describe('the flow', () => {
  it('is as large as the smallest cut', () => {
    fc.assert(
      fc.property(economy, name, (rows, peer) => {
        const graph = linesOf(rows);
        const { flowMicrocredits, ways } = new Lending(ME, () => graph).limit(peer);
        expect(flowMicrocredits).toBe(Math.min(MOST_CREDIT_MICROCREDITS, smallestCut(graph, peer)));
        for (const { peers } of ways) expect(peers.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 60 },
    );
  });
});

const POOL = poolOf(7, 5);

/** ρ · what a coalition served me + η · the lines into it, at their thickest, + a pool: what it can owe me at most. */
function boundFor(graph: HandLines, coalition: ReadonlySet<string>): number {
  let bound = POOL.microcredits;
  for (const [author, subject, line] of graph.all()) {
    if (coalition.has(author) || !coalition.has(subject)) continue;
    if (author === ME) bound += OWN_SHARE * line.serviceMicrocredits;
    bound += LINE_SHARE * carried(line);
  }
  return bound;
}

describe('whoever borrows as much as it gets', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('lend'), peer: name, credits: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('back'), peer: name, credits: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('revoke'), peer: name, credits: fc.constant(0) }),
  );

  it('no coalition comes to owe more than it gave, than leads into it, and a pool, while lines come and go', () => {
    const run = fc.record({
      rows: economy,
      steps: fc.array(step, { maxLength: 30, size: 'max' }),
      coalition: fc.uniqueArray(name, { minLength: 1 }),
    });
    fc.assert(
      fc.property(run, ({ rows, steps, coalition }) => {
        const [graph, thickest] = [linesOf(rows), linesOf(rows)];
        const lender = new Lending(ME, () => graph);
        for (const { kind, peer, credits } of steps) {
          if (kind === 'lend') lender.lend(peer, credits * CREDIT, POOL);
          if (kind === 'back') lender.giveBack(peer, credits * CREDIT);
          if (kind === 'revoke') for (const subject of graph.subjects(peer)) graph.set(peer, subject, 0, 0);
        }
        const owed = coalition.reduce((all, peer) => all + lentBy(lender.grant(peer)), 0);
        expect(owed).toBeLessThanOrEqual(boundFor(thickest, new Set<string>(coalition)));
      }),
      { numRuns: 500 },
    );
  });

  it('what all gave back is there again', () => {
    fc.assert(
      fc.property(economy, fc.array(fc.tuple(name, amount), { maxLength: 12 }), (rows, wishes) => {
        const graph = linesOf(rows);
        const lender = new Lending(ME, () => graph);
        const before = NAMES.map((peer) => lender.limit(peer));
        for (const [peer, credits] of wishes) lender.lend(peer, credits * CREDIT, POOL);
        for (const peer of NAMES) lender.giveBack(peer, lentBy(lender.grant(peer)));
        expect(NAMES.map((peer) => lender.limit(peer))).toEqual(before);
        expect(lender.pooled(POOL.day)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
