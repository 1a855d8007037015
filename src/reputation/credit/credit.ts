// The credit that this peer gives: what each peer owes by the receipts of both, and what is held for its leases, against
// what it may owe. Whatever makes a peer owe more asks here first, and is on disk before it happens; whatever makes it
// owe less is always accepted.

import type { Table } from '../../ledger/database.ts';
import { type Clock, every } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { Serial } from '../../lib/serial.ts';
import type { ReputationMetrics } from '../../metrics/reputation.ts';
import { publicKeyOf } from '../../records/identity.ts';
import { fields, int, list, text } from '../../records/shape.ts';
import { EXPLAINED_MAX, LINE_WAYS, LOW_SHARE, RECOMPUTE_PERIOD_MS } from '../facts/parameters.ts';
import { DayPool, type PoolRow } from './day-pool.ts';
import { Lending, type Limit, lentBy, type Pool, sum } from './lending.ts';
import type { LineSource } from './lines.ts';

const MICROCREDITS = int(0);
const PEER = text(128);

/** What a peer is lent, on disk. */
export const GRANT_ROW = fields({
  own: MICROCREDITS,
  ways: list(fields({ peers: list(PEER, 3), microcredits: MICROCREDITS }), LINE_WAYS),
  pools: list(fields({ day: int(0), microcredits: MICROCREDITS }), 36_500),
  beyond: MICROCREDITS,
});

/** How the owner lends. */
export interface CreditTerms {
  /** To everybody within its limit; without limit to those whom this peer vouches for and to nobody else; to all. */
  readonly policy: 'market' | 'friends' | 'free';
  /** Share of what is offered that newcomers together may owe for, a day. */
  readonly newcomerShare: number;
  /** Whether what nobody else takes is lent above limits, to be taken back at once. */
  readonly lendIdle: boolean;
}

/** The result of lending to a peer. */
export interface Lent {
  /** Whether it is above its limit, on capacity that is to be taken back when it is asked for. */
  readonly isPreemptible: boolean;
  /** Whether little is left of its limit. */
  readonly isLow: boolean;
}

/** Who may owe this peer how much. Amounts are microcredits. */
export interface Credit {
  /** Tells what is held for each peer at the start, and what all that is offered would earn in a day. */
  begin(held: ReadonlyMap<string, number>, worthADay: () => number): Promise<void>;
  /**
   * Holds so much for a peer in all, in the place of what was held before. What is lent is on disk when it resolves;
   * who may owe no more is refused at once, and then nothing has changed. Throws REFUSED_CREDIT.
   */
  hold(peer: string, microcredits: number): Promise<Lent>;
  /** Holds so much for a peer from now on, which is not more than before but for what it owes instead. */
  release(peer: string, microcredits: number): void;
  /** Whether a peer may owe anything beside the newcomers' pool. */
  hasLimit(peer: string): boolean;
  /** How much more a peer may come to owe than it owes now and may come to owe by its leases; undefined: as much as it likes. */
  left(peer: string): number | undefined;
}

/** The account of a peer that owes this one, or might. */
export interface Borrower extends Limit {
  readonly peer: string;
  /** By the receipts of both, decayed; below 0 what this peer owes it. */
  readonly owedMicrocredits: number;
  /** What is not signed yet, and what running epochs may come to. */
  readonly heldMicrocredits: number;
  /** What it is lent within its limit, as a newcomer, and beyond that. */
  readonly lentMicrocredits: number;
  readonly newcomerMicrocredits: number;
  readonly beyondMicrocredits: number;
}

/** What somebody is lent, in all. */
export interface Loan {
  readonly peer: string;
  readonly microcredits: number;
}

/** What is lent to whom. */
export interface CreditBook {
  readonly terms: CreditTerms;
  /** Today's pool for newcomers, and what of it is lent. */
  pool(): { readonly microcredits: number; readonly lentMicrocredits: number };
  /** Of everybody who is lent something. */
  loans(): Loan[];
  /** How anybody stands. Throws KEY_INVALID for what is no peer. */
  borrower(peer: string): Borrower;
}

export interface CreditParts {
  readonly me: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly terms: CreditTerms;
  readonly rows: Table<ReturnType<typeof GRANT_ROW>>;
  readonly poolRows: Table<PoolRow>;
  /** What a peer owes by receipts, and everybody who has one with me. */
  readonly owed: (peer: string) => number;
  readonly counterparties: () => Iterable<string>;
  readonly isVouchedFor: (peer: string) => boolean;
  readonly lines: () => LineSource;
  readonly metrics?: ReputationMetrics | undefined;
}

