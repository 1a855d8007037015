// Pruning: receipts are cumulative, so the last receipts of a pair contain the sums of all earlier ones. Of each pair,
// the receipts older than the cut go, except the newest of them, which stays as the base from which the rest is checked.
// The ids of pruned receipts stay under the headers that cover them, so every header keeps its root, and every proof of
// a pair's state still holds.
import { type Clock, every } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { KeyedSerial } from '../lib/serial.ts';
import { parseRecord, type UnverifiedRecord } from '../records/envelope.ts';
import { sameBytes, showId } from '../records/id.ts';
import type { Side } from '../records/pair-map.ts';
import type { Database, Write } from './database.ts';
import { dayOf } from './decay.ts';
import { baseKey, leaseKey, PREFIX, pairKey, pairPrefix, prunedKey, recordKey } from './keys.ts';
import { decodeBase, encodeBase, type PairBase } from './pair-base.ts';
import { counterparties, grownTotals, readTotals, type StoredTotals, sideOf } from './pair-index.ts';
import { OPEN_DAYS, PRUNE_PERIOD_MS, PRUNED_AT_ONCE } from './parameters.ts';

type Receipt = UnverifiedRecord<'receipt'>;

export interface PruningParts {
  readonly database: Database;
  /** The lanes in which pairs are changed, by counterparty. */
  readonly lanes: KeyedSerial;
  readonly network: string;
  readonly self: string;
}

export interface DailyParts {
  readonly ledger: { prune(day: number): Promise<number> };
  readonly clock: Clock;
  readonly log: Log;
  /** Receipts of so many days stay. */
  readonly keepDays: number;
}

interface Pair {
  readonly side: Side;
  readonly counterparty: string;
}

/** Prunes the old receipts of a running peer, at its start and once a day. */
export class DailyPruning implements Service {
  readonly #parts: DailyParts;
  readonly #stopping = new AbortController();
  #pruning: Promise<void> = Promise.resolve();

  constructor(parts: DailyParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#pruning = this.#prune().catch((err) => log.error({ err }, 'failed to prune old receipts'));
    every({ clock, log, signal: this.#stopping.signal }, PRUNE_PERIOD_MS, () => {
      this.#pruning = this.#prune();
      return this.#pruning;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#pruning.catch(() => {});
  }

  async #prune(): Promise<void> {
    const { ledger, clock, log, keepDays } = this.#parts;
    const pruned = await ledger.prune(dayOf(clock.nowMs()) - keepDays);
    if (pruned > 0) log.info({ receipts: pruned }, 'pruned old receipts');
  }
}

export class Pruning {
  readonly #parts: PruningParts;

  constructor(parts: PruningParts) {
    this.#parts = parts;
  }

  /**
   * Forgets receipts of days before `day` (days since 1970). A pair that learnt receipts of its counterparty is kept whole:
   * those do not follow each other. Resolves with how many went.
   */
  async prune(day: number): Promise<number> {
    const { database, lanes } = this.#parts;
    const restored = await this.#restoredPairs();
    let pruned = 0;
    for (const side of ['tenant', 'volunteer'] as const) {
      for await (const counterparty of counterparties(database, side)) {
        if (restored.has(`${side}/${counterparty}`)) continue;
        let went: number;
        do {
          went = await lanes.run(counterparty, () => this.#prunePair({ side, counterparty }, day));
          pruned += went;
        } while (went === PRUNED_AT_ONCE);
      }
    }
    return pruned;
  }

  /** Pairs with receipts that were learnt, by side and counterparty. */
  async #restoredPairs(): Promise<Set<string>> {
    const pairs = new Set<string>();
    for await (const [key] of this.#parts.database.entries(PREFIX.learnt)) {
      const receipt = await this.#receipt(key.slice(PREFIX.learnt.length));
      const { side, counterparty } = sideOf(receipt.body, this.#parts.self);
      pairs.add(`${side}/${counterparty}`);
    }
    return pairs;
  }

  /** At most PRUNED_AT_ONCE receipts of a pair, all or nothing. */
  async #prunePair(pair: Pair, day: number): Promise<number> {
    const { database } = this.#parts;
    const old = await this.#oldest(pair, day);
    const base = old.at(-1);
    if (base === undefined || old.length < 2) return 0;
    const going = old.slice(0, -1);
    const totals = await this.#totalsAt(pair, old);
    await database.write([
      ...going.flatMap(({ id, body }): Write[] => [
        { key: recordKey('receipt', showId(id)) },
        { key: pairKey(pair.side, pair.counterparty, body.pairSeq) },
        { key: prunedKey(showId(id)), value: new Uint8Array() },
      ]),
      { key: baseKey(pair.side, pair.counterparty), value: encodeBase({ receipt: base.id, totals }) },
    ]);
    return going.length;
  }

  /** The first receipts of a pair, as far as they are of earlier days, and never its last. */
  async #oldest({ side, counterparty }: Pair, day: number): Promise<Receipt[]> {
    const old: Receipt[] = [];
    for await (const [, id] of this.#parts.database.entries(pairPrefix(side, counterparty))) {
      const receipt = await this.#receipt(showId(id));
      old.push(receipt);
      if (receipt.body.day >= day || old.length > PRUNED_AT_ONCE + 1) return old.slice(0, -1);
    }
    return old.slice(0, -1);
  }

  /** What leases had counted by the last of the oldest receipts, as far as a later one names them or may. */
  async #totalsAt({ side, counterparty }: Pair, old: readonly Receipt[]): Promise<PairBase['totals']> {
    const stored = await this.#parts.database.get(baseKey(side, counterparty));
    const totals = new Map<string, StoredTotals>(stored && decodeBase(stored).totals);
    for (const receipt of old)
      for (const [lease, grown] of grownTotals(receipt, (each) => totals.get(each))) totals.set(lease, grown);
    const fromDay = old.at(-1)?.body.day ?? 0;
    for (const [lease, { receipt }] of totals)
      if (!(await this.#isOpen(lease, receipt, fromDay))) totals.delete(lease);
    return totals;
  }

  /** Whether a lease was named after `receipt`, or its term was not long over by a day. */
  async #isOpen(lease: string, receipt: Uint8Array, day: number): Promise<boolean> {
    const { database, network } = this.#parts;
    const row = await database.get(leaseKey(lease));
    if (row !== undefined && !sameBytes(readTotals(row).receipt, receipt)) return true;
    const stored = await database.get(recordKey('lease', lease));
    const endsAtMs = stored && parseRecord('lease', stored, network).body.endsAtMs;
    return endsAtMs === undefined || dayOf(endsAtMs) + OPEN_DAYS >= day;
  }

  async #receipt(id: string): Promise<Receipt> {
    const key = recordKey('receipt', id);
    const stored = await this.#parts.database.get(key);
    if (stored === undefined) throw new TallyError('LEDGER_RECORD_MISSING', { key });
    return parseRecord('receipt', stored, this.#parts.network);
  }
}
