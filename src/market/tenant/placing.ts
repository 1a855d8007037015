// Placing: from what a tenant wants to co-signed leases and running containers; for a new deployment all replicas or
// none, and later the replacement of one.
import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { type Identity, peerOf } from '../../records/identity.ts';
import type { PayloadVolume } from '../../records/payload.ts';
import type { Reputation } from '../../reputation/facts/reputation.ts';
import type { OrderBook } from '../book/book.ts';
import { type Beside, failed } from '../matching/constraints.ts';
import { resolveImage } from '../matching/image-name.ts';
import { match } from '../matching/match.ts';
import { guessOwners } from '../matching/owners.ts';
import type { BidInput } from '../terms/bid-input.ts';
import { doingOf, isIll, NEEDS_ROOT } from '../terms/causes.ts';
import { SHUN_MS } from '../terms/parameters.ts';
import type { Candidate, MatchReport, WaitingView } from '../terms/views.ts';
import { askOf, type ComingImage, imageOf, payloadOf, reservedOf, signBid, wantedRow } from './bidding.ts';
import { type Contents, namedVolumes } from './contents.ts';
import {
  type Deployment,
  type DeploymentRow,
  type Instance,
  type InstanceRow,
  isOver,
} from './deployment.ts';
import type { Deployments, Leased } from './deployments.ts';
import type { OwnImages } from './own-images.ts';
import type { PayloadBox } from './payload-box.ts';
import { resolvePull } from './pulled-image.ts';
import type { Pushes } from './pushes.ts';
import { type Place, type Refusal, Reserving } from './reserving.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface PlacingParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: VolunteerCalls;
  readonly book: OrderBook;
  readonly deployments: Deployments;
  readonly reputation: Pick<Reputation, 'rating'>;
  readonly images: Pick<OwnImages, 'find'>;
  readonly contents: Pick<Contents, 'pack'>;
  readonly boxes: PayloadBox;
  readonly pushes: Pick<Pushes, 'isHeldBy'>;
  readonly metrics?: MarketMetrics | undefined;
}

/** The report of a market without offers: no image name can be resolved there either. */
const NOTHING_KNOWN: MatchReport = {
  considered: 0,
  candidates: [],
  placements: [],
  removed: {},
  relaxations: [],
};

export class Placing {
  readonly #parts: PlacingParts;
  readonly #reserving: Reserving;
  /** Names of deployments that are being placed. */
  readonly #names = new Set<string>();

  constructor(parts: PlacingParts) {
    this.#parts = parts;
    this.#reserving = new Reserving(parts);
  }

  /**
   * Matches all replicas without placing any, nor reading what would fill volumes. Throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS,
   * BAD_REQUEST, and as `resolvePull`.
   */
  async match(input: BidInput): Promise<MatchReport> {
    return this.#find(input, unfilled(input), await this.#coming(input)).found;
  }

