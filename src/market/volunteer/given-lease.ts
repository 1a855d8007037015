// A lease as the volunteer that gave it keeps it: the co-signed lease and its working state, on disk at every change.

import type { Table } from '../../ledger/database.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { movedTimes } from '../../lib/clock.ts';
import type { TallyError } from '../../lib/errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { Serial } from '../../lib/serial.ts';
import { MIB } from '../../lib/units.ts';
import type { LeaseStatus } from '../../overlay/protocols/lease.ts';
import type { LeaseReport } from '../../overlay/protocols/receipt.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { KEPT_CHECK, keptOf, NO_CHECK, NO_RESTART, RESTART } from '../../records/health-check.ts';
import { parseId, showId } from '../../records/id.ts';
import { peerOf } from '../../records/identity.ts';
import { bytes, fields, int, type Shape, text } from '../../records/shape.ts';
import type { Health, MemoryFile } from '../../runtime/engine.ts';
import { cutText } from '../../runtime/log-line.ts';
import type { Tell } from '../book/event-log.ts';
import type { Holding } from '../terms/capacity.ts';
import { CAUSE, type Cause, CREDIT_LOW, UNHEALTHY } from '../terms/causes.ts';
import { KEEP_ENDED_MS, KEEP_UNPAID_MS, START_FAILURE_CHARACTERS } from '../terms/parameters.ts';
import { beginPayment, longestEpochMs } from '../terms/payment.ts';
import { chargeFor } from '../terms/pricing.ts';
import type { FetchProgress, LeaseView } from '../terms/views.ts';

const COUNT = int(0);

const NOTE: Shape<Cause | typeof CREDIT_LOW | ''> = (value, path) =>
  value === CREDIT_LOW ? CREDIT_LOW : CAUSE(value, path);

/** Working state of a lease that was given. */
export const GIVEN_ROW = fields({
  series: bytes(16),
  state: text(16, /^(reserved|fetching|starting|running|paused|stalled|restarting|ended)$/),
  /** Why it ended, stands still or is started anew; of one that runs, that little credit is left. */
  cause: NOTE,
  /** Of the last run that ended. */
  exitCode: int(-1, 255),
  upMs: COUNT,
  payment: fields({
    epochMs: COUNT,
    startUpMs: COUNT,
    ended: COUNT,
    signed: COUNT,
    answeredAtMs: COUNT,
    pausedAtMs: COUNT,
  }),
  cpuMilliseconds: COUNT,
  memoryMibSeconds: COUNT,
  tunnelBytes: COUNT,
  signedMicrocredits: COUNT,
  endedAtMs: COUNT,
  /** Whether it is above its tenant's limit, on capacity that is taken back when it is asked for. */
  preemptible: int(0, 1),
  /** What its payload says of health and restarts; the payload itself is stored nowhere. */
  check: KEPT_CHECK,
  restart: RESTART,
  /**
   * Which run of the container is the leased one, in the engine's word; empty: its first. While it is restarting: the one that
   * is over. Whatever run comes after that is leased.
   */
  run: text(64),
  /** How often it was started once more, and how often since a run that went well; up to when it had run before this one. */
  restarts: COUNT,
  quickRestarts: COUNT,
  runFromUpMs: COUNT,
});
export type GivenRow = ReturnType<typeof GIVEN_ROW>;
type GivenState = LeaseView['state'];

/** One lease that this volunteer gave. `row` is replaced, never changed. */
export interface GivenLease {
  readonly id: string;
  readonly tenant: string;
  readonly bid: SignedRecord<'bid'>;
  readonly lease: SignedRecord<'lease'>;
  row: GivenRow;
  /** What its container has on the disk, as last measured; undefined: it was not yet. */
  writtenBytes?: number;
  /** What its container has in memory, stored nowhere; undefined: this process does not know it. */
  files?: readonly MemoryFile[] | undefined;
  /** Its container is to be restarted, and its tenant has to send what it had in memory. */
  needsPayload?: boolean;
  /** How its container is, by its check as this process saw it; undefined: it has none, or nothing is known yet. */
  health?: Health | undefined;
  /** Why its check failed last, fit to be shown; undefined: it has not since it last succeeded, as far as this process saw. */
  healthFailure?: string | undefined;
  /** Whether its latest run was ever healthy. */
  wasHealthy?: boolean;
  /** Its tenant has not been told yet how it stands now. */
  isNews?: boolean;
  /** By how much this machine's clock was set since the lease was given, as far as this process saw. */
  setByMs?: number;
  /** Why the container did not start, or not again, as the engine told this process. */
  startFailure?: string | undefined;
}