export class CreditDesk implements Credit, CreditBook, Service {
  readonly #parts: CreditParts;
  readonly #lending: Lending;
  readonly #dayPool: DayPool;
  readonly #held = new Map<string, number>();
  readonly #dirty = new Set<string>();
  readonly #writing = new Serial();
  readonly #stopping = new AbortController();
  #worthADay = () => 0;

  constructor(parts: CreditParts) {
    this.#parts = parts;
    this.#lending = new Lending(parts.me, parts.lines);
    this.#dayPool = new DayPool(parts.poolRows, parts.clock, parts.terms.newcomerShare);
  }

  get terms(): CreditTerms {
    return this.#parts.terms;
  }

  /** Reads back what was lent. */
  async load(): Promise<void> {
    await this.#dayPool.load();
    for await (const [peer, grant] of this.#parts.rows.entries()) this.#lending.resume(peer, grant);
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, RECOMPUTE_PERIOD_MS, () => this.#settleAll());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#written();
  }

  async begin(held: ReadonlyMap<string, number>, worthADay: () => number): Promise<void> {
    this.#worthADay = worthADay;
    for (const [peer, microcredits] of held) this.#held.set(peer, microcredits);
    await this.#settleAll();
  }

  async hold(peer: string, microcredits: number): Promise<Lent> {
    const missing = this.#exposure(peer, microcredits) - lentBy(this.#lending.grant(peer));
    const isPreemptible = this.#lend(peer, Math.max(0, missing), microcredits);
    this.#held.set(peer, microcredits);
    if (missing < 0) this.#giveBack(peer, -missing);
    this.#dirty.add(peer);
    const isLow = this.#isLow(peer);
    await this.#written();
    return { isPreemptible, isLow };
  }

  release(peer: string, microcredits: number): void {
    if (microcredits > 0) this.#held.set(peer, microcredits);
    else this.#held.delete(peer);
    this.lower(peer);
  }

  hasLimit(peer: string): boolean {
    return this.#lending.limit(peer).limitMicrocredits > 0;
  }

  left(peer: string): number | undefined {
    const { policy, lendIdle } = this.#parts.terms;
    const isFriend = policy === 'friends' && this.#parts.isVouchedFor(peer);
    if (policy === 'free' || lendIdle || isFriend) return undefined;
    return Math.max(0, this.#most(peer) - this.#exposure(peer, this.#heldFor(peer)));
  }

  /** A peer may owe less than before: what is free is taken back. */
  lower(peer: string): void {
    const over = lentBy(this.#lending.grant(peer)) - this.#exposure(peer, this.#heldFor(peer));
    if (over <= 0) return;
    this.#giveBack(peer, over);
    this.#written().catch((err) =>
      this.#parts.log.error({ err }, 'failed to write that credit was returned'),
    );
  }

  pool(): { microcredits: number; lentMicrocredits: number } {
    const { day, microcredits } = this.#pool();
    return { microcredits, lentMicrocredits: this.#lending.pooled(day) };
  }

  loans(): Loan[] {
    return [...this.#lending.grants].map(([peer, grant]) => ({ peer, microcredits: lentBy(grant) }));
  }

  borrower(peer: string): Borrower {
    publicKeyOf(peer);
    const { own, ways, pools, beyond } = this.#lending.grant(peer);
    const limit = this.#lending.limit(peer);
    return {
      peer,
      ...limit,
      ways: limit.ways.toSorted((a, b) => b.microcredits - a.microcredits).slice(0, EXPLAINED_MAX),
      owedMicrocredits: this.#parts.owed(peer),
      heldMicrocredits: this.#heldFor(peer),
      lentMicrocredits: own + sum(ways),
      newcomerMicrocredits: sum(pools),
      beyondMicrocredits: beyond,
    };
  }

  /** What a peer may owe, and might if this one answered for it with so much and no more. */
  effectOfVouch(peer: string, creditMicrocredits: number): { before: number; after: number } {
    const before = this.#lending.limit(peer).limitMicrocredits;
    return { before, after: this.#lending.limit(peer, creditMicrocredits).limitMicrocredits };
  }

  /** Lends so much more as the owner's policy says; whether that is preemptible. Throws REFUSED_CREDIT. */
  #lend(peer: string, missing: number, held: number): boolean {
    const { policy, lendIdle } = this.#parts.terms;
    const isFriend = policy === 'friends' && this.#parts.isVouchedFor(peer);
    if (policy === 'friends' && !isFriend) throw this.#refusal(peer, held, 'friends only');
    const isFree = policy === 'free' || isFriend;
    if (missing === 0 || (!isFree && this.#lending.lend(peer, missing, this.#pool()) > 0)) return false;
    if (!isFree && !lendIdle) throw this.#refusal(peer, held, 'over the limit');
    this.#lending.lendBeyond(peer, missing);
    return !isFree;
  }

  #refusal(peer: string, held: number, reason: string): TallyError {
    this.#parts.metrics?.creditRefusalsTotal.inc();
    const isFriendsOnly = this.#parts.terms.policy === 'friends';
    const mayOweMicrocredits = isFriendsOnly ? 0 : this.#most(peer);
    const details = { reason, wouldOweMicrocredits: this.#exposure(peer, held), mayOweMicrocredits };
    this.#parts.log.info({ peer, ...details }, 'refused credit to a peer');
    return new TallyError('REFUSED_CREDIT', details);
  }

  /** What a peer owes and may come to owe, with so much held. */
  #exposure(peer: string, held: number): number {
    return Math.max(0, this.#parts.owed(peer) + held);
  }

  #heldFor(peer: string): number {
    return this.#held.get(peer) ?? 0;
  }

  #pool(): Pool {
    return this.#dayPool.of(this.#worthADay());
  }

  #isLow(peer: string): boolean {
    const { own, ways, pools } = this.#lending.grant(peer);
    return own + sum(ways) + sum(pools) >= LOW_SHARE * this.#most(peer);
  }

  /** What a peer may owe in all, as a newcomer too. */
  #most(peer: string): number {
    const asNewcomer = sum(this.#lending.grant(peer).pools) + this.#lending.poolLeft(peer, this.#pool());
    return this.#lending.limit(peer).limitMicrocredits + asNewcomer;
  }

  #giveBack(peer: string, microcredits: number): void {
    this.#lending.giveBack(peer, microcredits);
    this.#dirty.add(peer);
  }

  /** Everything anew by what is owed and held: debts fade, and a ledger may be one that was put back. */
  async #settleAll(): Promise<void> {
    const { counterparties } = this.#parts;
    for (const peer of new Set([...this.#lending.grants.keys(), ...counterparties(), ...this.#held.keys()])) {
      const missing = this.#exposure(peer, this.#heldFor(peer)) - lentBy(this.#lending.grant(peer));
      if (missing === 0) continue;
      if (missing > 0) this.#lending.lendBeyond(peer, missing);
      else this.#lending.giveBack(peer, -missing);
      this.#dirty.add(peer);
    }
    await this.#written();
  }

  /** Resolves when all that was lent up to now is on disk. */
  #written(): Promise<void> {
    this.#measure();
    return this.#writing.run(async () => {
      await this.#dayPool.write();
      const peers = [...this.#dirty];
      this.#dirty.clear();
      if (peers.length === 0) return;
      const changes = peers.map((peer) => {
        const grant = this.#lending.grant(peer);
        return lentBy(grant) > 0 ? { key: peer, value: grant } : { key: peer };
      });
      await this.#parts.rows.change(changes).catch((error: unknown) => {
        for (const peer of peers) this.#dirty.add(peer);
        throw error;
      });
    });
  }

  #measure(): void {
    const { metrics } = this.#parts;
    if (metrics === undefined) return;
    const lent = { own: 0, others: 0, newcomers: 0, beyond: 0 };
    for (const { own, ways, pools, beyond } of this.#lending.grants.values()) {
      lent.own += own;
      lent.others += sum(ways);
      lent.newcomers += sum(pools);
      lent.beyond += beyond;
    }
    for (const [account, microcredits] of Object.entries(lent))
      metrics.lentMicrocredits.set({ account }, microcredits);
    const { microcredits, lentMicrocredits } = this.pool();
    metrics.poolMicrocredits.set(microcredits);
    metrics.poolLentMicrocredits.set(lentMicrocredits);
  }
}