  /** The image where it comes to its volunteer: the registry's if the bid says so, else this peer's own of that name. */
  async #coming(input: BidInput): Promise<ComingImage | undefined> {
    return input.pull === undefined ? this.#parts.images.find(input.image) : resolvePull(input);
  }

  /** What the bid wants, and what it finds. Throws IMAGE_NOT_FOUND with what else removed offers, IMAGE_AMBIGUOUS. */
  #find(
    input: BidInput,
    volumes: readonly PayloadVolume[],
    coming: ComingImage | undefined,
  ): { row: DeploymentRow | undefined; found: MatchReport } {
    const row = this.#wanted(input, payloadOf(input, volumes, coming), coming);
    const found = row === undefined ? NOTHING_KNOWN : this.#matchAll(row);
    if (row?.imageDigest === '')
      throw new TallyError('IMAGE_NOT_FOUND', { image: row.imageName, match: found });
    return { row, found };
  }

  /** What the bid wants, its image resolved; undefined where no offer is known. */
  #wanted(input: BidInput, payload: Uint8Array, coming: ComingImage | undefined): DeploymentRow | undefined {
    const { book, clock, identity, reputation, boxes } = this.#parts;
    const nowMs = clock.nowMs();
    if (book.listings().next().done === true) return undefined;
    const row = wantedRow(input, coming ?? { name: '', digest: '' }, boxes.close(payload), nowMs);
    // A person's own image is what its name means to that person, whatever others call so
    if (coming !== undefined) return row;
    const ask = askOf(row, identity.publicKey, nowMs);
    const { name, digest } = resolveImage(input.image, {
      listings: book.listings(),
      fits: (listing, digest) =>
        failed({ ...ask, image: { ...ask.image, digest } }, listing, nowMs).length === 0,
      rate: (volunteer) => reputation.rating(volunteer),
    });
    return { ...row, ...imageOf({ name, digest }) };
  }

  /** A choice for every replica, each beside those before it; or why the first that has none has none. */
  #matchAll(row: DeploymentRow): MatchReport {
    const chosen: Candidate[] = [];
    const mostCopies = this.#mostCopies(row);
    let first: MatchReport | undefined;
    for (let replica = 0; replica < row.replicas; replica += 1) {
      const beside = this.#beside(chosen.map(({ volunteer }) => volunteer));
      const report = this.#matchOne(row, row.createdAtMs, beside, mostCopies);
      const [best] = report.candidates;
      if (best === undefined) return report;
      chosen.push(best);
      first ??= report;
    }
    return { ...(first ?? NOTHING_KNOWN), placements: chosen };
  }

  /** The number of copies that have a volunteer, if the deployment wants more. */
  #mostCopies({ replicas }: DeploymentRow): number | undefined {
    const { book, identity } = this.#parts;
    const others = new Set([...book.listings()].map(({ volunteer }) => volunteer));
    others.delete(identity.peer);
    return replicas > others.size && others.size > 0 ? others.size : undefined;
  }

  /** One copy, to run from `fromMs` on. */
  #matchOne(row: DeploymentRow, fromMs: number, beside: Beside, mostCopies?: number): MatchReport {
    const { identity, book, clock, reputation, pushes, metrics } = this.#parts;
    const ask = askOf(row, identity.publicKey, fromMs);
    const startedMs = clock.monotonicMs();
    const report = match(ask, book.listings(), {
      ...{
        nowMs: clock.nowMs(),
        seed: randomInt(2 ** 32),
        beside,
        mostCopies,
        isOnlyCopy: row.replicas === 1,
      },
      rate: (volunteer) => reputation.rating(volunteer),
      isPushedTo: (volunteer) => pushes.isHeldBy(volunteer, row.imageDigest),
    });
    metrics?.matchSeconds.observe((clock.monotonicMs() - startedMs) / 1000);
    metrics?.matchesTotal.inc({ outcome: report.candidates.length > 0 ? 'matched' : 'none' });
    return report;
  }

  /** What copies on these volunteers take. */
  #beside(volunteers: readonly string[]): Beside {
    const taken = new Set(volunteers);
    const owners = new Set<string>();
    const regions = new Set<string>();
    if (taken.size === 0) return { volunteers: taken, owners, regions };
    for (const { volunteer, offer } of this.#parts.book.listings()) {
      if (!taken.has(volunteer)) continue;
      for (const owner of guessOwners(volunteer, offer, this.#parts.reputation.rating(volunteer).through))
        owners.add(owner);
      if (offer.region !== '') regions.add(offer.region);
    }
    return { volunteers: taken, owners, regions };
  }

  /**
   * Packs what fills volumes, matches, signs the bid and reserves every replica. Throws what `Contents.pack` throws, DEPLOYMENT_NAME_TAKEN, NOTHING_MATCHED, ALL_REFUSED,
   * IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS; what was reserved is then given back.
   */
  async place(input: BidInput): Promise<{ deployment: Deployment; match: MatchReport }> {
    const { name = '' } = input;
    if (name === '') return this.#place(input);
    const taken = this.#parts.deployments.wantedAs(name);
    if (taken !== undefined) throw new TallyError('DEPLOYMENT_NAME_TAKEN', { name, deployment: taken.id });
    if (this.#names.has(name)) throw new TallyError('DEPLOYMENT_NAME_TAKEN', { name });
    this.#names.add(name);
    try {
      return await this.#place(input);
    } finally {
      this.#names.delete(name);
    }
  }

  async #place(input: BidInput): Promise<{ deployment: Deployment; match: MatchReport }> {
    // What is wrong with it is said before a large folder is read
    payloadOf(input, unfilled(input));
    const coming = await this.#coming(input);
    const packed = await this.#parts.contents.pack(input.volumes ?? [], reservedOf(input.resources));
    try {
      return await this.#placeWith(input, packed.volumes, coming);
    } finally {
      await packed.release();
    }
  }

  async #placeWith(
    input: BidInput,
    volumes: readonly PayloadVolume[],
    coming: ComingImage | undefined,
  ): Promise<{ deployment: Deployment; match: MatchReport }> {
    const { row, found } = this.#find(input, volumes, coming);
    if (row === undefined || found.placements.length === 0)
      throw new TallyError('NOTHING_MATCHED', { match: found });
    const bid = this.#sign(row, row.createdAtMs);
    const leases: SignedRecord<'lease'>[] = [];
    const refusals: Refusal[] = [];
    const refusedAs: { readonly place: Place; readonly refusals: readonly Refusal[] }[] = [];
    try {
      for (let replica = 0; replica < row.replicas; replica += 1) {
        const beside = this.#beside(leases.map(volunteerOf));
        const report = replica === 0 ? found : this.#matchOne(row, row.createdAtMs, beside);
        const place = { replica, incarnation: 1 };
        const before = refusals.length;
        leases.push(await this.#reserve(bid, place, report, refusals, input.image));
        refusedAs.push({ place, refusals: refusals.slice(before) });
      }
      const id = showId(randomBytes(16));
      const leased = leases.map((lease) => this.#leased(id, lease));
      const deployment = await this.#parts.deployments.create(
        id,
        { ...row, refusals: refusals.map(kept) },
        bid,
        leased,
      );
      for (const each of refusedAs) this.#parts.deployments.refused(id, each.place, each.refusals);
      return { deployment, match: found };
    } catch (error) {
      this.#reserving.release(leases);
      throw error;
    }
  }

  #sign(row: DeploymentRow, fromMs: number): SignedRecord<'bid'> {
    const { identity, network, clock, boxes } = this.#parts;
    return signBid(row, fromMs, { identity, network, nowMs: clock.nowMs(), boxes });
  }

  /** The lease of the best candidate that gives one. Throws ALL_REFUSED, or IMAGE_NOT_FOUND when no one has the image. */
  async #reserve(
    bid: SignedRecord<'bid'>,
    place: Place,
    report: MatchReport,
    refusals: Refusal[],
    image: string,
  ): Promise<SignedRecord<'lease'>> {
    const before = refusals.length;
    const lease = await this.#reserving.first(bid, place, report.candidates, refusals);
    if (lease !== undefined) return lease;
    const now = refusals.slice(before);
    const noImage = now.length > 0 && now.every(({ code }) => code === 'REFUSED_IMAGE');
    const tenant = this.#parts.identity.peer;
    throw new TallyError(noImage ? 'IMAGE_NOT_FOUND' : 'ALL_REFUSED', {
      ...{ image, tenant, refusals, match: report },
    });
  }

  #leased(deployment: string, lease: SignedRecord<'lease'>): Leased {
    return { lease, row: instanceRow(deployment, lease, this.#parts.clock.nowMs()) };
  }

  /**
   * A further copy of a deployment, or undefined when nobody has room for it now, or when by the time somebody had it
   * was no longer due: the copy it was to replace came back.
   */
  async replace(
    deployment: Deployment,
    place: Place,
    isStillDue: () => boolean,
  ): Promise<Instance | undefined> {
    const nowMs = this.#parts.clock.nowMs();
    const report = this.#matchReplacement(deployment, nowMs);
    if (report.candidates.length === 0) {
      const needsRoot = needingRoot(deployment).length > 0 ? { cause: NEEDS_ROOT } : {};
      this.#parts.deployments.waits(deployment, { ...waitingFor(report, []), ...needsRoot }, place);
      return undefined;
    }
    const bid = this.#sign(deployment.row, nowMs);
    const refusals: Refusal[] = [];
    const lease = await this.#reserving.first(bid, place, report.candidates, refusals);
    // Who goes on to refuse for the same reason is no news
    const before = new Set(deployment.row.refusals.map(asKey));
    const news = refusals.filter((each) => deployment.waiting === undefined || !before.has(asKey(each)));
    this.#parts.deployments.refused(deployment.id, place, news);
    if (lease === undefined) {
      await this.#parts.deployments.want(deployment, { refusals: refusals.map(kept) });
      this.#parts.deployments.waits(deployment, waitingFor(report, refusals), place);
      return undefined;
    }
    if (!isStillDue()) {
      this.#reserving.release([lease]);
      return undefined;
    }
    this.#parts.deployments.waits(deployment, undefined);
    return this.#parts.deployments.add(deployment, bid, this.#leased(deployment.id, lease));
  }

  /**
   * Not where another copy may still run, nor where the image may not run; where one failed lately only when nothing else
   * fits.
   */
  #matchReplacement(deployment: Deployment, nowMs: number): MatchReport {
    const { row, instances } = deployment;
    const live = instances.filter((each) => !isOver(each)).map((each) => each.row.volunteer);
    const holding = [...live, ...needingRoot(deployment)];
    const failing = instances.filter((each) => isOver(each) && isShunned(each, nowMs));
    const shunned = failing.map((each) => each.row.volunteer);
    const report = this.#matchOne(row, nowMs, this.#beside([...holding, ...shunned]));
    const isLast = report.candidates.length > 0 || shunned.length === 0;
    return isLast ? report : this.#matchOne(row, nowMs, this.#beside(holding));
  }
}

