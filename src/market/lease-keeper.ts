// The volunteer's keeper: sees each lease through its life. It ends epochs, pauses and stops what is not paid for,
// takes in what tenants sign, and finds everything again after a crash.
import type { CatchingUp } from '../ledger/catching-up.ts';
import type { CoSigning } from '../ledger/co-signing.ts';
import { type Clock, every, wait } from '../lib/clock.ts';
import { codeOf, TallyError } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { KeyedSerial } from '../lib/serial.ts';
import type { MarketMetrics } from '../metrics/market.ts';
import type { Overlay } from '../overlay/overlay.ts';
import type { ReceiptRequest } from '../overlay/protocols/receipt.ts';
import type { SignedRecord } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import type { Credit } from '../reputation/credit.ts';
import type { Engine, Instance } from '../runtime/engine.ts';
import { CREDIT_LOW } from './causes.ts';
import {
  type Counted,
  chargeOf,
  type GivenLease,
  type GivenLeases,
  type GivenRow,
  unsignedOf,
} from './given-lease.ts';
import { LeaseCounts } from './lease-counts.ts';
import type { LogStore } from './log-store.ts';
import { FORGET_PERIOD_MS, LEASE_TICK_MS, ORPHAN_PERIOD_MS, RESERVATION_MS, RETRY_MS } from './parameters.ts';
import { caughtUp, endPayment, signed, tickPayment } from './payment.ts';
import { Reporting } from './reporting.ts';

export interface LeaseKeeperParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Engine;
  readonly overlay: Pick<Overlay, 'request' | 'onConnect'>;
  readonly coSigning: CoSigning;
  readonly catchingUp: CatchingUp;
  readonly leases: GivenLeases;
  readonly credit: Pick<Credit, 'hold' | 'release' | 'hasLimit'>;
  readonly logs: LogStore;
  /** A lease of this series no longer takes capacity. */
  readonly freed: (series: Uint8Array) => Promise<void>;
  readonly metrics?: MarketMetrics | undefined;
}

/** A change of a row that moves its payment. */
type Change = Partial<GivenRow> & Pick<GivenRow, 'payment'>;

