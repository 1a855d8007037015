// What a tenant signs of what volunteers report: no more time than it saw its copies run.
import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Acknowledging } from '../../src/market/tenant/acknowledging.ts';
import type { Instance } from '../../src/market/tenant/deployment.ts';
import { REPORT_DRIFT, REPORT_TOLERANCE_MS, RETRY_MS } from '../../src/market/terms/parameters.ts';
import { chargeFor } from '../../src/market/terms/pricing.ts';
import type { LeaseReport } from '../../src/overlay/protocols/receipt.ts';
import type { LeaseTotal } from '../../src/records/receipt.ts';
import { Copies } from '../support/copies.ts';
import { HandClock } from '../support/hand-clock.ts';
import { NOW_MS } from '../support/records.ts';

const HOUR_MS = 3_600_000;
const PRICE = 3_600_000;
const MINUTE_MS = 60_000;

interface Draft {
  readonly body: { readonly leases: readonly LeaseTotal[] };
}

let clock: HandClock;
let copies: Copies;
let acknowledging: Acknowledging;
/** What the tracking was told of. */
let observed: string[];
/** Totals that were drafted, and drafts that came home. */
let drafted: LeaseTotal[][];
let sent: string[];
let compared: number;
let pending: string[];
let answer: () => Promise<void>;
let draftFails: ErrorCode | undefined;
let meet: (volunteer: string) => void;
let learn: (volunteer: string, receipts: readonly Draft[]) => Promise<void>;
let open: Draft | undefined;

function openAcknowledging(): Acknowledging {
  return new Acknowledging({
    ...{ clock, log: silentLog, deployments: copies.deployments },
    overlay: { onConnect: (listener: typeof meet) => (meet = listener) },
    calls: {
      request: async (_: unknown, volunteer: string) => {
        sent.push(volunteer);
        await answer();
        return { signature: new Uint8Array(64) };
      },
    },
    coSigning: {
      draftsPending: async () => pending,
      // As the ledger does: an open draft first, else one of what is new, else none
      draft: async (_: string, leases: LeaseTotal[]) => {
        if (draftFails !== undefined) throw new TallyError(draftFails);
        if (open === undefined && leases.length > 0) {
          drafted.push(leases);
          open = { body: { leases } };
        }
        return open;
      },
      complete: async () => {
        open = undefined;
        return {};
      },
    },
    catchingUp: { onLearnt: (listener: typeof learn) => (learn = listener) },
    meeting: {
      compare: async () => {
        compared += 1;
      },
    },
    tracking: {
      observe: async (_: Instance, { state }: LeaseReport) => {
        observed.push(state);
      },
    },
  } as unknown as ConstructorParameters<typeof Acknowledging>[0]);
}

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  copies = new Copies();
  [observed, drafted, sent, compared, pending, open] = [[], [], [], 0, [], undefined];
  [answer, draftFails] = [async () => {}, undefined];
  acknowledging = openAcknowledging();
  await acknowledging.start();
});

/** A report of so much time, for the first epoch that is not signed. */
function reportOf({ row }: Instance, upMs: number, change: Partial<LeaseReport> = {}): LeaseReport {
  return {
    ...{ lease: row.lease, epochs: row.epochs + 1, upMs, chargedMicrocredits: chargeFor(PRICE, upMs) },
    ...{ cpuMilliseconds: 1, memoryMibSeconds: 2, diskMibSeconds: 3, tunnelKib: 4 },
    ...{ state: 'running', cause: '', exitCode: -1, health: '', healthFailure: '', restarts: 0, ...change },
  };
}

async function report(instance: Instance, upMs: number, change: Partial<LeaseReport> = {}): Promise<string> {
  const { refusals } = await acknowledging.report('volunteer', {
    leases: [reportOf(instance, upMs, change)],
  });
  await clock.move(0);
  return refusals[0]!;
}

/** The most that is signed after `ms` that were seen. */
const most = (ms: number) => Math.floor(ms * (1 + REPORT_DRIFT) + REPORT_TOLERANCE_MS);

