// What is left of an offer and of an engine when leases are taken out.
import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/lib/units.ts';
import {
  capacityOf,
  excessOf,
  fits,
  freeOf,
  type Holding,
  isWithin,
  remaining,
  sizeOf,
  sum,
} from '../../src/market/terms/capacity.ts';
import { DISK_STEP_BYTES } from '../../src/market/terms/parameters.ts';
import type { Resources } from '../../src/records/common.ts';
import type { EngineFacts } from '../../src/runtime/engine.ts';

const of = (cpuMillis: number, memoryBytes = 0, diskBytes = 0, gpus = 0): Resources => ({
  ...{ cpuMillis, memoryBytes, diskBytes, gpus },
});
const series = (fill: number) => new Uint8Array(16).fill(fill);
const holding = (fill: number, resources: Resources, isPreemptible = false): Holding => ({
  ...{ series: series(fill), resources, isPreemptible },
});

describe('resources', () => {
  it('are taken out one by one, and never fall below zero', () => {
    expect(remaining(of(10, 20, 30, 4), [of(1, 2, 3, 1), of(2, 30, 0, 1)])).toEqual(of(7, 0, 27, 2));
    expect(sum([of(1, 2, 3, 4), of(10, 20, 30, 40)])).toEqual(of(11, 22, 33, 44));
  });

  it('fit where each of them does', () => {
    expect(fits(of(1, 2, 3, 4), of(1, 2, 3, 4))).toBe(true);
    for (const more of [of(2, 2, 3, 4), of(1, 3, 3, 4), of(1, 2, 4, 4), of(1, 2, 3, 5)])
      expect(fits(more, of(1, 2, 3, 4))).toBe(false);
  });

  it('of an engine are its cpus and its memory, and nothing while it is silent', () => {
    const engine = (cpuMillis: number, memoryBytes: number) =>
      ({
        cpuMillis: 4,
        memoryBytes: 9,
        heldByOthers: { cpuMillis, memoryBytes, diskBytes: 0 },
      }) as EngineFacts;
    expect(capacityOf(engine(0, 0), 0)).toEqual(of(4, 9));
    expect(capacityOf(engine(1, 2), 0)).toEqual(of(3, 7));
    expect(capacityOf(engine(5, 0), 0)).toEqual(of(0, 9));
    expect(capacityOf(undefined, GIB)).toEqual(of(0));
  });

  it('of its disk are what is free and what own leases have written, in steps, and no more than its owner gives', () => {
    const diskOf = (disk: Partial<EngineFacts>, writtenBytes = 0, byOthers = 0) =>
      capacityOf(
        {
          ...{ cpuMillis: 0, memoryBytes: 0, ...disk },
          heldByOthers: { cpuMillis: 0, memoryBytes: 0, diskBytes: byOthers },
        } as EngineFacts,
        writtenBytes,
      ).diskBytes;
    expect(diskOf({ freeDiskBytes: 3 * GIB })).toBe(3 * GIB);
    // What leases write does not take from what they were promised
    expect(diskOf({ freeDiskBytes: 2 * GIB }, GIB)).toBe(3 * GIB);
    expect(diskOf({ freeDiskBytes: 3 * GIB }, 0, GIB)).toBe(2 * GIB);
    expect(diskOf({ freeDiskBytes: 3 * GIB - 1 })).toBe(3 * GIB - DISK_STEP_BYTES);
    expect(diskOf({ freeDiskBytes: 3 * GIB, statedDiskBytes: GIB })).toBe(GIB);
    expect(diskOf({ freeDiskBytes: GIB, statedDiskBytes: 9 * GIB })).toBe(GIB);
    expect(diskOf({ statedDiskBytes: 5 * GIB }, 4 * GIB)).toBe(5 * GIB);
    expect(diskOf({})).toBe(0);
  });

  it('that run have to fit into cpus and memory, and are not ended because the owner fills the disk', () => {
    const facts = { cpuMillis: 4, memoryBytes: 9, freeDiskBytes: 0 } as EngineFacts;
    expect(isWithin(sizeOf(facts), [holding(1, of(4, 9, 2 ** 40))])).toBe(true);
    expect(isWithin(sizeOf(facts), [holding(1, of(5, 9))])).toBe(false);
  });
});

describe('what is left of a series', () => {
  const promised = { series: series(1), total: of(10, 100) };
  const held = [holding(1, of(3, 10)), holding(2, of(4, 20)), holding(1, of(2, 5), true)];

  it('is the least of what it promises and of what the engine has, but for preemptible leases', () => {
    expect(freeOf(promised, of(100, 1_000), held)).toEqual(of(7, 90));
    expect(freeOf(promised, of(12, 1_000), held)).toEqual(of(5, 90));
    expect(freeOf(promised, of(0), held)).toEqual(of(0));
  });

  it('is exceeded by all its leases, preemptible ones with them, or by those of all series in the engine', () => {
    expect(excessOf(promised, of(9, 100), held)).toBeUndefined();
    expect(excessOf(promised, of(8, 100), held)).toBe('engine');
    expect(excessOf({ ...promised, total: of(5, 15) }, of(9, 100), held)).toBeUndefined();
    expect(excessOf({ ...promised, total: of(4, 15) }, of(8, 100), held)).toBe('series');
    expect(isWithin(of(9, 35), held)).toBe(true);
    expect(isWithin(of(9, 34), held)).toBe(false);
  });
});
