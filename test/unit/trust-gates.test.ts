// Who is reached through one peer alone, beside taking peers out one by one.
import { describe, expect, it } from 'vitest';
import { type Fact, tiesOf } from '../../src/reputation/facts.ts';
import { gatesOf } from '../../src/reputation/gates.ts';
import { type Graph, graphOf } from '../../src/reputation/graph.ts';
import { scoresOf } from '../../src/reputation/scores.ts';
import { NOW_MS } from '../support/records.ts';
import { ME, STANDPOINT, seeded, someFacts, vouched } from '../support/trust.ts';

/** Whom I reach without one peer, each with the number of its steps. */
function reachedWithout(graph: Graph, without: string): Map<string, number> {
  const steps = new Map([[ME, 0]]);
  for (const [peer, far] of steps)
    for (const { subject } of graph.row(peer))
      if (subject !== without && !steps.has(subject)) steps.set(subject, far + 1);
  return steps;
}

/** Of those without whom I don't reach the peer, itself among them, the one nearest to me. */
function gateByTrial(graph: Graph, peer: string): string | undefined {
  const far = reachedWithout(graph, '');
  if (!far.has(peer)) return undefined;
  const needed = graph.peers.filter((other) => other !== ME && !reachedWithout(graph, other).has(peer));
  return needed.sort((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0))[0];
}

const gatesBy = (graph: Graph) => {
  const gates = gatesOf(graph);
  return new Map(graph.peers.map((peer, v) => [peer, graph.peers[gates[v]!]]));
};

describe('the gate of a peer', () => {
  it('is the first whom no way to it avoids, on random graphs', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seeded(seed);
      const facts: Fact[] = someFacts(random, 4 + Math.floor(random() * 12), 4 + Math.floor(random() * 24));
      const graph = graphOf(ME, tiesOf(facts, NOW_MS));
      const gates = gatesBy(graph);
      for (const peer of graph.peers)
        if (peer !== ME) expect(gates.get(peer), `seed ${seed}, ${peer}`).toBe(gateByTrial(graph, peer));
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
});
