// What is held for a tenant over all its leases, while they change side by side.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MIB } from '../../src/lib/units.ts';
import { KEEP_ENDED_MS, KEEP_UNPAID_MS, SIGN_GRACE_MS } from '../../src/market/terms/parameters.ts';
import { beginPayment, type Payment } from '../../src/market/terms/payment.ts';
import {
  chargeOf,
  GIVEN_ROW,
  type GivenLease,
  GivenLeases,
  type GivenRow,
  heldOf,
  reportOf,
  reservedRow,
  statusOf,
  unsignedOf,
  viewGiven,
} from '../../src/market/volunteer/given-lease.ts';
import { showId } from '../../src/records/id.ts';
import type { LeaseBody } from '../../src/records/lease.ts';
import { example, NOW_MS, tenant } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

const TENANT = 'tenant';

let leases: GivenLeases;
beforeEach(() => {
  leases = new GivenLeases({ table: () => memoryTable() } as unknown as Ledger, () => {});
});

function hold(salt: number, change: Partial<LeaseBody> = {}, tenantId = TENANT): GivenLease {
  const lease = example('lease', { salt: new Uint8Array(16).fill(salt), ...change });
  const row = reservedRow(new Uint8Array(16), lease.body);
  const given = { id: showId(lease.id), tenant: tenantId, bid: example('bid'), lease, row };
  leases.hold(given);
  return given;
}

const longer = ({ row: { payment } }: GivenLease) => ({
  payment: { ...payment, epochMs: 2 * payment.epochMs },
});

describe('what is held for a tenant', () => {
  it('is for all its leases, and for one that gets a longer epoch from when that is asked for', async () => {
    const [one, other] = [hold(1), hold(2)];
    const [ofOne, ofOther] = [heldOf(one), heldOf(other)];
    expect(leases.heldFor(TENANT)).toBe(ofOne + ofOther);
    leases.expect(one, longer(one));
    const longerHeld = leases.heldFor(TENANT) - ofOther;
    expect(longerHeld).toBeGreaterThan(ofOne);
    // The other one ends while that is being lent, and takes no more away than its own
    await leases.change(other, { state: 'ended' });
    expect(leases.heldFor(TENANT)).toBe(longerHeld);
  });

  it('is as before where it was not lent, and by the row once that is changed', async () => {
    const one = hold(1);
    const before = leases.heldFor(TENANT);
    leases.expect(one, longer(one));
    leases.expect(one, undefined);
    expect(leases.heldFor(TENANT)).toBe(before);
    leases.expect(one, longer(one));
    await leases.change(one, { cause: 'CREDIT_LOW' });
    expect(leases.heldFor(TENANT)).toBe(before);
  });
});

