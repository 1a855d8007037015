import { describe, expect, it } from 'vitest';
import { overlapUntilMs } from '../../src/market/tenant/deployment.ts';
import { stateOf } from '../../src/market/tenant/deployment-view.ts';
import { wordOn } from '../../src/market/tenant/judging.ts';
import { plan } from '../../src/market/tenant/plan.ts';
import { causeOf, doingOf, isReplaced } from '../../src/market/terms/causes.ts';
import {
  MAX_FAILED_STARTS,
  QUICK_EXIT_MS,
  REPLACE_RETRY_MIN_MS,
  SETTLED_MS,
  SIGN_GRACE_MS,
} from '../../src/market/terms/parameters.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { NOW_MS } from '../support/records.ts';

const LATER_MS = NOW_MS + SETTLED_MS;
const lost = { state: 'lost', cause: 'VOLUNTEER_LOST' } as const;
const steps = (of: ReturnType<typeof wanted>, nowMs: number) => plan(of, nowMs).map((step) => step.do);

describe('the plan of a wanted deployment', () => {
  it('starts a copy that has its lease, also one that was being started before', () => {
    for (const state of ['placing', 'starting']) {
      const deployment = wanted();
      const instance = copyOf(deployment, { state });
      expect(plan(deployment, NOW_MS)).toEqual([{ do: 'start', instance }]);
      expect(plan({ ...deployment, row: { ...deployment.row, wanted: 'stopped' } }, NOW_MS)).toEqual([
        { do: 'stop', instance, cause: 'TENANT_STOPPED' },
      ]);
    }
  });

  it('leaves alone what runs, is paused, or cannot be reached for less than the grace', () => {
    for (const state of ['running', 'paused', 'unknown']) {
      const deployment = wanted();
      copyOf(deployment, { state });
      expect(steps(deployment, NOW_MS + 15_000)).toEqual([]);
    }
  });

  it('gives a copy up only when the grace is over', () => {
    const deployment = wanted({ graceMs: 20_000 });
    const instance = copyOf(deployment, { state: 'unknown' });
    expect(plan(deployment, NOW_MS + 20_000)).toEqual([]);
    expect(plan(deployment, NOW_MS + 20_001)).toEqual([{ do: 'lose', instance }]);
  });

  it('places every replica that has no copy', () => {
    const deployment = wanted({ replicas: 3 });
    copyOf(deployment, { replica: 1 });
    expect(plan(deployment, NOW_MS)).toEqual([
      { do: 'place', replica: 0, incarnation: 1 },
      { do: 'place', replica: 2, incarnation: 1 },
    ]);
  });

  it('tries an image that needs root elsewhere, and gives it up once nobody is left by the last look', () => {
    const deployment = wanted();
    copyOf(deployment, { state: 'failed', cause: 'IMAGE_NEEDS_ROOT', runningSinceMs: 0, endedAtMs: NOW_MS });
    expect(steps(deployment, NOW_MS)).toEqual(['place']);
    const found = { considered: 1, removed: { spread: 1 }, relaxations: [], refusals: [] };
    const waits = (cause: string) => plan({ ...deployment, waiting: { cause, ...found } }, NOW_MS);
    expect(waits('NOTHING_MATCHED').map((step) => step.do)).toEqual(['place']);
    const end = { do: 'finish', end: 'failed', cause: 'IMAGE_NEEDS_ROOT', exitCode: -1 };
    expect(waits('IMAGE_NEEDS_ROOT')).toEqual([end]);
  });

  it('replaces what the volunteer lost, under the next incarnation', () => {
    for (const cause of ['INSTANCE_LOST', 'LEASE_UNKNOWN', 'ENGINE_FAILED', 'TENANT_AWAY'] as const) {
      const deployment = wanted();
      copyOf(deployment, { incarnation: 4, state: 'failed', cause, endedAtMs: LATER_MS });
      expect(plan(deployment, LATER_MS)).toEqual([{ do: 'place', replica: 0, incarnation: 5 }]);
    }
  });

  it('replaces a copy that cannot be reached, and stops the old one whenever it can be', () => {
    const deployment = wanted();
    const old = copyOf(deployment, { ...lost, heardAtMs: LATER_MS });
    expect(plan(deployment, LATER_MS)).toEqual([{ do: 'place', replica: 0, incarnation: 2 }]);
    copyOf(deployment, { incarnation: 2 });
    expect(plan(deployment, LATER_MS)).toEqual([{ do: 'stop', instance: old, cause: 'SUPERSEDED' }]);
    old.row = { ...old.row, state: 'stopping' };
    expect(plan(deployment, LATER_MS)).toEqual([]);
  });

  it('waits until the old copy cannot run any more where the tenant asks for it', () => {
    const deployment = wanted({ waitOut: 1 });
    const { row } = copyOf(deployment, { ...lost, heardAtMs: LATER_MS });
    const clearAtMs = overlapUntilMs(row);
    expect(clearAtMs).toBe(LATER_MS + 2 * row.maxEpochMs + row.awayMs + SIGN_GRACE_MS);
    expect(steps(deployment, clearAtMs - 1)).toEqual([]);
    expect(steps(deployment, clearAtMs)).toEqual(['place']);
  });

  it('does not replace what ended by itself, and is over with it', () => {
    const failed = wanted();
    copyOf(failed, { state: 'failed', cause: 'EXITED', exitCode: 3 });
    expect(plan(failed, NOW_MS)).toEqual([{ do: 'finish', end: 'failed', cause: 'EXITED', exitCode: 3 }]);
    const done = wanted({ replicas: 2 });
    copyOf(done, { state: 'ended', cause: 'EXITED', exitCode: 0 });
    copyOf(done, { replica: 1 });
    expect(plan(done, NOW_MS)).toEqual([]);
    done.instances[1]!.row = { ...done.instances[1]!.row, state: 'ended', cause: 'EXITED', exitCode: 0 };
    expect(plan(done, NOW_MS)).toEqual([{ do: 'finish', end: 'ended', cause: 'EXITED', exitCode: 0 }]);
  });

  it('waits longer after every quick failure, and not after a copy that had settled', () => {
    const deployment = wanted();
    const fail = (incarnation: number, createdAtMs: number, runMs: number) =>
      copyOf(deployment, {
        ...{ incarnation, createdAtMs, state: 'failed', cause: 'INSTANCE_LOST' },
        ...{ runningSinceMs: createdAtMs, endedAtMs: createdAtMs + runMs },
      });
    const waits: number[] = [];
    for (let incarnation = 1; incarnation <= 9; incarnation += 1) {
      const atMs = NOW_MS + incarnation * 120_000;
      fail(incarnation, atMs, 10);
      let waitMs = 10;
      while (steps(deployment, atMs + waitMs).length === 0) waitMs += 10;
      waits.push(Math.round(waitMs / 1_000));
    }
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
    fail(10, NOW_MS + 1_200_000, SETTLED_MS);
    expect(steps(deployment, NOW_MS + 1_200_000 + SETTLED_MS)).toEqual(['place']);
  });

  it.each(['UNHEALTHY', 'RESTARTS_SPENT'] as const)(
    'waits longer after each copy that never stayed well (%s), from its end on, however long that took',
    (cause) => {
      const deployment = wanted();
      const waits: number[] = [];
      for (let incarnation = 1; incarnation <= 6; incarnation += 1) {
        const createdAtMs = NOW_MS + incarnation * 200_000;
        const endedAtMs = createdAtMs + 2 * SETTLED_MS;
        copyOf(deployment, {
          ...{ incarnation, createdAtMs, endedAtMs, runningSinceMs: createdAtMs, state: 'failed', cause },
        });
        let waitMs = 0;
        while (steps(deployment, endedAtMs + waitMs).length === 0) waitMs += 10;
        waits.push(Math.round(waitMs / 1_000));
      }
      expect(waits).toEqual([0, 1, 2, 4, 8, 16]);
    },
  );

  it('gives a replica up that never ran on several volunteers in a row, with the last cause', () => {
    const deployment = wanted();
    for (let incarnation = 1; incarnation <= MAX_FAILED_STARTS; incarnation += 1) {
      expect(steps(deployment, LATER_MS)).toEqual(['place']);
      copyOf(deployment, { incarnation, state: 'failed', cause: 'ENGINE_FAILED', runningSinceMs: 0 });
    }
    expect(plan(deployment, LATER_MS)).toEqual([
      { do: 'finish', end: 'failed', cause: 'ENGINE_FAILED', exitCode: -1 },
    ]);
  });

  it('goes on with the other replicas when one is given up', () => {
    const deployment = wanted({ replicas: 2 });
    copyOf(deployment, { state: 'failed', cause: 'EXITED', exitCode: 1 });
    copyOf(deployment, { replica: 1, ...lost });
    expect(plan(deployment, LATER_MS)).toEqual([{ do: 'place', replica: 1, incarnation: 2 }]);
    expect(stateOf(deployment)).toBe('placing');
  });
});

