import { expect, it } from 'vitest';
import { Rounds } from '../../src/lib/clock.ts';

it('a round waits for nobody, leaves out who is busy, and says who failed', async () => {
  const rounds = new Rounds<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const failed: string[] = [];
  const task = async (name: string) => {
    begun.push(name);
    if (name === 'slow') await promise;
    if (name === 'bad') throw new Error('bad');
  };
  const note = (_: unknown, name: string) => void failed.push(name);
  for (let i = 0; i < 2; i += 1) {
    rounds.begin(['slow', 'bad', 'good'], task, note);
    await new Promise(setImmediate);
  }
  expect(begun).toEqual(['slow', 'bad', 'good', 'bad', 'good']);
  expect(failed).toEqual(['bad', 'bad']);
  resolve();
  await new Promise(setImmediate);
  rounds.begin(['slow'], task, note);
  expect(begun).toHaveLength(6);
});
