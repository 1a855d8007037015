// When a container is started once more in its lease: the table of policies and ends, the waits and the bounds.
import { describe, expect, it } from 'vitest';
import { CAUSES, type Cause } from '../../src/market/terms/causes.ts';
import {
  MAX_RESTARTS,
  MAX_UNHEALTHY_RESTARTS,
  RESTART_MAX_MS,
  RESTART_SETTLED_MS,
} from '../../src/market/terms/parameters.ts';
import { afterRun, isSettled } from '../../src/market/volunteer/restart-rule.ts';
import { RESTART_POLICIES, type RestartPolicy } from '../../src/records/health-check.ts';

const of = (policy: RestartPolicy, most = 0) => ({ policy, most });
const isRestarted = (policy: RestartPolicy, cause: Cause, exitCode = -1) =>
  'restartInMs' in afterRun(of(policy), { cause, exitCode }, 0);

describe('a container that ended', () => {
  it.each<[RestartPolicy, readonly [Cause, number][]]>([
    ['no', []],
    [
      'on-failure',
      [
        ['EXITED', 1],
        ['OUT_OF_MEMORY', 0],
        ['ENDED_UNSEEN', 137],
      ],
    ],
    [
      'always',
      [
        ['EXITED', 0],
        ['EXITED', 1],
        ['OUT_OF_MEMORY', 0],
        ['ENDED_UNSEEN', 137],
        ['ENGINE_STOPPED', 143],
      ],
    ],
  ])('is started once more under %s after these ends and no others', (policy, ends) => {
    const all = CAUSES.flatMap((cause) => [0, 1, 137, 143].map((code) => [cause, code] as const));
    const restarted = all.filter(
      ([cause, code]) => cause !== 'UNHEALTHY' && isRestarted(policy, cause, code),
    );
    const expected = new Set(ends.map(([cause]) => cause));
    expect(new Set(restarted.map(([cause]) => cause))).toEqual(expected);
    for (const [cause, code] of ends) expect(isRestarted(policy, cause, code), cause).toBe(true);
    expect(isRestarted('on-failure', 'EXITED', 0)).toBe(false);
  });

  it('is treated alike under always and unless-stopped', () => {
    for (const cause of CAUSES)
      for (const code of [0, 1])
        expect(isRestarted('always', cause, code)).toBe(isRestarted('unless-stopped', cause, code));
  });

  it('is never started again after its owner ended it, took it away or lowered its limits', () => {
    for (const policy of RESTART_POLICIES)
      for (const cause of ['INSTANCE_KILLED', 'INSTANCE_LOST', 'INSTANCE_REDUCED', 'EVICTED'] as const)
        expect(afterRun(of(policy), { cause, exitCode: 137 }, 0)).toEqual({ end: cause });
  });

  it('waits twice as long each time, up to a minute', () => {
    const waits = Array.from({ length: MAX_RESTARTS }, (_, quick) =>
      afterRun(of('always'), { cause: 'EXITED', exitCode: 1 }, quick),
    );
    expect(waits.map((next) => ('restartInMs' in next ? next.restartInMs / 1_000 : undefined))).toEqual([
      ...[1, 2, 4, 8, 16, 32, 60, 60, 60, 60],
    ]);
    expect(RESTART_MAX_MS).toBe(60_000);
  });

  it('is given up after so many in a row: with its own end where the tenant named a number, else with a cause of its own', () => {
    const end = { cause: 'EXITED', exitCode: 3 } as const;
    expect(afterRun(of('on-failure', 2), end, 1)).toHaveProperty('restartInMs');
    expect(afterRun(of('on-failure', 2), end, 2)).toEqual({ end: 'EXITED' });
    expect(afterRun(of('on-failure', 50), end, 49)).toEqual({ restartInMs: RESTART_MAX_MS });
    expect(afterRun(of('on-failure'), end, MAX_RESTARTS)).toEqual({ end: 'RESTARTS_SPENT' });
    expect(afterRun(of('always'), end, MAX_RESTARTS)).toEqual({ end: 'RESTARTS_SPENT' });
  });
});

describe('a container that is unhealthy', () => {
  it('is started once more whatever the policy says, some times', () => {
    for (const policy of RESTART_POLICIES) {
      const next = (quick: number) => afterRun(of(policy, 1), { cause: 'UNHEALTHY', exitCode: -1 }, quick);
      expect(next(MAX_UNHEALTHY_RESTARTS - 1)).toHaveProperty('restartInMs');
      expect(next(MAX_UNHEALTHY_RESTARTS)).toEqual({ end: 'UNHEALTHY' });
    }
  });
});

describe('a run', () => {
  it('is settled once it went well for some minutes', () => {
    expect(isSettled(RESTART_SETTLED_MS, true)).toBe(true);
    expect(isSettled(RESTART_SETTLED_MS - 1, true)).toBe(false);
    expect(isSettled(10 * RESTART_SETTLED_MS, false)).toBe(false);
  });
});
