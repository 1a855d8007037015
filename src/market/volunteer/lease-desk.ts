// The desk of the volunteer: it answers what tenants ask for over the lease protocols. Capacity is held before anything
// waits, so two bids never get the same cpu; the lease is on disk before its signature leaves.
import { CLOCK_TOLERANCE_MS } from '../../ledger/parameters.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { newSalt } from '../../lib/salt.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { LeaseStatus, ReserveRequest, StartRequest } from '../../overlay/protocols/lease.ts';
import { isCurrent, openRecord, type SignedRecord, signRecord } from '../../records/envelope.ts';
import { sameBytes, showId } from '../../records/id.ts';
import { type Identity, peerOf } from '../../records/identity.ts';
import type { LeaseBody } from '../../records/lease.ts';
import type { Credit } from '../../reputation/credit/credit.ts';
import { failed } from '../matching/constraints.ts';
import { MAX_RESERVED_A_TENANT } from '../terms/parameters.ts';
import { atRisk, type PaymentTerms } from '../terms/payment.ts';
import { pricePerHour } from '../terms/pricing.ts';
import { type GivenLease, type GivenLeases, reservedRow } from './given-lease.ts';
import type { ImageAccess } from './images/image-access.ts';
import type { ImageCache } from './images/image-cache.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LeaseStarts } from './lease-starts.ts';
import type { OwnOffers } from './offers/own-offers.ts';

export interface LeaseDeskParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly access: Pick<ImageAccess, 'has'>;
  readonly offers: OwnOffers;
  readonly leases: GivenLeases;
  readonly keeper: LeaseKeeper;
  readonly credit: Pick<Credit, 'hold' | 'release'>;
  readonly starts: Pick<LeaseStarts, 'start' | 'statusOf' | 'after'>;
  readonly cache: Pick<ImageCache, 'hasRoom'>;
  readonly metrics?: MarketMetrics | undefined;
}

type Bid = SignedRecord<'bid'>;
type Offer = SignedRecord<'offer'>;

export class LeaseDesk {
  readonly #parts: LeaseDeskParts;
  /** Leases by what makes a Reserve the same again: bid, replica and incarnation. */
  readonly #byRequest = new BoundedMap<string, Promise<GivenLease>>(65_536);
  #closed = false;

  constructor(parts: LeaseDeskParts) {
    this.#parts = parts;
  }

  /** Takes up the leases of the process before this one, so that a repeated Reserve finds them. */
  resume(): void {
    for (const given of this.#parts.leases.all()) {
      const { bid, replica, incarnation } = given.lease.body;
      this.#byRequest.set(requestKey(bid, replica, incarnation), Promise.resolve(given));
    }
  }

  /** From now on every Reserve is refused. */
  close(): void {
    this.#closed = true;
  }

  /** A bid in, a lease out; idempotent. Throws REFUSED_* with the reason. */
  async reserve(tenant: string, request: ReserveRequest): Promise<{ lease: Uint8Array }> {
    try {
      const given = await this.#reserve(tenant, request);
      this.#parts.metrics?.reservationsTotal.inc({ side: 'volunteer', outcome: 'leased' });
      return { lease: given.lease.bytes };
    } catch (error) {
      this.#parts.metrics?.reservationsTotal.inc({ side: 'volunteer', outcome: 'refused' });
      throw this.#asRefusal(error);
    }
  }

