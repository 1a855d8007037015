// Tracking: the states of a tenant's copies, from the answers and reports of volunteers. Never kill on doubt: a
// volunteer that is out of reach makes a copy `unknown`, not dead; the plan decides what follows.
import { isDeepStrictEqual } from 'node:util';
import { type Clock, every, Rounds } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { type LeaseStatus, statusProtocol, stopProtocol } from '../../overlay/protocols/lease.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import {
  type Cause,
  CREDIT_LOW,
  causeOf,
  doingOf,
  isStall,
  NOT_ANSWERING,
  type Stall,
} from '../terms/causes.ts';
import {
  FETCH_LOOK_MS,
  FORGET_PERIOD_MS,
  GRACE_MS,
  REPORT_DRIFT,
  REPORT_TOLERANCE_MS,
  RETRY_MS,
  STATUS_PERIOD_MS,
} from '../terms/parameters.ts';
import {
  countedUntilMs,
  downUpTo,
  fetchAfter,
  healthOf,
  type Instance,
  type InstanceRow,
  isOver,
  isSuperseded,
  overlapUntilMs,
  termOverAtMs,
} from './deployment.ts';
import type { Deployments } from './deployments.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface TrackingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Pick<Overlay, 'onConnect'>;
  readonly calls: VolunteerCalls;
  readonly deployments: Deployments;
}

/** States in which a volunteer is asked how a copy stands; a lost one may come back before it is replaced. */
const ASKED = ['fetching', 'running', 'restarting', 'paused', 'unknown', 'lost'];

/** What a volunteer says of a lease; a report says nothing of its image. */
type Observed = Pick<LeaseStatus, 'state' | 'cause' | 'exitCode' | 'upMs'> &
  Partial<Pick<LeaseStatus, 'fetchedBytes' | 'ofBytes' | 'creditLeftMicrocredits'>> &
  Pick<LeaseStatus, 'health' | 'healthFailure' | 'restarts'>;

/** States of a copy whose volunteer answers. */
const REACHED = ['fetching', 'running', 'restarting', 'paused'];

const STATUS_LEASES = 128;

/**
 * Whether a volunteer's word on why a lease ended can be true. What the tenant wishes, and when a term is over, the
 * tenant knows itself: a volunteer that says so to be rid of a lease broke it.
 */
function canBeTrue(cause: Cause, { row, deployment }: Instance, nowMs: number): boolean {
  if (cause === 'TENANT_STOPPED') return row.state === 'stopping' || deployment.row.wanted === 'stopped';
  if (cause === 'TERM_OVER') {
    const termMs = row.endsAtMs - row.issuedAtMs;
    return nowMs >= termOverAtMs(row) - termMs * REPORT_DRIFT - REPORT_TOLERANCE_MS;
  }
  return true;
}

/**
 * What the end of the term means for a copy. One that could not be seen to run then, by this tenant or by its volunteer's
 * own word, was not up: for longer than the grace, for what kept it; else nobody saw its end.
 */
function causeAtTermEnd({ row, deployment }: Instance, isHeard: boolean): Cause {
  const { state, unknownSinceMs, cause } = row;
  const missedMs = termOverAtMs(row) - unknownSinceMs;
  const wasUp = state !== 'unknown' || missedMs <= REPORT_TOLERANCE_MS || (isHeard && cause === '');
  if (wasUp) return 'TERM_OVER';
  return missedMs > deployment.row.graceMs ? cause || 'VOLUNTEER_LOST' : 'ENDED_UNSEEN';
}

export class Tracking implements Service {
  readonly #parts: TrackingParts;
  readonly #stopping = new AbortController();
  /** Volunteers whose answer is awaited. */
  readonly #asking = new Set<string>();
  readonly #stops = new Rounds<Instance>();

  constructor(parts: TrackingParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log, overlay, deployments } = this.#parts;
    const periodic = { clock, log, signal: this.#stopping.signal };
    overlay.onConnect((volunteer) => this.#met(volunteer));
    every(periodic, STATUS_PERIOD_MS, () => this.#askAll(this.#asked()));
    // How far an image is on its way is looked at by people
    every(periodic, FETCH_LOOK_MS, () =>
      this.#askAll(this.#asked().filter(({ row }) => row.state === 'fetching')),
    );
    every(periodic, RETRY_MS, () =>
      this.#stops.begin(this.#beingStopped(), (instance) => this.stopNow(instance), failedToStop(log)),
    );
    every(periodic, FORGET_PERIOD_MS, () => deployments.forget(clock.nowMs()));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** A volunteer that is here again is asked at once. */
  #met(volunteer: string): void {
    const asked = this.#asked().filter(({ row }) => row.volunteer === volunteer);
    const stopping = this.#beingStopped().filter(({ row }) => row.volunteer === volunteer);
    if (asked.length > 0) void this.#ask(volunteer, asked);
    for (const instance of stopping) void this.stopNow(instance);
  }

  #asked(): Instance[] {
    const { deployments } = this.#parts;
    return deployments.instances().filter((each) => ASKED.includes(each.row.state) && !isSuperseded(each));
  }

  /** Each volunteer is asked in its own time: one that is slow delays nobody else. */
  #askAll(asked: readonly Instance[]): void {
    const byVolunteer = Map.groupBy(asked, ({ row }) => row.volunteer);
    for (const [volunteer, group] of byVolunteer) void this.#ask(volunteer, group);
  }

