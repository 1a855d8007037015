// Who is reached through one peer alone, beside taking peers out one by one.
import { describe, expect, it } from 'vitest';
import { type Fact, type Ties, tiesOf, weightOf } from '../../src/reputation/facts.ts';
import { gatesOf } from '../../src/reputation/gates.ts';
import { graphOf } from '../../src/reputation/graph.ts';
import { scoresOf } from '../../src/reputation/scores.ts';
import { NOW_MS } from '../support/records.ts';
import { ME, STANDPOINT, said, seeded, someFacts, vouched } from '../support/trust.ts';

/** Whom I hear of without one peer, each with the number of steps to it; of a word as of trust. */
function heardWithout(ties: Ties, without: string): Map<string, number> {
  const steps = new Map([[ME, 0]]);
  for (const [peer, far] of steps)
    for (const tie of ties.get(peer)?.values() ?? []) {
      const isSaid = weightOf(tie) > 0 || tie.goodLeases + tie.badLeases > 0;
      if (isSaid && tie.subject !== without && !steps.has(tie.subject)) steps.set(tie.subject, far + 1);
    }
  return steps;
}

/** Of those without whom I don't hear of the peer, itself among them, the one nearest to me. */
function gateByTrial(ties: Ties, peers: readonly string[], peer: string): string | undefined {
  const far = heardWithout(ties, '');
  if (!far.has(peer)) return undefined;
  const needed = peers.filter((other) => other !== ME && !heardWithout(ties, other).has(peer));
  return needed.sort((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0))[0];
}

describe('the gate of a peer', () => {
  it('is the first whom no way to it avoids, on random graphs', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seeded(seed);
      const facts: Fact[] = someFacts(random, 4 + Math.floor(random() * 12), 4 + Math.floor(random() * 24));
      const ties = tiesOf(facts, NOW_MS);
      const graph = graphOf(ME, ties);
      const gates = gatesOf(graph, ties);
      for (const [v, peer] of graph.peers.entries()) {
        if (peer === ME) continue;
        expect(graph.peers[gates[v]!], `seed ${seed}, ${peer}`).toBe(gateByTrial(ties, graph.peers, peer));
      }
    }
  });

  it('is one for all that somebody could have made up, and says so in the score', () => {
    const ring = ['a', 'b', 'c'].map((name, i) => vouched(name, ['b', 'c', 'a'][i]!));
    const facts = [vouched(ME, 'friend'), vouched(ME, 'other'), vouched('friend', 'a'), ...ring];
    const through = (more: Fact[]) => {
      const { byPeer } = scoresOf([...facts, ...more], STANDPOINT);
      return ['friend', 'a', 'b', 'c'].map((peer) => byPeer.get(peer)?.through);
    };
    expect(through([])).toEqual([undefined, 'friend', 'friend', 'friend']);
    // A second way to one of them makes that one its own, and no way leads around it to the others
    expect(through([vouched('other', 'a')])).toEqual([undefined, undefined, 'a', 'a']);
    expect(through([vouched('other', 'b')])).toEqual([undefined, undefined, undefined, 'b']);
  });

  it('holds for those of whom I only hear words', () => {
    const facts = [
      vouched(ME, 'friend'),
      vouched(ME, 'other'),
      said('friend', 'made-up', '', ''),
      vouched('x', 'made-up'),
    ];
    const scoreWith = (more: Fact[]) => scoresOf([...facts, ...more], STANDPOINT).byPeer.get('made-up');
    expect(scoreWith([])).toMatchObject({ standing: 0, through: 'friend', isKnown: true });
    expect(scoreWith([said('other', 'made-up', 'LOST')])?.through).toBeUndefined();
  });
});
