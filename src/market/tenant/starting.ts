// Starting: the container of a copy that has its lease.
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import { startProtocol } from '../../overlay/protocols/lease.ts';
import { causeOf } from '../terms/causes.ts';
import { healthOf, type Instance, isOver } from './deployment.ts';
import type { Deployments } from './deployments.ts';
import type { PayloadBox } from './payload-box.ts';
import type { Tracking } from './tracking.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface StartingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: Pick<VolunteerCalls, 'request'>;
  readonly deployments: Pick<Deployments, 'observe'>;
  readonly tracking: Pick<Tracking, 'observe'>;
  readonly boxes: PayloadBox;
  readonly metrics?: MarketMetrics | undefined;
}

/** States that the answer to Start can tell beside that it runs. */
const TRACKED = ['ended', 'fetching', 'restarting'];

export class Starting {
  readonly #parts: StartingParts;
  /** Copies that are being started. */
  readonly #underWay = new Set<Instance>();

  constructor(parts: StartingParts) {
    this.#parts = parts;
  }

  /**
   * Starts the container of a placed copy; idempotent. What fails is noted in the copy, never thrown; since the
   * container may run all the same, the lease is then stopped.
   */
  async start(instance: Instance): Promise<void> {
    if (this.#underWay.has(instance)) return;
    this.#underWay.add(instance);
    try {
      await this.#start(instance);
    } finally {
      this.#underWay.delete(instance);
    }
  }

  async #start(instance: Instance): Promise<void> {
    const { calls, deployments, tracking, clock, metrics, log, boxes } = this.#parts;
    await deployments.observe(instance, { state: 'starting' });
    const { volunteer, lease } = instance.row;
    try {
      const payload = boxes.open(instance.deployment.row.payload);
      const status = await calls.request(startProtocol, volunteer, { lease, payload });
      if (instance.row.state !== 'starting') return;
      if (TRACKED.includes(status.state)) return tracking.observe(instance, status);
      if (status.state !== 'running' && status.state !== 'paused')
        throw new TallyError('PROTOCOL_VIOLATION', {
          reason: 'the volunteer says that it started the lease, but the lease does not run',
        });
      const nowMs = clock.nowMs();
      metrics?.bidToRunningSeconds.observe((nowMs - instance.row.createdAtMs) / 1000);
      const { state, restarts, creditLeftMicrocredits } = status;
      if (creditLeftMicrocredits >= 0) instance.creditLeftMicrocredits = creditLeftMicrocredits;
      await deployments.observe(instance, {
        state,
        ...healthOf(status),
        restarts,
        runningSinceMs: instance.row.runningSinceMs || nowMs,
        heardAtMs: nowMs,
      });
    } catch (error) {
      const code = codeOf(error);
      log.warn({ code, lease: instance.id }, 'failed to start a copy');
      if (isOver(instance)) return;
      const cause = instance.row.cause === '' ? causeOf(code) : instance.row.cause;
      await deployments.observe(instance, { state: 'stopping', cause });
    }
  }
}
