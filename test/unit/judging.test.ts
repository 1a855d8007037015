// When a tenant says its word on a lease, and that it says it once.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createJudging } from '../../src/market/tenant/judging.ts';
import { RETRY_MS } from '../../src/market/terms/parameters.ts';
import type { SignedRecord } from '../../src/records/envelope.ts';
import { Copies } from '../support/copies.ts';
import { HandClock } from '../support/hand-clock.ts';
import { example, NOW_MS } from '../support/records.ts';

const OVER = { state: 'ended', cause: 'TENANT_STOPPED', endedAtMs: NOW_MS } as const;

let clock: HandClock;
let copies: Copies;
let judging: ReturnType<typeof createJudging>;
/** The codes that were said. */
let said: string[];
let judge: () => Promise<void>;
let record: SignedRecord<'lease'> | undefined;

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  copies = new Copies();
  [said, judge, record] = [[], async () => {}, example('lease')];
  judging = createJudging({
    ...{ clock, log: silentLog, deployments: copies.deployments },
    ledger: { record: async () => record } as unknown as Pick<Ledger, 'record'>,
    reputation: {
      judge: async (_, code) => {
        await judge();
        said.push(code);
      },
    },
  });
  await judging.start();
});

describe('the word on a lease', () => {
  it('waits until its last receipt has had time to come, and is said once', async () => {
    const instance = await copies.place({ ...OVER, endedAtMs: NOW_MS + 1 });
    await clock.move(RETRY_MS);
    expect(said).toEqual([]);
    await clock.move(RETRY_MS);
    expect(said).toEqual(['']);
    expect(instance.row.judged).toBe(1);
    await clock.move(RETRY_MS);
    expect(said).toHaveLength(1);
  });

  it('is said at once of what its volunteer broke', async () => {
    await copies.place({ state: 'failed', cause: 'INSTANCE_KILLED', endedAtMs: NOW_MS + RETRY_MS });
    await clock.move(RETRY_MS);
    expect(said).toEqual(['INSTANCE_KILLED']);
  });

  it('is not said of what goes on, of what was given up and may come back, or of what is to end', async () => {
    for (const state of ['running', 'unknown', 'paused', 'lost', 'stopping'])
      await copies.place({ state, cause: 'VOLUNTEER_LOST' });
    await clock.move(RETRY_MS);
    expect(said).toEqual([]);
  });

  it('is said of what was given up once another took its place', async () => {
    const old = await Promise.all(
      ['lost', 'stopping', 'running'].map((state) => copies.place({ state, cause: 'VOLUNTEER_LOST' })),
    );
    for (const each of old) await copies.replace(each);
    await clock.move(RETRY_MS);
    expect(said).toEqual(['VOLUNTEER_LOST', 'VOLUNTEER_LOST']);
    expect(old.map(({ row }) => row.judged)).toEqual([1, 1, 0]);
  });

  it('is not asked for again where there is nothing to be said', async () => {
    const instance = await copies.place({ ...OVER, epochs: 0 });
    await clock.move(RETRY_MS);
    expect({ said, judged: instance.row.judged }).toEqual({ said: [], judged: 1 });
  });

  it('is said again where it did not get to the disk', async () => {
    const instance = await copies.place(OVER);
    judge = async () => {
      throw new Error('the disk is full');
    };
    await clock.move(RETRY_MS);
    expect(instance.row.judged).toBe(0);
    judge = async () => {};
    await clock.move(RETRY_MS);
    expect(said).toEqual(['']);
  });

  it('needs its lease', async () => {
    record = undefined;
    const instance = await copies.place(OVER);
    await clock.move(RETRY_MS);
    expect({ said, judged: instance.row.judged }).toEqual({ said: [], judged: 1 });
  });

  it('is not said any more once the process ends', async () => {
    await copies.place(OVER);
    await judging.stop();
    await clock.move(RETRY_MS);
    expect(said).toEqual([]);
  });
});