/** Its volumes, as they are without what would fill them. */
function unfilled({ volumes = [] }: BidInput): PayloadVolume[] {
  return namedVolumes(volumes).map(({ name, path }) => ({ name, path, content: [] }));
}

/** Volunteers that do not let this image run as root: to ask them again is of no use. */
function needingRoot({ instances }: Deployment): string[] {
  return instances.filter(({ row }) => row.cause === NEEDS_ROOT).map(({ row }) => row.volunteer);
}

/** Why a copy has no place. */
function waitingFor(
  { considered, removed, relaxations }: MatchReport,
  refusals: readonly Refusal[],
): WaitingView {
  const byCode = [...Map.groupBy(refusals, ({ code }) => code).values()];
  const [most] = byCode.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return {
    ...{ cause: most?.code ?? 'NOTHING_MATCHED', considered, removed, relaxations },
    refusals: refusals.map(kept),
  };
}

function asKey({ volunteer, code }: Pick<Refusal, 'volunteer' | 'code'>): string {
  return `${volunteer} ${code}`;
}

/** Figures are for the one who bids; what is kept of a refusal is who and why. */
function kept({ volunteer, code }: Refusal): Pick<Refusal, 'volunteer' | 'code'> {
  return { volunteer, code };
}

function volunteerOf({ body }: SignedRecord<'lease'>): string {
  return peerOf(body.volunteer);
}

