// What is counted of a running lease: only time between two looks that both found its container up.
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { METER_PERIOD_MS, WATCH_GAP_MS } from '../../src/market/terms/parameters.ts';
import { type GivenLease, type GivenRow, reservedRow } from '../../src/market/volunteer/given-lease.ts';
import { LeaseCounts } from '../../src/market/volunteer/lease-counts.ts';
import type { Engine, Usage } from '../../src/runtime/engine.ts';
import { HandClock } from '../support/hand-clock.ts';
import { example } from '../support/records.ts';

const START_MS = 1_000;

function givenWith(change: Partial<GivenRow> = {}): GivenLease {
  const lease = example('lease');
  const row = { ...reservedRow(new Uint8Array(16), lease.body), state: 'running', ...change };
  return { id: 'lease', tenant: 'tenant', bid: example('bid'), lease, row };
}

describe('what is counted of a lease', () => {
  let clock: HandClock;
  let counts: LeaseCounts;
  let usage: () => Promise<Usage>;
  let samples: number;

  beforeEach(() => {
    clock = new HandClock(START_MS);
    samples = 0;
    usage = async () => ({ cpuMilliseconds: 0, memoryBytes: 0 });
    const sample = () => {
      samples += 1;
      return usage();
    };
    counts = new LeaseCounts({ clock, log: silentLog, engine: { usage: sample } as unknown as Engine });
  });

  it('is the time between looks that found it up, onto what its row says', () => {
    const given = givenWith({ upMs: 500 });
    counts.begin(given);
    counts.seenUp(given, START_MS + 100);
    expect(counts.of(given).upMs).toBe(500);
    counts.seenUp(given, START_MS + 1_100.5);
    counts.seenUp(given, START_MS + 2_101.4);
    expect(counts.of(given).upMs).toBe(500 + 2_001);
  });

  it('leaves out the stretch up to a look that did not find it up, and the one after that', () => {
    const given = givenWith();
    counts.begin(given);
    counts.seenUp(given, START_MS);
    counts.seenDown(given);
    counts.seenUp(given, START_MS + 2_000);
    expect(counts.of(given).upMs).toBe(0);
    counts.seenUp(given, START_MS + 2_300);
    expect(counts.of(given).upMs).toBe(300);
  });

  it('leaves out a stretch in which nobody looked for longer than the gap, and counts one as long as the gap', () => {
    const given = givenWith();
    counts.begin(given);
    counts.seenUp(given, START_MS);
    counts.seenUp(given, START_MS + WATCH_GAP_MS);
    expect(counts.of(given).upMs).toBe(WATCH_GAP_MS);
    counts.seenUp(given, START_MS + 2 * WATCH_GAP_MS + 1);
    expect(counts.of(given).upMs).toBe(WATCH_GAP_MS);
    counts.seenUp(given, START_MS + 2 * WATCH_GAP_MS + 2);
    expect(counts.of(given).upMs).toBe(WATCH_GAP_MS + 1);
    counts.seenUp(given, START_MS + 4 * WATCH_GAP_MS + 2, true);
    expect(counts.of(given).upMs).toBe(3 * WATCH_GAP_MS + 1);
  });

  it('leaves out the time in which the lease is paused or stalled', () => {
    for (const state of ['paused', 'stalled']) {
      const given = givenWith({ state });
      counts.begin(given);
      counts.seenUp(given, START_MS);
      counts.seenUp(given, START_MS + 1_000);
      expect(counts.of(given).upMs, state).toBe(0);
      given.row = { ...given.row, state: 'running' };
      counts.seenUp(given, START_MS + 1_400);
      expect(counts.of(given).upMs, state).toBe(400);
    }
  });

  it('goes on until the container ended, and not below the last look', async () => {
    for (const [agoMs, upMs] of [
      [300, 700],
      [1_000, 0],
      [1_500, 0],
      // An engine whose clock is ahead
      [-400, 1_000],
    ] as const) {
      const given = givenWith();
      const [atMs] = [clock.monotonicMs()];
      counts.begin(given);
      counts.seenUp(given, atMs);
      await clock.move(1_000);
      expect(counts.end(given, agoMs).upMs, `${agoMs}`).toBe(upMs);
    }
  });

  it('ends with the last look where nobody can tell when the container ended', async () => {
    const given = givenWith();
    counts.begin(given);
    counts.seenUp(given, START_MS);
    counts.seenUp(given, START_MS + 200);
    await clock.move(1_000);
    expect(counts.end(given).upMs).toBe(200);
  });

  it('is what the row says before it begins and after it has ended', () => {
    const given = givenWith({ upMs: 7, tunnelBytes: 9 });
    counts.seenUp(given, START_MS);
    counts.seenUp(given, START_MS + 100);
    counts.seenDown(given);
    counts.addTunnelBytes(given.id, 1);
    expect(counts.of(given)).toMatchObject({ upMs: 7, tunnelBytes: 9 });
    counts.begin(given);
    counts.addTunnelBytes(given.id, 1);
    expect(counts.end(given)).toMatchObject({ upMs: 7, tunnelBytes: 10 });
    expect(counts.of(given)).toMatchObject({ upMs: 7, tunnelBytes: 9 });
  });

  it('of use is sampled once a period, one sample after the other, and never falls', async () => {
    const given = givenWith({ cpuMilliseconds: 5, memoryMibSeconds: 3 });
    usage = async () => ({ cpuMilliseconds: 40.9, memoryBytes: 3.25 * MIB });
    counts.begin(given);
    await clock.move(METER_PERIOD_MS - 1);
    counts.meter(given);
    expect(samples).toBe(0);
    await clock.move(1);
    counts.meter(given);
    counts.meter(given);
    await clock.move(0);
    expect(samples).toBe(1);
    expect(counts.of(given)).toMatchObject({ cpuMilliseconds: 40, memoryMibSeconds: 3 + 6 });

    // A container that was started anew begins at 0, and a slow engine is not asked twice
    const { promise, resolve } = Promise.withResolvers<Usage>();
    usage = () => promise;
    await clock.move(2 * METER_PERIOD_MS);
    counts.meter(given);
    await clock.move(METER_PERIOD_MS);
    counts.meter(given);
    expect(samples).toBe(2);
    resolve({ cpuMilliseconds: 1, memoryBytes: MIB });
    await clock.move(0);
    expect(counts.of(given)).toMatchObject({ cpuMilliseconds: 40, memoryMibSeconds: 9 + 4 });
    counts.meter(given);
    expect(samples).toBe(3);
  });

  it('of use goes on after a sample that failed', async () => {
    const given = givenWith();
    counts.meter(given);
    counts.begin(given);
    usage = async () => {
      throw new Error('the engine is slow');
    };
    await clock.move(METER_PERIOD_MS);
    counts.meter(given);
    await clock.move(METER_PERIOD_MS);
    usage = async () => ({ cpuMilliseconds: 8, memoryBytes: 0 });
    counts.meter(given);
    await clock.move(0);
    expect(samples).toBe(2);
    expect(counts.of(given).cpuMilliseconds).toBe(8);
  });
});
