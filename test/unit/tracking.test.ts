// What a tenant makes of what volunteers say of its copies, and of their silence.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ErrorCode, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { HOUR_MS } from '../../src/lib/units.ts';
import { callableCopies } from '../../src/market/tenant/connecting.ts';
import { downUpTo, type Instance, overlapUntilMs } from '../../src/market/tenant/deployment.ts';
import { viewDeployment } from '../../src/market/tenant/deployment-view.ts';
import { plan } from '../../src/market/tenant/plan.ts';
import { Tracking } from '../../src/market/tenant/tracking.ts';
import {
  FORGET_PERIOD_MS,
  GRACE_MS,
  KEEP_ENDED_MS,
  REPORT_DRIFT,
  REPORT_TOLERANCE_MS,
  RESTARTING_MAX_MS,
  RETRY_MS,
  STATUS_PERIOD_MS,
} from '../../src/market/terms/parameters.ts';
import { type LeaseStatus, statusProtocol } from '../../src/overlay/protocols/lease.ts';
import { showId } from '../../src/records/id.ts';
import { Copies } from '../support/copies.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NOW_MS } from '../support/records.ts';

const RUNS: LeaseStatus = {
  ...{ state: 'running', cause: '', exitCode: -1, upMs: 0 },
  ...{ fetchedBytes: 0, ofBytes: 0, creditLeftMicrocredits: -1, health: '', healthFailure: '', restarts: 0 },
};

let clock: HandClock;
let copies: Copies;
let tracking: Tracking;
/** Calls, as `status volunteer count` or `stop volunteer`. */
let calls: string[];
let says: (lease: string, volunteer: string) => LeaseStatus | Promise<LeaseStatus>;
let meet: (volunteer: string) => void;
/** Whether answers are one lease short. */
let isShort: boolean;

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  copies = new Copies();
  [calls, says, isShort] = [[], () => RUNS, false];
  const request = async (
    protocol: unknown,
    volunteer: string,
    asked: { leases?: []; lease?: Uint8Array },
  ) => {
    const leases = asked.leases ?? [asked.lease!];
    calls.push(protocol === statusProtocol ? `status ${volunteer} ${leases.length}` : `stop ${volunteer}`);
    const answers = await Promise.all(leases.map((lease) => says(showId(lease), volunteer)));
    return protocol === statusProtocol ? { leases: isShort ? answers.slice(1) : answers } : answers[0];
  };
  tracking = new Tracking({
    ...{ clock, log: silentLog, deployments: copies.deployments },
    overlay: { onConnect: (listener: (volunteer: string) => void) => (meet = listener) },
    calls: { request },
  } as unknown as ConstructorParameters<typeof Tracking>[0]);
  await tracking.start();
});

const fails = (code: ErrorCode) => () => {
  throw new TallyError(code);
};
const stalled = (cause: string): LeaseStatus => ({ ...RUNS, state: 'paused', cause });
const ended = (cause: string, exitCode = -1): LeaseStatus => ({ ...RUNS, state: 'ended', cause, exitCode });
const round = () => clock.move(STATUS_PERIOD_MS);
const downMs = (instance: Instance) => downUpTo(instance, clock.nowMs());

describe('the end of a copy', () => {
  it('is kept with how long its volunteer says that it was up', async () => {
    const copy = await copies.place();
    says = () => ({ ...ended('EXITED', 0), upMs: 1_234 });
    await round();
    expect(copy).toMatchObject({ endedUpMs: 1_234, row: { state: 'ended' } });
  });
});