/** Also one that was nobody's doing: what was ill here, however often it was started, may be well elsewhere. */
function isShunned({ row }: Instance, nowMs: number): boolean {
  const { cause, endedAtMs } = row;
  return cause !== '' && (doingOf(cause) === 'breach' || isIll(cause)) && nowMs < endedAtMs + SHUN_MS;
}

/** A copy that has its lease and waits to be started. */
function instanceRow(deployment: string, { id, body }: SignedRecord<'lease'>, nowMs: number): InstanceRow {
  const { replica, incarnation, priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs } = body;
  return {
    ...{
      deployment,
      replica,
      incarnation,
      state: 'placing',
      cause: '',
      exitCode: -1,
      health: '',
      healthFailure: '',
      restarts: 0,
    },
    ...{ bid: body.bid, lease: id, volunteer: peerOf(body.volunteer), tenant: peerOf(body.tenant) },
    ...{ priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs },
    ...{ maxEpochMs: body.maxEpochMs, awayMs: body.awayMs, epochs: 0, chargedMicrocredits: 0 },
    usage: { cpuMilliseconds: 0, memoryMibSeconds: 0, tunnelKib: 0 },
    ...{
      createdAtMs: nowMs,
      runningSinceMs: 0,
      endedAtMs: 0,
      heardAtMs: nowMs,
      unknownSinceMs: 0,
      downMs: 0,
      givenUp: '',
      judged: 0,
    },
  };
}
