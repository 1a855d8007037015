// The rules of receipts, pure: which receipt may follow which. Drafting and checking use the same arithmetic, so a draft
// of this peer always passes its own check.
import { TallyError } from '../lib/errors.ts';
import type { Statement } from '../records/envelope.ts';
import { sameBytes, showId } from '../records/id.ts';
import type { Counters, LeaseTotal, ReceiptBody } from '../records/receipt.ts';
import type { PairRules } from './co-signing-steps.ts';
import { dayOf, decayed } from './decay.ts';
import { CLOCK_TOLERANCE_MS } from './parameters.ts';

/** The totals of a lease as the receipts before say them; undefined for a lease that none names. */
export type TotalsOf = (lease: string) => Omit<LeaseTotal, 'lease'> | undefined;

/**
 * Above 0 where `a` counts rather than `b`, of two receipts of one pair: the later number, and of one number the larger
 * counters. Both sides decide alike, so that the lines which a restored backup leaves behind come together again.
 */
export function compareReceipts(a: Statement<'receipt'>, b: Statement<'receipt'>): number {
  const bySeq = a.body.pairSeq - b.body.pairSeq;
  return bySeq || compareCounters(a.body.counters, b.body.counters) || Buffer.compare(a.id, b.id);
}

/** Above 0 where `a` are the later totals of a lease. */
export function compareTotals(a: Omit<LeaseTotal, 'lease'>, b: Omit<LeaseTotal, 'lease'>): number {
  return a.epochs - b.epochs || compareCounters(a.counters, b.counters);
}

function compareCounters(a: Counters, b: Counters): number {
  const name = COUNTER_NAMES.find((counter) => a[counter] !== b[counter]);
  return name === undefined ? 0 : a[name] - b[name];
}

/** Who drafts for whom, when, and what makes this body unlike any other. */
export interface DraftContext {
  readonly volunteer: Uint8Array;
  readonly tenant: Uint8Array;
  readonly network: string;
  readonly salt: Uint8Array;
  readonly nowMs: number;
}

/** Counters before anything was counted. */
export const NO_COUNTERS: Counters = {
  chargedMicrocredits: 0,
  cpuMilliseconds: 0,
  memoryMibSeconds: 0,
  diskMibSeconds: 0,
  tunnelKib: 0,
};

const COUNTER_NAMES = Object.keys(NO_COUNTERS) as (keyof Counters)[];

/** The receipt that gives these leases these totals, after `previous` (undefined for a new pair). */
export function draftReceipt(
  previous: ReceiptBody | undefined,
  leases: readonly LeaseTotal[],
  totalsOf: TotalsOf,
  { nowMs, ...names }: DraftContext,
): ReceiptBody {
  const day = Math.max(previous?.day ?? 0, dayOf(nowMs));
  const counters = countersAfter(previous, leases, totalsOf);
  const serviceMicrocredits = serviceAfter(previous, day, counters);
  return { ...names, pairSeq: (previous?.pairSeq ?? 0) + 1, counters, serviceMicrocredits, day, leases };
}

/** The pair's counters: those before, and what its leases grew by. */
function countersAfter(
  previous: ReceiptBody | undefined,
  leases: readonly LeaseTotal[],
  totalsOf: TotalsOf,
): Counters {
  const sum = { ...(previous?.counters ?? NO_COUNTERS) };
  for (const { lease, counters } of leases) {
    const before = totalsOf(showId(lease))?.counters ?? NO_COUNTERS;
    for (const name of COUNTER_NAMES) sum[name] += counters[name] - before[name];
  }
  return sum;
}

function serviceAfter(previous: ReceiptBody | undefined, day: number, counters: Counters): number {
  const charge = counters.chargedMicrocredits - (previous?.counters.chargedMicrocredits ?? 0);
  return decayed(previous?.serviceMicrocredits ?? 0, day - (previous?.day ?? day)) + charge;
}

