// What an offer must satisfy to serve a bid: one line a constraint. The volunteer checks the same lines at Reserve
// that the tenant matched by.

import { parseReference } from '../../lib/image-reference.ts';
import type { BidBody } from '../../records/bid.ts';
import { sameBytes } from '../../records/id.ts';
import type { OfferBody } from '../../records/offer.ts';
import { allowsRegistry } from '../../runtime/registry/reach.ts';
import { pricePerHour } from '../terms/pricing.ts';
import type { Constraint } from '../terms/views.ts';

/** The part of a bid that decides the match. */
export type Ask = Pick<
  BidBody,
  | 'tenant'
  | 'resources'
  | 'maxPriceMicrocreditsPerHour'
  | 'durationMs'
  | 'architecture'
  | 'region'
  | 'runtimeClass'
  | 'labels'
  | 'privileges'
  | 'volumes'
  | 'egress'
  | 'maxTraffic'
  | 'relayed'
  | 'image'
>;

/** An offer as the match sees it. */
export interface Listing {
  /** Id of the offer's record, as text. */
  readonly id: string;
  readonly volunteer: string;
  readonly offer: OfferBody;
  readonly aliveUntilMs: number;
}

/** What the other copies of a deployment already use, which the match avoids. */
export interface Beside {
  /** No second copy goes to one of these. */
  readonly volunteers: ReadonlySet<string>;
  /** Owners, as far as they can be guessed, that are second choice. */
  readonly owners: ReadonlySet<string>;
  /** Regions that are second choice among near-equal offers. */
  readonly regions: ReadonlySet<string>;
}

/** A copy that stands alone. */
export const ALONE: Beside = { volunteers: new Set(), owners: new Set(), regions: new Set() };

type Test = (ask: Ask, listing: Listing, nowMs: number, beside: Beside) => boolean;

/** Whether an offer runs an image: it lists the image, or accepts the way in which the bid brings the image. */
function runsImage({ images, imageWays }: OfferBody, { name, digest, way, maxBytes }: Ask['image']): boolean {
  if (images.some((each) => each.digest === digest)) return true;
  if (way === 'held') return imageWays.anyHeld === 1;
  if (way === 'pulled') {
    const reference = parseReference(name);
    return reference !== undefined && allowsRegistry(imageWays.pulls, reference.registry);
  }
  return way === 'sent' && maxBytes <= imageWays.maxSentBytes;
}

const anyOr = (wanted: string, got: string) => wanted === '' || wanted === got;
const noneOr = (wanted: string, got: readonly string[]) => wanted === '' || got.includes(wanted);

/** Whether the owner sets no limits on when leases run and how they end; this version understands none yet. */
function isUnlimited({ terms: { hours, onlyIdle, noticeMs } }: OfferBody): boolean {
  return hours.length === 0 && onlyIdle === 0 && noticeMs === 0;
}

/** Whether traffic costs no more than the bid allows; egress that the bid does not ask for costs nothing. */
function isTrafficPaid({ maxTraffic, egress }: Ask, { traffic }: OfferBody): boolean {
  const isEgressPaid = egress === '' || traffic.egressGib <= maxTraffic.egressGib;
  return isEgressPaid && traffic.tunnelGib <= maxTraffic.tunnelGib;
}

/** Whether the volunteer can be reached without a relay, or does not know how it is reached. */
function isReached({ reach }: OfferBody): boolean {
  return reach.length === 0 || reach.some((way) => way !== 'relayed');
}

/** Every constraint, each alone; an offer fits when all hold. */
export const CONSTRAINTS: { readonly [C in Constraint]: Test } = {
  alive: (_, { aliveUntilMs }, nowMs) => aliveUntilMs > nowMs,
  own: ({ tenant }, { offer }) => !sameBytes(tenant, offer.volunteer),
  cpu: ({ resources }, { offer }) => resources.cpuMillis <= offer.resources.cpuMillis,
  memory: ({ resources }, { offer }) => resources.memoryBytes <= offer.resources.memoryBytes,
  disk: ({ resources }, { offer }) => resources.diskBytes <= offer.resources.diskBytes,
  gpu: ({ resources }, { offer }) => resources.gpus <= offer.resources.gpus,
  architecture: ({ architecture }, { offer }) => anyOr(architecture, offer.architecture),
  image: ({ image }, { offer }) => runsImage(offer, image),
  privileges: ({ privileges }, { offer }) => noneOr(privileges, offer.privileges),
  volumes: ({ volumes }, { offer }) => volumes <= offer.storage.volumes,
  egress: ({ egress }, { offer }) => noneOr(egress, offer.egress),
  region: ({ region }, { offer }) => anyOr(region, offer.region),
  runtimeClass: ({ runtimeClass }, { offer }) => noneOr(runtimeClass, offer.runtimeClasses),
  labels: ({ labels }, { offer }) => labels.every((label) => offer.labels.includes(label)),
  duration: ({ durationMs }, { offer }) => durationMs <= offer.terms.longestLeaseMs,
  limits: (_, { offer }) => isUnlimited(offer),
  reach: ({ relayed }, { offer }) => relayed === 1 || isReached(offer),
  traffic: (ask, { offer }) => isTrafficPaid(ask, offer),
  price: (ask, { offer }) => pricePerHour(offer.prices, ask.resources) <= ask.maxPriceMicrocreditsPerHour,
  spread: (_, { volunteer }, __, { volunteers }) => !volunteers.has(volunteer),
};

const CONSTRAINT_NAMES = Object.keys(CONSTRAINTS) as Constraint[];

/** The constraints that this offer fails. */
export function failed(ask: Ask, listing: Listing, nowMs: number, beside: Beside = ALONE): Constraint[] {
  return CONSTRAINT_NAMES.filter((name) => !CONSTRAINTS[name](ask, listing, nowMs, beside));
}
