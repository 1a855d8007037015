// The volunteer's keeper: counts the time that containers run, ends epochs, pauses and stops what is not paid for,
// and tells tenants what was measured until they have signed it.
import type { CoSigning } from '../ledger/co-signing.ts';
import { type Clock, every } from '../lib/clock.ts';
import { codeOf, TallyError } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { KeyedSerial } from '../lib/serial.ts';
import { MIB } from '../lib/units.ts';
import type { MarketMetrics } from '../metrics/market.ts';
import type { Overlay } from '../overlay/overlay.ts';
import { type ReceiptRequest, reportProtocol } from '../overlay/protocols/receipt.ts';
import { showId } from '../records/id.ts';
import { RECEIPT_MAX_LEASES } from '../records/receipt.ts';
import type { Engine, Instance } from '../runtime/engine.ts';
import {
  chargeOf,
  type GivenLease,
  type GivenLeases,
  type GivenRow,
  reportOf,
  unsignedOf,
} from './given-lease.ts';
import type { LogStore } from './log-store.ts';
import type { OwnOffers } from './own-offers.ts';
import { FINAL_REPORT_MS, LEASE_TICK_MS, METER_PERIOD_MS, RESERVATION_MS, RETRY_MS } from './parameters.ts';
import { endPayment, refused, reported, signed, tickPayment } from './payment.ts';

export interface LeaseKeeperParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Engine;
  readonly overlay: Pick<Overlay, 'request' | 'onConnect'>;
  readonly coSigning: CoSigning;
  readonly leases: GivenLeases;
  readonly logs: LogStore;
  readonly offers: () => OwnOffers;
  readonly metrics?: MarketMetrics | undefined;
}

/** What is counted in memory between two writes of a row. */
interface Watch {
  /** When up-time was last added. */
  countedAtMs: number;
  meteredAtMs: number;
  upMs: number;
  cpuMilliseconds: number;
  memoryMibSeconds: number;
  tunnelBytes: number;
  metering: boolean;
  readonly gone: AbortController;
}

