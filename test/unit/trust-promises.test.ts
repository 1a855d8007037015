// What reputation promises, on random economies with random attackers in them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/reputation/facts/facts.ts';
import { ALPHA, DOUBT } from '../../src/reputation/facts/parameters.ts';
import { Graph } from '../../src/reputation/walk/graph.ts';
import { type Score, scoresOf } from '../../src/reputation/walk/scores.ts';
import {
  denseStanding,
  ME,
  STANDPOINT,
  said,
  seeded,
  served,
  shuffled,
  someFacts,
  vouched,
} from '../support/trust.ts';

const RUNS = { numRuns: 200 };
const ROUNDING = 1e-11;
/** The same beside the doubt, which is small. */
const QUALITY_ROUNDING = ROUNDING / DOUBT;

const NAMES = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'] as const;
const honest = fc.constantFrom(ME, ...NAMES);
const other = fc.constantFrom(...NAMES);
const sybil = fc.constantFrom('s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7');
const credits = fc.constantFrom(0, 0.01, 0.3, 1, 1.5, 2, 3, 5, 7, 11, 40, 999);
const codes = fc.array(fc.constantFrom('', '', 'INSTANCE_LOST'), { minLength: 1, maxLength: 8 });

type Names = fc.Arbitrary<string>;

/** Facts of these authors about these subjects. */
function factsOf(author: Names, subject: Names, maxLength = 25): fc.Arbitrary<Fact[]> {
  const fact = fc.oneof(
    fc.tuple(author, subject, credits).map(([u, v, amount]) => served(u, v, amount)),
    fc.tuple(author, subject, credits).map(([u, v, amount]) => vouched(u, v, amount)),
    fc.tuple(author, subject, codes).map(([u, v, said_]) => said(u, v, ...said_)),
  );
  return fc.array(fact, { maxLength, size: 'max' });
}

const economy = factsOf(honest, honest);

const NOBODY = { standing: 0, quality: 0 };
const scoreIn = (facts: readonly Fact[], peer: string): Pick<Score, 'standing' | 'quality'> =>
  scoresOf(facts, STANDPOINT).byPeer.get(peer) ?? NOBODY;

/** The graph with all sybils as one peer that leads nowhere: what flows into them. */
function merged(graph: Graph, isSybil: (peer: string) => boolean): { graph: Graph; sink: number } {
  const one = new Graph(graph.peers[graph.me]!);
  const sink = one.add('sybils');
  for (const peer of graph.peers) {
    const row = graph.row(peer).map(({ subject, weight }) => ({
      subject: isSybil(subject) ? 'sybils' : subject,
      weight,
    }));
    if (!isSybil(peer)) one.setRow(peer, row);
  }
  return { graph: one, sink };
}

describe('sybils, in any number and any shape', () => {
  const isSybil = (peer: string) => peer.startsWith('s');
  const attack = fc.record({
    facts: economy,
    flow: factsOf(honest, sybil, 6),
    theirs: factsOf(sybil, fc.oneof(sybil, honest), 40),
  });

  it('gain no more than the flow into them over α, whatever they say of each other and of us', () => {
    fc.assert(
      fc.property(attack, ({ facts, flow, theirs }) => {
        const scores = scoresOf([...facts, ...flow, ...theirs], STANDPOINT);
        const { walk } = scores;
        const sybils = [...walk.graph.peers.entries()].filter(([, peer]) => isSybil(peer));
        if (sybils.length === 0) return;
        const { graph, sink } = merged(walk.graph, isSybil);
        const flowIn = denseStanding(graph, sink);
        const gained = sybils.reduce((sum, [, peer]) => sum + scores.byPeer.get(peer)!.standing, 0);
        expect(gained).toBeLessThanOrEqual(flowIn / ALPHA + ROUNDING);
        const weight = sybils.reduce((sum, [index]) => sum + walk.share(index), 0);
        expect(weight).toBeLessThanOrEqual(flowIn + ROUNDING);
      }),
      RUNS,
    );
  });

  it('have nothing without somebody in reach who trusts one of them', () => {
    fc.assert(
      fc.property(attack, ({ facts, theirs }) => {
        const scores = scoresOf([...facts, ...theirs], STANDPOINT);
        for (const [peer, { standing, quality }] of scores.byPeer)
          if (isSybil(peer)) expect([standing, quality]).toEqual([0, 0]);
        for (const peer of NAMES) {
          const { standing, quality } = scoreIn(facts, peer);
          const now = scores.byPeer.get(peer) ?? NOBODY;
          expect(Math.abs(now.standing - standing)).toBeLessThan(ROUNDING);
          expect(Math.abs(now.quality - quality)).toBeLessThan(QUALITY_ROUNDING);
        }
      }),
      RUNS,
    );
  });
});