  /** What failed here is this owner's to read and to mend; the tenant is told that it was not its bid. */
  #asRefusal(error: unknown): TallyError {
    const code = codeOf(error);
    if (error instanceof TallyError && code.startsWith('REFUSED_')) return error;
    this.#parts.log.warn({ err: error, code }, 'failed to give a lease');
    return new TallyError('REFUSED_FAULT', {}, { cause: error });
  }

  async #reserve(tenant: string, request: ReserveRequest): Promise<GivenLease> {
    if (this.#closed) throw new TallyError('REFUSED_STOPPING');
    const bid = this.#openBid(tenant, request.bid);
    const key = requestKey(bid.id, request.replica, request.incarnation);
    const before = this.#byRequest.get(key);
    if (before !== undefined) return before;
    const giving = this.#give(bid, request);
    this.#byRequest.set(key, giving);
    giving.catch(() => this.#byRequest.delete(key));
    return giving;
  }

  /** The bid of this very tenant, in time. Throws REFUSED_BID. */
  #openBid(tenant: string, bytes: Uint8Array): Bid {
    const nowMs = this.#parts.clock.nowMs();
    let bid: Bid;
    try {
      bid = openRecord('bid', bytes, this.#parts.network);
    } catch (cause) {
      throw new TallyError('REFUSED_BID', { reason: codeOf(cause) }, { cause });
    }
    if (!isCurrent(bid)) throw new TallyError('REFUSED_BID', { reason: 'the bid has an older version' });
    const { issuedAtMs, expiresAtMs } = bid.body;
    if (peerOf(bid.body.tenant) !== tenant)
      throw new TallyError('REFUSED_BID', { reason: 'another peer signed the bid' });
    if (expiresAtMs < nowMs) throw new TallyError('REFUSED_BID', { reason: 'the bid has expired' });
    if (issuedAtMs > nowMs + CLOCK_TOLERANCE_MS)
      throw new TallyError('REFUSED_BID', { reason: 'the bid is dated in the future' });
    return bid;
  }

  async #give(bid: Bid, { offer, replica, incarnation }: ReserveRequest): Promise<GivenLease> {
    const { leases, offers, log } = this.#parts;
    this.#requireNoHoard(bid);
    const current = this.#requireOffer(bid, offer);
    const lease = this.#sign(bid, offer, current, replica, incarnation);
    const row = reservedRow(current.body.series, lease.body);
    const given: GivenLease = { id: showId(lease.id), tenant: peerOf(bid.body.tenant), bid, lease, row };
    leases.hold(given);
    try {
      await this.#requireCredit(given);
      await this.#makeRoom(given);
      await this.#requireImage(given);
      // A pause holds for what is under way, too
      if (offers.pausedAtMs !== undefined)
        throw new TallyError('REFUSED_OFFER_CHANGED', { reason: 'the volunteer has paused its offers' });
      await leases.commit(given);
    } catch (error) {
      leases.release(given);
      this.#parts.credit.release(given.tenant, leases.heldFor(given.tenant));
      throw error;
    }
    offers.revise().catch((err) => log.warn({ err }, 'failed to revise the offers'));
    return given;
  }

  #requireNoHoard({ body }: Bid): void {
    const tenant = peerOf(body.tenant);
    const reserved = this.#parts.leases
      .live()
      .filter((each) => each.tenant === tenant && each.row.state === 'reserved');
    if (reserved.length >= MAX_RESERVED_A_TENANT)
      throw new TallyError('REFUSED_CAPACITY', { reserved: reserved.length });
  }

  /** The offer as it stands now, when it still keeps what the matched revision promised. Throws REFUSED_*. */
  #requireOffer(bid: Bid, id: Uint8Array): Offer {
    const { offers, clock } = this.#parts;
    const found = offers.find(id, clock.nowMs());
    if (found === undefined)
      throw new TallyError('REFUSED_OFFER_CHANGED', { reason: 'the volunteer no longer makes this offer' });
    const { promised, current } = found;
    if (
      pricePerHour(current.body.prices, bid.body.resources) >
      pricePerHour(promised.body.prices, bid.body.resources)
    ) {
      throw new TallyError('REFUSED_OFFER_CHANGED', { reason: 'the price has risen' });
    }
    const free = offers.free(current.body.series);
    const listing = {
      id: showId(id),
      volunteer: '',
      offer: { ...current.body, resources: free },
      aliveUntilMs: Infinity,
    };
    const failures = failed(bid.body, listing, clock.nowMs());
    const capacity = failures.filter(
      (name) => name === 'cpu' || name === 'memory' || name === 'disk' || name === 'gpu',
    );
    if (capacity.length > 0) throw new TallyError('REFUSED_CAPACITY', { lacking: capacity });
    if (failures.includes('image')) throw new TallyError('REFUSED_IMAGE', { digest: bid.body.image.digest });
    if (failures.length > 0) throw new TallyError('REFUSED_TERMS', { failed: failures });
    return current;
  }

  /** Holds what the lease may come to until its first receipt. Throws REFUSED_CREDIT. */
  async #requireCredit(given: GivenLease): Promise<void> {
    const { credit, leases } = this.#parts;
    const { isPreemptible } = await credit.hold(given.tenant, leases.heldFor(given.tenant));
    given.row = { ...given.row, preemptible: Number(isPreemptible) };
  }

  /** Takes capacity back from preemptible leases, the latest first; one that is preemptible itself has to find some. */
  async #makeRoom(given: GivenLease): Promise<void> {
    const { offers, leases, keeper } = this.#parts;
    const { series, preemptible } = given.row;
    const recalled = leases.live().filter(({ row }) => row.preemptible === 1);
    for (let excess = offers.excess(series); excess !== undefined; excess = offers.excess(series)) {
      const givesWay = ({ row }: GivenLease) => excess === 'engine' || sameBytes(row.series, series);
      const latest = preemptible === 1 ? undefined : recalled.findLast(givesWay);
      if (latest === undefined)
        throw new TallyError('REFUSED_CAPACITY', { isPreemptible: preemptible === 1 });
      recalled.splice(recalled.indexOf(latest), 1);
      await keeper.end(latest, 'RECALLED');
    }
  }

  /**
   * What is offered may have left the engine since it was last looked for, or be another tenant's; and what is to come has to have
   * room. Throws REFUSED_IMAGE, REFUSED_CAPACITY.
   */
  async #requireImage({ tenant, bid }: GivenLease): Promise<void> {
    const { digest, way } = bid.body.image;
    if (await this.#parts.access.has(tenant, digest)) return;
    if (way === 'held') throw new TallyError('REFUSED_IMAGE', { digest });
    if (!this.#parts.cache.hasRoom()) throw new TallyError('REFUSED_CAPACITY', { lacking: ['image'] });
  }

  #sign(
    bid: Bid,
    offer: Uint8Array,
    current: Offer,
    replica: number,
    incarnation: number,
  ): SignedRecord<'lease'> {
    const { identity, network, clock } = this.#parts;
    const { resources, fetchMs, durationMs } = bid.body;
    const { firstEpochMs, maxEpochMs, maxAwayMs } = current.body.terms;
    const terms: PaymentTerms = { firstEpochMs, maxEpochMs, awayMs: Math.min(bid.body.awayMs, maxAwayMs) };
    const priceMicrocreditsPerHour = pricePerHour(current.body.prices, resources);
    const nowMs = clock.nowMs();
    const body: LeaseBody = {
      ...{ volunteer: identity.publicKey, tenant: bid.body.tenant, network, salt: newSalt() },
      ...{ bid: bid.id, offer, replica, incarnation, resources, priceMicrocreditsPerHour, ...terms },
      issuedAtMs: nowMs,
      endsAtMs: nowMs + fetchMs + durationMs,
      ...{ durationMs, noticeMs: current.body.terms.noticeMs },
      atRiskMicrocredits: atRisk(priceMicrocreditsPerHour, durationMs, terms),
    };
    return signRecord('lease', body, identity);
  }

  /**
   * Starts the container of a lease and answers once it runs, or once its image is on the way; idempotent. Throws
   * REFUSED_PAYLOAD or the engine's code.
   */
  async start(tenant: string, { lease, payload }: StartRequest): Promise<LeaseStatus> {
    const given = this.#own(tenant, lease);
    await this.#parts.starts.start(given, payload);
    return this.#parts.starts.statusOf(given);
  }

  /** How these leases of the tenant stand. Throws LEASE_UNKNOWN for one that is not the tenant's. */
  async status(tenant: string, ids: readonly Uint8Array[]): Promise<{ leases: LeaseStatus[] }> {
    return { leases: ids.map((id) => this.#parts.starts.statusOf(this.#own(tenant, id))) };
  }

  /** Ends a lease at its tenant's wish; idempotent. */
  async stop(tenant: string, id: Uint8Array): Promise<LeaseStatus> {
    const given = this.#own(tenant, id);
    const { starts, keeper } = this.#parts;
    await starts.after(given, () => keeper.endAtWish(given));
    return starts.statusOf(given);
  }

  /** The lease when it is this tenant's. Throws LEASE_UNKNOWN: others' leases do not exist for it. */
  #own(tenant: string, id: Uint8Array): GivenLease {
    const given = this.#parts.leases.get(showId(id));
    if (given === undefined || given.tenant !== tenant)
      throw new TallyError('LEASE_UNKNOWN', { lease: showId(id) });
    return given;
  }

  /** A running lease of this tenant, for tunnels and logs. */
  running(tenant: string, id: Uint8Array): GivenLease {
    const given = this.#own(tenant, id);
    if (given.row.state !== 'running')
      throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state: given.row.state });
    return given;
  }

  /** A lease of this tenant in any state. */
  held(tenant: string, id: Uint8Array): GivenLease {
    return this.#own(tenant, id);
  }
}

function requestKey(bid: Uint8Array, replica: number, incarnation: number): string {
  return `${showId(bid)}/${replica}/${incarnation}`;
}
