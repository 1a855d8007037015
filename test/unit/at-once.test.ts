import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../src/lib/at-once.ts';

describe('work on many items', () => {
  it('is done for each, so many at once and no more', async () => {
    let [running, most] = [0, 0];
    const done: number[] = [];
    await atOnce([1, 2, 3, 4, 5], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      done.push(item);
    });
    expect(most).toBe(2);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('begins nothing after a failure, and throws it once what had begun is over', async () => {
    const begun: number[] = [];
    const over: number[] = [];
    const work = atOnce([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      await turn();
      over.push(item);
    });
    await expect(work).rejects.toThrow('first');
    expect(begun).toEqual([1, 2]);
    expect(over).toEqual([2]);
  });
});
