// The simulations, small: what they rest on moves as it should, and an honest world convicts nobody.
import { describe, expect, it } from 'vitest';
import { runBench } from '../../bench/run.ts';
import { Random } from '../../bench/support/random.ts';
import type { Row } from '../../bench/support/report.ts';
import { Books } from '../../sim/economy/books.ts';
import { Chains } from '../../sim/economy/chains.ts';
import { Evidence } from '../../sim/economy/evidence.ts';
import { economySim } from '../../sim/economy.ts';
import { forksSim } from '../../sim/forks.ts';
import { Network } from '../../sim/ground/network.ts';
import { VirtualTime } from '../../sim/ground/virtual-time.ts';

const LIMIT_MS = 180_000;

describe('virtual time', () => {
  it('lets things happen in their order, with what they await, and no later than asked', async () => {
    const time = new VirtualTime(0);
    const happened: string[] = [];
    time.after(20, () => happened.push(`twenty at ${time.nowMs()}`));
    time.after(
      10,
      () =>
        void Promise.resolve().then(() =>
          time.after(5, () => happened.push(`ten and five at ${time.nowMs()}`)),
        ),
    );
    time.after(10, () => happened.push('ten, planned later'));
    const cancel = time.after(12, () => happened.push('never'));
    time.after(11, cancel);
    time.after(31, () => happened.push('too late'));
    await time.runUntil(30);
    expect(happened).toEqual(['ten, planned later', 'ten and five at 15', 'twenty at 20']);
    expect(time.nowMs()).toBe(30);
  });

  it('keeps a thousand random moments in order', async () => {
    const time = new VirtualTime(0);
    const random = new Random(3);
    const moments: number[] = [];
    for (let i = 0; i < 1_000; i += 1)
      time.after(random.share() * 500, () => moments.push(time.monotonicMs()));
    await time.runUntil(500);
    expect(moments).toHaveLength(1_000);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
  });
});

describe('a network of measured round trips', () => {
  const roundTrips = [
    [0, 100],
    [100, 0],
  ];

  it('takes half a round trip, loses its share, and reaches nobody who is down', async () => {
    const time = new VirtualTime(0);
    const network = new Network(40, { time, random: new Random(5), roundTrips, loss: 0.2 });
    const arrivals: number[] = [];
    for (let i = 0; i < 1_000; i += 1)
      network.send(i % 40, (i * 7 + 1) % 40, () => arrivals.push(time.monotonicMs()));
    network.setDown(3, true);
    network.send(1, 3, () => expect.fail('a peer that is down got a message'));
    await time.runUntil(1_000);
    expect(arrivals.length).toBeGreaterThan(700);
    expect(arrivals.length).toBeLessThan(850);
    expect(new Set(arrivals)).toEqual(new Set([2.5, 50]));
  });

  it('lets a question fail at its deadline when it or its answer is lost', async () => {
    const time = new VirtualTime(0);
    const network = new Network(2, { time, random: new Random(1), roundTrips, loss: 1 });
    const asked = network
      .ask(0, 1, async () => 'answer', 300)
      .catch((error) => `${error.code} at ${time.nowMs()}`);
    await time.runUntil(1_000);
    expect(await asked).toBe('PEER_SILENT at 300');
  });
});

describe('npm run sim -- economy', () => {
  it('keeps every loss within its bound, whoever attacks, and serving is worth it', {
    timeout: LIMIT_MS,
  }, async () => {
    const rows = await economySim.run({ isQuick: true, seed: 1, say: () => {} });
    const of = (metric: string) => rows.filter((row: Row) => row.metric === metric);
    expect(of('lossOverBound')).toHaveLength(9);
    for (const { case: name, value } of of('lossOverBound'))
      expect(value, name).toSatisfy((over: number) =>
        name === 'honest' ? over === 0 : over > 0 && over <= 1,
      );
    for (const { case: name, value } of of('utilityRatio')) expect(value, name).toBeGreaterThan(1);
    for (const { case: name, value } of of('falseConvictions')) expect(value, name).toBe(0);
  });
});

describe('the chains of an economy', () => {
  it('convict nobody who stops, starts and comes back from backups, and whoever resumes a running machine twice', () => {
    const chains = new Chains(new Random(4));
    const random = new Random(5);
    for (const peer of ['p1', 'p2', 'p3']) chains.begin(peer, 1);
    for (let step = 0; step < 2_000; step += 1) {
      const peer = random.pick(['p1', 'p2', 'p3']);
      // Several within one millisecond, too
      if (random.chance(0.3)) chains.begin(peer, 1 + Math.floor(step / 10));
      else chains.commit(peer);
    }
    expect(chains.convicted).toBe(0);
    const resume = chains.snapshot('p2');
    chains.commit('p2');
    resume();
    expect(chains.convicted).toBe(0);
    chains.commit('p2');
    expect(chains.convicted).toBe(1);
  });
});

describe('evidence in an economy', () => {
  it('is as old as the last day, one’s own is not, and a split keeps that of the other side as it was', () => {
    const books = new Books();
    const evidence = new Evidence(books);
    const lines = evidence.seenBy('a');
    const seen = (author: string) => lines.row(author)?.get('v')?.serviceMicrocredits;
    for (const author of ['a', 'b', 'far', 'shy']) books.charge(author, 'v', 1_000);
    books.hiding.add('shy');
    expect(['a', 'b'].map(seen)).toEqual([1_000, undefined]);
    evidence.hear(() => true);
    for (const author of ['a', 'b', 'far']) books.charge(author, 'v', 500);
    expect(['a', 'b', 'far', 'shy'].map(seen)).toEqual([1_500, 1_000, 1_000, undefined]);
    books.fade();
    evidence.hear((author) => author !== 'far');
    expect(['a', 'b', 'far'].map(seen)).toEqual([1_488, 1_488, 992]);
    expect([...lines.into('v')].map(({ author }) => author)).toEqual(['a', 'b', 'far']);
  });
});

describe('npm run sim -- forks', () => {
  it('has a forked key refused, and convicts nobody who crashed or came back from a backup', {
    timeout: LIMIT_MS,
  }, async () => {
    const run = () => forksSim.run({ isQuick: true, seed: 1, say: () => {} });
    const rows = await run();
    const of = (metric: string) => rows.find((row: Row) => row.metric === metric)?.value;
    expect(of('falseConvictions')).toBe(0);
    expect(of('refuse99Ms')).toBeLessThan(60_000);
    expect(of('firstConvictionMs')).toBeGreaterThan(0);
    expect(await run(), 'the same seed gives the same world').toEqual(rows);
  });

  it('says what there is when it is named wrongly', async () => {
    const notes: string[] = [];
    const output = { line: () => {}, note: (text: string) => void notes.push(text) };
    expect(await runBench(['floods'], { forks: forksSim }, output)).toBe(2);
    expect(notes.join('\n')).toContain('forks');
  });
});