describe('when a copy is replaced', () => {
  it('is not while it may be up again, nor when it is told to stop by wish', () => {
    for (const row of [
      { state: 'unknown', cause: 'ENGINE_SILENT' },
      { state: 'running', cause: 'INSTANCE_PAUSED' },
      { state: 'stopping', cause: '' },
    ] as const) {
      const deployment = wanted();
      copyOf(deployment, row);
      expect(plan(deployment, NOW_MS), JSON.stringify(row)).toEqual([]);
    }
  });

  it('is at once where it could not be started, and is only being cleared away', () => {
    const deployment = wanted();
    copyOf(deployment, { state: 'stopping', cause: 'INSTANCE_START_FAILED', runningSinceMs: 0 });
    expect(plan(deployment, NOW_MS)).toEqual([{ do: 'place', replica: 0, incarnation: 2 }]);
  });

  it('goes on where one of the last few did run, and stops for its replica alone where none did', () => {
    const failed = { state: 'failed', cause: 'ENGINE_FAILED', endedAtMs: NOW_MS } as const;
    const fail = (incarnation: number, ranAtMs: number) => ({
      ...failed,
      incarnation,
      runningSinceMs: ranAtMs,
    });
    const deployment = wanted({ replicas: 2 });
    copyOf(deployment, { replica: 1 });
    for (const incarnation of [1, 2, 3])
      copyOf(deployment, fail(incarnation, incarnation === 2 ? NOW_MS : 0));
    expect(steps(deployment, LATER_MS)).toEqual(['place']);
    for (const incarnation of [4, 5, 6]) copyOf(deployment, fail(incarnation, 0));
    expect(plan(deployment, LATER_MS)).toEqual([]);
  });

  it('waits after quick failures since one that had settled, by when it was heard of where nobody saw its end', () => {
    const deployment = wanted();
    const settled = { runningSinceMs: NOW_MS, heardAtMs: NOW_MS + SETTLED_MS } as const;
    copyOf(deployment, { ...lost, ...settled });
    expect(steps(deployment, NOW_MS)).toEqual(['place']);
    const quick = (incarnation: number, createdAtMs: number) =>
      copyOf(deployment, {
        ...{ incarnation, createdAtMs, runningSinceMs: createdAtMs, endedAtMs: createdAtMs + 1 },
        ...{ state: 'failed', cause: 'INSTANCE_LOST' },
      });
    quick(2, LATER_MS);
    expect(steps(deployment, LATER_MS)).toContain('place');
    quick(3, LATER_MS);
    expect(steps(deployment, LATER_MS + REPLACE_RETRY_MIN_MS - 1)).not.toContain('place');
    expect(steps(deployment, LATER_MS + REPLACE_RETRY_MIN_MS)).toContain('place');
  });

  it('waits after one that was heard of for less than it takes to settle, and after one that never ran', () => {
    for (const row of [
      { runningSinceMs: NOW_MS, heardAtMs: NOW_MS + SETTLED_MS - 1 },
      { runningSinceMs: NOW_MS, endedAtMs: NOW_MS + SETTLED_MS - 1, heardAtMs: NOW_MS + 2 * SETTLED_MS },
      { runningSinceMs: 0, heardAtMs: NOW_MS + SETTLED_MS },
    ]) {
      const deployment = wanted();
      copyOf(deployment, { ...lost, ...row });
      copyOf(deployment, { ...lost, ...row, incarnation: 2 });
      expect(steps(deployment, NOW_MS), JSON.stringify(row)).toEqual(['stop']);
    }
  });
});

