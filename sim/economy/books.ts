// What all peers have signed with each other: one account of every pair, as both sides hold it.
import { newTie, type Tie } from '../../src/reputation/facts/facts.ts';
import { fade, rowOf } from './ties.ts';

/** Leases are counted in millionths, as ties do. */
const LEASE = 1_000_000;

export class Books {
  /** Ties by tenant, then by volunteer. */
  readonly ties = new Map<string, Map<string, Tie>>();
  readonly #into = new Map<string, Map<string, Tie>>();
  /** Who shows nobody what it signed as a tenant. */
  readonly hiding = new Set<string>();
  readonly #charges = new Map<string, number>();

  tie(tenant: string, volunteer: string): Tie {
    const known = this.ties.get(tenant)?.get(volunteer);
    if (known !== undefined) return known;
    const tie = newTie(tenant, volunteer);
    rowOf(this.ties, tenant).set(volunteer, tie);
    rowOf(this.#into, volunteer).set(tenant, tie);
    return tie;
  }

  charge(tenant: string, volunteer: string, microcredits: number): void {
    this.tie(tenant, volunteer).serviceMicrocredits += microcredits;
    this.#charges.set(tenant, this.chargesOf(tenant) + 1);
  }

  /** How often somebody was charged up to now. */
  chargesOf(tenant: string): number {
    return this.#charges.get(tenant) ?? 0;
  }

  judge(tenant: string, volunteer: string, isGood: boolean): void {
    const tie = this.tie(tenant, volunteer);
    if (isGood) {
      tie.goodLeases += 1;
      tie.good += LEASE;
    } else {
      tie.badLeases += 1;
      tie.bad += LEASE;
    }
  }

  /** What a peer owes another: both directions, decayed alike. */
  owed(debtor: string, lender: string): number {
    return this.#served(debtor, lender) - this.#served(lender, debtor);
  }

  #served(tenant: string, volunteer: string): number {
    return this.ties.get(tenant)?.get(volunteer)?.serviceMicrocredits ?? 0;
  }

  /** A day passes. */
  fade(): void {
    for (const row of this.ties.values()) for (const tie of row.values()) fade(tie);
  }

  /** The tenants whom a peer served. */
  servedBy(volunteer: string): Iterable<string> {
    return this.#into.get(volunteer)?.keys() ?? [];
  }
}
