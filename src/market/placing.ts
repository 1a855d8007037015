// Placing: from what a tenant asks for to a co-signed lease and a running container. A refusal falls to the next
// candidate without a pause.
import { randomBytes, randomInt } from 'node:crypto';
import { CLOCK_TOLERANCE_MS } from '../ledger/parameters.ts';
import type { Clock } from '../lib/clock.ts';
import { codeOf, TallyError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { MarketMetrics } from '../metrics/market.ts';
import { type LeaseStatus, reserveProtocol, startProtocol } from '../overlay/protocols/lease.ts';
import { openRecord, type SignedRecord, signRecord } from '../records/envelope.ts';
import { parseId, sameBytes, showId } from '../records/id.ts';
import { type Identity, peerOf } from '../records/identity.ts';
import { sealPayload } from '../records/payload.ts';
import type { OrderBook } from './book.ts';
import type { Ask } from './constraints.ts';
import type { Deployment, DeploymentRow, Deployments } from './deployment.ts';
import { type ResolvedImage, resolveImage } from './image-name.ts';
import type { BidInput, Candidate, MatchReport } from './market.ts';
import { match } from './match.ts';
import { BID_LIFETIME_MS, MAX_AWAY_MS } from './parameters.ts';
import { atRisk } from './payment.ts';
import type { Reach } from './reach.ts';

export interface PlacingParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly reach: Reach;
  readonly book: OrderBook;
  readonly deployments: Deployments;
  /** Takes in a status other than running: the container has ended already. */
  readonly observe: (deployment: Deployment, status: LeaseStatus) => Promise<void>;
  readonly metrics?: MarketMetrics | undefined;
}

/** The report of a market without offers: no image name can be resolved there either. */
const NOTHING_KNOWN: MatchReport = { considered: 0, candidates: [], removed: {}, relaxations: [] };

type Refusal = DeploymentRow['refusals'][number];

export class Placing {
  readonly #parts: PlacingParts;

  constructor(parts: PlacingParts) {
    this.#parts = parts;
  }

  /** Matches without placing. Throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, BAD_REQUEST. */
  match(input: BidInput): MatchReport {
    const { book, clock, metrics } = this.#parts;
    const startedMs = clock.monotonicMs();
    const isEmpty = book.listings().next().done === true;
    const report = isEmpty
      ? NOTHING_KNOWN
      : match(this.#ask(input, this.#image(input)), book.listings(), clock.nowMs(), randomInt(2 ** 32));
    metrics?.matchSeconds.observe((clock.monotonicMs() - startedMs) / 1000);
    metrics?.matchesTotal.inc({ outcome: report.candidates.length > 0 ? 'matched' : 'none' });
    return report;
  }

  #image(input: BidInput): ResolvedImage {
    return resolveImage(input.image, this.#parts.book.listings());
  }

  #ask(input: BidInput, image: ResolvedImage): Ask & { image: ResolvedImage } {
    const { architecture = '', region = '', runtimeClass = '', labels = [] } = input;
    const { resources, maxPriceMicrocreditsPerHour, durationMs } = input;
    const tenant = this.#parts.identity.publicKey;
    const limits = { resources, maxPriceMicrocreditsPerHour, durationMs };
    return { tenant, image, ...limits, architecture, region, runtimeClass, labels };
  }

  /** Matches, signs the bid and reserves. Throws NOTHING_MATCHED, ALL_REFUSED, IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS. */
  async place(input: BidInput): Promise<{ deployment: Deployment; match: MatchReport }> {
    const found = this.match(input);
    if (found.candidates.length === 0) throw new TallyError('NOTHING_MATCHED', { match: found });
    const { bid, payload } = this.#sign(input, this.#image(input));
    const refusals: Refusal[] = [];
    for (const candidate of found.candidates) {
      const lease = await this.#reserve(bid, candidate, refusals);
      if (lease === undefined) continue;
      const id = showId(randomBytes(16));
      const row = this.#row(input, bid, payload, lease, refusals);
      const deployment = { id, row };
      await this.#parts.deployments.commit(deployment, bid, lease);
      return { deployment, match: found };
    }
    const noImage = refusals.every(({ code }) => code === 'REFUSED_IMAGE');
    throw new TallyError(noImage ? 'IMAGE_NOT_FOUND' : 'ALL_REFUSED', {
      image: input.image,
      refusals,
      match: found,
    });
  }

