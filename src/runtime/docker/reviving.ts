// Has the engine run the check of a container again that it has forgotten (stalled-checks.ts): it begins with it whenever a container
// is resumed, so the container is paused for a moment, some 50 ms.
import { codeOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';

export interface RevivingParts {
  /** A step on the container of a lease, during which nothing else is done to it. */
  readonly inLane: (lease: string, step: () => Promise<void>) => Promise<void>;
  readonly pause: (lease: string) => Promise<void>;
  /** One that is not paused is left as it is. */
  readonly resume: (lease: string) => Promise<void>;
  /** It did not come to its end. */
  readonly failed: (lease: string) => void;
  readonly log: Log;
}

export class Reviving {
  readonly #parts: RevivingParts;
  readonly #underWay = new Map<string, Promise<void>>();
  /** Those that may be paused and are to be resumed, also where that failed at first. */
  readonly #paused = new Set<string>();

  constructor(parts: RevivingParts) {
    this.#parts = parts;
  }

  /** Resolves when this is over for a container; undefined where it is not under way. */
  of(lease: string): Promise<void> | undefined {
    return this.#underWay.get(lease);
  }

  /** Whether a container may be paused for this, and is still to be resumed. */
  isHalfway(lease: string): boolean {
    return this.#paused.has(lease);
  }

  /** Begins, or goes on with what an engine that went away has cut off. Never throws. */
  begin(lease: string): void {
    if (this.#underWay.has(lease)) return;
    const { inLane, failed, log } = this.#parts;
    const reviving = inLane(lease, () => this.#revive(lease))
      .catch((error) => {
        failed(lease);
        if (codeOf(error) === 'INSTANCE_UNKNOWN') this.#paused.delete(lease);
        log.warn({ code: codeOf(error), lease }, 'failed to have the engine run a health check again');
      })
      .finally(() => this.#underWay.delete(lease));
    this.#underWay.set(lease, reviving);
  }

  async #revive(lease: string): Promise<void> {
    const { pause, resume, log } = this.#parts;
    if (!this.#paused.has(lease)) {
      this.#paused.add(lease);
      await pause(lease);
      log.info({ lease }, 'the engine no longer runs a health check, and is made to run it again');
    }
    await resume(lease);
    this.#paused.delete(lease);
  }
}