describe('asking how copies stand', () => {
  it('goes to each volunteer about what may run there, and not about what is over or replaced', async () => {
    for (const state of ['running', 'paused', 'unknown', 'placing', 'starting', 'ended', 'failed'])
      await copies.place({ state });
    const old = await copies.place({ state: 'lost', volunteer: 'other' });
    await clock.move(STATUS_PERIOD_MS - 1);
    expect(calls).toEqual([]);
    await clock.move(1);
    expect(calls).toEqual(['status volunteer 3', 'status other 1']);
    await copies.replace(old, { state: 'placing' });
    await round();
    expect(calls.slice(2)).toEqual(['status volunteer 3']);
  });

  it('is done by as many as an answer holds, each once', async () => {
    for (let i = 0; i < 256; i += 1) await copies.place({ state: 'unknown' });
    await copies.place({ state: 'unknown', volunteer: 'other' });
    await round();
    expect(calls.sort()).toEqual(['status other 1', 'status volunteer 128', 'status volunteer 128']);
    expect(copies.deployments.instances().every(({ row }) => row.state === 'running')).toBe(true);
  });

  it('does not ask a volunteer again whose answer is awaited, and goes on with the others', async () => {
    await copies.place();
    await copies.place({ volunteer: 'other' });
    const { promise, resolve } = Promise.withResolvers<LeaseStatus>();
    says = (_, volunteer) => (volunteer === 'volunteer' ? promise : RUNS);
    await round();
    await round();
    meet('volunteer');
    expect(calls).toEqual(['status volunteer 1', 'status other 1', 'status other 1']);
    resolve(RUNS);
    await clock.move(0);
    await round();
    expect(calls.slice(3)).toEqual(['status volunteer 1', 'status other 1']);
  });

  it('is done at once when a volunteer is here again, about its own copies', async () => {
    const [running, stopping] = [await copies.place(), await copies.place({ state: 'stopping' })];
    await copies.place({ volunteer: 'other' });
    await copies.place({ state: 'stopping', volunteer: 'other' });
    meet('stranger');
    says = (lease) => (lease === stopping.id ? ended('TENANT_STOPPED') : RUNS);
    meet('volunteer');
    await clock.move(0);
    expect(calls).toEqual(['status volunteer 1', 'stop volunteer']);
    expect([running.row.state, stopping.row.state]).toEqual(['running', 'ended']);
  });

  it('says nothing of what the answer leaves out, nor of what ended meanwhile', async () => {
    const [one, other] = [await copies.place(), await copies.place()];
    isShort = true;
    await round();
    expect(one.row.heardAtMs).toBe(clock.nowMs());
    expect(other.row).toMatchObject({ state: 'running', heardAtMs: NOW_MS });
    isShort = false;
    await copies.deployments.observe(other, { state: 'ended' });
    const { promise, reject } = Promise.withResolvers<LeaseStatus>();
    says = () => promise;
    await round();
    await tracking.observe(one, ended('EXITED', 0));
    reject(new TallyError('LEASE_UNKNOWN'));
    await clock.move(0);
    expect(one.row).toMatchObject({ state: 'ended', cause: 'EXITED' });
  });

  it('ends with the process', async () => {
    const instance = await copies.place();
    const { promise, reject } = Promise.withResolvers<LeaseStatus>();
    says = () => promise;
    await round();
    await tracking.stop();
    reject(new TallyError('PEER_SILENT'));
    await round();
    expect(calls).toHaveLength(1);
    expect(instance.row.state).toBe('running');
  });
});

