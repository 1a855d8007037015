// Replays the receipts of a ledger in the order in which its headers cover them: each must follow from those before it,
// and together they determine what the indexes and the map of pair states must contain.
import { codeOf, type ErrorCode } from '../../lib/errors.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { sameBytes } from '../../records/id.ts';
import type { Leaf } from '../../records/pair-map.ts';
import { leaseKey, pairKey } from '../keys.ts';
import type { PairBase } from '../pair-base.ts';
import { indexWrites, leafOf, readTotals, type StoredTotals, sideOf } from '../pair-index.ts';
import { checkReceipt, compareReceipts } from '../receipt-rules.ts';

type Receipt = SignedRecord<'receipt'>;

export class Replay {
  readonly #self: string;
  readonly #bases: ReadonlyMap<string, PairBase>;
  readonly #baseTotals = new Map<string, StoredTotals>();
  readonly #last = new Map<string, Receipt>();
  readonly #atSeq = new Map<string, Receipt>();
  readonly #rows = new Map<string, Uint8Array>();

  /** Of the ledger of this peer; where pairs were pruned their receipts begin with these bases, by side and counterparty. */
  constructor(self: string, bases: ReadonlyMap<string, PairBase> = new Map()) {
    this.#self = self;
    this.#bases = bases;
  }

  /**
   * Takes the next receipt. One that was learnt of the counterparty need not follow the last one here. Answers with what
   * is wrong with another that does not. Throws RECEIPT_STRANGER for a receipt between others, which is not taken.
   */
  take(receipt: Receipt, isLearnt: boolean): ErrorCode | undefined {
    const { side, counterparty } = sideOf(receipt.body, this.#self);
    const name = `${side}/${counterparty}`;
    const last = this.#last.get(name);
    const base = this.#bases.get(name);
    const isBase = base !== undefined && sameBytes(base.receipt, receipt.id);
    const fault = isLearnt || isBase ? undefined : this.#faultOf(last, receipt);
    for (const [lease, totals] of isBase ? base.totals : []) this.#baseTotals.set(lease, totals);
    const key = pairKey(side, counterparty, receipt.body.pairSeq);
    const before = { totals: this.#totals, atSeq: this.#atSeq.get(key) };
    for (const { key, value } of indexWrites(receipt, this.#self, isLearnt ? before : undefined))
      if (value !== undefined) this.#rows.set(key, value);
    if (before.atSeq === undefined || compareReceipts(receipt, before.atSeq) > 0)
      this.#atSeq.set(key, receipt);
    if (last === undefined || compareReceipts(receipt, last) > 0) this.#last.set(name, receipt);
    return fault;
  }

  /** Rows of the indexes, by key. */
  get rows(): ReadonlyMap<string, Uint8Array> {
    return this.#rows;
  }

  /** What the map of pair states holds. */
  leaves(): Leaf[] {
    return [...this.#last.values()].map((receipt) => leafOf(receipt, this.#self));
  }

  #faultOf(last: Receipt | undefined, receipt: Receipt): ErrorCode | undefined {
    try {
      checkReceipt(last?.body, receipt.body, this.#totals, Number.MAX_SAFE_INTEGER);
      return undefined;
    } catch (error) {
      return codeOf(error);
    }
  }

  readonly #totals = (lease: string) => {
    const row = this.#rows.get(leaseKey(lease));
    return row ? readTotals(row) : this.#baseTotals.get(lease);
  };
}
