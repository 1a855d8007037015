// What a volunteer makes of its tenants' answers to its reports.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { RETRY_MS } from '../../src/market/terms/parameters.ts';
import { type GivenLease, GivenLeases, reservedRow } from '../../src/market/volunteer/given-lease.ts';
import { Reporting } from '../../src/market/volunteer/reporting.ts';
import type { ReportRequest } from '../../src/overlay/protocols/receipt.ts';
import { showId } from '../../src/records/id.ts';
import { HandClock } from '../support/hand-clock.ts';
import { example } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

const LONG_MS = 80_000;

describe('a report', () => {
  let clock: HandClock;
  let leases: GivenLeases;
  let reporting: Reporting;
  let asked: { tenant: string; leases: number }[];
  let superseded: GivenLease[];
  let answer: () => readonly string[] | Promise<readonly string[]>;
  /** How leases stood, as it was told. */
  let told: string[];

  beforeEach(() => {
    clock = new HandClock();
    leases = new GivenLeases({ table: () => memoryTable() } as unknown as Ledger, () => {});
    [asked, superseded, told, answer] = [[], [], [], () => []];
    const request = async (_: unknown, tenant: string, report: ReportRequest) => {
      asked.push({ tenant, leases: report.leases.length });
      told.push(...report.leases.map(({ state }) => state));
      return { refusals: await answer() };
    };
    reporting = new Reporting({
      ...{ clock, leases, log: silentLog, signal: new AbortController().signal },
      overlay: { request } as unknown as ConstructorParameters<typeof Reporting>[0]['overlay'],
      superseded: (given) => superseded.push(given),
    });
  });

  /** A lease that runs in long epochs, of which one is over and not signed. */
  function running(tenant = 'tenant'): GivenLease {
    const lease = example('lease');
    const row = reservedRow(new Uint8Array(16), lease.body);
    const payment = { ...row.payment, epochMs: LONG_MS, ended: 4, signed: 3 };
    const given = { id: showId(lease.id), tenant, bid: example('bid'), lease };
    const held = { ...given, row: { ...row, state: 'running', payment } };
    leases.hold(held);
    return held;
  }

  async function reportOnce(): Promise<void> {
    await clock.move(RETRY_MS);
    reporting.sendDue();
    await clock.move(0);
  }

  it('that is refused makes the next epochs of that lease short, and of no other', async () => {
    const [refused, fine] = [running(), running()];
    answer = () => leases.all().map((given) => (given === refused ? 'REPORT_REFUSED' : ''));
    await reportOnce();
    const nowMs = clock.nowMs();
    expect(refused.row.payment).toMatchObject({
      epochMs: refused.lease.body.firstEpochMs,
      answeredAtMs: nowMs,
    });
    expect(fine.row.payment).toMatchObject({ epochMs: LONG_MS, answeredAtMs: nowMs });
    expect(superseded).toEqual([]);
  });

  it('that nobody answers leaves the epochs as they are, and counts as not answered', async () => {
    const given = running();
    await reportOnce();
    expect(given.row.payment.answeredAtMs).toBeGreaterThan(0);
    answer = () => {
      throw new TallyError('PEER_SILENT');
    };
    await reportOnce();
    expect(given.row.payment).toMatchObject({ epochMs: LONG_MS, answeredAtMs: 0 });
  });

  it('about a copy whose place another took says so', async () => {
    const given = running();
    answer = () => ['SUPERSEDED'];
    await reportOnce();
    expect(superseded).toEqual([given]);
  });

  it('goes to each tenant about all its leases, and again only when it is time', async () => {
    running('ann');
    running('ann');
    running('ben');
    reporting.sendDue();
    reporting.sendDue();
    await clock.move(RETRY_MS - 1);
    reporting.sendDue();
    expect(asked).toEqual([
      { tenant: 'ann', leases: 2 },
      { tenant: 'ben', leases: 1 },
    ]);
    reporting.soon('ben');
    reporting.sendDue();
    expect(asked.slice(2)).toEqual([{ tenant: 'ben', leases: 1 }]);
    await clock.move(1);
    reporting.sendDue();
    expect(asked.slice(3)).toEqual([{ tenant: 'ann', leases: 2 }]);
  });

  it('waits until the tenant has answered the one before, of which it could read the older last', async () => {
    const given = running();
    given.row = { ...given.row, payment: { ...given.row.payment, signed: 4 } };
    const answered = Promise.withResolvers<readonly string[]>();
    answer = () => answered.promise;
    reporting.tell(given);
    given.row = { ...given.row, state: 'restarting' };
    reporting.tell(given);
    await clock.move(RETRY_MS);
    reporting.sendDue();
    expect(told).toEqual(['running']);
    answered.resolve([]);
    await vi.waitFor(() => expect(told).toEqual(['running', 'restarting']));
    await clock.move(RETRY_MS);
    reporting.sendDue();
    expect(told).toHaveLength(2);
  });
});
