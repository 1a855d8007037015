// The indexes over receipts: the latest of a pair, and the totals of a lease. All of it follows from the receipts
// themselves, and `ledger verify` checks that it does.
import { TallyError } from '../lib/errors.ts';
import { decode, encode } from '../records/codec.ts';
import { openRecord, type SignedRecord } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import { peerOf } from '../records/identity.ts';
import { type Leaf, pairName, type Side } from '../records/pair-map.ts';
import { COUNTERS, type LeaseTotal, type ReceiptBody } from '../records/receipt.ts';
import { fields, int } from '../records/shape.ts';
import type { Database, Write } from './database.ts';
import { leaseKey, pairKey, pairPrefix, recordKey, sidePrefix } from './keys.ts';
import type { TotalsOf } from './receipt-rules.ts';

const TOTALS = fields({ epochs: int(0), counters: COUNTERS });

/** Which side of a receipt `self` is, and who the other is. Throws RECEIPT_STRANGER when it is neither. */
export function sideOf(body: ReceiptBody, self: string): { side: Side; counterparty: string } {
  const volunteer = peerOf(body.volunteer);
  const tenant = peerOf(body.tenant);
  if (volunteer === self) return { side: 'volunteer', counterparty: tenant };
  if (tenant === self) return { side: 'tenant', counterparty: volunteer };
  throw new TallyError('RECEIPT_STRANGER', { volunteer, tenant });
}

/** Where the map of pair states of `self` has this receipt's pair, and what with it. Throws RECEIPT_STRANGER. */
export function leafOf({ id, body }: SignedRecord<'receipt'>, self: string): Leaf {
  const { side } = sideOf(body, self);
  return { name: pairName(side, side === 'volunteer' ? body.tenant : body.volunteer), receipt: id };
}

/** What the indexes say after this receipt. */
export function indexWrites({ id, body }: SignedRecord<'receipt'>, self: string): Write[] {
  const { side, counterparty } = sideOf(body, self);
  return [
    { key: pairKey(side, counterparty, body.pairSeq), value: id },
    ...body.leases.map(({ lease, epochs, counters }) => ({
      key: leaseKey(showId(lease)),
      value: encode({ epochs, counters }),
    })),
  ];
}

/** The latest receipt of a pair, or undefined for a pair without one. */
export async function latestReceipt(
  database: Database,
  network: string,
  side: Side,
  counterparty: string,
): Promise<SignedRecord<'receipt'> | undefined> {
  for await (const [, id] of database.entries(pairPrefix(side, counterparty), { reverse: true })) {
    const stored = await database.get(recordKey('receipt', showId(id)));
    if (stored === undefined)
      throw new TallyError('LEDGER_RECORD_MISSING', { kind: 'receipt', id: showId(id) });
    return openRecord('receipt', stored, network);
  }
  return undefined;
}

/** The latest receipt of every pair in which this peer is on `side`, the last counterparty first. */
export async function* latestReceipts(
  database: Database,
  network: string,
  side: Side,
): AsyncIterable<SignedRecord<'receipt'>> {
  let after: string | undefined;
  for (;;) {
    const counterparty = await lastCounterparty(database, side, after);
    if (counterparty === undefined) return;
    const receipt = await latestReceipt(database, network, side, counterparty);
    if (receipt !== undefined) yield receipt;
    after = pairPrefix(side, counterparty);
  }
}

/** The last counterparty whose keys come before `before`. */
async function lastCounterparty(
  database: Database,
  side: Side,
  before: string | undefined,
): Promise<string | undefined> {
  const options = before === undefined ? { reverse: true } : { reverse: true, after: before };
  for await (const [key] of database.entries(sidePrefix(side), options)) {
    return key.slice(sidePrefix(side).length).split('/')[0];
  }
  return undefined;
}

/** The totals of these leases, ready for the rules. */
export async function totalsOf(
  database: Database,
  leases: readonly Pick<LeaseTotal, 'lease'>[],
): Promise<TotalsOf> {
  const totals = new Map<string, ReturnType<typeof TOTALS>>();
  for (const { lease } of leases) {
    const stored = await database.get(leaseKey(showId(lease)));
    if (stored !== undefined) totals.set(showId(lease), TOTALS(decode(stored), 'totals'));
  }
  return (lease) => totals.get(lease);
}
