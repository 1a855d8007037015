// Finds health checks that the engine does not run any more: one that lived through a restart of its own with its containers
// (Docker with live-restore) shows the last result for ever.
import type Docker from 'dockerode';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { CHECK_LOOK_GAP_MS, CHECK_SLACK_MS, CHECKS_REMEMBERED } from '../parameters.ts';
import { checkPeriodMs } from './health.ts';

/** The last result of a check, and for how long it has been that; times are on the clock that never goes back. */
interface Seen {
  readonly result: string;
  readonly sinceMs: number;
  readonly lookedAtMs: number;
  /** Whether it was said that no other follows. */
  readonly isTold: boolean;
}

export class StalledChecks {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #seen = new BoundedMap<string, Seen>(CHECKS_REMEMBERED);

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /**
   * Whether a check that is to bring a result every so often has brought none for longer, while the engine was looked at all the time;
   * said once for each result.
   */
  isStalled(lease: string, { State, Config }: Docker.ContainerInspectInfo): boolean {
    const periodMs = checkPeriodMs(Config.Healthcheck);
    if (!State.Running || State.Paused || State.Health === undefined || periodMs === undefined) {
      this.forget(lease);
      return false;
    }
    const nowMs = this.#clock.monotonicMs();
    const result = `${State.StartedAt} ${State.Health.Log?.at(-1)?.End ?? ''}`;
    const before = this.#seen.get(lease);
    const isSame = before !== undefined && before.result === result;
    const isWatched = isSame && nowMs - before.lookedAtMs <= CHECK_LOOK_GAP_MS;
    const sinceMs = isWatched ? before.sinceMs : nowMs;
    const wasTold = isSame && before.isTold;
    const isLate = !wasTold && nowMs - sinceMs > periodMs + CHECK_SLACK_MS;
    this.#seen.set(lease, { result, sinceMs, lookedAtMs: nowMs, isTold: wasTold || isLate });
    return isLate;
  }

  /** The next result, or want of one, counts from anew. */
  forget(lease: string): void {
    this.#seen.delete(lease);
  }

  /** The same for all: the engine was away. */
  forgetAll(): void {
    this.#seen = new BoundedMap(CHECKS_REMEMBERED);
  }
}
