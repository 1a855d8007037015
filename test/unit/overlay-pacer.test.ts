import { describe, expect, it } from 'vitest';
import { Pacer } from '../../src/overlay/node/pacer.ts';
import { handClock } from '../support/clock.ts';

const forever = new AbortController().signal;

/** Lets everything that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a pacer', () => {
  it('gives turns in the order asked, no more than so many a second', async () => {
    const clock = handClock();
    const pacer = new Pacer(clock, 4);
    const had: number[] = [];
    for (const index of [0, 1, 2, 3, 4]) void pacer.turn(forever).then(() => had.push(index));
    await settle();
    expect(had).toEqual([0]);
    for (const [passed, expected] of [
      [249, [0]],
      [1, [0, 1]],
      [500, [0, 1, 2, 3]],
      [250, [0, 1, 2, 3, 4]],
    ] as const) {
      clock.pass(passed);
      await settle();
      expect(had).toEqual(expected);
    }
  });

  it('does not save up turns that nobody took', async () => {
    const clock = handClock();
    const pacer = new Pacer(clock, 1);
    await pacer.turn(forever);
    clock.pass(60_000);
    await pacer.turn(forever);
    let second = false;
    void pacer.turn(forever).then(() => {
      second = true;
    });
    await settle();
    expect(second).toBe(false);
  });

  it('lets go of who gives up waiting', async () => {
    const pacer = new Pacer(handClock(), 1);
    await pacer.turn(forever);
    const giveUp = new AbortController();
    const turn = pacer.turn(giveUp.signal);
    giveUp.abort(new Error('no longer'));
    await expect(turn).rejects.toThrow('no longer');
  });
});