/** Why a container did not start, or not again, in the words of the engine if it has some, on one line. */
export function startFailureIn({ details: { reason } }: TallyError): string | undefined {
  return typeof reason === 'string' ? cutText(oneLine(reason), START_FAILURE_CHARACTERS) : undefined;
}

/** Whether its container runs on until it is restarted: it is ill, and has not ended. */
export function runsUntilRestart({ row: { state, cause } }: Pick<GivenLease, 'row'>): boolean {
  return state === 'restarting' && cause === UNHEALTHY;
}

/** When a lease is over, and since when it has been given, on this machine's clock as it is now. */
export function termOf({ lease, setByMs = 0 }: GivenLease): { givenAtMs: number; overAtMs: number } {
  const { issuedAtMs, endsAtMs } = lease.body;
  return { givenAtMs: issuedAtMs + setByMs, overAtMs: endsAtMs + setByMs };
}

/** A new lease, reserved. */
export function reservedRow(series: Uint8Array, lease: SignedRecord<'lease'>['body']): GivenRow {
  return {
    ...{ series, state: 'reserved', cause: '', exitCode: -1, upMs: 0, payment: beginPayment(lease) },
    ...{ cpuMilliseconds: 0, memoryMibSeconds: 0, tunnelBytes: 0, signedMicrocredits: 0, endedAtMs: 0 },
    preemptible: 0,
    ...{
      check: keptOf(NO_CHECK),
      restart: NO_RESTART,
      run: '',
      restarts: 0,
      quickRestarts: 0,
      runFromUpMs: 0,
    },
  };
}

/** What the volunteer charges: for the epochs that are over. */
export function chargeOf({ lease, row }: GivenLease): number {
  return chargeFor(lease.body.priceMicrocreditsPerHour, row.payment.startUpMs);
}

/** The charges of epochs that are over but not signed. */
export function unsignedOf(given: GivenLease): number {
  return Math.max(0, chargeOf(given) - given.row.signedMicrocredits);
}

/** What ran and is not signed, the running epoch with it. */
function unsignedUpTo(given: GivenLease, upMs: number): number {
  const ran = chargeFor(given.lease.body.priceMicrocreditsPerHour, upMs) - given.row.signedMicrocredits;
  return Math.max(unsignedOf(given), ran);
}

/** The most that is held for a lease: what is unsigned, and what the running epoch may come to. */
export function heldOf(given: GivenLease): number {
  const { row, lease } = given;
  if (row.state === 'ended') return unsignedOf(given);
  const { priceMicrocreditsPerHour, awayMs, issuedAtMs, endsAtMs } = lease.body;
  const longestUpMs = row.payment.startUpMs + longestEpochMs(row.payment, { awayMs });
  const most = chargeFor(priceMicrocreditsPerHour, Math.min(longestUpMs, endsAtMs - issuedAtMs));
  return unsignedOf(given) + Math.max(0, most - chargeOf(given));
}

/** The state of a lease, for its tenant. If its container is not up, it counts as paused, with the cause. */
export function statusOf(
  { row, health, healthFailure = '', needsPayload = false }: GivenLease,
  fetch?: FetchProgress,
  creditLeftMicrocredits = -1,
): LeaseStatus {
  const { cause, exitCode, upMs } = row;
  const { bytes: fetchedBytes = 0, ofBytes = 0 } = fetch ?? {};
  return {
    ...{ state: stateShown(row, fetch, needsPayload), cause, exitCode, upMs, fetchedBytes, ofBytes },
    ...{ creditLeftMicrocredits, health: healthShown(row, health), healthFailure, restarts: row.restarts },
  };
}

/**
 * The payload of Start is stored nowhere: if the process ended while an image was on its way, or before a container with secrets is
 * restarted, the tenant has to send it again.
 */
function stateShown({ state }: GivenRow, fetch: FetchProgress | undefined, needsPayload: boolean): string {
  if (state === 'stalled') return 'paused';
  if (state === 'restarting' && needsPayload) return 'reserved';
  return state === 'fetching' && fetch === undefined ? 'reserved' : state;
}

