// Tracking: how a tenant's deployments stand, by what volunteers answer and report. Never kill on doubt: a volunteer
// that cannot be reached makes a deployment `unknown`, not dead.
import { type Clock, every } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { MarketMetrics } from '../metrics/market.ts';
import { type LeaseStatus, statusProtocol, stopProtocol } from '../overlay/protocols/lease.ts';
import { type Deployment, type DeploymentRow, type Deployments, isOver } from './deployment.ts';
import type { DeploymentState } from './market.ts';
import { FORGET_PERIOD_MS, GRACE_MS, RETRY_MS, STATUS_PERIOD_MS } from './parameters.ts';
import type { Reach } from './reach.ts';

export interface TrackingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly reach: Reach;
  readonly deployments: Deployments;
  readonly metrics?: MarketMetrics | undefined;
}

/** Causes that end a deployment as its tenant wished; all others are failures. */
const WISHED = new Set(['TENANT_STOPPED', 'TERM_OVER']);

const STATUS_LEASES = 128;

/** Every state at 0: a state that is left stays on the dashboard. */
const NO_DEPLOYMENTS: Readonly<Record<DeploymentState, number>> = {
  ...{ placing: 0, starting: 0, running: 0, paused: 0 },
  ...{ unknown: 0, stopping: 0, ended: 0, failed: 0 },
};

export class Tracking implements Service {
  readonly #parts: TrackingParts;
  readonly #stopping = new AbortController();

  constructor(parts: TrackingParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log, deployments } = this.#parts;
    const periodic = { clock, log, signal: this.#stopping.signal };
    every(periodic, STATUS_PERIOD_MS, () => this.#askAll());
    every(periodic, RETRY_MS, () => this.#stopAll());
    every(periodic, FORGET_PERIOD_MS, () => deployments.forget(clock.nowMs()));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  async #askAll(): Promise<void> {
    const { deployments } = this.#parts;
    const asked = deployments.all().filter(({ row }) => ['running', 'paused', 'unknown'].includes(row.state));
    const byVolunteer = Map.groupBy(asked, ({ row }) => row.volunteer);
    await Promise.all([...byVolunteer].map(([volunteer, group]) => this.#ask(volunteer, group)));
    this.#measure();
  }

  async #ask(volunteer: string, group: readonly Deployment[]): Promise<void> {
    const some = group.slice(0, STATUS_LEASES);
    try {
      const request = { leases: some.map(({ row }) => row.lease) };
      const answer = await this.#parts.reach.request(
        statusProtocol,
        volunteer,
        request,
        this.#stopping.signal,
      );
      await Promise.all(some.map((deployment, i) => this.#observeAt(deployment, answer.leases[i])));
    } catch (error) {
      if (!this.#stopping.signal.aborted) await this.#silent(some, codeOf(error));
    }
  }

  async #observeAt(deployment: Deployment, status: LeaseStatus | undefined): Promise<void> {
    if (status !== undefined) await this.observe(deployment, status);
  }

  async #silent(group: readonly Deployment[], code: string): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    for (const deployment of group) {
      const { row } = deployment;
      if (code === 'LEASE_UNKNOWN') await this.#over(deployment, { cause: code });
      else if (nowMs > row.endsAtMs + GRACE_MS) await this.#over(deployment, { cause: 'TERM_OVER' });
      else if (nowMs > row.heardAtMs + GRACE_MS && row.state !== 'unknown') {
        await this.#parts.deployments.change(deployment, { state: 'unknown' });
      }
    }
  }

  /** Takes in what the volunteer says of a lease, asked or reported. */
  async observe(
    deployment: Deployment,
    { state, cause, exitCode }: Omit<LeaseStatus, 'upMs'>,
  ): Promise<void> {
    if (isOver(deployment)) return;
    const heardAtMs = this.#parts.clock.nowMs();
    deployment.row = { ...deployment.row, heardAtMs };
    if (state === 'ended') return this.#over(deployment, { cause, exitCode });
    const observed = state === 'running' || state === 'paused' ? state : undefined;
    const moved =
      ['running', 'paused', 'unknown'].includes(deployment.row.state) && deployment.row.state !== observed;
    if (observed !== undefined && moved)
      await this.#parts.deployments.change(deployment, { state: observed });
  }

  async #over(
    deployment: Deployment,
    { cause, exitCode = -1 }: { cause: string; exitCode?: number },
  ): Promise<void> {
    const wished =
      deployment.row.cause === '' && (WISHED.has(cause) || (cause === 'EXITED' && exitCode === 0));
    const change: Partial<DeploymentRow> = { state: wished ? 'ended' : 'failed', exitCode };
    const kept = deployment.row.cause === '' ? { cause } : {};
    await this.#parts.deployments.change(deployment, {
      ...change,
      ...kept,
      endedAtMs: this.#parts.clock.nowMs(),
    });
  }

  async #stopAll(): Promise<void> {
    const { deployments } = this.#parts;
    const stopping = deployments.all().filter(({ row }) => row.state === 'stopping');
    await Promise.all(stopping.map((deployment) => this.stopNow(deployment)));
  }

  /** Asks the volunteer to end the lease; without an answer it is asked again until the lease is over by itself. */
  async stopNow(deployment: Deployment): Promise<void> {
    const { reach, log } = this.#parts;
    const { volunteer, lease } = deployment.row;
    try {
      const status = await reach.request(stopProtocol, volunteer, { lease }, this.#stopping.signal);
      await this.observe(deployment, status);
    } catch (error) {
      const code = codeOf(error);
      log.debug({ code, deployment: deployment.id }, 'a lease was not ended yet');
      if (!this.#stopping.signal.aborted) await this.#silent([deployment], code);
    }
  }

  #measure(): void {
    const { metrics, deployments } = this.#parts;
    if (metrics === undefined) return;
    const counts = { ...NO_DEPLOYMENTS };
    for (const { row } of deployments.all()) counts[row.state as DeploymentState] += 1;
    for (const [state, count] of Object.entries(counts)) metrics.deployments.set({ state }, count);
  }
}
