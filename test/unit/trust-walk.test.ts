// The graph of trust and the walk over it: small cases by hand, larger ones against a dense solver and plain walking.
import { describe, expect, it } from 'vitest';
import { CREDIT, DAY_MS } from '../../src/lib/units.ts';
import { type Fact, tiesOf } from '../../src/reputation/facts/facts.ts';
import {
  ALPHA,
  PRIOR_MICROCREDITS,
  REACH_ERROR,
  ROW_EDGES,
  ROW_SHARE,
  VOUCH_CAP_MICROCREDITS,
} from '../../src/reputation/facts/parameters.ts';
import { chancesOf, type Graph, graphOf } from '../../src/reputation/walk/graph.ts';
import { Hittings } from '../../src/reputation/walk/hitting.ts';
import { Walk } from '../../src/reputation/walk/walk.ts';
import { NOW_MS } from '../support/records.ts';
import {
  denseShares,
  denseStanding,
  ME,
  seeded,
  served,
  shuffled,
  someFacts,
  vouched,
  walkedStanding,
} from '../support/trust.ts';

const graphBy = (facts: readonly Fact[]) => graphOf(ME, tiesOf(facts, NOW_MS));
const reachesIn = (graph: Graph) => new Hittings(new Walk(graph).settle());
const reachesBy = (...facts: Fact[]) => reachesIn(graphBy(facts));
const standing = (reaches: Hittings, peer: string) =>
  reaches.of(reaches.walk.graph.indexOf.get(peer)!).standing;
const weights = (...values: number[]) => values.map((weight, i) => ({ subject: `v${i}`, weight }));
const chances = (...values: number[]) => chancesOf(weights(...values)).map(({ weight }) => weight);

describe('a row', () => {
  it('gives each edge its share of what was consumed and of the doubt', () => {
    const [W0, sum] = [PRIOR_MICROCREDITS, PRIOR_MICROCREDITS * 4];
    expect(chances(W0, W0, W0)).toEqual([W0 / sum, W0 / sum, W0 / sum]);
    expect(chances()).toEqual([]);
  });

  it('gives no edge more than the share, and nothing changes above it', () => {
    expect(chances(1e12)).toEqual([ROW_SHARE]);
    const [first, second] = chances(1e12, CREDIT);
    expect(first).toBe(ROW_SHARE);
    // R = W0 + R/2 + 1 credit
    expect(second).toBeCloseTo(CREDIT / (2 * (PRIOR_MICROCREDITS + CREDIT)), 15);
    expect(chances(1e15, CREDIT)).toEqual([first, second]);
  });

  it('gives as much to two halves as to the whole, below the share', () => {
    const [whole] = chances(4 * CREDIT, 4 * CREDIT, 4 * CREDIT);
    const [, , half, other] = chances(4 * CREDIT, 4 * CREDIT, 2 * CREDIT, 2 * CREDIT);
    expect(half! + other!).toBeCloseTo(whole!, 15);
  });

  it('keeps the heaviest edges only', () => {
    const facts = Array.from({ length: ROW_EDGES + 40 }, (_, i) => served(ME, `v${i}`, i + 1));
    const graph = graphBy(facts);
    const subjects = graph.row(ME).map(({ subject }) => subject);
    expect(subjects).toHaveLength(ROW_EDGES);
    expect(subjects).not.toContain('v39');
    expect(subjects).toContain('v40');
  });

  it('counts service that fades, and vouches up to their cap while they live', () => {
    const old = { ...served('u', 'v', 8), day: Math.floor(NOW_MS / DAY_MS) - 90 };
    const tie = (...facts: Fact[]) => tiesOf(facts, NOW_MS).get('u')!.get('v')!;
    expect(tie(old).serviceMicrocredits).toBeCloseTo(4 * CREDIT, -1);
    expect(tie(vouched('u', 'v', 3)).vouchMicrocredits).toBe(3 * CREDIT);
    expect(tie({ ...vouched('u', 'v'), expiresAtMs: NOW_MS }).vouchMicrocredits).toBe(0);
    const capped = graphBy([vouched('u', 'v', 1_000), served('u', 'w', 30)]);
    const [heavier, lighter] = capped.chances;
    expect(heavier).toBe(ROW_SHARE);
    const total = (PRIOR_MICROCREDITS + VOUCH_CAP_MICROCREDITS) / (1 - ROW_SHARE);
    expect(lighter).toBeCloseTo(VOUCH_CAP_MICROCREDITS / total, 15);
  });
});

