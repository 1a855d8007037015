// Catching up: if one side of a pair lost receipts with a restored backup or a lost disk, the other side still has them,
// signed by both. When the two meet, and when a draft is refused, each sends what it knows, and what is new to the other
// counts from then on.
import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import type { KeyedSerial } from '../lib/serial.ts';
import {
  openRecord,
  parseRecord,
  type SignedRecord,
  type Statement,
  type UnverifiedRecord,
  verifyRecord,
} from '../records/envelope.ts';
import { showId } from '../records/id.ts';
import { type Identity, peerOf } from '../records/identity.ts';
import type { LeaseBody } from '../records/lease.ts';
import type { Side } from '../records/pair-map.ts';
import type { ReceiptBody } from '../records/receipt.ts';
import { type TenantDisk, tenantLearns, type VolunteerDisk, volunteerLearns } from './co-signing-steps.ts';
import { grownTotals, sideOf } from './pair-index.ts';
import type { Pairs } from './pairs.ts';
import { compareReceipts, rulesOf } from './receipt-rules.ts';

/** What a peer knows of a pair: receipts that both signed, and leases of which they speak. */
export type Known = {
  readonly receipts: readonly Uint8Array[];
  readonly leases: readonly Uint8Array[];
};

type Receipt = SignedRecord<'receipt'>;
type LearntListener = (counterparty: string, receipts: readonly Receipt[]) => Promise<void>;

export interface CatchingUpParts {
  readonly pairs: Pairs;
  /** One pair's steps never overlap. */
  readonly lanes: KeyedSerial;
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
}

export class CatchingUp {
  readonly #parts: CatchingUpParts;
  readonly #listeners: LearntListener[] = [];

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /** Calls back with receipts that were learnt of a counterparty, for what they say of leases. */
  onLearnt(listener: LearntListener): void {
    this.#listeners.push(listener);
  }

  /** What this peer knows of its pairs with a counterparty, and of the leases named: the last receipts of each. */
  known(counterparty: string, leases: readonly Uint8Array[]): Promise<Known> {
    return this.#parts.lanes.run(counterparty, async () => {
      const { pairs } = this.#parts;
      const receipts = new Map<string, Uint8Array>();
      const records: Uint8Array[] = [];
      const add = (receipt: Receipt | undefined) => {
        if (receipt !== undefined && this.#isBetween(receipt.body, counterparty))
          receipts.set(showId(receipt.id), receipt.bytes);
      };
      add(await pairs.last('volunteer', counterparty));
      add(await pairs.last('tenant', counterparty));
      for (const { receipt } of (await pairs.totals(leases)).values()) add(await pairs.receipt(receipt));
      for (const id of leases) {
        const lease = await pairs.lease(id);
        if (lease !== undefined && this.#isBetween(lease.body, counterparty)) records.push(lease.bytes);
      }
      return { receipts: [...receipts.values()], leases: records };
    });
  }

  /**
   * Takes in what a counterparty knows of the pairs with it: after a backup was restored here it may be more than this
   * peer knows, and bears its signature. A draft that can no longer be completed is dropped. Resolves with the receipts
   * that were news. Throws RECORD_*, SIGNATURE_INVALID, and RECEIPT_STRANGER for what is of others.
   */
  async learn(counterparty: string, known: Known): Promise<readonly Receipt[]> {
    const learnt = await this.#parts.lanes.run(counterparty, () => this.#learn(counterparty, known));
    if (learnt.length > 0) for (const listener of this.#listeners) await listener(counterparty, learnt);
    return learnt;
  }

  async #learn(counterparty: string, known: Known): Promise<readonly Receipt[]> {
    const { identity, network } = this.#parts;
    const shown = known.receipts.map((bytes) => parseRecord('receipt', bytes, network));
    const learnt: Receipt[] = [];
    for (const side of ['volunteer', 'tenant'] as const) {
      const ofSide = shown.filter(({ body }) => sideOf(body, identity.peer).side === side);
      if (ofSide.some(({ body }) => !this.#isBetween(body, counterparty)))
        throw new TallyError('RECEIPT_STRANGER', { counterparty });
      const leases = side === 'volunteer' ? await this.#newLeases(counterparty, known.leases) : [];
      learnt.push(...(await this.#learnOf(side, counterparty, ofSide, leases)));
    }
    return learnt;
  }

  async #learnOf(
    side: Side,
    counterparty: string,
    shown: readonly UnverifiedRecord<'receipt'>[],
    leases: readonly SignedRecord<'lease'>[],
  ): Promise<readonly Receipt[]> {
    const { pairs } = this.#parts;
    const last = await pairs.last(side, counterparty);
    const totals = await pairs.totals(shown.flatMap(({ body }) => body.leases.map(({ lease }) => lease)));
    const news = shown
      .filter((each) => isAhead(each, last) || grownTotals(each, (lease) => totals.get(lease)).size > 0)
      .map(verifyRecord)
      .toSorted(compareReceipts);
    const newest = news.at(-1);
    const { counts, isDropped } = await this.#step(side, counterparty, news);
    if (news.length === 0 && leases.length === 0 && !isDropped) return [];
    await pairs.learn({
      ...{ receipts: news, leases, last: counts ? newest : undefined },
      dropsDraftFor: isDropped ? counterparty : undefined,
    });
    return news;
  }

  /** What learning these does to the pair: whether the newest is its last, and a draft that waits is dropped. */
  async #step(
    side: Side,
    counterparty: string,
    news: readonly Receipt[],
  ): Promise<{ counts: boolean; isDropped: boolean }> {
    const { pairs, clock } = this.#parts;
    const last = await pairs.last(side, counterparty);
    const newest = news.at(-1) ?? last;
    if (newest === undefined) return { counts: false, isDropped: false };
    if (side === 'volunteer') {
      const disk: VolunteerDisk<Statement<'receipt'>> = { last };
      const { write } = volunteerLearns(disk, newest, { compare: compareReceipts });
      return { counts: newest !== last && write?.last === newest, isDropped: false };
    }
    const disk: TenantDisk<Statement<'receipt'>> = await pairs.tenantDisk(counterparty);
    const totals = await pairs.totals(disk.draft?.body.leases.map(({ lease }) => lease) ?? []);
    for (const receipt of news)
      for (const [lease, grown] of grownTotals(receipt, (each) => totals.get(each))) totals.set(lease, grown);
    const { write } = tenantLearns(disk, newest, rulesOf(totals, clock.nowMs()));
    const isDropped = disk.draft !== undefined && write !== undefined && write.draft === undefined;
    return { counts: newest !== last && write?.last === newest, isDropped };
  }

  /** Leases that this volunteer gave and does not know of. */
  async #newLeases(tenant: string, envelopes: readonly Uint8Array[]): Promise<SignedRecord<'lease'>[]> {
    const news: SignedRecord<'lease'>[] = [];
    for (const bytes of envelopes) {
      const lease = openRecord('lease', bytes, this.#parts.network);
      const isGiven = peerOf(lease.body.volunteer) === this.#parts.identity.peer;
      if (!isGiven || !this.#isBetween(lease.body, tenant)) continue;
      if ((await this.#parts.pairs.lease(lease.id)) === undefined) news.push(lease);
    }
    return news;
  }

  #isBetween({ volunteer, tenant }: ReceiptBody | LeaseBody, counterparty: string): boolean {
    const between = [peerOf(volunteer), peerOf(tenant)];
    return between.includes(counterparty) && between.includes(this.#parts.identity.peer);
  }
}

const isAhead = (receipt: Statement<'receipt'>, last: Receipt | undefined) =>
  last === undefined || compareReceipts(receipt, last) > 0;