describe('a report', () => {
  it('is signed for the time that was seen to pass since the start was asked for, and for no more', async () => {
    const instance = await copies.place();
    await clock.move(MINUTE_MS);
    expect(await report(instance, most(MINUTE_MS) + 1)).toBe('REPORT_REFUSED');
    expect(drafted).toEqual([]);
    expect(await report(instance, most(MINUTE_MS))).toBe('');
    const charged = chargeFor(PRICE, most(MINUTE_MS));
    expect(drafted[0]?.[0]?.counters.chargedMicrocredits).toBe(charged);
    expect(instance.row).toMatchObject({
      ...{ epochs: 2, chargedMicrocredits: charged },
      usage: { cpuMilliseconds: 1, memoryMibSeconds: 2, tunnelKib: 4 },
    });
    expect(observed).toEqual(['running', 'running']);
  });

  it('is not signed for more money than that time costs', async () => {
    const instance = await copies.place();
    await clock.move(MINUTE_MS);
    const chargedMicrocredits = chargeFor(PRICE, MINUTE_MS) + 1;
    expect(await report(instance, MINUTE_MS, { chargedMicrocredits })).toBe('REPORT_REFUSED');
    expect(drafted).toEqual([]);
  });

  it('is not signed for more than the whole lease', async () => {
    const instance = await copies.place();
    await clock.move(2 * HOUR_MS);
    expect(await report(instance, most(HOUR_MS) + 1)).toBe('REPORT_REFUSED');
    expect(await report(instance, most(HOUR_MS))).toBe('');
  });

  it('is not signed for the time in which the copy was not up, also once it is given up for that', async () => {
    for (const state of ['unknown', 'lost']) {
      const instance = await copies.place({ createdAtMs: clock.nowMs() });
      await clock.move(MINUTE_MS);
      const change = { state, cause: 'NOT_ANSWERING', unknownSinceMs: clock.nowMs() } as const;
      await copies.deployments.observe(instance, change);
      await clock.move(MINUTE_MS);
      expect(await report(instance, most(MINUTE_MS) + 1)).toBe('REPORT_REFUSED');
      expect(await report(instance, most(MINUTE_MS))).toBe('');
    }
    const back = await copies.place({ createdAtMs: clock.nowMs(), downMs: 10_000 });
    await clock.move(MINUTE_MS);
    expect(await report(back, most(MINUTE_MS - 10_000) + 1)).toBe('REPORT_REFUSED');
  });

  it('of what the volunteer may not know, or another gave, is refused and tells nothing', async () => {
    const instance = await copies.place({ volunteer: 'another' });
    expect(await report(instance, 1)).toBe('LEASE_UNKNOWN');
    const unknown = reportOf(instance, 1, { lease: new Uint8Array(32) });
    const { refusals } = await acknowledging.report('another', { leases: [unknown, reportOf(instance, 1)] });
    expect(refusals).toEqual(['LEASE_UNKNOWN', '']);
    expect(observed).toHaveLength(1);
  });

  it('that was signed before is signed once', async () => {
    const instance = await copies.place();
    const { epochs } = instance.row;
    expect(await report(instance, 1_000, { epochs })).toBe('');
    expect(drafted).toEqual([]);
  });

  it('never takes back what was signed', async () => {
    const instance = await copies.place({ chargedMicrocredits: 5_000 });
    await clock.move(MINUTE_MS);
    await report(instance, 1_000);
    expect(drafted[0]?.[0]?.counters.chargedMicrocredits).toBe(5_000);
  });
});

describe('a report of a copy whose place was taken, or that is over', () => {
  it('says so, and is signed up to the last word from there, whatever is asked', async () => {
    const old = await copies.place({ heardAtMs: NOW_MS + MINUTE_MS });
    await copies.replace(old);
    await clock.move(3 * MINUTE_MS);
    expect(await report(old, 3 * MINUTE_MS)).toBe('SUPERSEDED');
    expect(drafted[0]?.[0]?.counters.chargedMicrocredits).toBe(
      chargeFor(PRICE, MINUTE_MS * (1 + REPORT_DRIFT) + REPORT_TOLERANCE_MS),
    );
    expect(await report(old, MINUTE_MS, { state: 'ended' })).toBe('');
  });

  it('is signed up to its end', async () => {
    const instance = await copies.place({ state: 'failed', cause: 'EXITED', endedAtMs: NOW_MS + MINUTE_MS });
    await clock.move(3 * MINUTE_MS);
    expect(await report(instance, 3 * MINUTE_MS, { state: 'ended' })).toBe('');
    expect(drafted[0]?.[0]?.counters.chargedMicrocredits).toBe(
      chargeFor(PRICE, MINUTE_MS * (1 + REPORT_DRIFT) + REPORT_TOLERANCE_MS),
    );
  });

  it('is signed up to the last word where its volunteer was lost', async () => {
    const instance = await copies.place({
      ...{ state: 'failed', cause: 'VOLUNTEER_LOST', endedAtMs: NOW_MS + 2 * MINUTE_MS },
      heardAtMs: NOW_MS + MINUTE_MS,
    });
    await clock.move(3 * MINUTE_MS);
    expect(await report(instance, 2 * MINUTE_MS, { state: 'ended' })).toBe('');
    expect(drafted[0]?.[0]?.counters.chargedMicrocredits).toBe(
      chargeFor(PRICE, MINUTE_MS * (1 + REPORT_DRIFT) + REPORT_TOLERANCE_MS),
    );
  });
});