export class LeaseKeeper implements Service {
  readonly #parts: LeaseKeeperParts;
  readonly #counts: LeaseCounts;
  readonly #reporting: Reporting;
  readonly #waits = new Map<string, AbortController>();
  readonly #lanes = new KeyedSerial();
  readonly #stopping = new AbortController();

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
    this.#counts = new LeaseCounts(parts);
    this.#reporting = new Reporting({
      ...parts,
      superseded: (given) => {
        this.end(given, 'SUPERSEDED').catch((err) => {
          parts.log.error({ err, lease: given.id }, 'the end of a lease was not kept');
        });
      },
      signal: this.#stopping.signal,
    });
  }

  /** Takes up the leases of the process before this one, and removes containers that no lease stands for. */
  async start(): Promise<void> {
    const { leases, engine, peer, clock, log, overlay, catchingUp, credit } = this.#parts;
    const bound = AbortSignal.timeout(30_000);
    for (const given of leases.live()) await this.#resume(given, bound);
    await this.#removeOrphans(bound, 0);
    await engine.sweep(peer, bound);
    overlay.onConnect((tenant) => this.#reporting.soon(tenant));
    catchingUp.onLearnt((_, receipts) => this.#learnt(receipts));
    const periodic = { clock, log, signal: this.#stopping.signal };
    every(periodic, LEASE_TICK_MS, () => this.#tick());
    every(periodic, ORPHAN_PERIOD_MS, () =>
      this.#removeOrphans(AbortSignal.timeout(30_000), ORPHAN_PERIOD_MS),
    );
    every(periodic, FORGET_PERIOD_MS, () =>
      leases.forget(clock.nowMs(), (tenant) => credit.hasLimit(tenant)),
    );
  }

  /** Writes down what was counted; containers go on, for the next start to find. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    for (const gone of this.#waits.values()) gone.abort();
    for (const given of this.#parts.leases.live())
      await this.#parts.leases.change(given, this.#counts.end(given));
  }

  /** Containers that no lease has stood for since `sinceMs`: left by a crash, or by a removal that failed. */
  async #removeOrphans(bound: AbortSignal, sinceMs: number): Promise<void> {
    const { leases, engine, peer, clock } = this.#parts;
    for (const { lease } of await engine.list(peer, bound)) {
      const row = leases.get(lease)?.row;
      const isOrphan =
        row === undefined || (row.state === 'ended' && clock.nowMs() >= row.endedAtMs + sinceMs);
      if (isOrphan) await engine.remove(lease, bound);
    }
  }

  async #resume(given: GivenLease, bound: AbortSignal): Promise<void> {
    if (given.row.state === 'reserved') return this.end(given, 'RESERVATION_EXPIRED');
    const instance = await this.#parts.engine.inspect(given.id, bound);
    if (instance === undefined || instance.state === 'created') return this.end(given, 'INSTANCE_LOST');
    if (instance.state === 'exited') return this.#exited(given, instance);
    await this.#parts.leases.change(given, { state: instance.state });
    this.#watch(given);
  }

  /** A container has started: it is counted from now on. */
  async running(given: GivenLease): Promise<void> {
    await this.#parts.leases.change(given, { state: 'running' });
    this.#watch(given);
  }

  #watch(given: GivenLease): void {
    const gone = new AbortController();
    this.#waits.set(given.id, gone);
    this.#counts.begin(given);
    this.#awaitEnd(given, gone.signal).catch((err) => {
      this.#parts.log.error({ err, lease: given.id }, 'the end of a lease was not kept');
    });
  }

  /** Waits for the container to end, through restarts of the engine. */
  async #awaitEnd(given: GivenLease, signal: AbortSignal): Promise<void> {
    const { engine, log, clock } = this.#parts;
    while (!signal.aborted) {
      try {
        return await this.#exited(given, await engine.ended(given.id, signal));
      } catch (error) {
        if (signal.aborted) return;
        if (codeOf(error) === 'INSTANCE_UNKNOWN') return this.end(given, 'INSTANCE_LOST');
        log.warn({ code: codeOf(error), lease: given.id }, 'the wait for a container broke off');
        await wait(clock, RETRY_MS, signal);
      }
    }
  }

  #exited(given: GivenLease, { exitCode = -1, outOfMemory }: Instance): Promise<void> {
    return this.end(given, outOfMemory ? 'OUT_OF_MEMORY' : 'EXITED', Math.min(255, exitCode));
  }

  /** What was counted of a lease up to now. */
  countsOf(given: GivenLease): Counted {
    return this.#counts.upToNow(given);
  }

  /** Bytes went through a tunnel of this lease. */
  countTunnel(lease: string, bytes: number): void {
    this.#counts.addTunnelBytes(lease, bytes);
  }

  async #tick(): Promise<void> {
    const { leases, log } = this.#parts;
    const looks = leases.live().map((given) =>
      this.#inLane(given, () => this.#look(given)).catch((err) => {
        log.error({ err, lease: given.id }, 'a lease was not kept');
      }),
    );
    await Promise.all(looks);
    this.#reporting.sendDue();
    this.#measure();
  }

  async #look(given: GivenLease): Promise<void> {
    const { state } = given.row;
    const { issuedAtMs, endsAtMs } = given.lease.body;
    const nowMs = this.#parts.clock.nowMs();
    const isForgotten = state === 'reserved' && nowMs > issuedAtMs + RESERVATION_MS;
    if (isForgotten) return this.#end(given, 'RESERVATION_EXPIRED');
    if (state !== 'running' && state !== 'paused') return;
    if (nowMs >= endsAtMs) return this.#end(given, 'TERM_OVER');
    this.#counts.meter(given);
    await this.#payment(given, nowMs);
  }

  async #payment(given: GivenLease, nowMs: number): Promise<void> {
    const { engine, leases } = this.#parts;
    const counts = this.#counts.upToNow(given);
    const { payment, action } = tickPayment(given.row.payment, given.lease.body, counts.upMs, nowMs);
    if (action === 'none') return;
    if (action === 'stop-refused') return this.#end(given, 'TENANT_REFUSED');
    if (action === 'stop-away') return this.#end(given, 'TENANT_AWAY');
    if (action === 'pause') await engine.pause(given.id, AbortSignal.timeout(10_000));
    const paused: Partial<GivenRow> = action === 'pause' ? { state: 'paused' } : {};
    const change = { ...counts, ...paused, payment };
    const lent = action === 'report' ? await this.#lendEpoch(given, change) : change;
    if (lent === undefined) return this.#end(given, 'CREDIT_SPENT');
    await leases.change(given, lent);
    this.#reporting.soon(given.tenant);
  }

  /** Reserves the epoch that begins, a short one where a long one would be too much; undefined where that is too. */
  async #lendEpoch(given: GivenLease, change: Change): Promise<Change | undefined> {
    const { firstEpochMs } = given.lease.body;
    const shorter = { ...change, payment: { ...change.payment, epochMs: firstEpochMs } };
    return (await this.#lend(given, change)) ?? (await this.#lend(given, shorter));
  }

  /** With a receipt the running epoch grows, where that can be lent. */
  async #lendLonger(given: GivenLease, change: Change): Promise<Change> {
    const { epochMs } = given.row.payment;
    return (await this.#lend(given, change)) ?? { ...change, payment: { ...change.payment, epochMs } };
  }

  /** What is not held any more is there to be lent again. */
  #settle(tenant: string): void {
    const { leases, credit } = this.#parts;
    credit.release(tenant, leases.heldFor(tenant));
  }

  /** A change with what credit says of it; undefined where the tenant may not owe so much. */
  async #lend(given: GivenLease, change: Change): Promise<Change | undefined> {
    const { leases, credit } = this.#parts;
    // Others of the tenant's leases may end while this is written down: they must not give it back
    leases.expect(given, change);
    try {
      const { isOnRecall, isLow } = await credit.hold(given.tenant, leases.heldFor(given.tenant));
      return { ...change, onRecall: Number(isOnRecall), cause: isLow ? CREDIT_LOW : '' };
    } catch (error) {
      leases.expect(given, undefined);
      if (codeOf(error) !== 'REFUSED_CREDIT') throw error;
      return undefined;
    }
  }

  /** Ends a lease once: the row first, so that a crash leaves no container without an end, then the container. */
  end(given: GivenLease, cause: string, exitCode = -1): Promise<void> {
    return this.#inLane(given, () => this.#end(given, cause, exitCode));
  }

  /** Steps that change one lease never overlap. */
  #inLane(given: GivenLease, step: () => Promise<void>): Promise<void> {
    return this.#lanes.run(given.id, step);
  }

  async #end(given: GivenLease, cause: string, exitCode = -1): Promise<void> {
    if (given.row.state === 'ended') return;
    const { leases, log, clock, metrics } = this.#parts;
    this.#waits.get(given.id)?.abort();
    this.#waits.delete(given.id);
    const counts = this.#counts.end(given);
    const payment = counts.upMs === 0 ? given.row.payment : endPayment(given.row.payment, counts.upMs);
    await leases.change(given, {
      ...counts,
      payment,
      state: 'ended',
      cause,
      exitCode,
      endedAtMs: clock.nowMs(),
    });
    this.#settle(given.tenant);
    metrics?.leasesEndedTotal.inc({ cause });
    log.info({ lease: given.id, cause }, 'lease ended');
    await this.#clear(given);
    this.#reporting.soon(given.tenant);
    this.#reporting.sendDue();
  }

  async #clear(given: GivenLease): Promise<void> {
    const { engine, logs, log, freed } = this.#parts;
    const noted = (sentence: string) => (err: unknown) => log.warn({ err, lease: given.id }, sentence);
    await logs.keep(given.id, engine).catch(noted('logs were not kept'));
    const removing = engine.remove(given.id, AbortSignal.timeout(20_000));
    await removing.catch(noted('a container was not removed; the next start does it'));
    await freed(given.row.series).catch(noted('an offer was not revised'));
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
    if (own === undefined) throw new TallyError('INTERNAL', { reason: 'a receipt without signatures' });
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
    await leases.change(given, row.state === 'ended' ? change : await this.#lendLonger(given, change));
    this.#settle(given.tenant);
    const isUnderpaid = epochs >= payment.ended && chargedMicrocredits < chargeOf(given);
    if (isUnderpaid) return this.#end(given, 'UNDERPAID');
    if (row.state === 'paused' && payment.pausedAtMs === 0) await this.#unpause(given);
  }

  async #unpause(given: GivenLease): Promise<void> {
    await this.#parts.engine.resume(given.id, AbortSignal.timeout(10_000));
    this.#counts.upToNow(given);
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
      this.#settle(given.tenant);
    }
  }

  #measure(): void {
    const { metrics, leases } = this.#parts;
    if (metrics === undefined) return;
    const states = Map.groupBy(leases.live(), ({ row }) => row.state);
    for (const state of ['reserved', 'starting', 'running', 'paused']) {
      metrics.leases.set({ state }, states.get(state)?.length ?? 0);
    }
    metrics.unsignedMicrocredits.set(leases.all().reduce((sum, given) => sum + unsignedOf(given), 0));
  }
}
