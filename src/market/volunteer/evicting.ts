// Evicting: the owner of a machine ends a lease before its end. The peer says what that would be before it does it.
import { TallyError } from '../../lib/errors.ts';
import { type Cause, doingOf } from '../terms/causes.ts';
import type { Eviction } from '../terms/views.ts';
import { type GivenLease, type GivenLeases, viewGiven } from './given-lease.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

export interface EvictingParts {
  /** This peer's id. */
  readonly peer: string;
  readonly leases: Pick<GivenLeases, 'get'>;
  readonly keeper: Pick<LeaseKeeper, 'end' | 'countsOf'>;
}

/** The cause with which an owner ends a lease: one that is preemptible was lent to be taken back at any time. */
function causeOfEviction({ row }: Pick<GivenLease, 'row'>): Extract<Cause, 'EVICTED' | 'RECALLED'> {
  return row.preemptible === 1 ? 'RECALLED' : 'EVICTED';
}

/** Ends leases by the owner's will. */
export class Evicting {
  readonly #parts: EvictingParts;

  constructor(parts: EvictingParts) {
    this.#parts = parts;
  }

  /** What an eviction of a lease would be; of one that has ended, how it ended. Throws LEASE_UNKNOWN. */
  preview(id: string): Eviction {
    const given = this.#require(id);
    const { peer, keeper } = this.#parts;
    const lease = viewGiven(given, peer, keeper.countsOf(given));
    if (given.row.state === 'ended') return { lease, cause: given.row.cause, isBreach: false };
    const cause = causeOfEviction(given);
    return { lease, cause, isBreach: doingOf(cause) === 'breach' };
  }

  /** Ends a lease now; what it was. One that has ended stays as it is. Throws LEASE_UNKNOWN. */
  async evict(id: string): Promise<Eviction> {
    const given = this.#require(id);
    const { isBreach } = this.preview(id);
    await this.#parts.keeper.end(given, causeOfEviction(given));
    const { lease, cause } = this.preview(id);
    return { lease, cause, isBreach: isBreach && cause === 'EVICTED' };
  }

  #require(id: string): GivenLease {
    const given = this.#parts.leases.get(id);
    if (given === undefined) throw new TallyError('LEASE_UNKNOWN', { lease: id });
    return given;
  }
}
