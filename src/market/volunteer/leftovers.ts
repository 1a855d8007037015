// The leftovers of ended leases in the engine: their logs are kept, then their containers are removed, at once or when
// that is possible.
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { initReason, mayNotHaveBegun } from '../../runtime/docker/start-failure.ts';
import type { Engine } from '../../runtime/engine.ts';
import { markLine } from '../../runtime/log-line.ts';
import type { DiskSpace } from '../terms/disk-space.ts';
import { LOG_WAIT_MS } from '../terms/parameters.ts';
import type { GivenLease, GivenLeases } from './given-lease.ts';
import { endedFor, lossesOf } from './log-reader.ts';
import type { LogStore } from './log-store.ts';

export interface LeftoversParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'inspect' | 'list' | 'logs' | 'remove' | 'sweep'>;
  readonly leases: GivenLeases;
  readonly logs: Pick<LogStore, 'keep'>;
  readonly space: Pick<DiskSpace, 'engineFullAtMs'>;
}

/** All containers, and what dead launches left. */
const LIST_TIMEOUT_MS = 30_000;

/** A call to the engine that answers at once. */
const CALL_TIMEOUT_MS = 10_000;

/** A removal gives the program its grace. */
const REMOVAL_TIMEOUT_MS = 20_000;

export class Leftovers {
  readonly #parts: LeftoversParts;

  constructor(parts: LeftoversParts) {
    this.#parts = parts;
  }

  /** Removes what no lease has stood for since `sinceMs`. An engine that does not answer keeps it until the next time. */
  async clearAway(sinceMs: number): Promise<void> {
    const { engine, peer, log } = this.#parts;
    try {
      const all = await engine.list(peer, AbortSignal.timeout(LIST_TIMEOUT_MS));
      const left = all.filter(({ lease }) => this.#isLeft(lease, sinceMs));
      // It takes capacity until it is gone
      for (const { lease } of left) this.#parts.leases.house({ id: lease });
      await Promise.all(left.map(({ lease }) => this.remove(lease)));
      if (sinceMs === 0) await engine.sweep(peer, AbortSignal.timeout(LIST_TIMEOUT_MS));
    } catch (error) {
      log.debug({ code: codeOf(error) }, 'failed to remove the leftovers of ended leases');
    }
  }

  #isLeft(lease: string, sinceMs: number): boolean {
    const { leases, clock } = this.#parts;
    const row = leases.get(lease)?.row;
    return row === undefined || (row.state === 'ended' && clock.nowMs() >= row.endedAtMs + sinceMs);
  }

  /**
   * Keeps the log of a lease that has ended, then removes its container; until then that takes capacity. What fails is tried
   * again by `clearAway`.
   */
  async remove(lease: string): Promise<void> {
    const { engine, leases, log } = this.#parts;
    let failed = 'failed to keep the log of a container; it is tried again every minute';
    try {
      await this.#keepLog(lease);
      failed = 'failed to remove a container; it is tried again every minute';
      await engine.remove(lease, AbortSignal.timeout(REMOVAL_TIMEOUT_MS));
      leases.vacate(lease);
    } catch (err) {
      log.warn({ err, lease }, failed);
    }
  }

  /** Why the program of a container never ran, where its init process says so. */
  async #whyNotBegun({ id, row }: GivenLease): Promise<string | undefined> {
    if (!mayNotHaveBegun(row.exitCode)) return undefined;
    try {
      let last = '';
      const bound = AbortSignal.timeout(CALL_TIMEOUT_MS);
      for await (const { text } of this.#parts.engine.logs(id, { tail: 1 }, bound)) last = text;
      const reason = initReason(row.exitCode, last);
      return reason === undefined ? undefined : `the program did not start: ${reason}`;
    } catch {
      // What cannot be read now is kept later, or not at all
      return undefined;
    }
  }

  /** Throws while the log cannot be read, and is worth waiting for. */
  async #keepLog(lease: string): Promise<void> {
    const { engine, leases, logs, clock, space } = this.#parts;
    const given = leases.get(lease);
    // Nobody may read the log of an unknown lease
    if (given === undefined) return;
    const { cause, endedAtMs } = given.row;
    const why = endedFor(given) ?? (await this.#whyNotBegun(given));
    const lastWords = [...lossesOf(given, space), ...(why === undefined ? [] : [markLine(why, endedAtMs)])];
    if (cause === 'LOG_FLOOD') return logs.keep(lease, engine, { isLast: true, lastWords });
    try {
      await logs.keep(lease, engine, { lastWords });
    } catch (error) {
      // Without a container there is no log; else the engine has to answer, for one that is silent is to be awaited
      const instance = await engine.inspect(lease, AbortSignal.timeout(CALL_TIMEOUT_MS));
      if (instance === undefined) return;
      if (clock.nowMs() < endedAtMs + LOG_WAIT_MS) throw error;
      await logs.keep(lease, engine, { isLast: true, lastWords });
    }
  }
}
