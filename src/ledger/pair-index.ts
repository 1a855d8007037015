// The indexes over receipts: the latest receipt of a pair, and the totals of a lease. Both follow from the receipts
// themselves, and `ledger verify` checks that they do.
import { TallyError } from '../lib/errors.ts';
import { decode, encode } from '../records/codec.ts';
import { ID } from '../records/common.ts';
import { openRecord, type SignedRecord, type Statement } from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import { peerOf } from '../records/identity.ts';
import { type Leaf, pairName, type Side } from '../records/pair-map.ts';
import { COUNTERS, type ReceiptBody } from '../records/receipt.ts';
import { fields, int } from '../records/shape.ts';
import type { Database, Reader, Write } from './database.ts';
import { leaseKey, pairKey, pairPrefix, partsOf, recordKey, sidePrefix } from './keys.ts';
import { compareReceipts, compareTotals } from './receipt-rules.ts';

const TOTALS = fields({ epochs: int(0), counters: COUNTERS, receipt: ID });

/** The totals of a lease, and the receipt that contains them. */
export type StoredTotals = ReturnType<typeof TOTALS>;

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

/** What the indexes said before: the totals of leases, and the receipt of a pair with the same number. */
export interface Indexed {
  readonly totals: (lease: string) => StoredTotals | undefined;
  readonly atSeq: Statement<'receipt'> | undefined;
}

/**
 * What the indexes say after this receipt. Before a receipt that was learnt of the counterparty, and so follows nothing
 * here, it is told what they said: what counts more stays.
 */
export function indexWrites(receipt: SignedRecord<'receipt'>, self: string, before?: Indexed): Write[] {
  const { id, body } = receipt;
  const { side, counterparty } = sideOf(body, self);
  const isAhead = before?.atSeq === undefined || compareReceipts(receipt, before.atSeq) > 0;
  const grown = grownTotals(receipt, before?.totals ?? (() => undefined));
  return [
    ...(isAhead ? [{ key: pairKey(side, counterparty, body.pairSeq), value: id }] : []),
    ...[...grown].map(([lease, totals]) => ({ key: leaseKey(lease), value: encode(totals) })),
  ];
}

/** The totals of those leases of which this receipt says more than was known, by id. */
export function grownTotals(
  { id, body }: Statement<'receipt'>,
  known: Indexed['totals'],
): Map<string, StoredTotals> {
  const grown = new Map<string, StoredTotals>();
  for (const { lease, epochs, counters } of body.leases) {
    const held = known(showId(lease));
    const isMore = held === undefined || compareTotals({ epochs, counters }, held) > 0;
    if (isMore) grown.set(showId(lease), { epochs, counters, receipt: id });
  }
  return grown;
}

/** A row of the totals of a lease. Throws RECORD_MALFORMED. */
export function readTotals(stored: Uint8Array): StoredTotals {
  return TOTALS(decode(stored), 'totals');
}

/** The latest receipt of a pair, or undefined for a pair without one. */
export async function latestReceipt(
  database: Reader,
  network: string,
  side: Side,
  counterparty: string,
): Promise<SignedRecord<'receipt'> | undefined> {
  const id = await latestId(database, side, counterparty);
  if (id === undefined) return undefined;
  const stored = await database.get(recordKey('receipt', showId(id)));
  if (stored === undefined)
    throw new TallyError('LEDGER_RECORD_MISSING', { kind: 'receipt', id: showId(id) });
  return openRecord('receipt', stored, network);
}

/** The id of the latest receipt of a pair. */
export async function latestId(
  reader: Reader,
  side: Side,
  counterparty: string,
): Promise<Uint8Array | undefined> {
  for await (const [, id] of reader.entries(pairPrefix(side, counterparty), { reverse: true })) return id;
  return undefined;
}

/**
 * The latest receipt of every pair in which this peer is on `side`, the last counterparty first; one that a damaged ledger
 * lacks is passed over (missing-records.ts).
 */
export async function* latestReceipts(
  database: Reader,
  network: string,
  side: Side,
): AsyncIterable<SignedRecord<'receipt'>> {
  for await (const counterparty of counterparties(database, side)) {
    const id = await latestId(database, side, counterparty);
    const stored = id && (await database.get(recordKey('receipt', showId(id))));
    if (stored !== undefined) yield openRecord('receipt', stored, network);
  }
}

/** Those with whom this peer has a pair in which it is on `side`, the last first. */
export async function* counterparties(reader: Reader, side: Side): AsyncIterable<string> {
  let before: string | undefined;
  for (;;) {
    const counterparty = await lastCounterparty(reader, side, before);
    if (counterparty === undefined) return;
    yield counterparty;
    before = pairPrefix(side, counterparty);
  }
}

/** The last counterparty whose keys come before `before`. */
async function lastCounterparty(
  reader: Reader,
  side: Side,
  before: string | undefined,
): Promise<string | undefined> {
  const options = before === undefined ? { reverse: true } : { reverse: true, after: before };
  for await (const [key] of reader.entries(sidePrefix(side), options)) {
    return partsOf(sidePrefix(side), key)[0];
  }
  return undefined;
}

/** The totals of these leases, as they are stored. */
export async function totalsOf(
  database: Database,
  leases: readonly Uint8Array[],
): Promise<Map<string, StoredTotals>> {
  const totals = new Map<string, StoredTotals>();
  for (const lease of leases.map(showId)) {
    const stored = await database.get(leaseKey(lease));
    if (stored !== undefined) totals.set(lease, readTotals(stored));
  }
  return totals;
}