describe('a copy whose volunteer does not answer', () => {
  it('is unknown from then on, is up again as soon as it is heard of, and counts as up meanwhile', async () => {
    for (const state of ['running', 'paused'] as const) {
      const instance = await copies.place({ state });
      says = fails('PEER_SILENT');
      await round();
      const sinceMs = clock.nowMs();
      expect(instance.row).toMatchObject({ state: 'unknown', cause: '', unknownSinceMs: sinceMs });
      await round();
      expect(instance.row.unknownSinceMs).toBe(sinceMs);
      expect(downMs(instance)).toBe(0);
      says = () => ({ ...RUNS, state });
      await round();
      expect(instance.row).toMatchObject({ state, cause: '', unknownSinceMs: 0, downMs: 0 });
      expect(instance.row.heardAtMs).toBe(clock.nowMs());
      await copies.deployments.observe(instance, { state: 'ended' });
    }
  });

  it('stays as it is where only too much was asked', async () => {
    const instance = await copies.place();
    says = fails('BUDGET_SPENT');
    await round();
    expect(instance.row.state).toBe('running');
  });

  it('is over where the volunteer does not know the lease, and no other of its copies is', async () => {
    const [one, other] = [await copies.place(), await copies.place()];
    says = (lease) => (lease === one.id ? fails('LEASE_UNKNOWN')() : RUNS);
    await round();
    expect(one.row).toMatchObject({
      ...{ state: 'failed', cause: 'LEASE_UNKNOWN', exitCode: -1, endedAtMs: clock.nowMs() },
    });
    expect(other.row).toMatchObject({ state: 'running', heardAtMs: clock.nowMs() });
    expect(calls).toEqual(['status volunteer 2', 'status volunteer 1', 'status volunteer 1']);
  });

  it('is over a grace after its term', async () => {
    const instance = await copies.place({ endsAtMs: NOW_MS + STATUS_PERIOD_MS });
    says = fails('PEER_SILENT');
    await clock.move(STATUS_PERIOD_MS + GRACE_MS);
    expect(instance.row.state).toBe('unknown');
    await clock.move(STATUS_PERIOD_MS);
    expect(instance.row).toMatchObject({ state: 'ended', cause: 'TERM_OVER' });
  });

  it('and that is given up, or told to stop, is over when it cannot run any more', async () => {
    for (const state of ['lost', 'stopping']) {
      const cause = state === 'lost' ? 'VOLUNTEER_LOST' : '';
      const instance = await copies.place({ state, cause, heardAtMs: clock.nowMs() });
      says = fails('PEER_UNREACHABLE');
      await clock.move(overlapUntilMs(instance.row) - clock.nowMs());
      expect(instance.row.state).toBe(state);
      await round();
      expect(instance.row).toMatchObject({ state: 'failed', cause: 'VOLUNTEER_LOST' });
    }
  });
});

describe('a copy that is not up', () => {
  it('is unknown with the cause since it was heard, and that time is left out for good', async () => {
    const instance = await copies.place();
    says = () => stalled('ENGINE_SILENT');
    await round();
    const sinceMs = clock.nowMs();
    expect(instance.row).toMatchObject({ state: 'unknown', cause: 'ENGINE_SILENT', unknownSinceMs: sinceMs });
    await round();
    says = () => stalled('INSTANCE_PAUSED');
    await round();
    expect(instance.row).toMatchObject({ cause: 'ENGINE_SILENT', unknownSinceMs: sinceMs });
    expect(downMs(instance)).toBe(2 * STATUS_PERIOD_MS);
    says = () => RUNS;
    await round();
    expect(instance.row).toMatchObject({ state: 'running', cause: '', downMs: 3 * STATUS_PERIOD_MS });
    await round();
    expect(downMs(instance)).toBe(3 * STATUS_PERIOD_MS);
    expect(copies.told).toEqual(['copy.unknown ENGINE_SILENT', 'copy.running']);
  });

  it('has a cause also where it could not be reached before', async () => {
    const instance = await copies.place({ state: 'unknown', unknownSinceMs: NOW_MS });
    says = () => stalled('INSTANCE_PAUSED');
    await round();
    expect(instance.row).toMatchObject({ cause: 'INSTANCE_PAUSED', unknownSinceMs: clock.nowMs() });
  });

  it('is not up by its volunteer’s word where it does not answer, only by its own', async () => {
    const instance = await copies.place();
    await tracking.down(instance, 'NOT_ANSWERING', NOW_MS);
    await round();
    expect(instance.row).toMatchObject({
      ...{ state: 'unknown', cause: 'NOT_ANSWERING', unknownSinceMs: NOW_MS },
      heardAtMs: clock.nowMs(),
    });
    await tracking.up(instance);
    expect(instance.row).toMatchObject({ state: 'running', cause: '', downMs: STATUS_PERIOD_MS });
  });

  it('goes on not to be up when it is given up or told to stop', async () => {
    for (const state of ['lost', 'stopping']) {
      const instance = await copies.place();
      await tracking.down(instance, 'NOT_ANSWERING', clock.nowMs());
      await clock.move(GRACE_MS);
      await copies.deployments.observe(instance, { state });
      await clock.move(GRACE_MS);
      expect(downMs(instance)).toBe(2 * GRACE_MS);
      if (state === 'lost') await tracking.up(instance);
      else await tracking.observe(instance, ended('TENANT_STOPPED'));
      await clock.move(GRACE_MS);
      expect(downMs(instance)).toBe(2 * GRACE_MS);
    }
  });

  it('was not up until its end', async () => {
    const instance = await copies.place();
    says = () => stalled('ENGINE_SILENT');
    await tracking.down(instance, 'ENGINE_SILENT', clock.nowMs());
    await clock.move(GRACE_MS);
    await tracking.observe(instance, ended('ENGINE_STOPPED'));
    await clock.move(GRACE_MS);
    expect(instance.row).toMatchObject({ state: 'failed', cause: 'ENGINE_STOPPED', downMs: GRACE_MS });
    expect(downMs(instance)).toBe(GRACE_MS);
  });

  it('and whose place another took was not up until then', async () => {
    const instance = await copies.place({ heardAtMs: NOW_MS + 1_000 });
    await tracking.down(instance, 'NOT_ANSWERING', NOW_MS);
    await copies.replace(instance);
    await clock.move(GRACE_MS);
    await tracking.observe(instance, ended('SUPERSEDED'));
    // As it is counted for the receipt: up to when it was heard of last
    expect(downUpTo(instance, instance.row.heardAtMs)).toBe(1_000);
  });
});

