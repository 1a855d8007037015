// What is on disk about the pairs of this peer. What every receipt needs is cached, because a stored record is verified
// when it is read, and that costs more than everything else. Callers run in the lane of the pair: otherwise a value
// could be cached after it was replaced.
import { BoundedMap } from '../lib/bounded-map.ts';
import { TallyError } from '../lib/errors.ts';
import { decode, encode } from '../records/codec.ts';
import { openRecord, readStatement, type SignedRecord, type Statement } from '../records/envelope.ts';
import { sameBytes, showId } from '../records/id.ts';
import type { Side } from '../records/pair-map.ts';
import { bytes, fields } from '../records/shape.ts';
import type { Chain } from './chain.ts';
import type { Database, Write } from './database.ts';
import { draftKey, learntKey, PREFIX, pairKey, recordKey } from './keys.ts';
import {
  grownTotals,
  indexWrites,
  latestReceipt,
  leafOf,
  type StoredTotals,
  sideOf,
  totalsOf,
} from './pair-index.ts';
import { LEASES_REMEMBERED, PAIRS_REMEMBERED } from './parameters.ts';

const STORED_DRAFT = fields({ body: bytes(1, 16_384), signature: bytes(64) });

/** A receipt that only the tenant has signed. */
export interface Draft extends Statement<'receipt'> {
  readonly tenantSignature: Uint8Array;
}

type Receipt = SignedRecord<'receipt'>;

export interface PairsParts {
  readonly database: Database;
  readonly chain: Chain;
  readonly network: string;
  readonly self: string;
}

/** What was learnt of a counterparty. */
export interface Learnt {
  readonly receipts: readonly Receipt[];
  readonly leases: readonly SignedRecord<'lease'>[];
  /** The one that is the pair's last from now on, if any is. */
  readonly last: Receipt | undefined;
  /** The volunteer whose draft can no longer be completed. */
  readonly dropsDraftFor: string | undefined;
}

