// The keeper of the volunteer: it takes each lease through its life. It follows the container, ends epochs, pauses and
// stops what is not paid for, records what tenants sign, and finds everything again after a crash.
import type { CatchingUp } from '../../ledger/catching-up.ts';
import type { CoSigning } from '../../ledger/co-signing.ts';
import { type Clock, every, Rounds } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { shortLine } from '../../lib/one-line.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import { HEALTH_FAILURE_BYTES } from '../../overlay/protocols/lease.ts';
import type { ReceiptRequest } from '../../overlay/protocols/receipt.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import type { Resources } from '../../records/common.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import type { Credit } from '../../reputation/credit/credit.ts';
import type { Container, Engine } from '../../runtime/engine.ts';
import type { EngineWatch } from '../../runtime/engine-watch.ts';
import { isWithin } from '../terms/capacity.ts';
import { type Cause, causeOf, causeOfEnding, type Stall } from '../terms/causes.ts';
import type { DiskSpace } from '../terms/disk-space.ts';
import {
  COUNTS_KEPT_MS,
  ENGINE_ACT_TIMEOUT_MS,
  FETCH_STALL_MS,
  FORGET_PERIOD_MS,
  LAST_LOOK_TIMEOUT_MS,
  LEASE_TICK_MS,
  MIN_GRACE_MS,
  ORPHAN_PERIOD_MS,
  RESERVATION_MS,
  STALL_MAX_MS,
} from '../terms/parameters.ts';
import { caughtUp, endPayment, signed, tickPayment } from '../terms/payment.ts';
import { EpochCredit, type PaymentChange } from './epoch-credit.ts';
import {
  type Counted,
  chargeOf,
  type GivenLease,
  type GivenLeases,
  termOf,
  unsignedOf,
} from './given-lease.ts';
import type { Fetching } from './images/fetching.ts';
import { LeaseCounts } from './lease-counts.ts';
import { Leftovers } from './leftovers.ts';
import type { LogStore } from './log-store.ts';
import { Reporting } from './reporting.ts';
import { type OverRun, Restarting } from './restarting.ts';
import type { OpenSessions } from './sessions/open-sessions.ts';
import { ContainerWatch, type Look } from './watches/container-watch.ts';
import { DiskWatch } from './watches/disk-watch.ts';
import { type Found, HealthWatch } from './watches/health-watch.ts';
import { OutputWatch } from './watches/output-watch.ts';

export interface LeaseKeeperParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Engine;
  readonly watch: Pick<EngineWatch, 'onEvent'>;
  readonly overlay: Pick<Overlay, 'request' | 'onConnect'>;
  readonly coSigning: CoSigning;
  readonly catchingUp: CatchingUp;
  readonly leases: GivenLeases;
  readonly credit: Pick<Credit, 'hold' | 'release' | 'hasLimit'>;
  readonly logs: LogStore;
  readonly space: Pick<DiskSpace, 'engineFullAtMs'>;
  readonly fetching: Pick<Fetching, 'isUnderWay' | 'cancel'>;
  /** What tenants do in containers ends with them. */
  readonly open: Pick<OpenSessions, 'end' | 'isCopying'>;
  /** Something no longer takes capacity. */
  readonly freed: () => void;
  readonly metrics?: MarketMetrics | undefined;
}

/** In which order leases keep their place: preemptible ones give way first, then the latest. */
function byClaim(a: GivenLease, b: GivenLease): number {
  return a.row.preemptible - b.row.preemptible || a.lease.body.issuedAtMs - b.lease.body.issuedAtMs;
}

/** Whether a container is held for want of a signature; else it is to run. */
function isHeld({ row }: GivenLease): boolean {
  return row.state === 'paused' && row.payment.pausedAtMs > 0;
}

/** Whether the engine runs its check, if it has one. */
function isCheckedByEngine({ row: { check } }: GivenLease): boolean {
  return check.kind === 'exec' || check.kind === 'image';
}