describe('a copy that its volunteer starts once more', () => {
  const restarting: LeaseStatus = { ...RUNS, state: 'restarting', cause: 'EXITED', exitCode: 3 };

  it('is restarting until it runs again, is not replaced however long that takes, and that time is left out', async () => {
    const instance = await copies.place();
    says = () => restarting;
    await round();
    const sinceMs = clock.nowMs();
    const row = { state: 'restarting', cause: 'EXITED', exitCode: 3, unknownSinceMs: sinceMs };
    expect(instance.row).toMatchObject(row);
    for (let rounds = 0; rounds < 10; rounds += 1) await round();
    expect(instance.row).toMatchObject(row);
    expect(plan(instance.deployment, clock.nowMs())).toEqual([]);
    // But not for ever: a volunteer could say so without doing anything
    const lose = [{ do: 'lose', instance }];
    expect(plan(instance.deployment, sinceMs + RESTARTING_MAX_MS)).toEqual([]);
    expect(plan(instance.deployment, sinceMs + RESTARTING_MAX_MS + 1)).toEqual(lose);
    says = () => ({ ...RUNS, exitCode: 3, restarts: 1 });
    await round();
    expect(instance.row).toMatchObject({ state: 'running', cause: '', exitCode: 3, restarts: 1 });
    expect(downMs(instance)).toBe(11 * STATUS_PERIOD_MS);
    expect(copies.told).toEqual(['copy.restarting EXITED', 'copy.running']);
  });

  it('and was given up for that is given up until it runs', async () => {
    const instance = await copies.place({ state: 'lost', cause: 'RESTARTS_SPENT', downMs: 1_000 });
    says = () => restarting;
    await round();
    expect(instance.row).toMatchObject({ state: 'lost', cause: 'RESTARTS_SPENT', downMs: 1_000 });
    says = () => RUNS;
    await round();
    expect(instance.row).toMatchObject({ state: 'running', cause: '' });
  });

  it('and cannot be reached then is unknown, and was not up until then', async () => {
    const instance = await copies.place();
    says = () => restarting;
    await round();
    says = fails('PEER_UNREACHABLE');
    await round();
    expect(instance.row).toMatchObject({ state: 'unknown', cause: '', downMs: STATUS_PERIOD_MS });
    await round();
    expect(downMs(instance)).toBe(STATUS_PERIOD_MS);
  });

  it('has run, also where its tenant never saw it run', async () => {
    const instance = await copies.place({ state: 'starting', runningSinceMs: 0 });
    await tracking.observe(instance, restarting);
    expect(instance.row).toMatchObject({ state: 'restarting', runningSinceMs: clock.nowMs() });
  });

  it('is not spoken of any more once it is told to stop', async () => {
    const instance = await copies.place({ state: 'stopping', cause: 'TENANT_STOPPED' });
    await tracking.observe(instance, restarting);
    expect(instance.row).toMatchObject({ state: 'stopping', cause: 'TENANT_STOPPED' });
  });
});