export class LeaseKeeper implements Service {
  readonly #parts: LeaseKeeperParts;
  readonly #watches = new Map<string, Watch>();
  readonly #reportedAtMs = new Map<string, number>();
  readonly #lanes = new KeyedSerial();
  readonly #stopping = new AbortController();

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  /** Takes up the leases of the process before this one, and removes containers that no lease stands for. */
  async start(): Promise<void> {
    const { leases, engine, peer, clock, overlay } = this.#parts;
    const bound = AbortSignal.timeout(30_000);
    for (const given of leases.live()) await this.#resume(given, bound);
    const live = new Set(leases.live().map(({ id }) => id));
    for (const { lease } of await engine.list(peer, bound))
      if (!live.has(lease)) await engine.remove(lease, bound);
    await engine.sweep(peer, bound);
    overlay.onConnect((tenant) => this.#reportedAtMs.delete(tenant));
    every(clock, LEASE_TICK_MS, this.#stopping.signal, () => this.#tick());
  }

  /** Writes down what was counted; containers go on, for the next start to find. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    for (const given of this.#parts.leases.live()) {
      const watch = this.#watches.get(given.id);
      if (watch === undefined) continue;
      watch.gone.abort();
      await this.#parts.leases.change(given, counted(watch));
    }
  }

  async #resume(given: GivenLease, bound: AbortSignal): Promise<void> {
    const instance = await this.#parts.engine.inspect(given.id, bound);
    if (given.row.state === 'reserved') return this.end(given, 'RESERVATION_EXPIRED');
    if (instance === undefined || instance.state === 'created') return this.end(given, 'INSTANCE_LOST');
    if (instance.state === 'exited') return this.#exited(given, instance);
    this.#watch(given);
    await this.#parts.leases.change(given, { state: instance.state });
  }

  /** A container has started: it is counted from now on. */
  async running(given: GivenLease): Promise<void> {
    this.#watch(given);
    await this.#parts.leases.change(given, { state: 'running' });
  }

  #watch(given: GivenLease): void {
    const { clock, engine, log } = this.#parts;
    const { upMs, cpuMilliseconds, memoryMibSeconds, tunnelBytes } = given.row;
    const nowMs = clock.monotonicMs();
    const gone = new AbortController();
    const counts = { upMs, cpuMilliseconds, memoryMibSeconds, tunnelBytes };
    this.#watches.set(given.id, { ...counts, countedAtMs: nowMs, meteredAtMs: nowMs, metering: false, gone });
    engine
      .ended(given.id, gone.signal)
      .then((instance) => this.#exited(given, instance))
      .catch((error) => {
        if (!gone.signal.aborted)
          log.warn({ err: error, lease: given.id }, 'the end of a container was not seen');
      });
  }

  #exited(given: GivenLease, { exitCode = -1, outOfMemory }: Instance): Promise<void> {
    return this.end(given, outOfMemory ? 'OUT_OF_MEMORY' : 'EXITED', Math.min(255, exitCode));
  }

  /** Bytes went through a tunnel of this lease. */
  countTunnel(lease: string, bytes: number): void {
    const watch = this.#watches.get(lease);
    if (watch !== undefined) watch.tunnelBytes += bytes;
  }

  async #tick(): Promise<void> {
    for (const given of this.#parts.leases.live()) {
      await this.#look(given).catch((err) =>
        this.#parts.log.error({ err, lease: given.id }, 'a lease was not kept'),
      );
    }
    this.#report();
    this.#measure();
  }

  async #look(given: GivenLease): Promise<void> {
    const { clock } = this.#parts;
    const { state } = given.row;
    const nowMs = clock.nowMs();
    if (state === 'reserved' && nowMs > given.lease.body.issuedAtMs + RESERVATION_MS) {
      return this.#end(given, 'RESERVATION_EXPIRED');
    }
    if (state !== 'running' && state !== 'paused') return;
    if (nowMs >= given.lease.body.endsAtMs) return this.#end(given, 'TERM_OVER');
    const watch = this.#count(given);
    if (watch === undefined) return;
    this.#meter(given, watch);
    await this.#payment(given, watch, nowMs);
  }

  /** Adds the time since the last look, unless the container was paused. */
  #count(given: GivenLease): Watch | undefined {
    const watch = this.#watches.get(given.id);
    if (watch === undefined) return undefined;
    const nowMs = this.#parts.clock.monotonicMs();
    if (given.row.state === 'running') watch.upMs += nowMs - watch.countedAtMs;
    watch.countedAtMs = nowMs;
    return watch;
  }

  /** Samples the container's use in the background; a sample that fails is missing, not fatal: use only informs. */
  #meter(given: GivenLease, watch: Watch): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (watch.metering || nowMs < watch.meteredAtMs + METER_PERIOD_MS) return;
    const seconds = (nowMs - watch.meteredAtMs) / 1000;
    watch.metering = true;
    watch.meteredAtMs = nowMs;
    this.#sample(given, watch, seconds)
      .catch((error) =>
        this.#parts.log.debug({ code: codeOf(error), lease: given.id }, 'use was not sampled'),
      )
      .finally(() => {
        watch.metering = false;
      });
  }

  async #sample(given: GivenLease, watch: Watch, seconds: number): Promise<void> {
    const usage = await this.#parts.engine.usage(given.id, AbortSignal.timeout(5_000));
    watch.cpuMilliseconds = Math.max(watch.cpuMilliseconds, Math.floor(usage.cpuMilliseconds));
    watch.memoryMibSeconds += (usage.memoryBytes / MIB) * seconds;
  }

  async #payment(given: GivenLease, watch: Watch, nowMs: number): Promise<void> {
    const { payment, action } = tickPayment(
      given.row.payment,
      given.lease.body,
      Math.floor(watch.upMs),
      nowMs,
    );
    if (action === 'none') return;
    if (action === 'stop-refused') return this.#end(given, 'TENANT_REFUSED');
    if (action === 'stop-away') return this.#end(given, 'TENANT_AWAY');
    if (action === 'pause') {
      await this.#parts.engine.pause(given.id, AbortSignal.timeout(10_000));
      await this.#parts.leases.change(given, { ...counted(watch), payment, state: 'paused' });
    } else {
      await this.#parts.leases.change(given, { ...counted(watch), payment });
    }
    this.#reportedAtMs.delete(given.tenant);
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
    const watch = this.#count(given);
    this.#watches.delete(given.id);
    watch?.gone.abort();
    const counts: Partial<GivenRow> = watch === undefined ? {} : counted(watch);
    const upMs = counts.upMs ?? given.row.upMs;
    const payment = upMs === 0 ? given.row.payment : endPayment(given.row.payment, upMs);
    await leases.change(given, {
      ...counts,
      payment,
      state: 'ended',
      cause,
      exitCode,
      endedAtMs: clock.nowMs(),
    });
    metrics?.leasesEndedTotal.inc({ cause });
    log.info({ lease: given.id, cause }, 'lease ended');
    await this.#clear(given);
    this.#reportedAtMs.delete(given.tenant);
    this.#report();
  }

  async #clear(given: GivenLease): Promise<void> {
    const { engine, logs, log, offers } = this.#parts;
    await logs
      .keep(given.id, engine)
      .catch((err) => log.warn({ err, lease: given.id }, 'logs were not kept'));
    await engine
      .remove(given.id, AbortSignal.timeout(20_000))
      .catch((err) =>
        log.warn({ err, lease: given.id }, 'a container was not removed; the next start does it'),
      );
    await offers()
      .revise(given.row.series)
      .catch((err) => log.warn({ err }, 'an offer was not revised'));
  }

  /** Sends reports to the tenants that have something unsigned, each at most every RETRY_MS. */
  #report(): void {
    const nowMs = this.#parts.clock.nowMs();
    const due = this.#parts.leases.all().filter((given) => this.#isUnsigned(given, nowMs));
    for (const [tenant, leases] of Map.groupBy(due, (given) => given.tenant)) {
      if (nowMs < (this.#reportedAtMs.get(tenant) ?? 0) + RETRY_MS) continue;
      this.#reportedAtMs.set(tenant, nowMs);
      this.#send(tenant, leases.slice(0, RECEIPT_MAX_LEASES)).catch((error) => {
        this.#parts.log.debug({ code: codeOf(error), tenant }, 'a report was not answered');
      });
    }
  }

  #isUnsigned({ row }: GivenLease, nowMs: number): boolean {
    const givenUp = row.state === 'ended' && nowMs > row.endedAtMs + FINAL_REPORT_MS;
    return row.payment.ended > row.payment.signed && !givenUp;
  }

  async #send(tenant: string, leases: readonly GivenLease[]): Promise<void> {
    const { overlay, clock } = this.#parts;
    let refusals: readonly string[] | undefined;
    try {
      const signal = this.#stopping.signal;
      ({ refusals } = await overlay.request(
        reportProtocol,
        tenant,
        { leases: leases.map(reportOf) },
        signal,
      ));
    } finally {
      for (const [index, given] of leases.entries()) {
        const answered = reported(given.row.payment, refusals !== undefined, clock.nowMs());
        const said = refusals?.[index] ?? '';
        given.row = { ...given.row, payment: said === '' ? answered : refused(answered, given.lease.body) };
      }
    }
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

  async #signed(given: GivenLease, epochs: number, chargedMicrocredits: number): Promise<void> {
    const { leases, engine, metrics } = this.#parts;
    const before = given.row;
    if (chargedMicrocredits > before.signedMicrocredits) {
      const charge = chargedMicrocredits - before.signedMicrocredits;
      metrics?.chargedMicrocreditsTotal.inc({ side: 'volunteer' }, charge);
    }
    const payment = signed(before.payment, epochs, given.lease.body);
    const change: Partial<GivenRow> = {
      payment,
      signedMicrocredits: Math.max(before.signedMicrocredits, chargedMicrocredits),
    };
    const isResumed = before.state === 'paused' && payment.pausedAtMs === 0;
    if (isResumed) {
      await engine.resume(given.id, AbortSignal.timeout(10_000));
      this.#count(given);
    }
    await leases.change(given, isResumed ? { ...change, state: 'running' } : change);
    const underpaid = epochs === payment.ended && chargedMicrocredits < chargeOf(given);
    if (underpaid && before.state !== 'ended') await this.#end(given, 'UNDERPAID');
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

function counted({ upMs, cpuMilliseconds, memoryMibSeconds, tunnelBytes }: Watch) {
  return {
    upMs: Math.floor(upMs),
    cpuMilliseconds,
    memoryMibSeconds: Math.floor(memoryMibSeconds),
    tunnelBytes,
  };
}