  #sign(input: BidInput, image: ResolvedImage): { bid: SignedRecord<'bid'>; payload: Uint8Array } {
    const { identity, network, clock } = this.#parts;
    const env = Object.entries(input.env ?? {}).map(([name, value]) => ({ name, value }));
    const { bytes, hash } = sealPayload({ salt: randomBytes(16), command: input.command ?? [], env });
    const nowMs = clock.nowMs();
    const body = {
      ...this.#ask(input, image),
      ...{ network, salt: randomBytes(16), issuedAtMs: nowMs, expiresAtMs: nowMs + BID_LIFETIME_MS },
      ...{ ports: input.ports ?? [], awayMs: input.awayMs ?? MAX_AWAY_MS, payloadHash: hash },
    };
    return { bid: signRecord('bid', body, identity), payload: bytes };
  }

  /** The lease of this candidate, or undefined with the refusal noted. */
  async #reserve(
    bid: SignedRecord<'bid'>,
    candidate: Candidate,
    refusals: Refusal[],
  ): Promise<SignedRecord<'lease'> | undefined> {
    const { reach, metrics, log } = this.#parts;
    try {
      const request = { bid: bid.bytes, offer: parseId(candidate.offer), replica: 0, incarnation: 1 };
      const answer = await reach.request(reserveProtocol, candidate.volunteer, request);
      const lease = this.#checkLease(answer.lease, bid, candidate);
      metrics?.reservationsTotal.inc({ side: 'tenant', outcome: 'leased' });
      return lease;
    } catch (error) {
      const code = codeOf(error);
      log.debug({ code, volunteer: candidate.volunteer }, 'a volunteer refused');
      metrics?.reservationsTotal.inc({ side: 'tenant', outcome: 'refused' });
      refusals.push({ volunteer: candidate.volunteer, code });
      return undefined;
    }
  }

  /** A lease must be the volunteer's answer to this bid, on the terms of the offer. Throws PROTOCOL_VIOLATION. */
  #checkLease(bytes: Uint8Array, bid: SignedRecord<'bid'>, candidate: Candidate): SignedRecord<'lease'> {
    const lease = openRecord('lease', bytes, this.#parts.network);
    const { body } = lease;
    const durationMs = body.endsAtMs - body.issuedAtMs;
    const fits =
      sameBytes(body.bid, bid.id) &&
      sameBytes(body.tenant, bid.body.tenant) &&
      peerOf(body.volunteer) === candidate.volunteer &&
      showId(body.offer) === candidate.offer &&
      body.replica === 0 &&
      body.incarnation === 1 &&
      body.priceMicrocreditsPerHour <= candidate.priceMicrocreditsPerHour &&
      JSON.stringify(body.resources) === JSON.stringify(bid.body.resources) &&
      durationMs === bid.body.durationMs &&
      Math.abs(body.issuedAtMs - this.#parts.clock.nowMs()) <= CLOCK_TOLERANCE_MS &&
      body.awayMs <= bid.body.awayMs &&
      body.atRiskMicrocredits === atRisk(body.priceMicrocreditsPerHour, durationMs, body);
    if (!fits) throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the lease is not what was bid for' });
    return lease;
  }

  #row(
    input: BidInput,
    bid: SignedRecord<'bid'>,
    payload: Uint8Array,
    { id, body }: SignedRecord<'lease'>,
    refusals: readonly Refusal[],
  ): DeploymentRow {
    const nowMs = this.#parts.clock.nowMs();
    const { image, resources, ports } = bid.body;
    const { priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs } = body;
    return {
      ...{ name: input.name ?? '', state: 'placing', cause: '', exitCode: -1 },
      ...{ imageName: image.name, imageDigest: image.digest, resources, ports, bid: bid.id, payload },
      ...{ lease: id, volunteer: peerOf(body.volunteer), tenant: peerOf(body.tenant) },
      ...{
        priceMicrocreditsPerHour,
        atRiskMicrocredits,
        issuedAtMs,
        endsAtMs,
        epochs: 0,
        chargedMicrocredits: 0,
      },
      ...{ createdAtMs: nowMs, runningSinceMs: 0, endedAtMs: 0, heardAtMs: nowMs, refusals },
    };
  }

  /**
   * Starts the container of a placed deployment; idempotent. What fails is noted in
   * the deployment, never thrown; since the container may run all the same, the lease is then stopped.
   */
  async begin(deployment: Deployment): Promise<void> {
    const { reach, deployments, clock, metrics, log } = this.#parts;
    await deployments.change(deployment, { state: 'starting' });
    const { volunteer, lease, payload } = deployment.row;
    try {
      const status = await reach.request(startProtocol, volunteer, { lease, payload });
      if (deployment.row.state !== 'starting') return;
      if (status.state !== 'running') return this.#parts.observe(deployment, status);
      const nowMs = clock.nowMs();
      metrics?.bidToRunningSeconds.observe((nowMs - deployment.row.createdAtMs) / 1000);
      await deployments.change(deployment, { state: 'running', runningSinceMs: nowMs, heardAtMs: nowMs });
    } catch (error) {
      const code = codeOf(error);
      log.warn({ code, deployment: deployment.id }, 'a deployment did not start');
      await deployments.change(deployment, { state: 'stopping', cause: code });
    }
  }
}
