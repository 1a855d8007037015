// Parts of the evaluation of attacks; the network that it runs on is no part of the repository.
import { describe, expect, it } from 'vitest';
import { Random } from '../../bench/support/random.ts';
import { deals, OTHERS, percentileOf, qualityBy, rated } from '../../eval/attacks/scene.ts';
import { SHAPES, searched } from '../../eval/attacks/shapes.ts';
import { Ours } from '../../eval/trust/ours.ts';
import { ALPHA } from '../../src/reputation/facts/parameters.ts';

describe('the shapes of a swarm', () => {
  it('have the edges of their names, and nobody rates itself', () => {
    const sizes = Object.entries(SHAPES).map(([name, shape]) => [name, shape(10).length]);
    expect(Object.fromEntries(sizes)).toEqual({ star: 18, chain: 9, cycle: 10, clique: 90 });
    for (const shape of Object.values(SHAPES))
      for (const m of [10, 1_000]) for (const [from, to] of shape(m)) expect(from).not.toBe(to);
  });

  it('that are searched are worth more the longer the search', () => {
    const worth = (edges: readonly (readonly [number, number])[]) =>
      edges.filter(([, to]) => to === 3).length;
    const [short, long] = [1, 200].map((tries) => worth(searched(20, tries, worth, new Random(1))));
    expect(long).toBeGreaterThan(short!);
  });
});

describe('what is seen of an attack', () => {
  const honest = [...deals(['me'], 'friend'), ...deals(['friend'], 'good'), rated('friend', 'bad', -5)];
  const praise = ['s1', 's2'].flatMap((sybil) => [rated('sybil0', sybil, 10), rated(sybil, 'sybil0', 10)]);

  it('is the same whether its ratings come with the others or after them', () => {
    const attack = [...deals(['friend'], 'sybil0'), ...praise];
    const [after, together] = [Ours.of(honest).and(attack), Ours.of([...honest, ...attack])].map((ours) =>
      ours.from('me', ALPHA),
    );
    for (const user of ['friend', 'good', 'bad', 'sybil0', 's1', 's2', 'nobody']) {
      expect(after!.standing(user)).toBe(together!.standing(user));
      expect(qualityBy(after!)(user)).toBe(qualityBy(together!)(user));
      expect(after!.owner(user)).toBe(together!.owner(user));
    }
    expect(['s1', 's2', 'good'].map(after!.owner)).toEqual(['friend', 'friend', 'friend']);
  });

  it('is nothing where nobody was deceived, but for a score that is the same for all', () => {
    const eyes = Ours.of([...honest, ...praise]).from('me', ALPHA);
    expect(['sybil0', 's1', 's2'].map(eyes.standing)).toEqual([0, 0, 0]);
    expect(['sybil0', 's1', 's2'].map(qualityBy(eyes))).toEqual([0, 0, 0]);
    expect(OTHERS['mean rating']!([...honest, ...praise])('s1')).toBe(10);
    expect(OTHERS['mean rating']!(honest)('bad')).toBe(0);
  });

  it('ranks by the share of others below', () => {
    expect(percentileOf(2, [1, 2, 3, 0])).toBe(0.5);
  });
});
