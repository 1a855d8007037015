// What a tenant makes of its own calls to copies that have answered before.
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Instance, InstanceRow } from '../../src/market/tenant/deployment.ts';
import { Sampling, type SamplingParts } from '../../src/market/tenant/sampling.ts';
import { SAMPLE_TICK_MS } from '../../src/market/terms/parameters.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NOW_MS } from '../support/records.ts';

const GRACE_MS = 15_000;

let clock: HandClock;
let sampling: Sampling;
let instance: Instance;
/** Calls, as volunteer and port. */
let calls: string[];
let closed: number;
let answers: (signal: AbortSignal) => Promise<void>;
let told: string[];

const fails = (code: ErrorCode) => async () => {
  throw new TallyError(code);
};
const change = (row: Partial<InstanceRow>) => {
  instance.row = { ...instance.row, ...row };
};
async function tick(times = 1): Promise<void> {
  for (let i = 0; i < times; i += 1) await clock.move(SAMPLE_TICK_MS);
}

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  instance = copyOf(wanted({ graceMs: GRACE_MS }), { volunteer: 'volunteer' });
  [calls, closed, told, answers] = [[], 0, [], async () => {}];
  sampling = new Sampling({
    ...{ clock, log: silentLog },
    calls: {
      pipe: async (_: unknown, volunteer: string, { port }: { port: number }, signal: AbortSignal) => {
        calls.push(`${volunteer} ${port}`);
        await answers(signal);
        const pipe = { on: () => pipe, destroy: () => (closed += 1) };
        return pipe;
      },
    },
    tracking: {
      up: async () => {
        told.push('up');
        change({ state: 'running', cause: '' });
      },
      down: async (_: Instance, cause: 'NOT_ANSWERING', sinceMs: number) => {
        told.push(`down ${sinceMs - NOW_MS}`);
        change({ state: 'unknown', cause });
      },
    },
  } as unknown as SamplingParts);
  await sampling.start();
});

describe('a copy that has answered', () => {
  it('is called once a grace, at the port that answered, and the call ends at once', async () => {
    await tick(10);
    expect(calls).toEqual([]);
    sampling.answered(instance, 8080);
    await tick(4);
    expect(calls).toEqual([]);
    await tick();
    expect(calls).toEqual(['volunteer 8080']);
    expect(closed).toBe(1);
    await tick(4);
    expect(calls).toHaveLength(1);
    await tick();
    expect(calls).toHaveLength(2);
    expect(told).toEqual([]);
  });

  it('and talks over an open tunnel is not asked for another, which its port may not take', async () => {
    sampling.answered(instance, 8080);
    const tunnel = new PassThrough();
    sampling.opened(instance, tunnel);
    answers = fails('APPLICATION_NOT_LISTENING');
    tunnel.resume().write('hello');
    await once(tunnel, 'data');
    await tick(40);
    expect(calls).toEqual([]);
    tunnel.destroy();
    await once(tunnel, 'close');
    await tick(20);
    expect(calls.length).toBeGreaterThan(1);
    expect(told[0]).toMatch(/^down /);
  });

  it('is asked where a tunnel has brought nothing: that it is open says nothing', async () => {
    sampling.answered(instance, 8080);
    sampling.opened(instance, new PassThrough());
    await tick(5);
    expect(calls).toHaveLength(1);
  });

  it('and does not any more is not up once that lasts longer than the grace, since its first failure', async () => {
    sampling.answered(instance, 8080);
    answers = fails('APPLICATION_NOT_LISTENING');
    await tick(5);
    const sinceMs = clock.nowMs() - NOW_MS;
    // From now on it is called at every tick
    await tick(5);
    expect({ calls: calls.length, told }).toEqual({ calls: 6, told: [] });
    await tick();
    expect(told).toEqual([`down ${sinceMs}`]);
  });

  it('is up again as soon as it answers, and is then called once a grace', async () => {
    sampling.answered(instance, 8080);
    answers = fails('APPLICATION_SILENT');
    await tick(11);
    expect(told).toHaveLength(1);
    answers = async () => {};
    await tick();
    expect(told.slice(1)).toEqual(['up']);
    const { length } = calls;
    await tick(4);
    expect(calls).toHaveLength(length);
    // A failure that is over is forgotten: the grace begins anew
    answers = fails('APPLICATION_SILENT');
    await tick(6);
    expect(told).toHaveLength(2);
  });

  it('is up although it failed for less than the grace', async () => {
    sampling.answered(instance, 8080);
    answers = fails('APPLICATION_SILENT');
    await tick(8);
    answers = async () => {};
    await tick(10);
    expect(told).toEqual([]);
  });

  it.each(['PEER_SILENT', 'PEER_UNREACHABLE', 'BUDGET_SPENT'] as const)(
    'is not blamed where its volunteer cannot be asked: %s',
    async (code) => {
      sampling.answered(instance, 8080);
      answers = fails(code);
      await tick(20);
      expect(told).toEqual([]);
      expect(calls.length).toBeGreaterThan(10);
    },
  );

  it('that fails before and after its volunteer was out of reach has two short failures, not a long one', async () => {
    sampling.answered(instance, 8080);
    answers = fails('APPLICATION_NOT_LISTENING');
    await tick(7);
    answers = fails('PEER_SILENT');
    await tick(10);
    answers = fails('APPLICATION_NOT_LISTENING');
    await tick(5);
    expect(told).toEqual([]);
    await tick(2);
    expect(told).toHaveLength(1);
  });

  it('is not called while it is known not to be up, or is on its way to its end', async () => {
    sampling.answered(instance, 8080);
    for (const row of [
      { state: 'paused', cause: '' },
      { state: 'unknown', cause: '' },
      { state: 'unknown', cause: 'ENGINE_SILENT' },
      { state: 'lost', cause: 'VOLUNTEER_LOST' },
      { state: 'stopping', cause: 'NOT_ANSWERING' },
    ] as const) {
      change(row);
      await tick(6);
      expect(calls, JSON.stringify(row)).toEqual([]);
    }
  });

  it('and was given up because it does not answer is called on, and is up when it does', async () => {
    sampling.answered(instance, 8080);
    change({ state: 'lost', cause: 'NOT_ANSWERING' });
    await tick(5);
    expect(told).toEqual(['up']);
  });

  it('and was told to stop while it was called is not taken up again', async () => {
    sampling.answered(instance, 8080);
    change({ state: 'unknown', cause: 'NOT_ANSWERING' });
    const { promise, resolve } = Promise.withResolvers<void>();
    answers = () => promise;
    await tick(5);
    change({ state: 'stopping' });
    resolve();
    await tick();
    expect({ calls: calls.length, told }).toEqual({ calls: 1, told: [] });
  });

  it('is called no more when it is over, replaced, or the process ends', async () => {
    sampling.answered(instance, 8080);
    change({ state: 'ended' });
    await tick();
    change({ state: 'running' });
    await tick(6);
    expect(calls).toEqual([]);
    const old = instance;
    sampling.answered(old, 8080);
    copyOf(old.deployment, { incarnation: 2 });
    await tick(6);
    expect(calls).toEqual([]);
    old.deployment.instances.pop();
    sampling.answered(old, 8080);
    await sampling.stop();
    await tick(6);
    expect(calls).toEqual([]);
  });

  it('is not blamed for a call that the end of the process broke off', async () => {
    sampling.answered(instance, 8080);
    answers = fails('APPLICATION_SILENT');
    await tick(10);
    answers = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await tick();
    await sampling.stop();
    await tick();
    expect(told).toEqual([]);
  });
});
