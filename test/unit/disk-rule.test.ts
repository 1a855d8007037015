// When a container's disk is measured, and when it has too much.
import { describe, expect, it } from 'vitest';
import { GIB, KIB, MIB } from '../../src/lib/units.ts';
import { allowanceOf } from '../../src/market/terms/disk-allowance.ts';
import { DISK_BLIND_MS, DISK_REST, DISK_SURE_MS } from '../../src/market/terms/parameters.ts';
import {
  assumedAtStart,
  type DiskLook,
  diskSentence,
  isDue,
  isOverDisk,
} from '../../src/market/volunteer/watches/disk-rule.ts';

const ALLOWED = allowanceOf({ diskBytes: 100 * MIB });
const FREE = { bytes: 10 * GIB, files: 1_000_000 };

function look(more: Partial<DiskLook> = {}): DiskLook {
  return { atMs: 1_000, tookMs: 10, bytes: 20 * MIB, files: 100, free: FREE, ...more };
}
const at = (sinceMs: number, less: { bytes?: number; files?: number } = {}, watched = 1) => ({
  ...{ atMs: 1_010 + sinceMs, watched },
  free: { bytes: FREE.bytes - (less.bytes ?? 0), files: FREE.files - (less.files ?? 0) },
});

describe('what a lease may have on the disk', () => {
  it('is what it leased, and a file for every 16 KiB beyond some thousands', () => {
    expect(allowanceOf({ diskBytes: 1_600 * KIB })).toEqual({ bytes: 1_600 * KIB, files: 4_196 });
    expect(allowanceOf({ diskBytes: 0 })).toEqual({ bytes: MIB, files: 4_160 });
  });

  it('is exceeded by a byte, or by a file, and the tenant is told the figures', () => {
    expect(isOverDisk(ALLOWED, ALLOWED)).toBe(false);
    expect(isOverDisk({ ...ALLOWED, bytes: ALLOWED.bytes + 1 }, ALLOWED)).toBe(true);
    expect(isOverDisk({ ...ALLOWED, files: ALLOWED.files + 1 }, ALLOWED)).toBe(true);
    expect(diskSentence({ diskBytes: 100 * MIB })).toMatch(/100 MiB and 10496 files/);
  });
});

describe('a container is measured', () => {
  it('soon after its start, and at once when the disk says that it may have filled half of what it may have', () => {
    const start = assumedAtStart(1_010, FREE);
    expect(isDue(start, ALLOWED, at(DISK_BLIND_MS - 1))).toBe(false);
    expect(isDue(start, ALLOWED, at(DISK_BLIND_MS))).toBe(true);
    expect(isDue(start, ALLOWED, at(1, { bytes: 50 * MIB - 1 }))).toBe(false);
    expect(isDue(start, ALLOWED, at(1, { bytes: 50 * MIB }))).toBe(true);
  });

  it('once what has gone from the disk may be half of what it has left, in bytes or in files', () => {
    expect(isDue(look(), ALLOWED, at(500, { bytes: 40 * MIB - 1 }))).toBe(false);
    expect(isDue(look(), ALLOWED, at(500, { bytes: 40 * MIB }))).toBe(true);
    const left = ALLOWED.files - 100;
    expect(isDue(look(), ALLOWED, at(500, { files: left / 2 - 1 }))).toBe(false);
    expect(isDue(look(), ALLOWED, at(500, { files: left / 2 }))).toBe(true);
    // The nearer to its budget, the less is enough; but something has to have gone
    expect(isDue(look({ bytes: 100 * MIB - 10 }), ALLOWED, at(500, { bytes: 5 }))).toBe(true);
    expect(isDue(look({ bytes: 100 * MIB }), ALLOWED, at(500, {}))).toBe(false);
  });

  it('now and then whatever the disk says, and often where it says nothing', () => {
    expect(isDue(look(), ALLOWED, at(DISK_SURE_MS - 1))).toBe(false);
    expect(isDue(look(), ALLOWED, at(DISK_SURE_MS))).toBe(true);
    const blind = (sinceMs: number) => isDue(look(), ALLOWED, { ...at(sinceMs), free: undefined });
    expect(blind(DISK_BLIND_MS - 1)).toBe(false);
    expect(blind(DISK_BLIND_MS)).toBe(true);
    expect(isDue(look({ free: undefined }), ALLOWED, at(DISK_BLIND_MS))).toBe(true);
  });

  it('for no more than a tenth of the time, and all together for no more than one cpu', () => {
    const [grown, slow] = [{ bytes: GIB }, look({ tookMs: 1_000 })];
    const due = (sinceMs: number, watched: number) =>
      isDue(slow, ALLOWED, { ...at(sinceMs, grown, watched), atMs: 2_000 + sinceMs });
    expect(due(9_999, 1)).toBe(false);
    expect(due(10_000, 1)).toBe(true);
    for (const watched of [1, 10, 1_000]) {
      const restMs = 1_000 * (DISK_REST + watched);
      expect(due(restMs, watched)).toBe(true);
      expect(due(restMs - 1, watched)).toBe(false);
      expect((watched * 1_000) / (1_000 + restMs)).toBeLessThan(1);
    }
  });
});