describe('the health of a copy', () => {
  it('is what its volunteer says, and is told when it changes', async () => {
    const instance = await copies.place();
    for (const health of ['starting', 'healthy', 'healthy', 'unhealthy', 'healthy']) {
      says = () => ({ ...RUNS, health });
      await round();
      expect(instance.row).toMatchObject({ state: 'running', health });
    }
    expect(copies.told).toEqual(['copy.healthy', 'copy.unhealthy', 'copy.healthy']);
  });

  it('comes with the words of its volunteer for why it failed, which stay until it is healthy again', async () => {
    const instance = await copies.place();
    const shown = () => viewDeployment(instance.deployment).instances[0]!.healthFailure;
    const observe = async (said: Partial<LeaseStatus>) => {
      says = () => ({ ...RUNS, ...said });
      await round();
    };
    await observe({ health: 'starting', healthFailure: 'connection refused' });
    expect(shown()).toBe('connection refused');
    await observe({ health: 'healthy' });
    expect(shown()).toBeUndefined();
    await observe({ health: 'unhealthy', healthFailure: 'HTTP status 500' });
    await observe({ state: 'restarting', cause: 'UNHEALTHY', healthFailure: 'HTTP status 500' });
    // As by a volunteer whose peer was started anew
    await observe({ state: 'restarting', cause: 'UNHEALTHY', restarts: 1 });
    expect(shown()).toBe('HTTP status 500');
    await observe(ended('UNHEALTHY'));
    expect(shown()).toBe('HTTP status 500');
    expect(copies.told).toEqual([
      ...['copy.healthy', 'copy.unhealthy', 'copy.restarting UNHEALTHY', 'copy.failed UNHEALTHY'],
    ]);
    expect(copies.reasons).toEqual(['', ...Array(3).fill('HTTP status 500')]);
  });

  it('is nothing to show of a copy that ended otherwise', async () => {
    const instance = await copies.place({ health: 'unhealthy', healthFailure: 'HTTP status 500' });
    await tracking.observe(instance, ended('INSTANCE_KILLED'));
    expect(viewDeployment(instance.deployment).instances[0]).not.toHaveProperty('healthFailure');
  });

  it('takes from a hostile volunteer no words that steer a terminal, in any state', async () => {
    for (const state of ['running', 'restarting', 'ended']) {
      const instance = await copies.place();
      const healthFailure = '\u202eaaa\u200b\u2028[tallymesh: fine]';
      await tracking.observe(instance, {
        ...RUNS,
        state,
        cause: 'UNHEALTHY',
        health: 'starting',
        healthFailure,
      });
      expect(instance.row.healthFailure).toBe('aaa [tallymesh: fine]');
    }
  });

  it('decides which copies are called: healthy ones, those without a check, and none that is not', async () => {
    const deployment = wanted({ replicas: 4 });
    const rows = [{ health: 'unhealthy' }, { health: 'healthy' }, { health: 'starting' }, { health: '' }];
    for (const [replica, row] of rows.entries()) copyOf(deployment, { replica, ...row });
    expect(callableCopies(deployment).map(({ row }) => row.health)).toEqual(['healthy', '']);
  });

  it('refuses calls with its code where copies run and none is healthy', async () => {
    const refusal = (...rows: Parameters<typeof copyOf>[1][]) => {
      const deployment = wanted({ replicas: rows.length });
      for (const [replica, row] of rows.entries()) copyOf(deployment, { replica, ...row });
      try {
        return callableCopies(deployment).length;
      } catch (error) {
        return codeOf(error);
      }
    };
    expect(refusal({ health: 'unhealthy' }, { health: 'starting' })).toBe('DEPLOYMENT_UNHEALTHY');
    expect(refusal({ health: 'unhealthy', state: 'unknown' })).toBe('DEPLOYMENT_UNHEALTHY');
    expect(refusal({ health: 'unhealthy' }, { health: 'healthy', state: 'unknown' })).toBe(1);
    expect(refusal({ state: 'restarting' })).toBe('DEPLOYMENT_NOT_RUNNING');
  });
});

