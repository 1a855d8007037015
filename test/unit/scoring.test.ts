// When scores are computed: once for many changes, in slices, and never more than a part of the time.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { Slices } from '../../src/lib/slices.ts';
import type { Fact } from '../../src/reputation/facts/facts.ts';
import { RECOMPUTE_DELAY_MS, RECOMPUTE_REST } from '../../src/reputation/facts/parameters.ts';
import { Scoring } from '../../src/reputation/walk/scoring.ts';
import { type HandClock, handClock } from '../support/clock.ts';
import { ME, seeded, someFacts, vouched } from '../support/trust.ts';

const POLL = { timeout: 20_000, interval: 20 };

/** A clock on which every look costs a millisecond, so that slices are over as if the work were long. */
function busyClock(): HandClock {
  const clock = handClock();
  let looks = 0;
  return {
    ...clock,
    monotonicMs() {
      looks += 1;
      return clock.monotonicMs() + looks;
    },
  };
}

function scoringOver(facts: () => Iterable<Fact>, clock = handClock()) {
  const scoring = new Scoring({ me: ME, clock, log: silentLog, facts, keep: async () => {} });
  let scored = 0;
  scoring.onScored(() => {
    scored += 1;
  });
  return { scoring, clock, count: () => scored };
}

describe('scores', () => {
  it('follow a change after a moment, once for all that changes meanwhile', async () => {
    const facts: Fact[] = [];
    const { scoring, clock, count } = scoringOver(() => facts);
    for (let i = 0; i < 10; i += 1) {
      facts.push(vouched(ME, `friend${i}`));
      scoring.changed();
      clock.pass(RECOMPUTE_DELAY_MS / 20);
    }
    expect(scoring.standing('friend0')).toBe(0);
    clock.pass(RECOMPUTE_DELAY_MS);
    await vi.waitFor(() => expect(count()).toBe(1), POLL);
    await scoring.settled();
    expect(scoring.standing('friend9')).toBeGreaterThan(0);
    expect(count()).toBe(1);
  });

  it('are computed in slices, between which others have their turn', async () => {
    const facts = someFacts(seeded(1), 40, 400);
    const { scoring } = scoringOver(() => facts, busyClock());
    scoring.changed();
    let isDone = false;
    const computing = scoring.settled().then(() => {
      isDone = true;
    });
    let turns = 0;
    for (; !isDone; turns += 1) await turn();
    await computing;
    expect(turns).toBeGreaterThan(50);
    expect(scoring.scores.byPeer.size).toBeGreaterThan(30);
  });

  it('that change while they are computed are computed again', async () => {
    const facts = someFacts(seeded(2), 20, 200);
    const { scoring, count } = scoringOver(() => facts, busyClock());
    scoring.changed();
    const computing = scoring.settled();
    await turn();
    facts.push(vouched(ME, 'late'));
    scoring.changed();
    await computing;
    expect(scoring.standing('late')).toBeGreaterThan(0);
    expect(count()).toBe(2);
  });

  it('rest in proportion to what they cost', async () => {
    const clock = handClock();
    let cost = 0;
    const slow = { ...clock, monotonicMs: () => clock.monotonicMs() + cost };
    const scoring = new Scoring({
      me: ME,
      clock: slow,
      log: silentLog,
      keep: async () => {},
      facts: function* () {
        cost += 1_000;
        yield vouched(ME, 'friend');
      },
    });
    scoring.changed();
    await scoring.settled();
    let scored = 0;
    scoring.onScored(() => {
      scored += 1;
    });
    scoring.changed();
    clock.pass(1_000 * RECOMPUTE_REST - 1);
    await turn();
    expect(scored).toBe(0);
    clock.pass(1);
    await vi.waitFor(() => expect(scored).toBe(1), POLL);
  });

  it('are not computed any more once stopped', async () => {
    const { scoring, clock, count } = scoringOver(() => [vouched(ME, 'friend')]);
    await scoring.start();
    scoring.changed();
    await scoring.stop();
    clock.pass(24 * 3_600_000);
    await turn();
    expect(count()).toBe(0);
  });
});

describe('slices', () => {
  it('are over when their time is, and begin anew after a pause', async () => {
    const clock = handClock();
    const slices = new Slices(clock, 5);
    clock.pass(4);
    expect(slices.isOver).toBe(false);
    clock.pass(1);
    expect(slices.isOver).toBe(true);
    await slices.pause();
    expect(slices.isOver).toBe(false);
  });
});
