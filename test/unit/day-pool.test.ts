import { expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/units.ts';
import { DayPool, type PoolRow } from '../../src/reputation/credit/day-pool.ts';
import { HandClock } from '../support/hand-clock.ts';
import { memoryTable } from '../support/table.ts';

it('a pool is what it was at its largest that day, also over a restart, and begins anew the next', async () => {
  const rows = memoryTable<PoolRow>();
  const clock = new HandClock(10 * DAY_MS);
  const pool = new DayPool(rows, clock, 0.01);
  expect(pool.of(5_000)).toEqual({ day: 10, microcredits: 50 });
  expect(pool.of(9_000)).toEqual({ day: 10, microcredits: 90 });
  // An offer was withdrawn
  expect(pool.of(1_000)).toEqual({ day: 10, microcredits: 90 });
  await pool.write();
  const after = new DayPool(rows, clock, 0.01);
  await after.load();
  expect(after.of(0)).toEqual({ day: 10, microcredits: 90 });
  await clock.move(DAY_MS);
  expect(after.of(1_000)).toEqual({ day: 11, microcredits: 10 });
  await after.write();
  expect(await rows.get('today')).toEqual({ day: 11, microcredits: 10 });
});