describe('a draft', () => {
  it('is sent until it comes home, one at a time', async () => {
    const instance = await copies.place();
    const gate = Promise.withResolvers<void>();
    answer = () => gate.promise;
    await report(instance, 1_000);
    meet('volunteer');
    await clock.move(RETRY_MS);
    expect(sent).toEqual(['volunteer']);
    gate.reject(new TallyError('PEER_SILENT'));
    await clock.move(0);
    expect(instance.row.epochs).toBe(1);
    answer = async () => {};
    await clock.move(RETRY_MS);
    expect(sent).toEqual(['volunteer', 'volunteer']);
    expect(instance.row.epochs).toBe(2);
    await clock.move(RETRY_MS);
    expect(sent).toHaveLength(2);
  });

  it('of the process before is sent at the start, at every try, and when its volunteer is here', async () => {
    await acknowledging.stop();
    pending = ['another'];
    open = { body: { leases: [] } };
    await openAcknowledging().start();
    await clock.move(0);
    expect(sent).toEqual(['another']);
    open = { body: { leases: [] } };
    await clock.move(RETRY_MS);
    expect(sent).toEqual(['another', 'another']);
    open = { body: { leases: [] } };
    meet('another');
    await clock.move(0);
    expect(sent).toHaveLength(3);
  });

  it('that is refused for what the other side knows is sent once more, after comparing', async () => {
    const instance = await copies.place();
    answer = async () => {
      if (compared === 0) throw new TallyError('RECEIPT_GAP');
    };
    await report(instance, 1_000);
    expect({ compared, sent }).toEqual({ compared: 1, sent: ['volunteer', 'volunteer'] });
    expect(instance.row.epochs).toBe(2);
    // Where comparing does not help it waits for the next time
    answer = async () => {
      throw new TallyError('RECEIPT_GAP');
    };
    await report(instance, 2_000);
    expect({ compared, sent: sent.length }).toEqual({ compared: 2, sent: 4 });
  });

  it('that is refused for another reason is not worth comparing', async () => {
    const instance = await copies.place();
    answer = async () => {
      throw new TallyError('PEER_UNREACHABLE');
    };
    await report(instance, 1_000);
    expect({ compared, sent: sent.length }).toEqual({ compared: 0, sent: 1 });
  });

  it('that cannot be made is dropped, for the next report is newer', async () => {
    const instance = await copies.place();
    draftFails = 'INTERNAL';
    await report(instance, 1_000);
    draftFails = undefined;
    await clock.move(RETRY_MS);
    expect(drafted).toEqual([]);
    await report(instance, 1_500);
    expect(instance.row.epochs).toBe(2);
  });

  it('has of each lease what was reported last', async () => {
    const [one, other] = [await copies.place(), await copies.place()];
    await clock.move(MINUTE_MS);
    const leases = [
      reportOf(one, 1_000),
      reportOf(other, 2_000),
      reportOf(one, 3_000, { epochs: 3, tunnelKib: 9 }),
    ];
    await acknowledging.report('volunteer', { leases });
    await clock.move(0);
    expect(drafted).toHaveLength(1);
    expect(drafted[0]).toMatchObject([
      { lease: one.row.lease, epochs: 3, counters: { tunnelKib: 9 } },
      { lease: other.row.lease, epochs: 2, counters: { tunnelKib: 4 } },
    ]);
  });

  it('is not sent any more once the process ends', async () => {
    const instance = await copies.place();
    await acknowledging.stop();
    await report(instance, 1_000);
    expect(sent).toEqual([]);
  });
});

describe('a receipt that this tenant had lost', () => {
  it('closes what it closed, and nothing that is closed', async () => {
    const instance = await copies.place({ epochs: 2, chargedMicrocredits: 700 });
    const counters = { chargedMicrocredits: 900, cpuMilliseconds: 1, memoryMibSeconds: 2, tunnelKib: 3 };
    const total = { lease: instance.row.lease, counters: { ...counters, diskMibSeconds: 0 } };
    const learnt = (epochs: number, change = {}) =>
      learn('volunteer', [{ body: { leases: [{ ...total, epochs, ...change }] } }]);
    await learnt(2);
    await learnt(5, { lease: new Uint8Array(32) });
    expect(instance.row).toMatchObject({ epochs: 2, chargedMicrocredits: 700 });
    await learnt(3);
    expect(instance.row).toMatchObject({ epochs: 3, chargedMicrocredits: 900, usage: { tunnelKib: 3 } });
  });
});