describe('a lease that was given', () => {
  const PRICE = 3_600_000;
  const TERMS = { firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 60_000 };

  /** A lease of an hour at one microcredit per millisecond, with what differs. */
  function givenWith(row: Partial<GivenRow> = {}, lease: Partial<LeaseBody> = {}): GivenLease {
    const given = hold(leases.all().length, { priceMicrocreditsPerHour: PRICE, ...lease });
    given.row = { ...given.row, ...row };
    return given;
  }

  /** The payment of a lease whose epochs are over up to this time. */
  const over = (startUpMs: number, change: Partial<Payment> = {}) => ({
    payment: { ...beginPayment(TERMS), startUpMs, ended: 2, signed: 1, ...change },
  });

  it('is charged for the epochs that are over, of which what is not signed is owed', () => {
    const given = givenWith({ ...over(25_000), signedMicrocredits: 10_000, upMs: 30_000 });
    expect([chargeOf(given), unsignedOf(given)]).toEqual([25_000, 15_000]);
    expect(unsignedOf(givenWith({ ...over(25_000), signedMicrocredits: 26_000 }))).toBe(0);
  });

  it('is held with what is owed and with the longest that the running epoch can get', () => {
    const row = { ...over(25_000, { epochMs: 20_000 }), signedMicrocredits: 10_000 };
    const longest = 20_000 + 60_000 + SIGN_GRACE_MS;
    expect(heldOf(givenWith(row))).toBe(15_000 + longest);
    expect(heldOf(givenWith({ ...row, state: 'ended' }))).toBe(15_000);
    // Never with more than the whole lease
    const [endsAtMs, issuedAtMs] = [NOW_MS + 40_000, NOW_MS];
    expect(heldOf(givenWith(row, { issuedAtMs, endsAtMs }))).toBe(15_000 + 15_000);
    expect(heldOf(givenWith(row, { issuedAtMs, endsAtMs: NOW_MS + 20_000 }))).toBe(15_000);
  });

  it('is paused for its tenant while its container is not up, with the cause', () => {
    const given = givenWith({ state: 'stalled', cause: 'ENGINE_SILENT', upMs: 7 });
    expect(statusOf(given)).toEqual({
      ...{ state: 'paused', cause: 'ENGINE_SILENT', exitCode: -1, upMs: 7 },
      ...{
        fetchedBytes: 0,
        ofBytes: 0,
        creditLeftMicrocredits: -1,
        health: '',
        healthFailure: '',
        restarts: 0,
      },
    });
    expect(reportOf(given)).toMatchObject({ state: 'paused', cause: 'ENGINE_SILENT' });
    expect(statusOf(givenWith({ state: 'starting' })).state).toBe('starting');
  });

  it('is to be started once more where nothing brings its image, as after a start of the peer', () => {
    const given = givenWith({ state: 'fetching' });
    expect(statusOf(given).state).toBe('reserved');
    const progress = { bytes: 5, ofBytes: 9 };
    expect(statusOf(given, progress)).toMatchObject({ state: 'fetching', fetchedBytes: 5, ofBytes: 9 });
  });

  it('is reported as of the end of its last epoch', () => {
    const row = {
      ...over(25_900),
      upMs: 30_000,
      cpuMilliseconds: 5,
      memoryMibSeconds: 6,
      tunnelBytes: 3_000,
    };
    const resources = { cpuMillis: 1_000, memoryBytes: 64 * MIB, diskBytes: 4 * MIB - 1, gpus: 0 };
    expect(reportOf(givenWith({ ...row, state: 'reserved' }, { resources }))).toMatchObject({
      ...{ epochs: 2, upMs: 25_900, chargedMicrocredits: 25_900, cpuMilliseconds: 5, memoryMibSeconds: 6 },
      ...{ diskMibSeconds: 75, tunnelKib: 2, state: 'running' },
    });
    expect(reportOf(givenWith({ state: 'ended', exitCode: 3 }))).toMatchObject({
      state: 'ended',
      exitCode: 3,
    });
  });

  it('is shown with what was counted of it up to now', () => {
    const given = givenWith({ ...over(25_000), signedMicrocredits: 10_000, state: 'running' });
    const counts = { upMs: 26_000, cpuMilliseconds: 1, memoryMibSeconds: 2, tunnelBytes: 4_096 };
    expect(viewGiven(given, 'me', counts)).toMatchObject({
      ...{ volunteer: 'me', tenant: TENANT, side: 'volunteer', state: 'running', epochs: 1, upMs: 26_000 },
      image: given.bid.body.image.name,
      // What runs now is not signed either
      ...{ chargedMicrocredits: 10_000, unsignedMicrocredits: 16_000 },
      usage: { cpuMilliseconds: 1, memoryMibSeconds: 2, tunnelKib: 4 },
    });
  });

  it('takes capacity until it has ended, and its container is gone', () => {
    const given = givenWith({ preemptible: 1 });
    expect(leases.holdings()).toMatchObject([{ isPreemptible: true, resources: given.lease.body.resources }]);
    leases.house(given);
    given.row = { ...given.row, state: 'ended', preemptible: 0 };
    expect(leases.holdings()).toMatchObject([{ isPreemptible: false }]);
    leases.vacate(given.id);
    expect(leases.holdings()).toEqual([]);
    expect(leases.live()).toEqual([]);
  });

  it('counts for its tenant alone', () => {
    const [mine, other] = [hold(1), hold(2, {}, 'another')];
    expect(leases.heldFor(TENANT)).toBe(heldOf(mine));
    expect(leases.held()).toEqual(
      new Map([
        [TENANT, heldOf(mine)],
        ['another', heldOf(other)],
      ]),
    );
  });

  it('is forgotten a day after its end, and much later where a tenant with a limit still owes it', async () => {
    const ended = { state: 'ended', endedAtMs: NOW_MS } as const;
    const [paid, owed, live] = [givenWith(ended), givenWith({ ...ended, ...over(9_000) }), givenWith()];
    const forget = async (nowMs: number, isLent: boolean) => {
      await leases.forget(nowMs, () => isLent);
      return [paid, owed, live].map(({ id }) => leases.get(id) !== undefined);
    };
    leases = new GivenLeases({ table: () => memoryTable() } as unknown as Ledger, () => {});
    for (const each of [paid, owed, live]) leases.hold(each);
    expect(await forget(NOW_MS + KEEP_ENDED_MS - 1, false)).toEqual([true, true, true]);
    expect(await forget(NOW_MS + KEEP_ENDED_MS, true)).toEqual([false, true, true]);
    expect(await forget(NOW_MS + KEEP_UNPAID_MS - 1, true)).toEqual([false, true, true]);
    expect(await forget(NOW_MS + KEEP_ENDED_MS, false)).toEqual([false, false, true]);
    leases.hold(owed);
    expect(await forget(NOW_MS + KEEP_UNPAID_MS, true)).toEqual([false, false, true]);
  });

  it('is read back with its records, and left out without them', async () => {
    const [bid, bidless] = [example('bid'), example('lease', { bid: new Uint8Array(32).fill(9) })];
    const lease = example('lease', { bid: bid.id });
    const records = new Map([bid, bidless, lease].map((record) => [showId(record.id), record]));
    const table = memoryTable<GivenRow>();
    for (const id of [lease.id, bidless.id, new Uint8Array(32)])
      await table.put(showId(id), reservedRow(new Uint8Array(16), lease.body));
    const record = async (_: string, id: Uint8Array) => records.get(showId(id));
    leases = new GivenLeases({ table: () => table, record } as unknown as Ledger, () => {});
    await leases.load();
    expect(leases.all()).toMatchObject([
      { id: showId(lease.id), tenant: tenant.peer, row: { state: 'reserved' } },
    ]);
  });

  it('has a cause in its row, or a note that credit is low', () => {
    const { row } = givenWith();
    const read = (cause: string) => GIVEN_ROW({ ...row, cause }, 'row').cause;
    expect(['', 'EXITED', 'CREDIT_LOW', 'A_CODE_OF_LATER'].map(read)).toEqual([
      ...['', 'EXITED', 'CREDIT_LOW', 'UNLISTED'],
    ]);
  });
});