/**
 * Checks that `next` may follow `previous`: pairSeq + 1, totals that do not fall, pair counters that are the sum of
 * what the leases grew by, a day bucket that neither falls nor lies in the future, service by the decay rule.
 * Throws RECEIPT_GAP, RECEIPT_FALLS, RECEIPT_SUM, RECEIPT_DAY or RECEIPT_DECAY.
 */
export function checkReceipt(
  previous: ReceiptBody | undefined,
  next: ReceiptBody,
  totalsOf: TotalsOf,
  nowMs: number,
): void {
  const expected = (previous?.pairSeq ?? 0) + 1;
  if (next.pairSeq !== expected) throw new TallyError('RECEIPT_GAP', { expected, got: next.pairSeq });
  requireNoFall(next.leases, totalsOf);
  requireSum(next, countersAfter(previous, next.leases, totalsOf));
  requireDay(previous, next, nowMs);
  const service = serviceAfter(previous, next.day, next.counters);
  if (next.serviceMicrocredits !== service) {
    throw new TallyError('RECEIPT_DECAY', { expected: service, got: next.serviceMicrocredits });
  }
}

/** A receipt that closes no epoch says nothing, and would cost the volunteer a signature and the room to keep it. */
function requireNews({ leases }: ReceiptBody, totalsOf: TotalsOf): void {
  const isNews = leases.some(({ lease, epochs }) => epochs > (totalsOf(showId(lease))?.epochs ?? 0));
  if (!isNews) throw new TallyError('RECEIPT_LEASE', { reason: 'the receipt closes no epoch' });
}

function requireNoFall(leases: readonly LeaseTotal[], totalsOf: TotalsOf): void {
  const seen = new Set<string>();
  for (const { lease, epochs, counters } of leases) {
    const name = showId(lease);
    if (seen.has(name))
      throw new TallyError('RECEIPT_SUM', { lease: name, reason: 'the receipt names the lease twice' });
    seen.add(name);
    const before = totalsOf(name);
    const fallen = COUNTER_NAMES.find((counter) => counters[counter] < (before?.counters[counter] ?? 0));
    if (fallen !== undefined || epochs < (before?.epochs ?? 0)) {
      throw new TallyError('RECEIPT_FALLS', { lease: name, counter: fallen ?? 'epochs' });
    }
  }
}

function requireSum(next: ReceiptBody, expected: Counters): void {
  const wrong = COUNTER_NAMES.find((counter) => next.counters[counter] !== expected[counter]);
  if (wrong === undefined) return;
  throw new TallyError('RECEIPT_SUM', {
    counter: wrong,
    expected: expected[wrong],
    got: next.counters[wrong],
  });
}

function requireDay(previous: ReceiptBody | undefined, next: ReceiptBody, nowMs: number): void {
  const earliest = previous?.day ?? 0;
  const latest = Math.max(earliest, dayOf(nowMs + CLOCK_TOLERANCE_MS));
  if (next.day < earliest || next.day > latest) {
    throw new TallyError('RECEIPT_DAY', { earliest, latest, got: next.day });
  }
}

/** Whether two receipts are one: their signatures do not matter. */
export const isSame = (a: Statement<'receipt'>, b: Statement<'receipt'>) => sameBytes(a.id, b.id);

/** The rules as the steps of co-signing ask for them; a fault is the error to refuse with. */
export function rulesOf(
  totals: ReadonlyMap<string, Omit<LeaseTotal, 'lease'>>,
  nowMs: number,
): PairRules<Statement<'receipt'>, TallyError> {
  const totalsOf: TotalsOf = (lease) => totals.get(lease);
  return {
    isSame,
    compare: compareReceipts,
    faultOf(last, next) {
      try {
        checkReceipt(last?.body, next.body, totalsOf, nowMs);
        requireNews(next.body, totalsOf);
        return undefined;
      } catch (error) {
        if (error instanceof TallyError) return error;
        throw error;
      }
    },
  };
}