describe('the end that a volunteer tells of', () => {
  it.each([
    ['TENANT_STOPPED', {}, { state: 'failed', cause: 'ENDED_EARLY' }],
    ['TENANT_STOPPED', { state: 'stopping' }, { state: 'ended', cause: 'TENANT_STOPPED' }],
    ['EXITED', {}, { state: 'failed', cause: 'EXITED', exitCode: 3 }],
    ['INSTANCE_KILLED', {}, { state: 'failed', cause: 'INSTANCE_KILLED' }],
    ['A_CODE_OF_LATER', {}, { state: 'failed', cause: 'UNLISTED' }],
    ['INSTANCE_LOST', { state: 'lost', cause: 'ENGINE_SILENT' }, { state: 'failed', cause: 'ENGINE_SILENT' }],
    ['INSTANCE_LOST', { state: 'stopping', cause: 'SUPERSEDED' }, { cause: 'SUPERSEDED' }],
    ['INSTANCE_LOST', { state: 'unknown', cause: 'ENGINE_SILENT' }, { cause: 'INSTANCE_LOST' }],
  ] as const)('%s of a copy with %o', async (cause, row, seen) => {
    const instance = await copies.place(row);
    await tracking.observe(instance, ended(cause, 3));
    expect(instance.row).toMatchObject({ ...seen, exitCode: 3, endedAtMs: clock.nowMs() });
    await tracking.observe(instance, ended('OUT_OF_MEMORY'));
    await tracking.observe(instance, RUNS);
    await tracking.stopNow(instance);
    expect(instance.row).toMatchObject(seen);
  });

  it('is as wished where it ended by itself without an error, or its tenant wished it', async () => {
    const done = await copies.place();
    await tracking.observe(done, ended('EXITED', 0));
    expect(done.row).toMatchObject({ state: 'ended', cause: 'EXITED' });
    const stopped = await copies.place({}, { wanted: 'stopped' });
    await tracking.observe(stopped, ended('TENANT_STOPPED'));
    expect(stopped.row.state).toBe('ended');
  });

  it('can be that of its term when as much time has passed as was leased, whatever clock its volunteer has', async () => {
    const termMs = 110_000;
    // Its volunteer's clock is an hour behind
    const issuedAtMs = NOW_MS - HOUR_MS;
    const lease = () => copies.place({ issuedAtMs, endsAtMs: issuedAtMs + termMs });
    const [early, late] = [await lease(), await lease()];
    await clock.move(termMs * (1 - REPORT_DRIFT) - REPORT_TOLERANCE_MS - 1);
    await tracking.observe(early, ended('TERM_OVER'));
    expect(early.row).toMatchObject({ state: 'failed', cause: 'ENDED_EARLY' });
    await clock.move(1);
    await tracking.observe(late, ended('TERM_OVER'));
    expect(late.row).toMatchObject({ state: 'ended', cause: 'TERM_OVER' });
  });

  it.each([
    ['paused for longer than the grace', 'INSTANCE_PAUSED', 20_000, 'INSTANCE_PAUSED'],
    ['paused for less than the grace', 'INSTANCE_PAUSED', 12_000, 'ENDED_UNSEEN'],
    ['paused at the very end', 'INSTANCE_PAUSED', 5_000, 'TERM_OVER'],
    ['out of reach for longer, and says that it served', '', 20_000, 'TERM_OVER'],
  ] as const)(
    'at the end of its term says what kept it from running then: %s',
    async (_, cause, missedMs, told) => {
      const instance = await copies.place({ state: 'unknown', cause, endsAtMs: NOW_MS + 60_000 });
      instance.row = { ...instance.row, unknownSinceMs: NOW_MS + 60_000 - missedMs };
      says = fails('BUDGET_SPENT');
      await clock.move(60_000);
      await tracking.observe(instance, ended('TERM_OVER'));
      expect(instance.row).toMatchObject({ state: told === 'TERM_OVER' ? 'ended' : 'failed', cause: told });
    },
  );

  it.each([
    [20_000, 'VOLUNTEER_LOST'],
    [12_000, 'ENDED_UNSEEN'],
  ])('is not that of its term where its volunteer was silent for the last %i ms', async (missedMs, cause) => {
    const instance = await copies.place({ state: 'unknown', endsAtMs: NOW_MS + 60_000 });
    instance.row = { ...instance.row, unknownSinceMs: NOW_MS + 60_000 - missedMs };
    says = fails('PEER_SILENT');
    await clock.move(60_000 + GRACE_MS + 1);
    expect(instance.row).toMatchObject({ state: 'failed', cause });
  });
});

