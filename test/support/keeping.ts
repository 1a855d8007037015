// A volunteer's keeper over the engine in memory, on a clock that tests move, with tenants that do as they are told.
import type { Ledger } from '../../src/ledger/ledger.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { LEASE_TICK_MS } from '../../src/market/terms/parameters.ts';
import {
  type GivenLease,
  GivenLeases,
  type GivenRow,
  reservedRow,
} from '../../src/market/volunteer/given-lease.ts';
import { LeaseKeeper, type LeaseKeeperParts } from '../../src/market/volunteer/lease-keeper.ts';
import { LogStore } from '../../src/market/volunteer/log-store.ts';
import { OpenSessions } from '../../src/market/volunteer/sessions/open-sessions.ts';
import type { ReportRequest } from '../../src/overlay/protocols/receipt.ts';
import type { SignedRecord } from '../../src/records/envelope.ts';
import { showId } from '../../src/records/id.ts';
import type { LeaseBody } from '../../src/records/lease.ts';
import type { FakeProgram } from '../../src/runtime/fake/fake-container.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { HandClock } from './hand-clock.ts';
import { NO_FETCHING } from './no-images.ts';
import { example, NOW_MS } from './records.ts';
import { memoryTable } from './table.ts';

export const PEER = 'volunteer';
const TENANT = 'tenant';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const SIGNAL = new AbortController().signal;
const SIGNATURE = new Uint8Array(64).fill(1);

export class Keeping {
  readonly clock = new HandClock(NOW_MS);
  readonly engine: FakeEngine = createFakeEngine({
    images: [{ digest: DIGEST, run: () => this.program }],
    clock: this.clock,
  });
  /** What the containers do. */
  program: FakeProgram = {};
  readonly rows = memoryTable<GivenRow>();
  readonly records = new Map<string, SignedRecord>();
  leases!: GivenLeases;
  keeper!: LeaseKeeper;
  /** What tenants were told, and how they answer. */
  readonly reports: ReportRequest[] = [];
  answer: () => readonly string[] = () => [];
  /** What happened to leases, as `state` or `state CAUSE`. */
  readonly told: string[] = [];
  /** Why, in words, with each of them. */
  readonly reasons: string[] = [];
  /** What was asked of credit, and what it says. */
  readonly held: number[] = [];
  released = 0;
  freed = 0;
  /** When the disk of the engine was last full. */
  engineFullAtMs = 0;
  /** Leases whose logs were kept, one way or another, and what is kept of them. */
  readonly kept: string[] = [];
  readonly logs = new LogStore(memoryTable(), () => this.clock.nowMs());
  lend: (microcredits: number) => { isPreemptible: boolean; isLow: boolean } = () => ({
    isPreemptible: false,
    isLow: false,
  });
  /** What tenants do in containers. */
  readonly sessions = new OpenSessions({ clock: this.clock });
  /** Something happened to the container of this lease, says the engine. */
  hint: (lease: string) => void = () => {};
  meet: (tenant: string) => void = () => {};
  learn: (tenant: string, receipts: readonly unknown[]) => unknown = () => {};
  #receipt: unknown;
  #salt = 0;

  constructor() {
    this.open();
  }

