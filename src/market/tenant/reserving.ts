// Reserving: a signed bid goes out, a checked lease comes back. After a refusal the next candidate is asked without a
// pause.
import { CLOCK_TOLERANCE_MS } from '../../ledger/parameters.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import { reserveProtocol, stopProtocol } from '../../overlay/protocols/lease.ts';
import { isCurrent, openRecord, type SignedRecord } from '../../records/envelope.ts';
import { parseId, sameBytes, showId } from '../../records/id.ts';
import { peerOf } from '../../records/identity.ts';
import { atRisk } from '../terms/payment.ts';
import type { Candidate } from '../terms/views.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface ReservingParts {
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: VolunteerCalls;
  readonly metrics?: MarketMetrics | undefined;
}

/** A volunteer that refused, with the code. */
export interface Refusal {
  readonly volunteer: string;
  readonly code: string;
  /** Of REFUSED_CREDIT: what this peer would owe it, and what it may owe in all. */
  readonly wouldOweMicrocredits?: number;
  readonly mayOweMicrocredits?: number;
}

/** What a refusal for want of credit says of it. */
function owedIn(error: unknown): Partial<Refusal> {
  const { wouldOweMicrocredits, mayOweMicrocredits } = error instanceof TallyError ? error.details : {};
  return typeof wouldOweMicrocredits === 'number' && typeof mayOweMicrocredits === 'number'
    ? { wouldOweMicrocredits, mayOweMicrocredits }
    : {};
}

/** Which copy a lease is for. */
export interface Place {
  readonly replica: number;
  readonly incarnation: number;
}

export class Reserving {
  readonly #parts: ReservingParts;

  constructor(parts: ReservingParts) {
    this.#parts = parts;
  }

  /** The lease of the first candidate that gives one, or undefined; `refusals` has who refused. */
  async first(
    bid: SignedRecord<'bid'>,
    place: Place,
    candidates: readonly Candidate[],
    refusals: Refusal[],
  ): Promise<SignedRecord<'lease'> | undefined> {
    for (const candidate of candidates) {
      const lease = await this.#reserve(bid, place, candidate, refusals);
      if (lease !== undefined) return lease;
    }
    return undefined;
  }

  async #reserve(
    bid: SignedRecord<'bid'>,
    place: Place,
    candidate: Candidate,
    refusals: Refusal[],
  ): Promise<SignedRecord<'lease'> | undefined> {
    const { calls, metrics, log } = this.#parts;
    try {
      const request = { bid: bid.bytes, offer: parseId(candidate.offer), ...place };
      const answer = await calls.request(reserveProtocol, candidate.volunteer, request);
      const lease = this.#check(answer.lease, bid, place, candidate);
      metrics?.reservationsTotal.inc({ side: 'tenant', outcome: 'leased' });
      return lease;
    } catch (error) {
      const code = codeOf(error);
      log.debug({ code, volunteer: candidate.volunteer }, 'a volunteer refused');
      metrics?.reservationsTotal.inc({ side: 'tenant', outcome: 'refused' });
      refusals.push({ volunteer: candidate.volunteer, code, ...owedIn(error) });
      return undefined;
    }
  }

  /** A lease must be the volunteer's answer to this bid, on the terms of the offer. Throws PROTOCOL_VIOLATION. */
  #check(
    bytes: Uint8Array,
    bid: SignedRecord<'bid'>,
    { replica, incarnation }: Place,
    candidate: Candidate,
  ): SignedRecord<'lease'> {
    const lease = openRecord('lease', bytes, this.#parts.network);
    const { body } = lease;
    const fits =
      isCurrent(lease) &&
      sameBytes(body.bid, bid.id) &&
      sameBytes(body.tenant, bid.body.tenant) &&
      peerOf(body.volunteer) === candidate.volunteer &&
      showId(body.offer) === candidate.offer &&
      body.replica === replica &&
      body.incarnation === incarnation &&
      body.priceMicrocreditsPerHour <= candidate.priceMicrocreditsPerHour &&
      JSON.stringify(body.resources) === JSON.stringify(bid.body.resources) &&
      body.durationMs === bid.body.durationMs &&
      body.endsAtMs === body.issuedAtMs + bid.body.fetchMs + body.durationMs &&
      body.noticeMs === 0 &&
      Math.abs(body.issuedAtMs - this.#parts.clock.nowMs()) <= CLOCK_TOLERANCE_MS &&
      body.awayMs <= bid.body.awayMs &&
      body.atRiskMicrocredits === atRisk(body.priceMicrocreditsPerHour, body.durationMs, body);
    if (!fits) throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the lease differs from the bid' });
    return lease;
  }

  /** Gives leases back that will not be used; a volunteer that does not hear of it frees them by itself. */
  release(leases: readonly SignedRecord<'lease'>[]): void {
    for (const { id, body } of leases) {
      this.#parts.calls.request(stopProtocol, peerOf(body.volunteer), { lease: id }).catch((error) => {
        this.#parts.log.debug({ code: codeOf(error) }, 'failed to return a reservation');
      });
    }
  }
}