describe('the plan of a deployment that is not wanted', () => {
  it('stops every copy once, and is over when the latest ones are', () => {
    const deployment = wanted({ wanted: 'stopped', replicas: 2 });
    const first = copyOf(deployment);
    const second = copyOf(deployment, { replica: 1, ...lost });
    expect(plan(deployment, NOW_MS)).toEqual([
      { do: 'stop', instance: first, cause: 'TENANT_STOPPED' },
      { do: 'stop', instance: second, cause: 'TENANT_STOPPED' },
    ]);
    first.row = { ...first.row, state: 'ended', cause: 'TENANT_STOPPED', exitCode: 137 };
    second.row = { ...second.row, state: 'stopping' };
    expect(plan(deployment, NOW_MS)).toEqual([]);
    second.row = { ...second.row, state: 'failed' };
    expect(plan(deployment, NOW_MS)).toEqual([
      { do: 'finish', end: 'ended', cause: 'TENANT_STOPPED', exitCode: 137 },
    ]);
    first.row = { ...first.row, state: 'running' };
    expect(steps(deployment, NOW_MS)).toEqual(['stop']);
  });

  it('replaces nothing after its time, and lets the leases end', () => {
    const deployment = wanted();
    const instance = copyOf(deployment, { state: 'unknown' });
    expect(plan(deployment, deployment.row.endsAtMs)).toEqual([]);
    instance.row = { ...instance.row, state: 'ended', cause: 'TERM_OVER' };
    expect(plan(deployment, deployment.row.endsAtMs)).toEqual([
      { do: 'finish', end: 'ended', cause: 'TERM_OVER', exitCode: -1 },
    ]);
  });

  it('waits for the latest copy of every replica, and not for those whose place was taken', () => {
    const deployment = wanted({ replicas: 2 });
    copyOf(deployment, { state: 'stopping' });
    copyOf(deployment, { incarnation: 2, state: 'ended', cause: 'TERM_OVER' });
    const other = copyOf(deployment, { replica: 1 });
    expect(plan(deployment, deployment.row.endsAtMs)).toEqual([]);
    other.row = { ...other.row, state: 'failed', cause: 'INSTANCE_LOST' };
    expect(plan(deployment, deployment.row.endsAtMs)).toEqual([
      { do: 'finish', end: 'failed', cause: 'INSTANCE_LOST', exitCode: -1 },
    ]);
  });

  it('that never had a copy is over without a code', () => {
    expect(plan(wanted({ wanted: 'stopped' }), NOW_MS)).toEqual([
      { do: 'finish', end: 'ended', cause: 'TENANT_STOPPED', exitCode: -1 },
    ]);
  });

  it('once it is over stops only a copy that was still on its way', () => {
    const deployment = wanted({ end: 'ended', wanted: 'stopped' });
    copyOf(deployment, { state: 'ended' });
    expect(plan(deployment, LATER_MS)).toEqual([]);
    const late = copyOf(deployment, { incarnation: 2, state: 'placing' });
    expect(plan(deployment, LATER_MS)).toEqual([{ do: 'stop', instance: late, cause: 'TENANT_STOPPED' }]);
  });
});

