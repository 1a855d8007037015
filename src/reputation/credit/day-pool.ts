// The newcomers' pool of a day: a share of what everything that is offered would earn in the day. It has its largest
// value of that day: to withdraw an offer ends no lease of a newcomer that already runs.
import type { Table } from '../../ledger/database.ts';
import { dayOf } from '../../ledger/decay.ts';
import type { Clock } from '../../lib/clock.ts';
import { fields, int } from '../../records/shape.ts';
import type { Pool } from './lending.ts';

export const POOL_ROW = fields({ day: int(0), microcredits: int(0) });
export type PoolRow = ReturnType<typeof POOL_ROW>;

/** The table has one row. */
const KEY = 'today';

const NO_POOL: Pool = { day: 0, microcredits: 0 };

export class DayPool {
  readonly #rows: Table<PoolRow>;
  readonly #clock: Clock;
  readonly #share: number;
  #pool = NO_POOL;
  #written = NO_POOL;

  /** `share`: of what is offered, from 0 to 1. */
  constructor(rows: Table<PoolRow>, clock: Clock, share: number) {
    this.#rows = rows;
    this.#clock = clock;
    this.#share = share;
  }

  /** Reads back how large today's was. */
  async load(): Promise<void> {
    this.#written = (await this.#rows.get(KEY)) ?? NO_POOL;
    this.#pool = this.#written;
  }

  /** Today's, where all that is offered now would earn so many microcredits in a day. */
  of(worthADay: number): Pool {
    const day = dayOf(this.#clock.nowMs());
    const microcredits = Math.floor(this.#share * worthADay);
    if (day !== this.#pool.day || microcredits > this.#pool.microcredits) this.#pool = { day, microcredits };
    return this.#pool;
  }

  /** On disk when it resolves, as far as it was asked for. */
  async write(): Promise<void> {
    const pool = this.#pool;
    if (pool === this.#written) return;
    await this.#rows.put(KEY, { ...pool });
    this.#written = pool;
  }
}
