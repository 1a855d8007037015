// Epochs on credit: the amount that a tenant may owe for an epoch is lent before the epoch begins or grows.
import { codeOf } from '../../lib/errors.ts';
import type { Credit } from '../../reputation/credit/credit.ts';
import { CREDIT_LOW } from '../terms/causes.ts';
import type { GivenLease, GivenLeases, GivenRow } from './given-lease.ts';

/** A change of a row that moves its payment. */
export type PaymentChange = Partial<GivenRow> & Pick<GivenRow, 'payment'>;

export interface EpochCreditParts {
  readonly leases: GivenLeases;
  readonly credit: Pick<Credit, 'hold' | 'release'>;
}

export class EpochCredit {
  readonly #leases: GivenLeases;
  readonly #credit: EpochCreditParts['credit'];

  constructor({ leases, credit }: EpochCreditParts) {
    this.#leases = leases;
    this.#credit = credit;
  }

  /** The epoch that begins, a short one where a long one would be too much; undefined where that is too. */
  async next(given: GivenLease, change: PaymentChange): Promise<PaymentChange | undefined> {
    const { firstEpochMs } = given.lease.body;
    const shorter = { ...change, payment: { ...change.payment, epochMs: firstEpochMs } };
    return (await this.#lend(given, change)) ?? (await this.#lend(given, shorter));
  }

  /** With a receipt the running epoch grows, where that can be lent. */
  async longer(given: GivenLease, change: PaymentChange): Promise<PaymentChange> {
    const { epochMs } = given.row.payment;
    return (await this.#lend(given, change)) ?? { ...change, payment: { ...change.payment, epochMs } };
  }

  /** What is not held any more is there to be lent again. */
  settle(tenant: string): void {
    this.#credit.release(tenant, this.#leases.heldFor(tenant));
  }

  /** A change with what credit says of it; undefined where the tenant may not owe so much. */
  async #lend(given: GivenLease, change: PaymentChange): Promise<PaymentChange | undefined> {
    // Others of the tenant's leases may end while this is written down: they must not give it back
    this.#leases.expect(given, change);
    try {
      const held = this.#leases.heldFor(given.tenant);
      const { isPreemptible, isLow } = await this.#credit.hold(given.tenant, held);
      const lent = { ...change, preemptible: Number(isPreemptible) };
      // Why it stands still matters more, and stays
      return ['stalled', 'restarting'].includes(given.row.state)
        ? lent
        : { ...lent, cause: isLow ? CREDIT_LOW : '' };
    } catch (error) {
      this.#leases.expect(given, undefined);
      if (codeOf(error) !== 'REFUSED_CREDIT') throw error;
      return undefined;
    }
  }
}
