// What is left of ended leases in the engine, by a crash or by a removal that failed: it goes when it can.
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Engine } from '../../runtime/engine.ts';
import type { GivenLeases } from './given-lease.ts';

export interface LeftoversParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'list' | 'remove' | 'sweep'>;
  readonly leases: GivenLeases;
}

export class Leftovers {
  readonly #parts: LeftoversParts;

  constructor(parts: LeftoversParts) {
    this.#parts = parts;
  }

  /** Removes what no lease has stood for since `sinceMs`. An engine that does not answer keeps it until the next time. */
  async clearAway(sinceMs: number): Promise<void> {
    const { engine, peer, log } = this.#parts;
    const bound = AbortSignal.timeout(30_000);
    try {
      const left = (await engine.list(peer, bound)).filter(({ lease }) => this.#isLeft(lease, sinceMs));
      // It takes capacity until it is gone
      for (const { lease } of left) this.#parts.leases.house({ id: lease });
      for (const { lease } of left) await this.remove(lease, bound);
      if (sinceMs === 0) await engine.sweep(peer, bound);
    } catch (error) {
      log.debug({ code: codeOf(error) }, 'failed to clear away what is left of ended leases');
    }
  }

  #isLeft(lease: string, sinceMs: number): boolean {
    const { leases, clock } = this.#parts;
    const row = leases.get(lease)?.row;
    return row === undefined || (row.state === 'ended' && clock.nowMs() >= row.endedAtMs + sinceMs);
  }

  /** Removes the container of a lease; until then it takes capacity. */
  async remove(lease: string, bound: AbortSignal): Promise<void> {
    await this.#parts.engine.remove(lease, bound);
    this.#parts.leases.vacate(lease);
  }
}