/** One that has a check and has not been looked at is starting; one without a check has nothing to say. */
function healthShown({ state, check }: GivenRow, health: Health | undefined): LeaseStatus['health'] {
  if (state !== 'running' && state !== 'paused') return '';
  return health ?? (check.kind === 'none' || check.kind === 'image' ? '' : 'starting');
}

/** What was measured, for the tenant to acknowledge; totals stand at the end of the last epoch. */
export function reportOf(given: GivenLease): LeaseReport {
  const { row, lease } = given;
  const status = statusOf(given);
  const shown = row.state === 'restarting' ? row.state : status.state;
  const state = ['ended', 'paused', 'restarting'].includes(shown) ? shown : 'running';
  return {
    lease: lease.id,
    epochs: row.payment.ended,
    upMs: row.payment.startUpMs,
    chargedMicrocredits: chargeOf(given),
    cpuMilliseconds: row.cpuMilliseconds,
    memoryMibSeconds: row.memoryMibSeconds,
    diskMibSeconds:
      Math.floor(lease.body.resources.diskBytes / MIB) * Math.floor(row.payment.startUpMs / 1000),
    tunnelKib: Math.floor(row.tunnelBytes / 1024),
    state,
    cause: row.cause,
    exitCode: row.exitCode,
    ...{ health: status.health, healthFailure: status.healthFailure, restarts: row.restarts },
  };
}

/** A given lease as the API shows it, with what was counted of it up to now. */
export function viewGiven(given: GivenLease, volunteer: string, counts: Counted = given.row): LeaseView {
  const { row, lease, bid, id, tenant, startFailure } = given;
  const { resources, priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs } = lease.body;
  return {
    ...{ id, bid: showId(bid.id), side: 'volunteer', volunteer, tenant },
    image: bid.body.image.name,
    ...{ state: row.state as GivenState, cause: row.cause },
    ...(startFailure === undefined ? {} : { startFailure }),
    ...(row.restarts === 0 ? {} : { restarts: row.restarts }),
    ...(row.exitCode < 0 ? {} : { exitCode: row.exitCode }),
    ...{ resources, priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs },
    chargedMicrocredits: row.signedMicrocredits,
    unsignedMicrocredits: unsignedUpTo(given, counts.upMs),
    epochs: row.payment.signed,
    upMs: counts.upMs,
    usage: {
      cpuMilliseconds: counts.cpuMilliseconds,
      memoryMibSeconds: counts.memoryMibSeconds,
      tunnelKib: Math.floor(counts.tunnelBytes / 1024),
    },
  };
}

/** The part of a row that is counted. */
export type Counted = Pick<GivenRow, 'upMs' | 'cpuMilliseconds' | 'memoryMibSeconds' | 'tunnelBytes'>;

/** All leases given, in memory and on disk. */
export class GivenLeases {
  readonly #rows: Table<GivenRow>;
  readonly #ledger: Pick<Ledger, 'record' | 'commit'>;
  readonly #event: Tell;
  readonly #leases = new Map<string, GivenLease>();
  /** Changes that are about to be made, once what they may cost is lent. */
  readonly #coming = new Map<string, Partial<GivenRow>>();
  /** Leases of which a container may be there, whether they have ended or not. */
  readonly #housed = new Set<string>();
  readonly #writing = new Serial();

  constructor(ledger: Ledger, event: Tell) {
    this.#ledger = ledger;
    this.#event = event;
    this.#rows = ledger.table('given-leases', GIVEN_ROW);
  }

  /** Reads back what the process before this one left. */
  async load(): Promise<void> {
    for await (const [id, row] of this.#rows.entries()) {
      const lease = await this.#ledger.record('lease', parseId(id));
      const bid = lease === undefined ? undefined : await this.#ledger.record('bid', lease.body.bid);
      if (lease === undefined || bid === undefined) continue;
      this.#leases.set(id, { id, tenant: peerOf(lease.body.tenant), bid, lease, row });
    }
  }

  get(id: string): GivenLease | undefined {
    return this.#leases.get(id);
  }

