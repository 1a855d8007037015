// Everything that crosses the API, as TypeBox schemas: they validate requests, shape answers and make the OpenAPI
// components. The components themselves stand in schemas/, one file per part of the API.
import { type Static, type TSchema, Type } from 'typebox';
import { PAGE_DEFAULT, PAGE_MAX } from './parameters.ts';
import { BidInput, BidResources, HealthInput, Pull, RestartInput } from './schemas/bid.ts';
import { Borrower, CreditState, CreditWay } from './schemas/credit.ts';
import { Deployment, Fetch, Instance, LogLine, Placement, Waiting } from './schemas/deployments.ts';
import { Forward, ForwardInput } from './schemas/forwards.ts';
import { CachedImage, ImageSource, OwnImage, Push, PushInput } from './schemas/images.ts';
import { Conviction, Counters, Earning, Eviction, Lease, PairProof, Receipt } from './schemas/ledger.ts';
import {
  Candidate,
  Constraint,
  ImageChange,
  Match,
  Offer,
  OfferInput,
  OfferResources,
  OwnOffer,
  Prices,
  Relaxation,
  Resources,
  Volunteering,
  VolunteeringInput,
} from './schemas/market.ts';
import { Event, Health, Peer, Problem, Self } from './schemas/operations.ts';
import { CopyInput, ExecInput } from './schemas/sessions.ts';
import { closed, digest, id, peer } from './schemas/terms.ts';
import {
  Invitation,
  InvitationInput,
  Invited,
  Joining,
  Rated,
  RatedChange,
  Testimony,
  TrustChange,
  TrustExplanation,
  TrustHop,
  TrustPath,
  TrustScore,
  Vouch,
  VouchChange,
  VouchEffect,
  VouchInput,
} from './schemas/trust.ts';

/** A reference to a component by name, typed as the component is. */
export function ref<T>(name: ComponentName) {
  return Type.Unsafe<T>(Type.Ref(name));
}

/** The components of the OpenAPI document by name. */
export const COMPONENTS = {
  Resources,
  Prices,
  Pull,
  OfferInput,
  Offer,
  OfferResources,
  OwnOffer,
  ImageChange,
  Volunteering,
  VolunteeringInput,
  BidResources,
  BidInput,
  Constraint,
  HealthInput,
  RestartInput,
  Candidate,
  Relaxation,
  Match,
  ImageSource,
  OwnImage,
  CachedImage,
  PushInput,
  Push,
  ForwardInput,
  Forward,
  ExecInput,
  CopyInput,
  Fetch,
  Instance,
  Waiting,
  Deployment,
  Placement,
  Lease,
  Eviction,
  Counters,
  Receipt,
  Earning,
  CreditState,
  CreditWay,
  Borrower,
  PairProof,
  Conviction,
  TrustScore,
  TrustHop,
  TrustPath,
  Testimony,
  TrustChange,
  TrustExplanation,
  VouchInput,
  Vouch,
  Rated,
  RatedChange,
  VouchEffect,
  VouchChange,
  Peer,
  InvitationInput,
  Invitation,
  Invited,
  Joining,
  Self,
  Health,
  LogLine,
  Event,
  Problem,
} satisfies Record<string, TSchema>;

export type ComponentName = keyof typeof COMPONENTS;

/** A receipt as the API shows it. */
export type ReceiptView = Static<typeof Receipt, typeof COMPONENTS>;

/** A page of a list. */
export function page<T>(name: ComponentName) {
  return closed({
    items: Type.Array(ref<T>(name)),
    next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent on the last page' })),
  });
}

/** The query of a list. */
export const PageQuery = closed({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_MAX,
      default: PAGE_DEFAULT,
      description: 'Number of items on a page',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 512,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'The value of `next` on the page before',
    }),
  ),
});

/** The path of one deployment. */
export const DeploymentParams = closed({ id: id('The deployment') });

/** The path of an image that this peer sends. */
export const ImageParams = closed({
  image: Type.String({ minLength: 1, maxLength: 512, description: 'Its name or its digest' }),
});

/** The path of an image of a tenant in the engine. */
export const CachedImageParams = closed({ digest });

/** The path of a push. */
export const PushParams = closed({ push: id('Names the push') });

/** The path of one forward. */
export const ForwardParams = closed({ forward: id('Names the forward') });

/** The path of one peer. */
export const PeerParams = closed({ peer: peer('A peer id') });

/** The path of the pair with one peer: the side of this peer, and the other. */
export const PairParams = closed({ side: Type.Enum(['volunteer', 'tenant']), peer: peer('The other peer') });

/** The query of a call that can be tried without effect. */
export const DryRunQuery = closed({
  dryRun: Type.Optional(Type.Boolean({ description: 'Only say what the call would do; nothing is changed' })),
});

/** The path of one offer. */
export const OfferParams = closed({ series: id('The series of the offer') });

/** The path of one lease. */
export const LeaseParams = closed({ id: id('The lease') });

/** The headers of a call that makes something. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[!-~]+$',
      description:
        'A repeated call with the same key and body gets the answer of the first one; failures are not remembered',
    }),
  ),
});