export class Pairs {
  readonly #parts: PairsParts;
  readonly #last: { readonly [S in Side]: BoundedMap<string, Receipt> } = {
    volunteer: new BoundedMap(PAIRS_REMEMBERED),
    tenant: new BoundedMap(PAIRS_REMEMBERED),
  };
  readonly #drafts = new BoundedMap<string, Draft | undefined>(PAIRS_REMEMBERED);
  readonly #totals = new BoundedMap<string, StoredTotals>(LEASES_REMEMBERED);
  readonly #tenants = new BoundedMap<string, Uint8Array>(LEASES_REMEMBERED);

  constructor(parts: PairsParts) {
    this.#parts = parts;
  }

  /** The last receipt of a pair, by `compareReceipts`; undefined for a pair without one. */
  async last(side: Side, counterparty: string): Promise<Receipt | undefined> {
    const { database, network } = this.#parts;
    const known = this.#last[side].get(counterparty);
    if (known !== undefined) return known;
    const receipt = await latestReceipt(database, network, side, counterparty);
    if (receipt !== undefined) this.#last[side].set(counterparty, receipt);
    return receipt;
  }

  /** Tenant: what is on disk of the pair with a volunteer. */
  async tenantDisk(volunteer: string): Promise<{ last: Receipt | undefined; draft: Draft | undefined }> {
    return { last: await this.last('tenant', volunteer), draft: await this.draft(volunteer) };
  }

  /** Tenant: the draft that waits for this volunteer's countersignature. */
  async draft(volunteer: string): Promise<Draft | undefined> {
    if (this.#drafts.has(volunteer)) return this.#drafts.get(volunteer);
    const stored = await this.#parts.database.get(draftKey(volunteer));
    const draft = stored && this.#readDraft(stored);
    this.#drafts.set(volunteer, draft);
    return draft;
  }

  #readDraft(stored: Uint8Array): Draft {
    const { body, signature } = STORED_DRAFT(decode(stored), 'draft');
    return { ...readStatement('receipt', body, this.#parts.network), tenantSignature: signature };
  }

  /** Tenant: the volunteers for whose countersignature a draft waits. */
  async drafted(): Promise<string[]> {
    const volunteers: string[] = [];
    for await (const [key] of this.#parts.database.entries(PREFIX.draft)) {
      volunteers.push(key.slice(PREFIX.draft.length));
    }
    return volunteers;
  }

  /** Tenant: puts a draft on disk. */
  async keepDraft(volunteer: string, draft: Draft): Promise<void> {
    const value = encode({ body: draft.bodyBytes, signature: draft.tenantSignature });
    this.#drafts.delete(volunteer);
    await this.#parts.database.write([{ key: draftKey(volunteer), value }]);
    this.#drafts.set(volunteer, draft);
  }

  /** The totals of these leases, by id; none for a lease that no receipt names. */
  async totals(leases: readonly Uint8Array[]): Promise<Map<string, StoredTotals>> {
    const totals = new Map<string, StoredTotals>();
    const asked: Uint8Array[] = [];
    for (const lease of leases) {
      const id = showId(lease);
      const known = this.#totals.get(id);
      if (known === undefined) asked.push(lease);
      else totals.set(id, known);
    }
    if (asked.length === 0) return totals;
    for (const [lease, stored] of await totalsOf(this.#parts.database, asked)) {
      this.#totals.set(lease, stored);
      totals.set(lease, stored);
    }
    return totals;
  }

  /** A stored receipt. */
  async receipt(id: Uint8Array): Promise<Receipt | undefined> {
    const stored = await this.#parts.database.get(recordKey('receipt', showId(id)));
    return stored && openRecord('receipt', stored, this.#parts.network);
  }

  /** A stored lease. */
  async lease(id: Uint8Array): Promise<SignedRecord<'lease'> | undefined> {
    const stored = await this.#parts.database.get(recordKey('lease', showId(id)));
    return stored && openRecord('lease', stored, this.#parts.network);
  }

  /** Throws RECEIPT_LEASE unless a stored lease of this id was given to this tenant. */
  async requireLeaseOf(lease: Uint8Array, tenant: Uint8Array): Promise<void> {
    const id = showId(lease);
    const holder = this.#tenants.get(id) ?? (await this.lease(lease))?.body.tenant;
    if (holder !== undefined) this.#tenants.set(id, holder);
    if (holder === undefined || !sameBytes(holder, tenant))
      throw new TallyError('RECEIPT_LEASE', { lease: id });
  }

  /** Stores a receipt that follows the last one; the draft that waited for it, if any, is gone with that. */
  async follow(receipt: Receipt): Promise<void> {
    const { chain, self } = this.#parts;
    const { side, counterparty } = sideOf(receipt.body, self);
    const rows = [
      ...indexWrites(receipt, self),
      ...(side === 'tenant' ? [{ key: draftKey(counterparty) }] : []),
    ];
    this.#forget([receipt]);
    await chain.commit([receipt], rows, [leafOf(receipt, self)]);
    this.#last[side].set(counterparty, receipt);
    if (side === 'tenant') this.#drafts.set(counterparty, undefined);
    for (const { lease, ...totals } of receipt.body.leases)
      this.#totals.set(showId(lease), { ...totals, receipt: receipt.id });
  }

  /**
   * Stores what was learnt of a counterparty: receipts of one pair, the least first, and leases. They count as far as
   * they say more than what is stored.
   */
  async learn({ receipts, leases, last, dropsDraftFor }: Learnt): Promise<void> {
    const { database, chain, self } = this.#parts;
    const rows: Write[] = dropsDraftFor === undefined ? [] : [{ key: draftKey(dropsDraftFor) }];
    const totals = await this.totals(receipts.flatMap(({ body }) => body.leases.map(({ lease }) => lease)));
    for (const receipt of receipts) {
      const atSeq = await this.#atSeq(receipt);
      rows.push(...indexWrites(receipt, self, { totals: (lease) => totals.get(lease), atSeq }));
      rows.push({ key: learntKey(showId(receipt.id)), value: new Uint8Array() });
      for (const [lease, grown] of grownTotals(receipt, (each) => totals.get(each))) totals.set(lease, grown);
    }
    const leaves = last === undefined ? [] : [leafOf(last, self)];
    this.#forget(receipts);
    if (dropsDraftFor !== undefined) this.#drafts.delete(dropsDraftFor);
    if (receipts.length + leases.length === 0) await database.write(rows);
    else await chain.commit([...receipts, ...leases], rows, leaves);
  }

  /** What is on disk is not known for certain: it is read again. */
  forgetAll(): void {
    for (const each of [...Object.values(this.#last), this.#drafts, this.#totals]) each.clear();
  }

  /** What a commit is about to change is not remembered until that is on disk: if it fails, it may be there or not. */
  #forget(receipts: readonly Receipt[]): void {
    for (const { body } of receipts) {
      const { side, counterparty } = sideOf(body, this.#parts.self);
      this.#last[side].delete(counterparty);
      this.#drafts.delete(counterparty);
      for (const { lease } of body.leases) this.#totals.delete(showId(lease));
    }
  }

  /** The stored receipt of the same pair and number. */
  async #atSeq({ body }: Receipt): Promise<Receipt | undefined> {
    const { side, counterparty } = sideOf(body, this.#parts.self);
    const id = await this.#parts.database.get(pairKey(side, counterparty, body.pairSeq));
    return id && this.receipt(id);
  }
}
