// Restarting: the one place where the container of a lease is started once more. The row first: whoever takes over after a
// crash finds which run is over, and asks the engine again, which starts nothing twice.
import type { Clock } from '../../lib/clock.ts';
import { asTallyError, type TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { Container, Engine } from '../../runtime/engine.ts';
import { type Cause, causeOf } from '../terms/causes.ts';
import { LOOK_TIMEOUT_MS, RESTART_RETRY_MS, RESTART_TIMEOUT_MS, STALL_MAX_MS } from '../terms/parameters.ts';
import { type Counted, type GivenLease, type GivenLeases, startFailureIn } from './given-lease.ts';
import type { LeaseCounts } from './lease-counts.ts';
import { afterRun, isSettled, type RunEnd } from './restart-rule.ts';

export interface RestartingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'inspect' | 'restart'>;
  readonly leases: Pick<GivenLeases, 'change'>;
  readonly counts: Pick<LeaseCounts, 'of' | 'endRun' | 'seenUp'>;
  readonly metrics?: MarketMetrics | undefined;
}

/** A run of a container that is over, or is to be. */
export interface OverRun extends RunEnd {
  /** The engine's word for it. */
  readonly run: string;
  /** How long ago it ended; undefined: it has not. */
  readonly agoMs?: number | undefined;
}

/** An engine that does not answer now may do so later; so may a tenant that has to send secrets again. */
const PASSING = ['ENGINE_UNREACHABLE', 'ENGINE_FAILED'];

export class Restarting {
  readonly #parts: RestartingParts;
  /** When each restart is due, and since when it fails, on the clock that never goes back. */
  readonly #dueAtMs = new Map<string, number>();
  readonly #failingSinceMs = new Map<string, number>();
  /** Of whose restart the engine was asked: a run that it has now can be that one. */
  readonly #asked = new Set<string>();

  constructor(parts: RestartingParts) {
    this.#parts = parts;
  }

  /** A run is over: either the row says that another follows, or the lease is to end with the cause that is returned. */
  async begin(given: GivenLease, over: OverRun): Promise<Cause | undefined> {
    const { leases, counts, clock, log } = this.#parts;
    const quickRestarts = isFirstAgain(given, counts.of(given)) ? 0 : given.row.quickRestarts;
    const next = afterRun(given.row.restart, over, quickRestarts);
    if ('end' in next) return next.end;
    const { cause, exitCode, run } = over;
    const counted = counts.endRun(given, over.agoMs);
    given.health = undefined;
    this.forget(given);
    this.#dueAtMs.set(given.id, clock.monotonicMs() + next.restartInMs);
    await leases.change(given, { ...counted, state: 'restarting', cause, exitCode, run, quickRestarts });
    log.info({ lease: given.id, cause, exitCode, inMs: next.restartInMs }, 'a container is to be restarted');
    return undefined;
  }

  /**
   * Whether a container that waits for its restart has a run that this peer did not begin: its owner's, without what it has in
   * memory. A process that took the lease over cannot tell, and takes it for its own.
   */
  isForeign({ id, row }: GivenLease, { run }: Container): boolean {
    return this.#dueAtMs.has(id) && !this.#asked.has(id) && run !== row.run;
  }

  /** Restarts a container if that is due; the lease is to end with the cause that is returned. */
  async look(given: GivenLease): Promise<Cause | undefined> {
    const { clock, engine } = this.#parts;
    const { id, row } = given;
    // A process that took the lease over does not know when, and does it now
    if (clock.monotonicMs() < (this.#dueAtMs.get(id) ?? 0)) return undefined;
    try {
      const found = await engine.inspect(id, AbortSignal.timeout(LOOK_TIMEOUT_MS), row.run);
      if (found !== undefined && this.isForeign(given, found)) return 'INSTANCE_KILLED';
      this.#asked.add(id);
      const {
        run = '',
        health,
        state,
      } = await engine.restart(id, row.run, AbortSignal.timeout(RESTART_TIMEOUT_MS), given.files);
      await this.#restarted(given, run);
      given.health = health;
      given.wasHealthy = false;
      if (state === 'running') this.#parts.counts.seenUp(given, clock.monotonicMs());
      return undefined;
    } catch (error) {
      return this.#failed(given, asTallyError(error, 'ENGINE_UNREACHABLE'));
    }
  }

  async #restarted(given: GivenLease, run: string): Promise<void> {
    const { leases, log, metrics } = this.#parts;
    const { cause, restarts, quickRestarts, upMs } = given.row;
    this.forget(given);
    const counted = { restarts: restarts + 1, quickRestarts: quickRestarts + 1, runFromUpMs: upMs };
    await leases.change(given, { ...counted, state: 'running', cause: '', run });
    metrics?.restartsTotal.inc({ cause });
    log.info({ lease: given.id, restarts: restarts + 1 }, 'a container was restarted');
  }

  #failed(given: GivenLease, failure: TallyError): Cause | undefined {
    const { clock, log } = this.#parts;
    const { id } = given;
    const { code } = failure;
    log.warn({ lease: id, code }, 'failed to restart a container');
    if (code === 'INSTANCE_UNKNOWN') return 'INSTANCE_LOST';
    given.needsPayload = code === 'PAYLOAD_NEEDED';
    if (!PASSING.includes(code) && !given.needsPayload) {
      given.startFailure = startFailureIn(failure);
      return causeOf(code);
    }
    const nowMs = clock.monotonicMs();
    const sinceMs = this.#failingSinceMs.get(id) ?? nowMs;
    this.#failingSinceMs.set(id, sinceMs);
    this.#dueAtMs.set(id, nowMs + RESTART_RETRY_MS);
    if (nowMs <= sinceMs + STALL_MAX_MS) return undefined;
    return given.needsPayload ? 'RESERVATION_EXPIRED' : 'ENGINE_SILENT';
  }

  /** Nothing is due for a lease any more. */
  forget({ id }: Pick<GivenLease, 'id'>): void {
    this.#dueAtMs.delete(id);
    this.#failingSinceMs.delete(id);
    this.#asked.delete(id);
  }
}

/** Whether the run that is over went well for so long that its restart is no further one of a series. */
function isFirstAgain({ row, health, wasHealthy = false }: GivenLease, { upMs }: Counted): boolean {
  return isSettled(upMs - row.runFromUpMs, health === undefined || wasHealthy);
}