describe("a peer's own records", () => {
  it('never move its standing or its quality, whether it says more, hides some or turns them about', () => {
    fc.assert(
      fc.property(
        fc.record({
          facts: economy,
          peer: other,
          more: factsOf(fc.constant('own'), honest, 10),
          keep: fc.nat(),
        }),
        ({ facts, peer, more, keep }) => {
          const before = scoreIn(facts, peer);
          const others = facts.filter(({ author }) => author !== peer);
          const own = facts.filter(({ author }, i) => author === peer && (keep >> (i % 30)) % 2 === 0);
          for (const theirs of [[], own, more.map((fact) => ({ ...fact, author: peer }))]) {
            const { standing, quality } = scoreIn([...others, ...theirs], peer);
            expect(Math.abs(standing - before.standing)).toBeLessThan(ROUNDING);
            expect(Math.abs(quality - before.quality)).toBeLessThan(QUALITY_ROUNDING);
          }
        },
      ),
      RUNS,
    );
  });

  it('cannot lend weight to those who praise it', () => {
    const honestWords = [
      vouched(ME, 'witness'),
      vouched(ME, 'liar'),
      said('witness', 'liar', 'INSTANCE_LOST'),
    ];
    const before = scoreIn(honestWords, 'liar').quality;
    const friends = ['a', 'b', 'c'].flatMap((name) => [
      vouched('liar', name, 10),
      served('liar', name, 1_000),
      said(name, 'liar', ...Array.from({ length: 20 }, () => '')),
    ]);
    expect(scoreIn([...honestWords, ...friends], 'liar').quality).toBe(before);
  });

  it('do not count where they are about itself', () => {
    fc.assert(
      fc.property(economy, other, (facts, peer) => {
        const praise = [served(peer, peer, 1_000), vouched(peer, peer, 1_000), said(peer, peer, '', '', '')];
        expect(scoreIn([...facts, ...praise], peer)).toEqual(scoreIn(facts, peer));
      }),
      RUNS,
    );
  });
});

describe('more of one thing', () => {
  it('good service never lowers the standing of who gave it', () => {
    fc.assert(
      fc.property(economy, honest, other, credits, (facts, tenant, volunteer, amount) => {
        const before = scoreIn(facts, volunteer).standing;
        const known = facts.filter((fact) => fact.kind === 'receipt');
        const service = known
          .filter(({ author, subject }) => author === tenant && subject === volunteer)
          .reduce((most, { serviceMicrocredits }) => Math.max(most, serviceMicrocredits), 0);
        const more = { ...served(tenant, volunteer, amount + service / 1_000_000), pairSeq: 2 };
        expect(scoreIn([...facts, more], volunteer).standing).toBeGreaterThanOrEqual(before - ROUNDING);
      }),
      RUNS,
    );
  });

  it('a breach never raises the quality of whom it is about, a good lease never lowers it, and neither moves standing', () => {
    fc.assert(
      fc.property(economy, honest, other, (facts, author, peer) => {
        const before = scoreIn(facts, peer);
        const worse = scoreIn([...facts, said(author, peer, 'INSTANCE_LOST')], peer);
        const better = scoreIn([...facts, said(author, peer, '')], peer);
        expect(worse.quality).toBeLessThanOrEqual(before.quality + QUALITY_ROUNDING);
        expect(better.quality).toBeGreaterThanOrEqual(before.quality - QUALITY_ROUNDING);
        for (const { standing } of [worse, better])
          expect(Math.abs(standing - before.standing)).toBeLessThan(ROUNDING);
      }),
      RUNS,
    );
  });

  it('words of one author weigh no more than the author, however many', () => {
    const facts = [vouched(ME, 'a'), vouched(ME, 'b'), vouched(ME, 'v')];
    const many = Array.from({ length: 500 }, () => '');
    const one = scoreIn([...facts, said('a', 'v', ...many)], 'v').quality;
    const bad = scoreIn(
      [...facts, said('a', 'v', ...many), said('b', 'v', ...many.map(() => 'LOST'))],
      'v',
    ).quality;
    expect(bad).toBeLessThan(one / 1.5);
    expect(bad).toBeGreaterThan(one / 3);
  });

  it('words of one author about all peers together weigh no more than the author, however many peers', () => {
    const facts = [vouched(ME, 'a'), vouched(ME, 'b')];
    const spread = Array.from({ length: 100 }, (_, i) =>
      said('a', `p${i}`, ...Array.from({ length: 50 }, () => '')),
    );
    const one = [said('b', 'p0', ...Array.from({ length: 50 }, () => 'LOST'))];
    // a's word on p0 is a hundredth of what it says, b's all of it
    expect(scoreIn([...facts, ...spread, ...one], 'p0').quality).toBeLessThan(0.02);
    expect(scoreIn([...facts, ...spread, ...one], 'p1').quality).toBeGreaterThan(0.9);
  });

  it('my own experience wins over what all others say', () => {
    const facts = [vouched(ME, 'a'), vouched(ME, 'b')];
    const praise = ['a', 'b'].map((author) => said(author, 'v', ...Array.from({ length: 50 }, () => '')));
    const quality = (breaches: number) =>
      scoreIn([...facts, ...praise, said(ME, 'v', ...Array.from({ length: breaches }, () => 'LOST'))], 'v')
        .quality;
    expect(quality(0)).toBeGreaterThan(0.8);
    expect(quality(200)).toBeLessThan(0.12);
  });
});

