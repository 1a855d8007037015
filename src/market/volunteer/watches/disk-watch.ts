// Watching what the containers of leases have on the engine's disk, which is its owner's: measuring takes time, so that free
// space, one question for all, tells when it is worth it.
import { codeOf } from '../../../lib/errors.ts';
import type { Engine, FreeDisk } from '../../../runtime/engine.ts';
import { MEASURE_TIMEOUT_MS } from '../../../runtime/parameters.ts';
import { allowanceOf } from '../../terms/disk-allowance.ts';
import { DISK_TICK_MS, LOOK_TIMEOUT_MS } from '../../terms/parameters.ts';
import { type GivenLease, runsUntilRestart } from '../given-lease.ts';
import { assumedAtStart, type DiskLook, isDue, isOverDisk } from './disk-rule.ts';
import { LeaseWatch, type LeaseWatchParts } from './lease-watch.ts';

export interface DiskWatchParts extends LeaseWatchParts {
  readonly engine: Pick<Engine, 'diskUse' | 'freeDisk'>;
  /** A container has more on the disk than it may. */
  readonly exceeded: (given: GivenLease) => void;
}

export class DiskWatch extends LeaseWatch<DiskLook> {
  readonly #parts: DiskWatchParts;

  constructor(parts: DiskWatchParts) {
    super(parts, DISK_TICK_MS);
    this.#parts = parts;
  }

  /** Begins to measure all that are watched, as at a start of this process: nobody has looked while they wrote. */
  async lookAtAll(): Promise<void> {
    const free = await this.#free();
    this.#begin(
      [...this.watched.keys()].filter((given) => !this.hasLooked(given)),
      free,
    );
  }

  /** Whether a container was measured since it is watched; one that cannot be measured was tried. */
  hasLooked(given: GivenLease): boolean {
    const last = this.watched.get(given);
    return last !== undefined && !last.isAssumed;
  }

  protected override async tick(): Promise<void> {
    if (this.watched.size === 0) return;
    const free = await this.#free();
    const now = { atMs: this.#parts.clock.monotonicMs(), free, watched: this.watched.size };
    for (const [given, last] of this.watched)
      if (last === undefined) this.keep(given, assumedAtStart(now.atMs, free));
    const due = [...this.watched].filter(([given, last]) => {
      if (last === undefined) return false;
      // What waits to run once more is measured before, and then not again
      if (!canWrite(given)) return !this.hasLooked(given);
      return isDue(last, allowanceOf(given.lease.body.resources), now);
    });
    this.#begin(
      due.map(([given]) => given),
      free,
    );
  }

  /** Undefined where it cannot be told, also while the engine is silent. */
  async #free(): Promise<FreeDisk | undefined> {
    const bound = AbortSignal.any([this.signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    return this.#parts.engine.freeDisk(bound).catch(() => undefined);
  }

  #begin(due: readonly GivenLease[], free: FreeDisk | undefined): void {
    this.begin(due, (given) => this.#look(given, free));
  }

  async #look(given: GivenLease, free: FreeDisk | undefined): Promise<void> {
    const { engine, clock, exceeded } = this.#parts;
    const allowed = allowanceOf(given.lease.body.resources);
    const bound = AbortSignal.any([this.signal, AbortSignal.timeout(MEASURE_TIMEOUT_MS)]);
    const atMs = clock.monotonicMs();
    const before = this.watched.get(given) ?? { bytes: 0, files: 0 };
    let use = before;
    let isWatched = false;
    try {
      use = await engine.diskUse(given.id, allowed, bound);
    } finally {
      // One that failed took its time as well
      isWatched = this.keep(given, { ...use, atMs, tookMs: clock.monotonicMs() - atMs, free });
    }
    if (!isWatched) return;
    given.writtenBytes = use.bytes;
    if (isOverDisk(use, allowed)) exceeded(given);
  }

  protected override failed(error: unknown, { id }: GivenLease): void {
    if (!this.signal.aborted)
      this.#parts.log.debug({ code: codeOf(error), lease: id }, 'failed to measure the disk of a container');
  }
}

/** What is stopped writes nothing. */
function canWrite(given: GivenLease): boolean {
  return runsUntilRestart(given) || !['paused', 'restarting', 'ended'].includes(given.row.state);
}