describe('the walk', () => {
  it('is what a hand computes for one friend', () => {
    // Half of the row goes to the friend: of what goes on, 0.35 reaches it and 0.35 comes back and tries again
    const reaches = reachesBy(vouched(ME, 'friend'));
    const { walk } = reaches;
    expect(standing(reaches, 'friend')).toBeCloseTo(0.35 / 0.65, 12);
    expect(walk.share(walk.graph.indexOf.get('friend')!)).toBeCloseTo(0.35 / 1.35, 12);
    expect(standing(reaches, ME)).toBe(1);
  });

  it('reaches a friend of a friend through the friend alone', () => {
    const reaches = reachesBy(vouched(ME, 'friend'), served('friend', 'far', 1_000));
    // h(friend) = 0.7 (1/2 + 1/2 h), h = 0.7 (1/2 h(friend) + 1/2 h)
    const [a, b] = [0.35 / 0.65, 0.35];
    expect(standing(reaches, 'far')).toBeCloseTo((a * b) / (1 - a * b), 12);
  });

  it('does not reach those whom nobody in reach had to do with', () => {
    const reaches = reachesBy(vouched(ME, 'friend'), served('stranger', 'other', 5), vouched('stranger', ME));
    expect(standing(reaches, 'stranger')).toBe(0);
    expect(standing(reaches, 'other')).toBe(0);
  });

  it('has the shares and the standings of a dense solution, on random graphs', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seeded(seed);
      const graph = graphBy(someFacts(random, 3 + Math.floor(random() * 12), 2 + Math.floor(random() * 60)));
      const reaches = reachesIn(graph);
      const shares = denseShares(graph);
      for (const [v, peer] of graph.peers.entries()) {
        const where = `seed ${seed}, peer ${peer}`;
        expect(Math.abs(reaches.walk.share(v) - shares[v]!), where).toBeLessThan(1e-12);
        const exact = peer === ME ? 1 : denseStanding(graph, v);
        expect(Math.abs(reaches.of(v).standing - exact), where).toBeLessThan(1e-12);
      }
    }
  });

  it('has the standings of a dense solution on a graph where all trust many', () => {
    const random = seeded(13);
    const graph = graphBy(someFacts(random, 150, 4_000));
    const reaches = reachesIn(graph);
    for (const v of [1, 40, 80, 149]) {
      const error = Math.abs(reaches.of(v).standing - denseStanding(graph, v));
      expect(error, `peer ${v}`).toBeLessThan(REACH_ERROR / ALPHA);
    }
  });

  it('weighs witnesses by the walk on the graph without the peer that they speak of', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed);
      const facts = someFacts(random, 9, 40);
      const reaches = reachesBy(...facts);
      const { graph } = reaches.walk;
      for (const [v, peer] of graph.peers.entries()) {
        if (peer === ME) continue;
        // The same rows with the chances into and out of v returned to me
        const without = graphBy(facts);
        for (const author of graph.peers)
          without.setRow(
            author,
            author === peer ? [] : graph.row(author).filter(({ subject }) => subject !== peer),
          );
        const shares = denseShares(without);
        const reach = reaches.of(v);
        for (const u of graph.peers.keys()) {
          if (u !== v)
            expect(Math.abs(reaches.shareWithout(u, reach) - shares[u]!), `seed ${seed}`).toBeLessThan(1e-11);
        }
      }
    }
  });

  it('reaches peers as often as walks do that are walked', () => {
    const random = seeded(7);
    const graph = graphBy(someFacts(random, 8, 40));
    const reaches = reachesIn(graph);
    for (const v of graph.peers.keys()) {
      const expected = reaches.of(v).standing;
      const deviation = Math.sqrt((expected * (1 - expected)) / 40_000) + 1e-9;
      expect(Math.abs(walkedStanding(graph, v, 40_000, random) - expected)).toBeLessThan(5 * deviation);
    }
  });

  it('gives the same numbers to the last bit, in whatever order the facts came', () => {
    const random = seeded(11);
    const facts = someFacts(random, 12, 80);
    const first = reachesBy(...facts);
    for (let i = 0; i < 10; i += 1) {
      const again = reachesBy(...shuffled(facts, random));
      for (const v of first.walk.graph.peers.keys()) expect(again.of(v)).toEqual(first.of(v));
    }
  });

  it('never looks at more than 1/α peers on average', () => {
    const random = seeded(5);
    const reaches = reachesBy(...someFacts(random, 60, 900));
    const reached = [...reaches.walk.graph.peers.keys()].reduce((sum, v) => sum + reaches.of(v).standing, 0);
    expect(reached).toBeLessThanOrEqual(1 / ALPHA);
  });
});
