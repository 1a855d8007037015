// What an offer must satisfy to serve a bid: one line a constraint. The volunteer checks the same lines at Reserve
// that the tenant matched by.
import type { BidBody } from '../../records/bid.ts';
import { sameBytes } from '../../records/id.ts';
import type { OfferBody } from '../../records/offer.ts';
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
> & { readonly image: { readonly digest: string } };

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

/** An offer with this label runs whatever image its engine holds; another only those that it lists. */
export const ANY_IMAGE = 'images=any';

/** Whether an offer says that it runs the image of this digest. */
function runsImage({ images, labels }: OfferBody, digest: string): boolean {
  return labels.includes(ANY_IMAGE) || images.some((each) => each.digest === digest);
}

const anyOr = (wanted: string, got: string) => wanted === '' || wanted === got;

/** Every constraint, each alone; an offer fits when all hold. */
export const CONSTRAINTS: { readonly [C in Constraint]: Test } = {
  alive: (_, { aliveUntilMs }, nowMs) => aliveUntilMs > nowMs,
  own: ({ tenant }, { offer }) => !sameBytes(tenant, offer.volunteer),
  cpu: ({ resources }, { offer }) => resources.cpuMillis <= offer.resources.cpuMillis,
  memory: ({ resources }, { offer }) => resources.memoryBytes <= offer.resources.memoryBytes,
  disk: ({ resources }, { offer }) => resources.diskBytes <= offer.resources.diskBytes,
  gpu: ({ resources }, { offer }) => resources.gpus <= offer.resources.gpus,
  architecture: ({ architecture }, { offer }) => anyOr(architecture, offer.architecture),
  image: ({ image }, { offer }) => runsImage(offer, image.digest),
  region: ({ region }, { offer }) => anyOr(region, offer.region),
  runtimeClass: ({ runtimeClass }, { offer }) =>
    runtimeClass === '' || offer.runtimeClasses.includes(runtimeClass),
  labels: ({ labels }, { offer }) => labels.every((label) => offer.labels.includes(label)),
  duration: ({ durationMs }, { offer }) => durationMs <= offer.terms.longestLeaseMs,
  price: (ask, { offer }) => pricePerHour(offer.prices, ask.resources) <= ask.maxPriceMicrocreditsPerHour,
  spread: (_, { volunteer }, __, { volunteers }) => !volunteers.has(volunteer),
};

const CONSTRAINT_NAMES = Object.keys(CONSTRAINTS) as Constraint[];

/** The constraints that this offer fails. */
export function failed(ask: Ask, listing: Listing, nowMs: number, beside: Beside = ALONE): Constraint[] {
  return CONSTRAINT_NAMES.filter((name) => !CONSTRAINTS[name](ask, listing, nowMs, beside));
}