  all(): GivenLease[] {
    return [...this.#leases.values()];
  }

  /** From now on what is held is for a lease as it will stand after a change, or as it stands if there is none. */
  expect({ id }: GivenLease, change: Partial<GivenRow> | undefined): void {
    if (change === undefined) this.#coming.delete(id);
    else this.#coming.set(id, change);
  }

  /** What is to be held for a tenant over all its leases. */
  heldFor(tenant: string): number {
    let held = 0;
    for (const given of this.#leases.values())
      if (given.tenant === tenant)
        held += heldOf({ ...given, row: { ...given.row, ...this.#coming.get(given.id) } });
    return held;
  }

  /** The same for every tenant. */
  held(): Map<string, number> {
    return new Map(this.all().map(({ tenant }) => [tenant, this.heldFor(tenant)]));
  }

  /** Leases that have not ended. */
  live(): GivenLease[] {
    return this.all().filter(({ row }) => row.state !== 'ended');
  }

  /** What leases take: those that have not ended, and those that have while their container may still be there. */
  holdings(): Holding[] {
    const holding = this.all().filter(({ id, row }) => row.state !== 'ended' || this.#housed.has(id));
    return holding.map(({ lease, row }) => ({
      series: row.series,
      resources: lease.body.resources,
      isPreemptible: row.preemptible === 1,
    }));
  }

  /** From now on a container of this lease may be there. */
  house({ id }: Pick<GivenLease, 'id'>): void {
    this.#housed.add(id);
  }

  /** What their containers have written, as far as that was measured. */
  writtenBytes(): number {
    const there = this.all().filter(({ id, row }) => row.state !== 'ended' || this.#housed.has(id));
    return there.reduce((sum, { writtenBytes = 0 }) => sum + writtenBytes, 0);
  }

  /** Whether a container of this lease may be there. */
  isHoused({ id }: Pick<GivenLease, 'id'>): boolean {
    return this.#housed.has(id);
  }

  /** The container of this lease is gone. */
  vacate(id: string): void {
    this.#housed.delete(id);
  }

  /** Holds a lease in memory, so that its capacity counts, before it is on disk. */
  hold(given: GivenLease): void {
    this.#leases.set(given.id, given);
  }

  /** Gives up a hold that never got to disk. */
  release(given: GivenLease): void {
    this.#leases.delete(given.id);
  }

  /** Bid and lease under one header, with the row; on disk when it resolves. */
  async commit(given: GivenLease): Promise<void> {
    await this.#ledger.commit([given.bid, given.lease], [this.#rows.writing(given.id, given.row)]);
    this.#tell(given);
  }

  #tell({ id, tenant, row, healthFailure = '' }: GivenLease): void {
    const { cause } = row;
    const reason = cause === UNHEALTHY ? healthFailure : '';
    this.#event({ kind: `lease.${row.state as GivenState}`, lease: id, peer: tenant, cause, reason });
  }

  /** Drops the working state of leases that ended long ago; their records stay in the ledger. */
  async forget(nowMs: number, isLent: (tenant: string) => boolean): Promise<void> {
    for (const given of this.all()) {
      const { id, row, tenant } = given;
      // What a newcomer did not sign is lost with its day's pool; who has a limit still owes it
      const isOwed = unsignedOf(given) > 0 && isLent(tenant);
      const keptMs = isOwed ? KEEP_UNPAID_MS : KEEP_ENDED_MS;
      if (row.state !== 'ended' || nowMs < row.endedAtMs + keptMs) continue;
      this.#leases.delete(id);
      await this.#writing.run(() => this.#rows.delete(id));
    }
  }

  /** The clock was set: times that are waited for move along, at once; on disk when it resolves. */
  async moveTimes(byMs: number): Promise<void> {
    const live = this.live();
    for (const given of live) {
      given.setByMs = (given.setByMs ?? 0) + byMs;
      const { payment } = given.row;
      const { answeredAtMs, pausedAtMs } = payment;
      const times = movedTimes({ answeredAtMs, pausedAtMs }, byMs);
      given.row = { ...given.row, payment: { ...payment, ...times } };
    }
    for (const given of live) await this.#writing.run(() => this.#rows.put(given.id, given.row));
  }

  /** Changes a row, on disk when it resolves. */
  async change(given: GivenLease, change: Partial<GivenRow>): Promise<void> {
    const before = given.row;
    given.row = { ...before, ...change };
    this.#coming.delete(given.id);
    const { state, cause } = given.row;
    if (state !== before.state || (cause !== before.cause && cause !== '')) this.#tell(given);
    await this.#writing.run(() => this.#rows.put(given.id, given.row));
  }
}