  async #ask(volunteer: string, group: readonly Instance[]): Promise<void> {
    if (this.#asking.has(volunteer)) return;
    this.#asking.add(volunteer);
    try {
      for (let from = 0; from < group.length; from += STATUS_LEASES)
        await this.#askSome(volunteer, group.slice(from, from + STATUS_LEASES));
    } catch (err) {
      this.#parts.log.error({ err, volunteer }, 'failed to process an answer about leases');
    } finally {
      this.#asking.delete(volunteer);
    }
  }

  async #askSome(volunteer: string, some: readonly Instance[]): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const request = { leases: some.map(({ row }) => row.lease) };
      const answer = await this.#parts.calls.request(statusProtocol, volunteer, request, signal);
      await Promise.all(some.map((instance, i) => this.#observeAt(instance, answer.leases[i])));
    } catch (error) {
      if (signal.aborted || codeOf(error) === 'BUDGET_SPENT') return;
      // One lease that the volunteer does not know says nothing about the others
      const isOneOfMany = codeOf(error) === 'LEASE_UNKNOWN' && some.length > 1;
      if (isOneOfMany) for (const each of some) await this.#askSome(volunteer, [each]);
      else await this.#silent(some, codeOf(error));
    }
  }

  async #observeAt(instance: Instance, status: LeaseStatus | undefined): Promise<void> {
    if (status !== undefined) await this.observe(instance, status);
  }

  /** No answer, or none about these leases. */
  async #silent(group: readonly Instance[], code: string): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    for (const instance of group) {
      const { row } = instance;
      const isGivenUp = row.state === 'lost' || row.state === 'stopping';
      if (isOver(instance)) continue;
      if (code === 'LEASE_UNKNOWN') await this.#over(instance, { cause: code });
      else if (nowMs > termOverAtMs(row) + GRACE_MS) await this.#over(instance, { cause: 'TERM_OVER' });
      else if (isGivenUp && nowMs > overlapUntilMs(row))
        await this.#over(instance, { cause: 'VOLUNTEER_LOST' });
      else if (REACHED.includes(row.state)) {
        const downMs = downUpTo(instance, nowMs);
        await this.#parts.deployments.observe(instance, {
          ...{ state: 'unknown', cause: '', unknownSinceMs: nowMs, downMs },
        });
      }
    }
  }

  /** Takes in what the volunteer says of a lease, asked or reported. */
  async observe(instance: Instance, said: Observed): Promise<void> {
    const { state, cause, exitCode, ...rest } = said;
    if (isOver(instance)) return;
    if (state === 'ended') instance.endedUpMs = rest.upMs;
    if (state === 'ended') {
      const { healthFailure } = healthOf(said);
      return this.#over(instance, { cause, exitCode, healthFailure, isHeard: true });
    }
    // What another took the place of is out of the count, however well it runs
    if (isSuperseded(instance)) return;
    instance.row = { ...instance.row, heardAtMs: this.#parts.clock.nowMs() };
    const { creditLeftMicrocredits = -1 } = rest;
    if (creditLeftMicrocredits >= 0) instance.creditLeftMicrocredits = creditLeftMicrocredits;
    this.#noteCredit(instance, cause === CREDIT_LOW);
    if (isStall(cause)) return this.down(instance, cause, this.#parts.clock.nowMs());
    if (state === 'restarting') return this.#restarting(instance, said);
    await this.#noteHealth(instance, said);
    if (instance.row.runningSinceMs === 0) return this.#onItsWay(instance, state, rest);
    // It is to be restarted, and what it had in memory is to be sent once more
    if (state === 'reserved' && ASKED.includes(instance.row.state))
      return this.#parts.deployments.observe(instance, { state: 'starting', unknownSinceMs: 0 });
    const observed = state === 'running' || state === 'paused' ? state : undefined;
    const moved = ASKED.includes(instance.row.state) && instance.row.state !== observed;
    // That it runs is not the volunteer's to say where what it runs does not answer
    if (observed !== undefined && moved && instance.row.cause !== NOT_ANSWERING)
      await this.up(instance, observed);
  }

  /** A copy that has not run yet: its image comes, its container has started, or Start has to be sent once more. */
  async #onItsWay(instance: Instance, state: string, fetch: Pick<Observed, 'fetchedBytes' | 'ofBytes'>) {
    const { deployments, clock } = this.#parts;
    const { state: before } = instance.row;
    if (!ASKED.includes(before) && before !== 'starting') return;
    const nowMs = clock.nowMs();
    if (state === 'fetching') {
      const { fetchedBytes: bytes = 0, ofBytes = 0 } = fetch;
      instance.fetch = fetchAfter(instance.fetch, { bytes, ofBytes }, nowMs);
      await deployments.observe(instance, { state, cause: '', heardAtMs: nowMs, unknownSinceMs: 0 });
    } else if (state === 'reserved' && before !== 'starting')
      await deployments.observe(instance, { state: 'starting', unknownSinceMs: 0 });
    else if ((state === 'running' || state === 'paused') && before !== 'starting')
      await deployments.observe(instance, { state, cause: '', runningSinceMs: nowMs, unknownSinceMs: 0 });
  }

  /** Its container has ended, and its volunteer starts it once more: it is not up until that is said to be done. */
  async #restarting(instance: Instance, said: Observed): Promise<void> {
    const { row } = instance;
    const { cause, exitCode, restarts } = said;
    if (!ASKED.includes(row.state) && row.state !== 'starting') return;
    // Given up for just that
    if (row.state === 'lost' && row.cause === 'RESTARTS_SPENT') return;
    const nowMs = this.#parts.clock.nowMs();
    const isSame = row.state === 'restarting' && row.restarts === restarts && row.exitCode === exitCode;
    if (isSame && row.cause === causeOf(cause)) return;
    await this.#parts.deployments.observe(instance, {
      ...{ state: 'restarting', cause: causeOf(cause), exitCode, restarts, health: '' },
      healthFailure: healthOf(said).healthFailure || row.healthFailure,
      // A copy that has a run behind it ran, also where nobody saw it
      runningSinceMs: row.runningSinceMs === 0 ? nowMs : row.runningSinceMs,
      ...{ unknownSinceMs: nowMs, downMs: downUpTo(instance, nowMs) },
    });
  }

  /** What its health check says, and how often it was started once more. */
  async #noteHealth(instance: Instance, said: Observed): Promise<void> {
    const { row } = instance;
    const { restarts, exitCode } = said;
    const now = { ...healthOf(said), restarts, exitCode };
    if (isDeepStrictEqual({ ...row, ...now }, row)) return;
    await this.#parts.deployments.observe(instance, now);
  }

  /** The copy has not been up since `sinceMs`: `unknown`, with the cause; the grace runs from then on. */
  async down(instance: Instance, cause: Stall | typeof NOT_ANSWERING, sinceMs: number): Promise<void> {
    const { state, cause: before } = instance.row;
    const isNews = state === 'running' || state === 'paused' || (state === 'unknown' && before === '');
    if (isNews)
      await this.#parts.deployments.observe(instance, { state: 'unknown', cause, unknownSinceMs: sinceMs });
  }

  /** The copy is up again, or held by its volunteer for want of a signature. */
  async up(instance: Instance, state: 'running' | 'paused' = 'running'): Promise<void> {
    const downMs = downUpTo(instance, this.#parts.clock.nowMs());
    await this.#parts.deployments.observe(instance, { state, cause: '', unknownSinceMs: 0, downMs });
  }

  /** Told once, until there is credit again. */
  #noteCredit(instance: Instance, isLow: boolean): void {
    const wasLow = instance.isCreditLow === true;
    instance.isCreditLow = isLow;
    if (isLow && !wasLow) this.#parts.deployments.warn(instance);
  }

  async #over(
    instance: Instance,
    end: { cause: string; exitCode?: number; healthFailure?: string; isHeard?: boolean },
  ): Promise<void> {
    const { row } = instance;
    const { cause: said, exitCode = -1, isHeard = false } = end;
    const healthFailure = end.healthFailure || row.healthFailure;
    const nowMs = this.#parts.clock.nowMs();
    const cause = causeOf(said);
    instance.isCreditLow = false;
    const told = canBeTrue(cause, instance, nowMs) ? cause : 'ENDED_EARLY';
    const isGivenUp = row.state === 'lost' || row.state === 'stopping';
    const seen = told === 'TERM_OVER' ? causeAtTermEnd(instance, isHeard) : told;
    const kept = isGivenUp && row.cause !== '' ? row.cause : seen;
    const wished = doingOf(kept) === 'wished' || (kept === 'EXITED' && exitCode === 0);
    const downMs = downUpTo(instance, countedUntilMs(instance, nowMs));
    const change: Partial<InstanceRow> = {
      state: wished ? 'ended' : 'failed',
      cause: kept,
      exitCode,
      healthFailure,
      downMs,
    };
    await this.#parts.deployments.observe(instance, { ...change, endedAtMs: nowMs });
  }

  #beingStopped(): Instance[] {
    return this.#parts.deployments.instances().filter(({ row }) => row.state === 'stopping');
  }

  /** Asks the volunteer to end the lease; without an answer it is asked again until the lease is over by itself. */
  async stopNow(instance: Instance): Promise<void> {
    const { calls, log } = this.#parts;
    const { volunteer, lease } = instance.row;
    try {
      const status = await calls.request(stopProtocol, volunteer, { lease }, this.#stopping.signal);
      await this.observe(instance, status);
    } catch (error) {
      const code = codeOf(error);
      log.debug({ code, lease: instance.id }, 'failed to end a lease at its volunteer; will try again');
      if (!this.#stopping.signal.aborted) await this.#silent([instance], code);
    }
  }
}

const failedToStop = (log: Log) => (err: unknown, instance: Instance) =>
  log.error({ err, lease: instance.id }, 'failed to stop a copy; will try again');
