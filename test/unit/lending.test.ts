// How much is lent: small cases by hand, and the bound on what any coalition can take, on random economies.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREDIT } from '../../src/lib/units.ts';
import { type Fact, type Tie, type Ties, tiesOf } from '../../src/reputation/facts.ts';
import { type Grant, Lending, type Limit } from '../../src/reputation/lending.ts';
import {
  LINE_HOPS,
  LINE_SHARE,
  MOST_CREDIT_MICROCREDITS,
  OWN_SHARE,
} from '../../src/reputation/parameters.ts';
import { NOW_MS } from '../support/records.ts';
import { ME, served, vouched } from '../support/trust.ts';

const ties = (...facts: Fact[]) => tiesOf(facts, NOW_MS);
const line = (author: string, subject: string, credits: number) => ({
  ...vouched(author, subject),
  creditMicrocredits: credits * CREDIT,
});
const granted = (peer: string, credits: number, atMs = 0): Grant => ({
  ...{ peer, atMs },
  microcredits: credits * CREDIT,
});
const credits = ({ limitMicrocredits }: Limit) => limitMicrocredits / CREDIT;
const limitIn = (facts: Fact[], peer: string, grants: Grant[] = []) =>
  new Lending(ME, ties(...facts), grants).limit(peer);

describe('a limit', () => {
  it('is nothing for a stranger, for me, and for whom only others owe', () => {
    const facts = [served('a', 'b', 10), served('stranger', ME, 10)];
    for (const peer of ['stranger', 'a', 'b', 'nobody', ME]) expect(credits(limitIn(facts, peer))).toBe(0);
  });

  it('is a share of what the peer served me, and no more than the most', () => {
    expect(credits(limitIn([served(ME, 'a', 8)], 'a'))).toBe(8 * OWN_SHARE);
    expect(limitIn([served(ME, 'a', 1e6)], 'a').limitMicrocredits).toBe(MOST_CREDIT_MICROCREDITS);
  });

  it('flows over those who served me to those who served them, as much as the thinnest line lets through', () => {
    const facts = [served(ME, 'a', 8), served('a', 'b', 3), served('b', 'c', 5), served('c', 'd', 5)];
    expect(credits(limitIn(facts, 'b'))).toBe(3 * LINE_SHARE);
    expect(limitIn(facts, 'c').ways).toEqual([
      { peers: [ME, 'a', 'b', 'c'], microcredits: 3 * LINE_SHARE * CREDIT },
    ]);
    expect(limitIn(facts, 'c').ways[0]!.peers).toHaveLength(LINE_HOPS + 1);
    expect(credits(limitIn(facts, 'd'))).toBe(0);
  });

  it('flows over lines that vouches carry, mine and those of whom I owe, while they hold', () => {
    expect(credits(limitIn([line(ME, 'a', 6)], 'a'))).toBe(6 * LINE_SHARE);
    expect(credits(limitIn([served(ME, 'a', 8), line('a', 'new', 6)], 'new'))).toBe(6 * LINE_SHARE);
    expect(credits(limitIn([vouched(ME, 'a', 6)], 'a'))).toBe(0);
    const ended = { ...line(ME, 'a', 6), expiresAtMs: NOW_MS };
    expect(credits(limitIn([ended], 'a'))).toBe(0);
  });

  it('of a second borrower behind the same peer is what the first left, and the loss stays with who vouched', () => {
    const facts = [served(ME, 'a', 8), line('a', 'x', 10), line('a', 'y', 10)];
    expect(credits(limitIn(facts, 'y', [granted('x', 3)]))).toBe(8 * LINE_SHARE - 3);
    expect(credits(limitIn(facts, 'x', [granted('x', 3)]))).toBe(8 * LINE_SHARE);
    expect(credits(limitIn(facts, 'y', [granted('x', 4)]))).toBe(0);
    // Who was granted first keeps what it has
    const both = [granted('y', 1, 2), granted('x', 3, 1)];
    expect(credits(limitIn(facts, 'x', both))).toBe(3);
    expect(credits(limitIn(facts, 'y', both))).toBe(1);
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
const name = fc.constantFrom(...NAMES);
const anyone = fc.constantFrom(ME, ...NAMES);
const amount = fc.integer({ min: 1, max: 40 });
const economy = fc.array(
  fc.oneof(
    fc.tuple(anyone, name, amount).map(([u, v, n]) => served(u, v, n)),
    fc.tuple(anyone, name, amount).map(([u, v, n]) => line(u, v, n)),
  ),
  { minLength: 1, maxLength: 30, size: 'max' },
);

const wholeOf = ({ serviceMicrocredits, lineMicrocredits }: Tie) => serviceMicrocredits + lineMicrocredits;

/** ρ · what a coalition served me + η · the lines into it: what it can owe me at most. */
function boundFor(graph: Ties, coalition: ReadonlySet<string>): number {
  let bound = 0;
  for (const row of graph.values())
    for (const tie of row.values()) {
      if (coalition.has(tie.author) || !coalition.has(tie.subject)) continue;
      if (tie.author === ME) bound += OWN_SHARE * tie.serviceMicrocredits;
      bound += LINE_SHARE * wholeOf(tie);
    }
  return bound;
}

describe('whoever borrows as much as it gets, in whatever order', () => {
  const run = fc.record({
    facts: economy,
    wishes: fc.array(fc.tuple(name, fc.integer({ min: 1, max: 60 })), { maxLength: 12 }),
    coalition: fc.uniqueArray(name, { minLength: 1 }),
  });

  it('no coalition comes to owe more than it gave and than leads into it, and nobody is asked back', () => {
    fc.assert(
      fc.property(run, ({ facts, wishes, coalition }) => {
        const graph = ties(...facts);
        const grants: Grant[] = [];
        const owedBy = (isIn: (peer: string) => boolean) =>
          grants.reduce((all, { peer, microcredits }) => all + (isIn(peer) ? microcredits : 0), 0);
        for (const [atMs, [peer, wish]] of wishes.entries()) {
          const owed = owedBy((each) => each === peer);
          const limit = new Lending(ME, graph, grants).limit(peer).limitMicrocredits;
          const microcredits = Math.min(limit - owed, wish * CREDIT);
          if (microcredits > 0) grants.push({ peer, microcredits, atMs });
          const lending = new Lending(ME, graph, grants);
          for (const each of NAMES)
            expect(lending.limit(each).limitMicrocredits, each).toBeGreaterThanOrEqual(
              owedBy((one) => one === each),
            );
        }
        const members = new Set<string>(coalition);
        const sum = owedBy((peer) => members.has(peer));
        expect(sum).toBeLessThanOrEqual(boundFor(graph, members));
      }),
      { numRuns: 300 },
    );
  });
});