describe('a key that nobody had to do with', () => {
  it('has quality 0, and nobody is below it, however badly served', () => {
    fc.assert(
      fc.property(economy, (facts) => {
        const { byPeer } = scoresOf(
          [...facts, vouched(ME, 'fresh', 10), served(ME, 'fresh', 1_000)],
          STANDPOINT,
        );
        expect(byPeer.get('fresh')).toMatchObject({ quality: 0, isKnown: false });
        for (const { quality } of byPeer.values()) {
          expect(quality).toBeGreaterThanOrEqual(0);
          expect(quality).toBeLessThan(1);
        }
      }),
      RUNS,
    );
  });
});

describe('the order of arrival', () => {
  it('does not matter to the last bit, with old receipts and second words on one lease among the facts', () => {
    fc.assert(
      fc.property(economy, fc.nat(), (facts, seed) => {
        const random = seeded(seed);
        const stale = facts.flatMap((fact): Fact[] => {
          if (fact.kind === 'receipt')
            return [{ ...fact, id: `${fact.id}-old`, pairSeq: 0, serviceMicrocredits: 9e9 }];
          if (fact.kind === 'vouch')
            return [{ ...fact, id: `${fact.id}-old`, seq: 0, trustMicrocredits: 9e9 }];
          const turned = fact.leases.map(({ lease }) => ({ lease, code: 'TURNED_ABOUT' }));
          return [{ ...fact, id: `${fact.id}-late`, issuedAtMs: fact.issuedAtMs + 1, leases: turned }];
        });
        const first = scoresOf(facts, STANDPOINT).byPeer;
        expect(scoresOf(shuffled([...facts, ...stale], random), STANDPOINT).byPeer).toEqual(first);
      }),
      RUNS,
    );
  });

  it('does not matter where two records differ in nothing that ranks them', () => {
    const twins = [served('u', 'v', 5), { ...served('u', 'v', 5), serviceMicrocredits: 1 }];
    const vouches = [vouched(ME, 'u'), { ...vouched(ME, 'u'), creditMicrocredits: 7 }];
    const words = [said('u', 'v', ''), said('u', 'v', 'LOST')].map((fact) => ({
      ...fact,
      leases: fact.leases.map(({ code }) => ({ lease: 'the-lease', code })),
    }));
    const facts = [...twins, ...vouches, ...words];
    const first = scoresOf(facts, STANDPOINT).byPeer;
    expect(first.get('v')!.good + first.get('v')!.bad).toBe(1);
    expect(scoresOf(facts.toReversed(), STANDPOINT).byPeer).toEqual(first);
  });

  it('gives the same list for the same seed', () => {
    const facts = someFacts(seeded(3), 20, 150);
    const list = (items: readonly Fact[]) => [...scoresOf(items, STANDPOINT).byPeer.values()];
    expect(list(shuffled(facts, seeded(4)))).toEqual(list(facts));
  });
});
