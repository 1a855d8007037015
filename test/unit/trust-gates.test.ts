// Who is reached through one peer alone, beside taking peers out one by one.
import { describe, expect, it } from 'vitest';
import { type Fact, type Ties, tiesOf, weightOf } from '../../src/reputation/facts/facts.ts';
import { gatesOf } from '../../src/reputation/walk/gates.ts';
import { type Graph, graphOf } from '../../src/reputation/walk/graph.ts';
import { scoresOf } from '../../src/reputation/walk/scores.ts';
import { NOW_MS } from '../support/records.ts';
import { ME, STANDPOINT, said, seeded, shuffled, someFacts, vouched } from '../support/trust.ts';

/** Whom each peer leads to, by number, by trust or by words. */
function leadsTo({ peers, indexOf }: Graph, ties: Ties): number[][] {
  return peers.map((peer) =>
    [...(ties.get(peer)?.values() ?? [])]
      .filter((tie) => weightOf(tie) > 0 || tie.goodLeases + tie.badLeases > 0)
      .map(({ subject }) => indexOf.get(subject)!),
  );
}

/** Whom I still hear of when one peer is taken out. */
function heardWithout(me: number, rows: readonly number[][], without: number): Uint8Array {
  const isHeard = new Uint8Array(rows.length);
  isHeard[me] = 1;
  const open = [me];
  for (let u = open.pop(); u !== undefined; u = open.pop())
    for (const v of rows[u]!) {
      if (v === without || isHeard[v] === 1) continue;
      isHeard[v] = 1;
      open.push(v);
    }
  return isHeard;
}

/** The gates by taking peers out one by one: of those without whom I don't hear of a peer, who silences most. */
function gatesByTrial(graph: Graph, ties: Ties): Int32Array {
  const { me, peers } = graph;
  const rows = leadsTo(graph, ties);
  const all = heardWithout(me, rows, -1);
  const gates = new Int32Array(peers.length).fill(-1);
  const most = new Int32Array(peers.length);
  gates[me] = me;
  for (const gate of peers.keys()) {
    if (gate === me || all[gate] === 0) continue;
    const heard = heardWithout(me, rows, gate);
    const silenced = [...peers.keys()].filter((v) => all[v] === 1 && heard[v] === 0);
    for (const v of silenced) if (silenced.length > most[v]!) [gates[v], most[v]] = [gate, silenced.length];
  }
  return gates;
}

/** Everybody is vouched for by one of the four who came just before, and some by anybody, mostly in cycles. */
function chorded(random: () => number, peers: number): Fact[] {
  const nameOf = (i: number) => (i === 0 ? ME : `p${i}`);
  const below = (limit: number) => Math.floor(random() * limit);
  const came = Array.from({ length: peers - 1 }, (_, i) =>
    vouched(nameOf(Math.max(0, i - 3) + below(Math.min(i + 1, 4))), nameOf(i + 1)),
  );
  const chords = Array.from({ length: peers * 0.6 }, () =>
    vouched(nameOf(below(peers)), nameOf(below(peers))),
  );
  return shuffled([...came, ...chords], random);
}

/** By name, so that graphs whose rows stand in another order can be compared. */
function gatesByName(graph: Graph, gates: Int32Array): Map<string, string | undefined> {
  return new Map(graph.peers.map((peer, v) => [peer, graph.peers[gates[v]!]]));
}

function drawn(facts: readonly Fact[]) {
  const ties = tiesOf(facts, NOW_MS);
  const graph = graphOf(ME, ties);
  return { ties, graph };
}

type Draw = (random: () => number) => Fact[];
const ECONOMIES: readonly [string, number, Draw][] = [
  ['small economies', 150, (r) => someFacts(r, 4 + Math.floor(r() * 12), 4 + Math.floor(r() * 24))],
  ['economies of 100 peers', 100, (r) => someFacts(r, 100, 100 + Math.floor(r() * 200))],
  ['100 peers in chains with chords', 150, (r) => chorded(r, 100)],
  ['1,000 peers in chains with chords', 5, (r) => chorded(r, 1_000)],
];

describe('the gate of a peer', () => {
  it.each(ECONOMIES)('is the first whom no way to it avoids, in %s', (_, graphs, draw) => {
    const count = { behind: 0, open: 0 };
    for (let seed = 1; seed <= graphs; seed += 1) {
      const { ties, graph } = drawn(draw(seeded(seed)));
      const gates = gatesOf(graph, ties);
      expect(gates, `seed ${seed}`).toEqual(gatesByTrial(graph, ties));
      for (const [v, gate] of gates.entries())
        if (gate >= 0 && v !== graph.me) count[gate === v ? 'open' : 'behind'] += 1;
    }
    // Neither all behind somebody nor nobody: else a constant would do
    expect(count.behind).toBeGreaterThan(graphs);
    expect(count.open).toBeGreaterThan(graphs);
  });

  it('does not depend on the order in which facts came', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seeded(seed);
      const facts = chorded(random, 100);
      const [first, second] = [drawn(facts), drawn(shuffled(facts, random))];
      expect(gatesByName(second.graph, gatesOf(second.graph, second.ties)), `seed ${seed}`).toEqual(
        gatesByName(first.graph, gatesOf(first.graph, first.ties)),
      );
    }
  });

  it('is found at once on a long ladder up and down, which strangers could build', () => {
    const nameOf = (i: number) => (i === 0 ? ME : `p${i}`);
    const rungs = Array.from({ length: 50_000 }, (_, i) => i);
    const up = rungs.map((i) => vouched(nameOf(i), nameOf(i + 1)));
    const down = rungs.slice(1).map((i) => vouched(nameOf(i + 1), nameOf(i)));
    const through = (more: Fact[]) => {
      const { ties, graph } = drawn([...up, ...down, ...more]);
      return new Set(gatesByName(graph, gatesOf(graph, ties)).values());
    };
    expect([...through([])]).toEqual([ME, 'p1']);
    expect(through([vouched(ME, 'p50000')]).size).toBe(50_001);
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