  /** The next process, on the same disk and the same engine; it has read its leases once `load` resolves. */
  open(): void {
    const { clock, engine, rows, records } = this;
    const ledger = {
      table: () => rows,
      record: async (_: string, id: Uint8Array) => records.get(showId(id)),
      commit: async (signed: readonly SignedRecord[], writes: readonly { key: string }[]) => {
        for (const record of signed) records.set(showId(record.id), record);
        for (const { key } of writes) await rows.put(key, this.leases.get(key)!.row);
      },
    };
    this.leases = new GivenLeases(ledger as unknown as Ledger, ({ kind, cause = '', reason = '' }) => {
      this.told.push(`${kind.replace('lease.', '')} ${cause}`.trim());
      this.reasons.push(reason);
    });
    const credit = {
      hold: async (_: string, microcredits: number) => {
        this.held.push(microcredits);
        return this.lend(microcredits);
      },
      release: () => {
        this.released += 1;
      },
      hasLimit: () => false,
    };
    const request = async (_: unknown, _tenant: string, report: ReportRequest) => {
      this.reports.push(report);
      return { refusals: this.answer() };
    };
    this.keeper = new LeaseKeeper({
      ...{ peer: PEER, clock, engine, log: silentLog, leases: this.leases, credit },
      watch: { onEvent: (hear: (lease: string) => void) => (this.hint = hear) },
      overlay: { request, onConnect: (meet: (tenant: string) => void) => (this.meet = meet) },
      coSigning: { countersign: async () => this.#receipt },
      catchingUp: { onLearnt: (learn: Keeping['learn']) => (this.learn = learn) },
      logs: {
        keep: async (...args: Parameters<LogStore['keep']>) => {
          await this.logs.keep(...args);
          this.kept.push(args[0]);
        },
        note: (lease: string, word: string) => this.logs.note(lease, word),
      },
      space: { engineFullAtMs: () => this.engineFullAtMs },
      fetching: NO_FETCHING,
      open: this.sessions,
      freed: () => {
        this.freed += 1;
      },
    } as unknown as LeaseKeeperParts);
  }

  /** A lease that is reserved. */
  async reserve(lease: Partial<LeaseBody> = {}, row: Partial<GivenRow> = {}): Promise<GivenLease> {
    this.#salt += 1;
    const bid = example('bid');
    const salt = new Uint8Array(16).fill(this.#salt);
    const signed = example('lease', { salt, bid: bid.id, issuedAtMs: this.clock.nowMs(), ...lease });
    const id = showId(signed.id);
    const reserved = { ...reservedRow(new Uint8Array(16), signed.body), ...row };
    const given: GivenLease = { id, tenant: TENANT, bid, lease: signed, row: reserved };
    this.records.set(id, signed).set(showId(bid.id), bid);
    this.leases.hold(given);
    await this.rows.put(id, reserved);
    return given;
  }

  /** Starts the container of a lease, as the desk does. */
  async launch(given: GivenLease): Promise<void> {
    await this.leases.change(given, { state: 'starting' });
    const { resources, incarnation } = given.lease.body;
    const spec = { peer: PEER, lease: given.id, incarnation, limits: resources, ports: [8080] };
    const check =
      given.row.check.kind === 'exec' ? { check: { command: ['check'], ...given.row.check } } : {};
    const launched = await this.engine.launch({ ...spec, ...check, imageDigest: DIGEST }, SIGNAL);
    await this.keeper.running(given, launched);
  }

  /** A lease that runs. */
  async run(lease: Partial<LeaseBody> = {}, row: Partial<GivenRow> = {}): Promise<GivenLease> {
    const given = await this.reserve(lease, row);
    await this.launch(given);
    return given;
  }

  /** Lets time pass, tick by tick. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += LEASE_TICK_MS)
      await this.clock.move(Math.min(LEASE_TICK_MS, ms - passed));
  }

  /** The tenant signs so much for so many epochs of a lease. */
  async sign(given: GivenLease, epochs: number, chargedMicrocredits: number): Promise<Uint8Array> {
    const leases = [{ lease: given.lease.id, epochs, counters: { chargedMicrocredits } }];
    this.#receipt = { body: { leases }, signatures: [SIGNATURE] };
    const request = { body: new Uint8Array(1), signature: SIGNATURE };
    return (await this.keeper.countersign(TENANT, request)).signature;
  }

  /** What its tenant reads of the log of an ended lease. */
  async logOf({ id }: Pick<GivenLease, 'id'>): Promise<string[] | undefined> {
    return (await this.logs.lines(id, 1_000))?.map(({ text }) => text);
  }

  /** How the engine has the container of a lease. */
  async stateOf({ id, row }: Pick<GivenLease, 'id' | 'row'>): Promise<string | undefined> {
    return (await this.engine.inspect(id, SIGNAL, row.run))?.state;
  }
}

/** What a tenant that is out of reach answers. */
export function silent(): never {
  throw new TallyError('PEER_SILENT');
}