describe('a copy whose place another took', () => {
  it('counts no more, however well it runs', async () => {
    const old = await copies.place({ state: 'lost', cause: 'VOLUNTEER_LOST' });
    await copies.replace(old);
    await clock.move(1);
    await tracking.observe(old, RUNS);
    expect(old.row).toMatchObject({ state: 'lost', heardAtMs: NOW_MS });
    await tracking.observe(old, ended('SUPERSEDED'));
    expect(old.row).toMatchObject({ state: 'failed', cause: 'VOLUNTEER_LOST' });
  });
});

describe('a copy whose volunteer has lost what it had in memory', () => {
  it('is started once more: Start carries it', async () => {
    for (const state of ['running', 'restarting', 'unknown']) {
      const instance = await copies.place({ state });
      await tracking.observe(instance, { ...RUNS, state: 'reserved' });
      expect(instance.row).toMatchObject({ state: 'starting', unknownSinceMs: 0, runningSinceMs: NOW_MS });
    }
  });
});

describe('what is not for a volunteer to say', () => {
  it('is that a copy runs that was not asked to, or is being stopped', async () => {
    for (const state of ['placing', 'starting', 'stopping']) {
      const instance = await copies.place({ state });
      await tracking.observe(instance, RUNS);
      expect(instance.row.state).toBe(state);
    }
  });

  it('is anything by a state of which the tenant does not know', async () => {
    const instance = await copies.place({ state: 'unknown' });
    await tracking.observe(instance, { ...RUNS, state: 'asleep' });
    expect(instance.row.state).toBe('unknown');
  });

  it('is that a copy is to be started which is being stopped, or is over', async () => {
    for (const state of ['stopping', 'ended', 'failed']) {
      const instance = await copies.place({ state });
      await tracking.observe(instance, { ...RUNS, state: 'reserved' });
      expect(instance.row.state).toBe(state);
    }
  });
});

describe('copies and deployments that are over', () => {
  it('are forgotten after a while', async () => {
    await copies.place({ state: 'ended', endedAtMs: NOW_MS }, { end: 'ended', endedAtMs: NOW_MS });
    await clock.move(KEEP_ENDED_MS - 1);
    expect(copies.deployments.all()).toHaveLength(1);
    await clock.move(FORGET_PERIOD_MS);
    expect(copies.deployments.all()).toEqual([]);
  });
});

describe('credit that is low', () => {
  it('is told once, until there is credit again', async () => {
    const [instance, other] = [await copies.place(), await copies.place()];
    const low = { ...RUNS, cause: 'CREDIT_LOW' };
    await tracking.observe(instance, low);
    await tracking.observe(instance, low);
    expect(copies.told).toEqual(['copy.running CREDIT_LOW']);
    await tracking.observe(other, RUNS);
    await tracking.observe(instance, RUNS);
    await tracking.observe(instance, low);
    expect(copies.told).toHaveLength(2);
  });
});

describe('stopping a copy', () => {
  it('is asked for again and again until its volunteer ended it', async () => {
    const instance = await copies.place({ state: 'stopping' });
    says = fails('PEER_SILENT');
    await clock.move(RETRY_MS);
    says = () => RUNS;
    await clock.move(RETRY_MS);
    expect(instance.row.state).toBe('stopping');
    says = () => ended('TENANT_STOPPED');
    await clock.move(RETRY_MS);
    expect(instance.row).toMatchObject({ state: 'ended', cause: 'TENANT_STOPPED' });
    await clock.move(RETRY_MS);
    expect(calls.filter((call) => call === 'stop volunteer')).toHaveLength(3);
  });

  it('ends with a volunteer that does not know the lease, and not with this process', async () => {
    const [instance, other] = [
      await copies.place({ state: 'stopping' }),
      await copies.place({ state: 'stopping' }),
    ];
    says = fails('LEASE_UNKNOWN');
    await tracking.stopNow(instance);
    expect(instance.row).toMatchObject({ state: 'failed', cause: 'LEASE_UNKNOWN' });
    await tracking.stop();
    await tracking.stopNow(other);
    expect(other.row.state).toBe('stopping');
  });
});
