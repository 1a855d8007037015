// Starting a copy: once at a time, and what comes of it.
import { beforeEach, describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Instance, InstanceRow } from '../../src/market/tenant/deployment.ts';
import { PayloadBox } from '../../src/market/tenant/payload-box.ts';
import { Starting, type StartingParts } from '../../src/market/tenant/starting.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NOW_MS } from '../support/records.ts';

let asked: number;
let observed: string[];
let ended: number;
let instance: Instance;
let answer: () => Promise<{ state: string }>;
let starting: Starting;

beforeEach(() => {
  [asked, observed, ended] = [0, [], 0];
  instance = copyOf(wanted(), { state: 'placing' });
  answer = async () => ({ state: 'running' });
  starting = new Starting({
    ...{ clock: new HandClock(NOW_MS), log: silentLog, boxes: new PayloadBox({ seed: new Uint8Array(32) }) },
    calls: {
      request: async () => {
        asked += 1;
        return answer();
      },
    },
    deployments: {
      observe: async (copy: Instance, change: Partial<InstanceRow>) => {
        copy.row = { ...copy.row, ...change };
        observed.push(`${copy.row.state} ${copy.row.cause}`);
      },
    },
    tracking: {
      observe: async () => {
        ended += 1;
      },
    },
  } as unknown as StartingParts);
});

describe('a copy that has its lease', () => {
  it('is asked for once, however often it is to be started, and runs', async () => {
    const { promise, resolve } = Promise.withResolvers<{ state: string; healthFailure: string }>();
    answer = () => promise;
    const starts = [starting.start(instance), starting.start(instance)];
    resolve({ state: 'running', healthFailure: '' });
    await Promise.all(starts);
    expect({ asked, observed }).toEqual({ asked: 1, observed: ['starting ', 'running '] });
    expect(instance.row.runningSinceMs).toBe(NOW_MS);
  });

  it('has its end taken in where the container ended before the answer', async () => {
    answer = async () => ({ state: 'ended' });
    await starting.start(instance);
    expect({ ended, observed }).toEqual({ ended: 1, observed: ['starting '] });
  });

  it('is stopped with the cause where it did not start, for it may run all the same', async () => {
    answer = async () => {
      throw new TallyError('INSTANCE_START_FAILED');
    };
    await starting.start(instance);
    expect(observed.at(-1)).toBe('stopping INSTANCE_START_FAILED');
    instance.row = { ...instance.row, state: 'placing', cause: '' };
    answer = async () => ({ state: 'reserved' });
    await starting.start(instance);
    expect(observed.at(-1)).toBe('stopping PROTOCOL_VIOLATION');
  });

  it('stays as it was told meanwhile', async () => {
    answer = async () => {
      instance.row = { ...instance.row, state: 'stopping' };
      return { state: 'running' };
    };
    await starting.start(instance);
    expect(instance.row.state).toBe('stopping');
    answer = async () => {
      instance.row = { ...instance.row, state: 'ended' };
      throw new TallyError('PEER_SILENT');
    };
    await starting.start(instance);
    expect(instance.row.state).toBe('ended');
  });
});