/** States in which a container that ends can be started once more. */
const RESTARTABLE = ['starting', 'running', 'stalled'];

export class LeaseKeeper implements Service {
  readonly #parts: LeaseKeeperParts;
  readonly #counts: LeaseCounts;
  readonly #containers: ContainerWatch;
  readonly #disks: DiskWatch;
  /** All that look after the containers of leases; each is stopped before those that stand before it. */
  readonly #watches: readonly (ContainerWatch | OutputWatch | DiskWatch | HealthWatch)[];
  readonly #restarting: Restarting;
  readonly #leftovers: Leftovers;
  readonly #epochs: EpochCredit;
  readonly #reporting: Reporting;
  /** Since when leases are stalled, on the clock that never goes back. */
  readonly #stalledAtMs = new Map<string, number>();
  /** Since when nothing brings the image of a lease that waits for it, on the same clock. */
  readonly #idleSinceMs = new Map<string, number>();
  /** Leases of the process before this one at whose containers nobody has looked yet. */
  readonly #takenOver = new Set<GivenLease>();
  readonly #lanes = new KeyedSerial();
  readonly #rounds = new Rounds<GivenLease>();
  readonly #stopping = new AbortController();

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
    this.#counts = new LeaseCounts(parts);
    this.#leftovers = new Leftovers(parts);
    this.#epochs = new EpochCredit(parts);
    this.#containers = new ContainerWatch({
      ...parts,
      isCopying: (lease) => parts.open.isCopying(lease),
      seen: (given, instance, look) => this.#inLane(given, () => this.#seen(given, instance, look)),
      unseen: (given) => this.#inLane(given, () => this.#stall(given, 'ENGINE_SILENT')),
    });
    this.#disks = new DiskWatch({ ...parts, exceeded: (given) => this.#endSoon(given, 'DISK_EXCEEDED') });
    this.#watches = [
      this.#containers,
      new OutputWatch({ ...parts, flooded: (given) => this.#endSoon(given, 'LOG_FLOOD') }),
      this.#disks,
      new HealthWatch({
        ...parts,
        ranMs: (given) => this.#counts.of(given).upMs - given.row.runFromUpMs,
        found: (given, found, run) => this.#inLane(given, () => this.#found(given, found, run)),
      }),
    ];
    this.#restarting = new Restarting({ ...parts, counts: this.#counts });
    this.#reporting = new Reporting({
      ...parts,
      superseded: (given) => this.#endSoon(given, 'SUPERSEDED'),
      signal: this.#stopping.signal,
    });
  }

  /** Takes up the leases of the process before this one; how their containers stand is looked at, now or once it can be. */
  async start(): Promise<void> {
    const { leases, watch, clock, log, overlay, catchingUp, credit } = this.#parts;
    for (const given of leases.live()) {
      if (given.row.state === 'reserved') await this.end(given, 'RESERVATION_EXPIRED');
      else if (given.row.state !== 'fetching') {
        this.#takenOver.add(given);
        this.#take(given);
      }
    }
    await this.#disks.lookAtAll();
    await this.#containers.lookAtAll();
    await this.clearAway();
    watch.onEvent((lease) => this.#containers.lookAt(lease));
    overlay.onConnect((tenant) => this.#reporting.soon(tenant));
    catchingUp.onLearnt((_, receipts) => this.#learnt(receipts));
    for (const each of this.#watches) await each.start();
    const periodic = { clock, log, signal: this.#stopping.signal };
    every(periodic, LEASE_TICK_MS, () => this.#tick());
    every(periodic, ORPHAN_PERIOD_MS, () => this.clearAway(ORPHAN_PERIOD_MS));
    every(periodic, FORGET_PERIOD_MS, () =>
      leases.forget(clock.nowMs(), (tenant) => credit.hasLimit(tenant)),
    );
  }

  /** Writes down what was counted; containers go on, for the next start to find. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    for (const each of this.#watches.toReversed()) await each.stop();
    for (const given of this.#parts.leases.live())
      await this.#parts.leases.change(given, this.#counts.end(given));
  }

  /** How a lease stands is news for its tenant. */
  tell(given: GivenLease): void {
    this.#reporting.tell(given);
  }

  /** Removes what no lease has stood for since `sinceMs`. */
  clearAway(sinceMs = 0): Promise<void> {
    return this.#leftovers.clearAway(sinceMs);
  }

  /** What an engine that has become smaller has no room for ends, the latest first. */
  async fit(engine: Resources): Promise<void> {
    const { leases } = this.#parts;
    if (isWithin(engine, leases.holdings())) return;
    // What is left over of ended leases holds capacity as well
    await this.clearAway();
    const live = leases.live().toSorted(byClaim);
    while (!isWithin(engine, leases.holdings())) {
      const last = live.pop();
      if (last === undefined) return;
      await this.end(last, 'ENGINE_SHRANK');
    }
  }

  /** A container has started: it is counted from now on, unless its lease has ended meanwhile, with which it goes. */
  running(given: GivenLease, { health }: Container): Promise<void> {
    const atMs = this.#parts.clock.monotonicMs();
    return this.#inLane(given, async () => {
      if (given.row.state !== 'starting') return;
      given.health = health;
      await this.#parts.leases.change(given, { state: 'running' });
      this.#take(given);
      this.#counts.seenUp(given, atMs);
    });
  }

  #take(given: GivenLease): void {
    this.#parts.leases.house(given);
    this.#counts.begin(given);
    for (const each of this.#watches) each.take(given);
  }

  /** What a look at the container showed: what is to be is brought about, and what is over is over. */
  async #seen(given: GivenLease, instance: Container | undefined, look: Look): Promise<void> {
    const { atMs, run, isThroughout } = look;
    const { engine, leases } = this.#parts;
    // What was seen before a restart says nothing about the run after it
    if (given.row.state === 'ended' || run !== given.row.run) return;
    const isFirstLook = this.#takenOver.delete(given);
    if (given.row.state === 'restarting' && instance !== undefined) {
      if (this.#restarting.isForeign(given, instance)) await this.#end(given, 'INSTANCE_KILLED');
      return;
    }
    const isMade = instance !== undefined && instance.state !== 'created';
    if (given.row.state === 'starting' && !isMade) return this.#startAnew(given);
    if (instance === undefined || instance.state === 'exited') return this.#gone(given, instance);
    if (instance.state === 'created') return this.#end(given, 'INSTANCE_LOST');
    if (instance.isReduced) return this.#end(given, 'INSTANCE_REDUCED');
    const bound = AbortSignal.timeout(ENGINE_ACT_TIMEOUT_MS);
    if (isHeld(given)) {
      if (instance.state === 'running') await engine.pause(given.id, bound);
      return;
    }
    // Paid for, and this process was killed before it let the container go on
    if (given.row.state === 'paused') return this.#unpause(given);
    if (instance.state === 'paused') return this.#foundPaused(given, isFirstLook);
    this.#stalledAtMs.delete(given.id);
    if (given.row.state !== 'running') await leases.change(given, { state: 'running', cause: '' });
    this.#counts.seenUp(given, atMs, isThroughout);
    if (instance.health !== undefined) await this.#found(given, instance, run);
  }

  /**
   * Its owner has paused it. So may an engine have that began its check again (docker/stalled-checks.ts) as the process before this one
   * was killed: who has seen it run, and looks for the first time, lets it go on.
   */
  async #foundPaused(given: GivenLease, isFirstLook: boolean): Promise<void> {
    if (!isFirstLook || given.row.state !== 'running' || !isCheckedByEngine(given))
      return this.#stall(given, 'INSTANCE_PAUSED');
    await this.#parts.engine.resume(given.id, AbortSignal.timeout(ENGINE_ACT_TIMEOUT_MS));
  }

  /**
   * A process before this one was killed while it made the container and filled its volumes. Nobody knew of a run: its tenant sends
   * Start again, which makes it anew, or takes it up if it runs after all; a tenant that does not gives the lease up.
   */
  async #startAnew(given: GivenLease): Promise<void> {
    for (const each of this.#watches) each.leave(given);
    this.#counts.end(given);
    await this.#parts.leases.change(given, { state: 'fetching' });
  }

  /** A container that has ended, or is not there any more: whose doing it was is the engine's to tell. */
  async #gone(given: GivenLease, instance: Container | undefined): Promise<void> {
    const { engine, clock } = this.#parts;
    const ending = await engine.ending(given.id, AbortSignal.timeout(ENGINE_ACT_TIMEOUT_MS), given.row.run);
    // What waits for its restart has ended once already, by itself: it does not remove itself
    const isLost = instance === undefined && (ending === 'outside' || given.row.state === 'restarting');
    const cause = isLost ? 'INSTANCE_LOST' : causeOfEnding(ending);
    const { finishedAtMs, run } = instance ?? {};
    const exitCode = Math.min(255, instance?.exitCode ?? -1);
    const agoMs = finishedAtMs === undefined ? undefined : clock.nowMs() - finishedAtMs;
    if (run === undefined || !RESTARTABLE.includes(given.row.state))
      return this.#end(given, cause, exitCode, agoMs);
    await this.#runOver(given, { cause, exitCode, agoMs, run });
  }

  /** A run of the container is over: it is started once more, or its lease ends. */
  async #runOver(given: GivenLease, over: OverRun): Promise<void> {
    this.#parts.open.end(given.id);
    const end = await this.#restarting.begin(given, over);
    if (end !== undefined) return this.#end(given, end, over.exitCode, over.agoMs);
    this.#stalledAtMs.delete(given.id);
    this.#reporting.tell(given);
  }

  /** What a health check says of a container that runs. One that is unhealthy is started once more, as often as the rule says. */
  async #found(given: GivenLease, { health, healthFailure }: Found, run: string): Promise<void> {
    if (given.row.state !== 'running' || given.row.run !== run) return;
    const before = given.healthFailure;
    // A single failure of one that is healthy says nothing yet
    if (health === 'healthy') given.healthFailure = undefined;
    else if (healthFailure !== undefined)
      given.healthFailure = shortLine(healthFailure, HEALTH_FAILURE_BYTES);
    // Also the first failure of one that is starting: somebody waits for it
    const isFirst = before === undefined && given.healthFailure !== undefined;
    const isNews = health !== given.health || isFirst;
    given.health = health;
    if (health === 'healthy') given.wasHealthy = true;
    if (isNews) this.#reporting.tell(given);
    if (health !== 'unhealthy') return;
    const instance = await this.#lookOnceMore(given);
    // If it does not run any more, the next look says what became of it
    if (instance?.run !== undefined)
      await this.#runOver(given, { cause: 'UNHEALTHY', exitCode: -1, run: instance.run });
  }

  /** The container is not up, or nobody can tell: nothing is charged until it is seen to run. */
  async #stall(given: GivenLease, cause: Stall): Promise<void> {
    this.#counts.seenDown(given);
    const { state, cause: before } = given.row;
    if (state === 'ended' || state === 'paused' || state === 'restarting') return;
    if (state === 'starting') return this.#startAnew(given);
    if (state === 'stalled' && before === cause) return;
    await this.#parts.leases.change(given, { ...this.#counts.of(given), state: 'stalled', cause });
    this.#parts.log.warn({ lease: given.id, cause }, 'the container of a lease is not up');
  }

  /** What was counted of a lease up to now. */
  countsOf(given: GivenLease): Counted {
    return this.#counts.of(given);
  }

  /** Bytes went through a tunnel of this lease. */
  countTunnel(lease: string, bytes: number): void {
    this.#counts.addTunnelBytes(lease, bytes);
  }

  #tick(): void {
    const { leases, log } = this.#parts;
    // None waits for another: an end takes as long as the engine does
    const look = async (given: GivenLease) => {
      await this.#inLane(given, () => this.#look(given));
      this.#reporting.sendDue();
    };
    this.#rounds.begin(leases.live(), look, (err, { id }) =>
      log.error({ err, lease: id }, 'failed to check a lease'),
    );
    this.#reporting.sendDue();
    this.#measure();
  }

  async #look(given: GivenLease): Promise<void> {
    const { state } = given.row;
    const nowMs = this.#parts.clock.nowMs();
    const { givenAtMs, overAtMs } = termOf(given);
    const isForgotten = state === 'reserved' && nowMs > givenAtMs + RESERVATION_MS;
    if (isForgotten) return this.#end(given, 'RESERVATION_EXPIRED');
    if (state === 'ended' || state === 'reserved' || state === 'starting') return;
    if (nowMs >= overAtMs) return this.#end(given, 'TERM_OVER');
    if (state === 'fetching') return this.#lookAtFetching(given);
    if (state === 'stalled') return this.#lookAtStalled(given);
    if (state === 'restarting') return this.#lookAtRestarting(given);
    this.#counts.meter(given);
    await this.#payment(given, nowMs);
  }

  /** After a start of the peer nothing brings the image until its tenant has sent Start again; one that does not gives it up. */
  async #lookAtFetching(given: GivenLease): Promise<void> {
    const { fetching, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (fetching.isUnderWay(given.id)) this.#idleSinceMs.delete(given.id);
    else if (nowMs > this.#idleSince(given, nowMs) + FETCH_STALL_MS)
      await this.#end(given, 'RESERVATION_EXPIRED');
  }

  #idleSince({ id }: GivenLease, nowMs: number): number {
    const sinceMs = this.#idleSinceMs.get(id) ?? nowMs;
    this.#idleSinceMs.set(id, sinceMs);
    return sinceMs;
  }

  /** Nothing is charged, so that no tenant would ever be found away: a stall ends by itself. */
  async #lookAtStalled(given: GivenLease): Promise<void> {
    const sinceMs = this.#stalledAtMs.get(given.id) ?? this.#parts.clock.monotonicMs();
    this.#stalledAtMs.set(given.id, sinceMs);
    const isOver = this.#parts.clock.monotonicMs() > sinceMs + STALL_MAX_MS;
    if (isOver) await this.#end(given, causeOf(given.row.cause));
  }

  async #lookAtRestarting(given: GivenLease): Promise<void> {
    // It can be over its disk since before this process
    if (!this.#disks.hasLooked(given)) return;
    const end = await this.#restarting.look(given);
    if (end !== undefined) return this.#end(given, end);
    if (given.row.state !== 'restarting') this.#reporting.tell(given);
  }

  /** What was counted since the last report is not lost with this process, but for the last seconds. */
  async #keepCounts(given: GivenLease, counts: Counted): Promise<void> {
    if (counts.upMs >= given.row.upMs + COUNTS_KEPT_MS) await this.#parts.leases.change(given, counts);
  }

  async #payment(given: GivenLease, nowMs: number): Promise<void> {
    const { leases } = this.#parts;
    const counts = this.#counts.of(given);
    const { payment, action } = tickPayment(given.row.payment, given.lease.body, counts.upMs, nowMs);
    if (action === 'none') return this.#keepCounts(given, counts);
    if (action === 'stop-refused') return this.#end(given, 'TENANT_REFUSED');
    if (action === 'stop-away') return this.#end(given, 'TENANT_AWAY');
    if (action === 'pause') return this.#pause(given, { ...counts, payment });
    const change = { ...counts, payment };
    const lent = action === 'report' ? await this.#epochs.next(given, change) : change;
    if (lent === undefined) return this.#end(given, 'CREDIT_SPENT');
    await leases.change(given, lent);
    this.#reporting.soon(given.tenant);
  }

  /** Holds the container until the tenant has signed. The row first: what a crash leaves running is held by the next look. */
  async #pause(given: GivenLease, change: PaymentChange): Promise<void> {
    await this.#parts.leases.change(given, { ...change, state: 'paused' });
    this.#counts.seenDown(given);
    this.#reporting.soon(given.tenant);
    await this.#parts.engine.pause(given.id, AbortSignal.timeout(ENGINE_ACT_TIMEOUT_MS));
  }

  /**
   * Ends a lease once: the row first, so that a crash leaves no container without an end, then the container. A last word is
   * what its log ends with.
   */
  end(given: GivenLease, cause: Cause, lastWord?: string): Promise<void> {
    return this.#inLane(given, async () => {
      if (lastWord !== undefined && given.row.state !== 'ended')
        await this.#parts.logs.note(given.id, lastWord);
      await this.#end(given, cause);
    });
  }

  /**
   * Ends a lease at its tenant's wish. What kept its container from running for so long that a tenant gives it up is then the
   * cause, which the tenant counts against this volunteer.
   */
  endAtWish(given: GivenLease): Promise<void> {
    return this.#inLane(given, async () => {
      const { id, row } = given;
      const nowMs = this.#parts.clock.monotonicMs();
      const stalledMs = nowMs - (this.#stalledAtMs.get(id) ?? nowMs);
      const isGivenUp = row.state === 'stalled' && stalledMs >= MIN_GRACE_MS;
      await this.#end(given, isGivenUp ? causeOf(row.cause) : 'TENANT_STOPPED');
    });
  }

  /** As `end`, for who does not wait for it. */
  #endSoon(given: GivenLease, cause: Cause): void {
    this.end(given, cause).catch((err) => {
      this.#parts.log.error({ err, lease: given.id }, 'failed to end a lease');
    });
  }

  /** Resolves once no step of this lease is under way: what an end had to keep is kept. */
  settled(given: GivenLease): Promise<void> {
    return this.#inLane(given, async () => {});
  }

  /** Steps that change one lease never overlap. */
  #inLane(given: GivenLease, step: () => Promise<void>): Promise<void> {
    return this.#lanes.run(given.id, step);
  }

  async #end(given: GivenLease, cause: Cause, exitCode = -1, agoMs?: number): Promise<void> {
    if (given.row.state === 'ended') return;
    const { leases, log, clock, metrics } = this.#parts;
    const wasCopying = this.#parts.open.isCopying(given.id);
    this.#parts.open.end(given.id);
    if (agoMs === undefined) await this.#lookOnceMore(given, wasCopying);
    for (const each of this.#watches) each.leave(given);
    this.#stalledAtMs.delete(given.id);
    this.#idleSinceMs.delete(given.id);
    this.#parts.fetching.cancel(given.id);
    this.#restarting.forget(given);
    this.#takenOver.delete(given);
    given.files = undefined;
    const counts = this.#counts.end(given, agoMs);
    const payment = counts.upMs === 0 ? given.row.payment : endPayment(given.row.payment, counts.upMs);
    await leases.change(given, {
      ...counts,
      payment,
      state: 'ended',
      cause,
      exitCode,
      endedAtMs: clock.nowMs(),
    });
    if (cause === 'DISK_EXCEEDED') await this.#halt(given);
    this.#epochs.settle(given.tenant);
    metrics?.leasesEndedTotal.inc({ cause });
    log.info({ lease: given.id, cause }, 'a lease ended');
    await this.#leftovers.remove(given.id);
    this.#parts.freed();
    this.#reporting.soon(given.tenant);
    this.#reporting.sendDue();
  }

  /** What writes without end is given no grace to go on; where this fails the removal ends it. */
  async #halt({ id }: GivenLease): Promise<void> {
    await this.#parts.engine.halt(id, AbortSignal.timeout(ENGINE_ACT_TIMEOUT_MS)).catch((err: unknown) => {
      this.#parts.log.warn({ err, lease: id }, 'failed to end a container at once');
    });
  }

  /** What ran since the last look is paid for too, where it can be seen that it did: the container, if it runs. */
  async #lookOnceMore(given: GivenLease, isThroughout = false): Promise<Container | undefined> {
    const { engine, clock } = this.#parts;
    if (given.row.state !== 'running') return undefined;
    const atMs = clock.monotonicMs();
    const bound = AbortSignal.timeout(LAST_LOOK_TIMEOUT_MS);
    const instance = await engine.inspect(given.id, bound, given.row.run).catch(() => undefined);
    if (instance?.state !== 'running') return undefined;
    this.#counts.seenUp(given, atMs, isThroughout);
    return instance;
  }

  /** Countersigns a tenant's draft, and takes up what it closes. Throws the ledger's codes. */
  async countersign(tenant: string, { body, signature }: ReceiptRequest): Promise<{ signature: Uint8Array }> {
    const receipt = await this.#parts.coSigning.countersign(tenant, body, signature);
    for (const { lease, epochs, counters } of receipt.body.leases) {
      const given = this.#parts.leases.get(showId(lease));
      if (given === undefined) continue;
      await this.#inLane(given, () => this.#signed(given, epochs, counters.chargedMicrocredits));
    }
    const [own] = receipt.signatures;
    if (own === undefined)
      throw new TallyError('INTERNAL', { reason: 'a receipt has no signature of this peer' });
    return { signature: own };
  }

  /** A receipt names this lease. One that pays too little is signed all the same, and the lease ends. */
  async #signed(given: GivenLease, epochs: number, chargedMicrocredits: number): Promise<void> {
    const { leases, metrics } = this.#parts;
    const { row } = given;
    const growth = Math.max(0, chargedMicrocredits - row.signedMicrocredits);
    metrics?.chargedMicrocreditsTotal.inc({ side: 'volunteer' }, growth);
    const payment = signed(row.payment, epochs, given.lease.body);
    const change = { payment, signedMicrocredits: row.signedMicrocredits + growth };
    await leases.change(given, row.state === 'ended' ? change : await this.#epochs.longer(given, change));
    this.#epochs.settle(given.tenant);
    const isUnderpaid = epochs >= payment.ended && chargedMicrocredits < chargeOf(given);
    if (isUnderpaid) return this.#end(given, 'UNDERPAID');
    if (row.state === 'paused' && payment.pausedAtMs === 0) await this.#unpause(given);
  }

  async #unpause(given: GivenLease): Promise<void> {
    // It can be over its disk since before this process; the next look comes back to it
    if (!this.#disks.hasLooked(given)) return;
    await this.#parts.engine.resume(given.id, AbortSignal.timeout(ENGINE_ACT_TIMEOUT_MS));
    await this.#parts.leases.change(given, { state: 'running' });
  }

  /** Receipts turned up that this peer had lost: what they close is closed. */
  async #learnt(receipts: readonly SignedRecord<'receipt'>[]): Promise<void> {
    for (const { lease, epochs, counters } of receipts.flatMap(({ body }) => body.leases)) {
      const given = this.#parts.leases.get(showId(lease));
      if (given === undefined) continue;
      await this.#inLane(given, () => {
        const payment = caughtUp(given.row.payment, epochs);
        const signedMicrocredits = Math.max(given.row.signedMicrocredits, counters.chargedMicrocredits);
        return this.#parts.leases.change(given, { payment, signedMicrocredits });
      });
      this.#epochs.settle(given.tenant);
    }
  }

  #measure(): void {
    const { metrics, leases } = this.#parts;
    if (metrics === undefined) return;
    const states = Map.groupBy(leases.live(), ({ row }) => row.state);
    for (const state of ['reserved', 'fetching', 'starting', 'running', 'paused', 'stalled', 'restarting']) {
      metrics.leases.set({ state }, states.get(state)?.length ?? 0);
    }
    metrics.unsignedMicrocredits.set(leases.all().reduce((sum, given) => sum + unsignedOf(given), 0));
  }
}