describe('the state of a deployment', () => {
  it('is what its latest copies come to', () => {
    const state = (...states: string[]) => {
      const deployment = wanted({ replicas: 2 });
      for (const [replica, each] of states.entries()) copyOf(deployment, { replica, state: each });
      return stateOf(deployment);
    };
    expect(state('running', 'running')).toBe('running');
    expect(state('running', 'lost')).toBe('degraded');
    expect(state('unknown', 'unknown')).toBe('unknown');
    expect(state('starting', 'lost')).toBe('starting');
    expect(state('lost', 'lost')).toBe('placing');
  });

  it('is not that a copy is placed where none is to follow', () => {
    const once = wanted();
    copyOf(once, { state: 'failed', cause: 'EXITED', exitCode: 1 });
    expect(stateOf(once)).toBe('stopping');
    const never = wanted();
    for (let incarnation = 1; incarnation <= MAX_FAILED_STARTS; incarnation += 1) {
      expect(stateOf(never)).toBe('placing');
      copyOf(never, { incarnation, state: 'failed', cause: 'INSTANCE_START_FAILED', runningSinceMs: 0 });
    }
    expect(stateOf(never)).toBe('stopping');
  });
});

describe('what is said of a lease', () => {
  const word = (change: Parameters<typeof copyOf>[1]) => wordOn(copyOf(wanted(), change).row);

  it('is that of what it was given up for, although it came back', () => {
    const back = { state: 'ended', cause: 'TENANT_STOPPED', epochs: 3, endedAtMs: LATER_MS } as const;
    expect(word(back)).toBe('');
    expect(word({ ...back, givenUp: 'INSTANCE_PAUSED' })).toBe('INSTANCE_PAUSED');
    expect(word({ ...back, givenUp: 'NOT_ANSWERING' })).toBeUndefined();
    expect(word({ ...back, givenUp: 'INSTANCE_PAUSED', cause: 'INSTANCE_KILLED' })).toBe('INSTANCE_KILLED');
  });

  it('is good for what ran and was paid, bad for what the volunteer lost, and nothing in a dispute', () => {
    expect(word({ state: 'ended', cause: 'TENANT_STOPPED' })).toBe('');
    const endedAtMs = NOW_MS + QUICK_EXIT_MS;
    expect(word({ state: 'failed', cause: 'EXITED', exitCode: 1, endedAtMs })).toBe('');
    expect(word({ state: 'failed', cause: 'INSTANCE_LOST' })).toBe('INSTANCE_LOST');
    expect(word(lost)).toBe('VOLUNTEER_LOST');
    expect(word({ state: 'failed', cause: 'UNDERPAID' })).toBeUndefined();
    expect(word({ state: 'ended', cause: 'TENANT_STOPPED', runningSinceMs: 0 })).toBeUndefined();
    expect(word({ state: 'ended', cause: 'TENANT_STOPPED', epochs: 0 })).toBeUndefined();
  });

  it('is nothing for what ended at once with an error, and good for what was done at once', () => {
    const endedAtMs = NOW_MS + QUICK_EXIT_MS - 1;
    expect(word({ state: 'failed', cause: 'EXITED', exitCode: 1, endedAtMs })).toBeUndefined();
    expect(word({ state: 'failed', cause: 'OUT_OF_MEMORY', exitCode: 137, endedAtMs })).toBeUndefined();
    expect(word({ state: 'ended', cause: 'EXITED', exitCode: 0, endedAtMs })).toBe('');
    expect(word({ state: 'running', cause: '' })).toBeUndefined();
  });

  it('is bad for whoever ended the container or let its engine go, and nothing where that cannot be told', () => {
    for (const cause of [
      'INSTANCE_KILLED',
      'INSTANCE_PAUSED',
      'ENGINE_STOPPED',
      'ENGINE_SILENT',
      'ENGINE_SHRANK',
    ] as const)
      expect(word({ state: 'failed', cause })).toBe(cause);
    for (const cause of ['ENDED_UNSEEN', 'NOT_ANSWERING'] as const)
      expect(word({ state: 'failed', cause })).toBeUndefined();
  });

  it('is the volunteer’s failure where the code is unknown here', () => {
    expect(causeOf('A_CODE_OF_LATER')).toBe('UNLISTED');
    expect(doingOf('UNLISTED')).toBe('breach');
    expect(isReplaced('UNLISTED')).toBe(true);
  });
});
