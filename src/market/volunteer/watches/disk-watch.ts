// Watching what the containers of leases have on the engine's disk, which is its owner's: measuring takes time, so that free
// space, one question for all, tells when it is worth it.
import { type Clock, every, Rounds } from '../../../lib/clock.ts';
import { codeOf } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import type { Engine, FreeDisk } from '../../../runtime/engine.ts';
import { MEASURE_TIMEOUT_MS } from '../../../runtime/parameters.ts';
import { allowanceOf } from '../../terms/disk-allowance.ts';
import { DISK_TICK_MS, LOOK_TIMEOUT_MS } from '../../terms/parameters.ts';
import { type GivenLease, runsUntilRestart } from '../given-lease.ts';
import { type DiskLook, isDue, isOverDisk } from './disk-rule.ts';

export interface DiskWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'diskUse' | 'freeDisk'>;
  /** A container has more on the disk than it may. */
  readonly exceeded: (given: GivenLease) => void;
}

export class DiskWatch implements Service {
  readonly #parts: DiskWatchParts;
  readonly #watched = new Map<GivenLease, DiskLook | undefined>();
  readonly #rounds = new Rounds<GivenLease>();
  readonly #stopping = new AbortController();

  constructor(parts: DiskWatchParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, DISK_TICK_MS, () => this.#tick());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** Watches the container of a lease until `leave`. */
  take(given: GivenLease): void {
    this.#watched.set(given, undefined);
  }

  leave(given: GivenLease): void {
    this.#watched.delete(given);
  }

  async #tick(): Promise<void> {
    if (this.#watched.size > 0) this.#lookAtThoseDue(await this.#free());
  }

  /** Undefined where it cannot be told, also while the engine is silent. */
  async #free(): Promise<FreeDisk | undefined> {
    const bound = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    return this.#parts.engine.freeDisk(bound).catch(() => undefined);
  }

  #lookAtThoseDue(free: FreeDisk | undefined): void {
    const now = { atMs: this.#parts.clock.monotonicMs(), free, watched: this.#watched.size };
    const due = [...this.#watched].filter(([given, last]) => {
      if (!canWrite(given)) return false;
      return isDue(last, allowanceOf(given.lease.body.resources), now);
    });
    this.#rounds.begin(
      due.map(([given]) => given),
      (given) => this.#look(given, free),
      this.#failed,
    );
  }

  async #look(given: GivenLease, free: FreeDisk | undefined): Promise<void> {
    const { engine, clock, exceeded } = this.#parts;
    const allowed = allowanceOf(given.lease.body.resources);
    const bound = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(MEASURE_TIMEOUT_MS)]);
    const atMs = clock.monotonicMs();
    const before = this.#watched.get(given) ?? { bytes: 0, files: 0 };
    let use = before;
    try {
      use = await engine.diskUse(given.id, allowed, bound);
    } finally {
      // One that failed took its time as well
      const look = { ...use, atMs, tookMs: clock.monotonicMs() - atMs, free };
      if (this.#watched.has(given)) this.#watched.set(given, look);
    }
    if (!this.#watched.has(given)) return;
    given.writtenBytes = use.bytes;
    if (isOverDisk(use, allowed)) exceeded(given);
  }

  readonly #failed = (error: unknown, { id }: GivenLease): void => {
    if (!this.#stopping.signal.aborted)
      this.#parts.log.debug({ code: codeOf(error), lease: id }, 'failed to measure the disk of a container');
  };
}

/** What is stopped writes nothing. */
function canWrite(given: GivenLease): boolean {
  return runsUntilRestart(given) || !['paused', 'restarting', 'ended'].includes(given.row.state);
}
