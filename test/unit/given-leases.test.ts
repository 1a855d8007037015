// What is held for a tenant over all its leases, while they change side by side.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { type GivenLease, GivenLeases, heldOf, reservedRow } from '../../src/market/given-lease.ts';
import { showId } from '../../src/records/id.ts';
import { example } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

const TENANT = 'tenant';

let leases: GivenLeases;
beforeEach(() => {
  leases = new GivenLeases({ table: () => memoryTable() } as unknown as Ledger, () => {});
});

function hold(salt: number): GivenLease {
  const lease = example('lease', { salt: new Uint8Array(16).fill(salt) });
  const row = reservedRow(new Uint8Array(16), lease.body);
  const given = { id: showId(lease.id), tenant: TENANT, bid: example('bid'), lease, row };
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
