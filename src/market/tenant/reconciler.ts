// The reconciler: it brings the observed state of each deployment towards the wanted state, by the steps of the plan,
// after every change and on a tick. All its inputs are on disk, so it continues where the process before it ended.
import { type Clock, every } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { OrderBook } from '../book/book.ts';
import { RECONCILE_TICK_MS, REPLACE_RETRY_MIN_MS, UNMATCHED_RETRY_MS } from '../terms/parameters.ts';
import { DEPLOYMENT_STATES, HEALTHS, INSTANCE_STATES } from '../terms/views.ts';
import { type Deployment, hasEnded } from './deployment.ts';
import { stateOf } from './deployment-view.ts';
import type { Deployments } from './deployments.ts';
import type { Placing } from './placing.ts';
import { plan, type Step } from './plan.ts';
import type { Starting } from './starting.ts';
import type { Tracking } from './tracking.ts';

export interface ReconcilerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly book: Pick<OrderBook, 'onChange'>;
  readonly deployments: Deployments;
  readonly placing: Pick<Placing, 'replace'>;
  readonly starting: Starting;
  readonly tracking: Tracking;
  readonly metrics?: MarketMetrics | undefined;
}

export class Reconciler implements Service {
  readonly #parts: ReconcilerParts;
  readonly #stopping = new AbortController();
  /** Replicas that are being placed, by deployment and number. */
  readonly #placing = new Set<string>();
  /** When a replica that nothing fitted is matched again, on the clock that never goes back. */
  readonly #retryAtMs = new Map<string, number>();
  #isDue = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log, deployments, book } = this.#parts;
    deployments.onChange(() => this.#soon());
    book.onChange(() => this.#bookChanged());
    every({ clock, log, signal: this.#stopping.signal }, RECONCILE_TICK_MS, () => this.#look());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** Takes the steps that are due now, and those that follow from them at once. */
  async settle(deployment: Deployment): Promise<void> {
    const { clock } = this.#parts;
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(plan(deployment, clock.nowMs()).map((step) => this.#take(deployment, step)));
    }
  }

  /** What nothing fitted may fit now; the book changes often, so not before a second is over. */
  #bookChanged(): void {
    const soonMs = this.#parts.clock.monotonicMs() + REPLACE_RETRY_MIN_MS;
    for (const [key, atMs] of this.#retryAtMs) this.#retryAtMs.set(key, Math.min(atMs, soonMs));
  }

  /** Looks once after all the changes of this turn. */
  #soon(): void {
    if (this.#isDue || this.#stopping.signal.aborted) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#look();
    });
  }

  #look(): void {
    if (this.#stopping.signal.aborted) return;
    const { deployments, clock, log } = this.#parts;
    for (const deployment of deployments.all()) {
      for (const step of plan(deployment, clock.nowMs())) {
        this.#take(deployment, step).catch((err) => {
          log.error(
            { err, deployment: deployment.id, step: step.do },
            'failed to carry out a step of a deployment',
          );
        });
      }
      this.#noteRunning(deployment).catch((err) => log.error({ err }, 'failed to write a deployment'));
    }
    this.#measure();
  }

  async #take(deployment: Deployment, step: Step): Promise<void> {
    const { deployments, starting, tracking, metrics, log, clock } = this.#parts;
    if (step.do === 'place') return this.#place(deployment, step);
    if (step.do === 'finish') {
      const { end, cause, exitCode } = step;
      return deployments.want(deployment, { end, cause, exitCode, endedAtMs: clock.nowMs() });
    }
    const { instance } = step;
    if (step.do === 'start') return starting.start(instance);
    if (step.do === 'lose') {
      metrics?.instancesLostTotal.inc();
      const cause = instance.row.cause === '' ? 'VOLUNTEER_LOST' : instance.row.cause;
      log.warn({ lease: instance.id, volunteer: instance.row.volunteer, cause }, 'gave up a copy');
      return deployments.observe(instance, { state: 'lost', cause, givenUp: cause });
    }
    const cause = instance.row.cause === '' && step.cause === 'SUPERSEDED' ? { cause: step.cause } : {};
    await deployments.observe(instance, { state: 'stopping', ...cause });
    return tracking.stopNow(instance);
  }

  async #place(deployment: Deployment, { replica, incarnation }: Step & { do: 'place' }): Promise<void> {
    const key = `${deployment.id}/${replica}`;
    const { clock, placing, metrics, log } = this.#parts;
    if (this.#placing.has(key) || clock.monotonicMs() < (this.#retryAtMs.get(key) ?? 0)) return;
    this.#placing.add(key);
    try {
      const isStillDue = () =>
        plan(deployment, clock.nowMs()).some(
          (step) => step.do === 'place' && step.replica === replica && step.incarnation === incarnation,
        );
      const instance = await placing.replace(deployment, { replica, incarnation }, isStillDue);
      metrics?.replacementsTotal.inc({ outcome: instance === undefined ? 'none' : 'placed' });
      if (instance === undefined) this.#retryAtMs.set(key, clock.monotonicMs() + UNMATCHED_RETRY_MS);
    } catch (error) {
      log.warn({ code: codeOf(error), deployment: deployment.id }, 'failed to place a copy');
      this.#retryAtMs.set(key, clock.monotonicMs() + UNMATCHED_RETRY_MS);
    } finally {
      this.#placing.delete(key);
    }
  }

  async #noteRunning(deployment: Deployment): Promise<void> {
    if (deployment.row.runningSinceMs > 0 || stateOf(deployment) !== 'running') return;
    await this.#parts.deployments.want(deployment, { runningSinceMs: this.#parts.clock.nowMs() });
  }

  #measure(): void {
    const { metrics, deployments } = this.#parts;
    if (metrics === undefined) return;
    const all = deployments.all();
    // Every state at 0 where there is none: a state that is left stays on the dashboard
    for (const state of DEPLOYMENT_STATES)
      metrics.deployments.set({ state }, all.filter((each) => stateOf(each) === state).length);
    const copies = all.filter((each) => !hasEnded(each)).flatMap(({ instances }) => instances);
    for (const state of INSTANCE_STATES)
      metrics.instances.set({ state }, copies.filter(({ row }) => row.state === state).length);
    const running = copies.filter(({ row }) => row.state === 'running');
    for (const health of ['', ...HEALTHS])
      metrics.instanceHealth.set(
        { health: health || 'none' },
        running.filter(({ row }) => row.health === health).length,
      );
  }
}
