import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf, decayed } from '../../src/ledger/decay.ts';
import { checkReceipt, draftReceipt, NO_COUNTERS, type TotalsOf } from '../../src/ledger/receipt-rules.ts';
import { codeOf, type ErrorCode } from '../../src/lib/errors.ts';
import { CREDIT, DAY_MS } from '../../src/lib/units.ts';
import { showId } from '../../src/records/id.ts';
import type { LeaseTotal, ReceiptBody } from '../../src/records/receipt.ts';
import { NETWORK, NOW_MS, tenant, volunteer } from '../support/records.ts';

const lease = (fill: number) => new Uint8Array(32).fill(fill);
const total = (fill: number, epochs: number, chargedMicrocredits: number): LeaseTotal => ({
  lease: lease(fill),
  epochs,
  counters: { ...NO_COUNTERS, chargedMicrocredits, cpuMilliseconds: epochs * 10 },
});
const names = {
  volunteer: volunteer.publicKey,
  tenant: tenant.publicKey,
  network: NETWORK,
  salt: lease(1).slice(0, 16),
};
const none: TotalsOf = () => undefined;

function totalsAfter(...receipts: ReceiptBody[]): TotalsOf {
  const totals = new Map(receipts.flatMap(({ leases }) => leases.map((each) => [showId(each.lease), each])));
  return (id) => totals.get(id);
}

function codeFor(run: () => void): ErrorCode | 'none' {
  try {
    run();
    return 'none';
  } catch (error) {
    return codeOf(error);
  }
}

const first = draftReceipt(undefined, [total(1, 1, 500), total(2, 1, 300)], none, {
  ...names,
  nowMs: NOW_MS,
});
const second = draftReceipt(first, [total(1, 2, 900)], totalsAfter(first), { ...names, nowMs: NOW_MS });

describe('receipts', () => {
  it('count for the pair what their leases grew by', () => {
    expect(first.pairSeq).toBe(1);
    expect(first.counters.chargedMicrocredits).toBe(800);
    expect(second.pairSeq).toBe(2);
    expect(second.counters.chargedMicrocredits).toBe(1_200);
    expect(second.counters.cpuMilliseconds).toBe(30);
    expect(second.serviceMicrocredits).toBe(1_200);
  });

  it('pass their own check, whatever is drafted, in any order of leases and days', () => {
    const step = fc.record({
      lease: fc.integer({ min: 1, max: 4 }),
      grows: fc.nat(CREDIT),
      days: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const receipts: ReceiptBody[] = [];
        let nowMs = NOW_MS;
        for (const { lease: fill, grows, days } of steps) {
          nowMs += days * DAY_MS;
          const known = totalsAfter(...receipts);
          const before = known(showId(lease(fill)));
          const next = total(
            fill,
            (before?.epochs ?? 0) + 1,
            (before?.counters.chargedMicrocredits ?? 0) + grows,
          );
          const drafted = draftReceipt(receipts.at(-1), [next], known, { ...names, nowMs });
          checkReceipt(receipts.at(-1), drafted, known, nowMs);
          receipts.push(drafted);
        }
      }),
    );
  });

  it.each<[string, Partial<ReceiptBody>, ErrorCode]>([
    ['a gap', { pairSeq: 3 }, 'RECEIPT_GAP'],
    ['a repeated pairSeq', { pairSeq: 1 }, 'RECEIPT_GAP'],
    [
      'a charge above the sum of its leases',
      { counters: { ...second.counters, chargedMicrocredits: 1_201 } },
      'RECEIPT_SUM',
    ],
    ['a counter that falls', { counters: { ...second.counters, cpuMilliseconds: 1 } }, 'RECEIPT_SUM'],
    ['a lease total that falls', { leases: [total(1, 2, 499)] }, 'RECEIPT_FALLS'],
    ['epochs that fall', { leases: [total(1, 0, 900)] }, 'RECEIPT_FALLS'],
    ['a lease named twice', { leases: [total(1, 2, 900), total(1, 2, 900)] }, 'RECEIPT_SUM'],
    ['a day that falls', { day: second.day - 1 }, 'RECEIPT_DAY'],
    ['a day in the future', { day: second.day + 2 }, 'RECEIPT_DAY'],
    ['service that is not decayed by the rule', { serviceMicrocredits: 1_199 }, 'RECEIPT_DECAY'],
  ])('are refused with %s', (_, change, code) => {
    expect(codeFor(() => checkReceipt(first, { ...second, ...change }, totalsAfter(first), NOW_MS))).toBe(
      code,
    );
    expect(codeFor(() => checkReceipt(first, second, totalsAfter(first), NOW_MS))).toBe('none');
  });
});

describe('decay', () => {
  it('halves in 90 days, within a millionth', () => {
    expect(decayed(CREDIT, 0)).toBe(CREDIT);
    expect(decayed(CREDIT, 90)).toBe(CREDIT / 2);
    expect(decayed(CREDIT, 180)).toBe(CREDIT / 4);
    for (const days of [1, 30, 45, 89]) {
      expect(Math.abs(decayed(CREDIT, days) / (CREDIT * 2 ** (-days / 90)) - 1)).toBeLessThan(2e-6);
    }
  });

  it('never grows with time and ends at nothing', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 52 }), fc.nat(10_000), (amount, days) => {
        expect(decayed(amount, days + 1)).toBeLessThanOrEqual(decayed(amount, days));
      }),
    );
    expect(decayed(2 ** 52, 90 * 64)).toBe(0);
    expect(dayOf(DAY_MS * 20_000 + 5)).toBe(20_000);
  });
});
