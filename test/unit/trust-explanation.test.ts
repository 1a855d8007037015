// Why: what an explanation names adds up to the score, and what it says would follow does follow.
import { describe, expect, it } from 'vitest';
import { showExplanation, showShare } from '../../src/cli/trust-text.ts';
import { explain } from '../../src/reputation/explain/explanation.ts';
import type { Fact } from '../../src/reputation/facts/facts.ts';
import { EXPLAINED_MAX } from '../../src/reputation/facts/parameters.ts';
import { scoresOf } from '../../src/reputation/walk/scores.ts';
import { ME, STANDPOINT, said, seeded, served, someFacts, vouched } from '../support/trust.ts';

const why = (facts: readonly Fact[], peer: string) => explain(scoresOf(facts, STANDPOINT), peer);
const scoreIn = (facts: readonly Fact[], peer: string) => scoresOf(facts, STANDPOINT).byPeer.get(peer)!;

const facts = [
  vouched(ME, 'friend'),
  served(ME, 'shop', 4),
  served('friend', 'shop', 9),
  served('friend', 'baker', 2),
  vouched('baker', 'shop'),
  said(ME, 'shop', '', 'INSTANCE_LOST'),
  said('friend', 'shop', '', '', ''),
  said('baker', 'shop', 'PROBE_FAILED', 'INSTANCE_LOST'),
  said('stranger', 'shop', 'INSTANCE_LOST'),
];

describe('an explanation', () => {
  it('names the last hops that carry the standing, with the likeliest way to each', () => {
    const { paths, standing } = why(facts, 'shop');
    expect(paths.map(({ hops }) => [ME, ...hops.map(({ to }) => to)])).toEqual(
      expect.arrayContaining([
        [ME, 'shop'],
        [ME, 'friend', 'shop'],
        [ME, 'friend', 'baker', 'shop'],
      ]),
    );
    expect(paths.reduce((sum, path) => sum + path.standing, 0)).toBeCloseTo(standing, 12);
    const direct = paths.find(({ hops }) => hops.length === 1)!.hops[0]!;
    expect(direct).toMatchObject({
      from: ME,
      to: 'shop',
      serviceMicrocredits: 4_000_000,
      vouchMicrocredits: 0,
    });
    expect(direct.receipt).toBe(facts[1]!.id);
    expect(direct.vouch).toBeUndefined();
  });

  it('adds up to the standing on random graphs, or to the most of it that it may name', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed);
      const some = someFacts(random, 7, 40);
      for (const [peer, { standing }] of scoresOf(some, STANDPOINT).byPeer) {
        const { paths } = why(some, peer);
        const sum = paths.reduce((all, path) => all + path.standing, 0);
        if (paths.length < EXPLAINED_MAX) expect(sum, `seed ${seed}`).toBeCloseTo(standing, 11);
        else expect(sum, `seed ${seed}`).toBeLessThanOrEqual(standing + 1e-11);
        for (const { hops } of paths) expect(hops[0]?.from).toBe(ME);
      }
    }
  });

  it('names whose words made the quality, own experience first, and nobody whom the walk does not reach', () => {
    const { testimonies } = why(facts, 'shop');
    expect(testimonies.map(({ author, good, bad, codes }) => ({ author, good, bad, codes }))).toEqual([
      { author: ME, good: 1, bad: 1, codes: ['INSTANCE_LOST'] },
      { author: 'friend', good: 3, bad: 0, codes: [] },
      { author: 'baker', good: 0, bad: 2, codes: ['INSTANCE_LOST', 'PROBE_FAILED'] },
    ]);
    expect(testimonies[0]!.outcomes).toEqual([facts[5]!.id]);
  });

  it('says what would follow, as it does follow', () => {
    const { changes } = why(facts, 'shop');
    const found = (name: string) => changes.find(({ change }) => change === name)!;
    const then = (...more: Fact[]) => scoreIn([...facts, ...more], 'shop');
    const expected = {
      GOOD_LEASE: then(said(ME, 'shop', '')),
      BREACH: then(said(ME, 'shop', 'INSTANCE_LOST')),
      SERVICE: then({ ...served(ME, 'shop', 5), pairSeq: 2 }),
      VOUCH: then(vouched(ME, 'shop', 1)),
    };
    for (const [name, { standing, quality }] of Object.entries(expected)) {
      expect(found(name).standing, name).toBeCloseTo(standing, 12);
      expect(found(name).quality, name).toBeCloseTo(quality, 12);
    }
    const { peer, standing } = found('WITHOUT_PATH');
    const rest = facts.filter(
      ({ kind, author, subject }) => !(kind !== 'outcome' && author === peer && subject === 'shop'),
    );
    expect(standing).toBeCloseTo(scoreIn(rest, 'shop').standing, 12);
  });

  it('of a peer that nothing names has no reasons, yet says what a first lease would do', () => {
    const { standing, quality, paths, testimonies, changes } = why(facts, 'nobody');
    expect({ standing, quality, paths, testimonies }).toEqual({
      standing: 0,
      quality: 0,
      paths: [],
      testimonies: [],
    });
    expect(changes.map(({ change }) => change)).toEqual(['GOOD_LEASE', 'BREACH', 'SERVICE', 'VOUCH']);
    expect(changes[0]!.quality).toBe(1 / 2);
    expect(changes[2]!.standing).toBeGreaterThan(0);
  });
});

describe('an explanation in sentences', () => {
  it('reads as one would say it', () => {
    const text = showExplanation(asAnswered(why(facts, 'shop')));
    expect(text).toContain('this peer, which was served for 4 cr by …shop');
    expect(text).toContain('this peer, which vouches for …friend, who was served for 9 cr by …shop');
    expect(text).toContain('Own experience: 1 lease served well, 1 failed (INSTANCE_LOST).');
    expect(text).toMatch(/…friend \(its word weighs [\d.]+ %\): 3 leases served well, none failed\./);
    expect(text).toMatch(/one failed lease with this peer as tenant: quality [\d.]+ %, standing [\d.]+ %/);
  });

  it('says so where nothing is known', () => {
    const text = showExplanation(asAnswered(why([], 'nobody')));
    expect(text).toContain('Its quality is unknown.');
    expect(text).toContain('No path of trust leads to this peer.');
    expect(text).toContain('No peer within reach has said how it served.');
  });

  it('shows shares with two digits that matter', () => {
    expect([0, 1, 0.5, 0.123, 0.00456].map(showShare)).toEqual(['0 %', '100 %', '50 %', '12 %', '0.46 %']);
  });
});

/** As the API answers it: plain JSON. */
function asAnswered(explanation: ReturnType<typeof why>): Parameters<typeof showExplanation>[0] {
  return JSON.parse(JSON.stringify(explanation));
}
