// A peer keeps to the budgets of others by itself, also when it was kept from its timers for a while.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Budget } from '../../src/lib/budget.ts';
import { codeOf } from '../../src/lib/errors.ts';
import { OwnPace } from '../../src/overlay/node/own-pace.ts';
import { HandClock } from '../support/hand-clock.ts';

const BUDGET = { burst: 10, perSecond: 50 };
const PROTOCOL = { id: '/test/1.0.0', budget: BUDGET, openDeadlineMs: 5_000 };
const signal = new AbortController().signal;

/** So many requests at once, each looked at by the other side as it is sent. */
function requests(clock: HandClock, count: number) {
  const pace = new OwnPace(clock);
  const others = new Budget(BUDGET);
  const seen = { taken: 0, refused: 0 };
  const all = Array.from({ length: count }, async () => {
    await pace.turn(PROTOCOL, 'other', signal);
    seen[others.take('us', clock.nowMs()) ? 'taken' : 'refused'] += 1;
  });
  return { seen, done: Promise.all(all) };
}

describe('requests that come faster than the other side takes them', () => {
  it.each([
    { every: 20, why: 'as they are due' },
    { every: 1_000, why: 'after stalls of this process, in which many become due' },
  ])('wait their turn, so that none is refused: $why', async ({ every }) => {
    const clock = new HandClock();
    const { seen, done } = requests(clock, 40);
    for (let moves = 0; moves < 100 && seen.taken < 40; moves += 1) {
      await clock.move(every);
      await turn();
    }
    await done;
    expect(seen).toEqual({ taken: 40, refused: 0 });
  });

  it('are told at once where their turn would come too late', async () => {
    const pace = new OwnPace(new HandClock());
    const slow = { ...PROTOCOL, budget: { burst: 1, perSecond: 0.01 } };
    await pace.turn(slow, 'other', signal);
    expect(await pace.turn(slow, 'other', signal).catch(codeOf)).toBe('BUDGET_SPENT');
  });
});
