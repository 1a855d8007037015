// Schemas of reputation, vouches and invitations.
import { Type } from 'typebox';
import {
  INVITATION_CREDIT_MICROCREDITS,
  MOST_CREDIT_MICROCREDITS,
} from '../../reputation/facts/parameters.ts';
import {
  chance,
  closed,
  code,
  count,
  id,
  MOST_MICROCREDITS,
  microcredits,
  multiaddrs,
  peer,
  timeMs,
} from './terms.ts';

const scoreFields = {
  peer: peer('The peer that is rated'),
  standing: chance('The chance that a walk of trust from this peer reaches it before it stops'),
  quality: chance('The chance that a lease with it goes well; 0 if nothing is known'),
  isKnown: Type.Boolean({ description: 'Whether a peer within reach has said how it served' }),
  through: Type.Optional(
    peer('If all trust reaches it through one peer, that peer; perhaps both have the same owner'),
  ),
  good: count('Number of leases that it served well, as peers within reach say'),
  bad: count('Number of leases that failed, as peers within reach say'),
  serviceMicrocredits: count('Co-signed service that it gave to peers within reach; halves every 90 days'),
  vouches: count('Number of peers within reach that vouch for it'),
};

export const TrustScore = closed(scoreFields, 'How this peer rates another one');

export const TrustHop = closed(
  {
    from: peer('The peer that trusts'),
    to: peer('The peer that is trusted'),
    chance: chance('The chance that a walk takes this step next, if it continues'),
    serviceMicrocredits: count('The co-signed service behind this step'),
    vouchMicrocredits: count('The vouched trust behind this step'),
    receipt: Type.Optional(id('The receipt that shows the service')),
    vouch: Type.Optional(id('The vouch')),
  },
  'A step of a path of trust, and the reason for it',
);

export const TrustPath = closed(
  {
    standing: chance('The part of the standing that comes through the last hop'),
    hops: Type.Array(Type.Ref('TrustHop'), { description: 'The most likely path, beginning at this peer' }),
  },
  'A path on which trust reaches a peer',
);

export const Testimony = closed(
  {
    author: peer('The peer that says so'),
    weight: chance('The weight of its word; 1 for own experience'),
    good: count('Number of leases that were served well'),
    bad: count('Number of leases that failed'),
    codes: Type.Array(code, { description: 'The codes of the failures' }),
    outcomes: Type.Array(id('A record'), { description: 'The outcomes that say so' }),
  },
  'What one tenant says about a peer',
);

export const TrustChange = closed(
  {
    change: Type.Enum(['GOOD_LEASE', 'BREACH', 'SERVICE', 'VOUCH', 'WITHOUT_PATH'], {
      description:
        'One more good lease, one more breach, one more credit of service, or a vouch, each with this peer; or the loss of the heaviest path',
    }),
    peer: Type.Optional(peer('The last hop of that path')),
    standing: chance('The value after the change'),
    quality: chance('The value after the change'),
  },
  'The effect of one change',
);

export const TrustExplanation = closed(
  {
    ...scoreFields,
    paths: Type.Array(Type.Ref('TrustPath'), {
      description: 'The paths that make up the standing, the heaviest first',
    }),
    testimonies: Type.Array(Type.Ref('Testimony'), {
      description: 'The statements that make up the quality, the weightiest first',
    }),
    changes: Type.Array(Type.Ref('TrustChange')),
  },
  'Why this peer rates another one as it does',
);

export const VouchInput = closed(
  {
    trustMicrocredits: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_MICROCREDITS,
        description:
          'Trust, as if the peer had served for so much; more than 10 credits count as 10. Default: 1 credit',
      }),
    ),
    creditMicrocredits: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_MICROCREDITS,
        description:
          'The credit with which this peer answers for the other: this peer, and those that it served, lend it half of that. Default: 0',
      }),
    ),
    lifetimeMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 31_622_400_000,
        description: 'How long the vouch is valid, in milliseconds: at most 366 days. Default: 90 days',
      }),
    ),
  },
  'A vouch to make',
);

export const Vouch = closed(
  {
    vouch: id('The signed record'),
    peer: peer('The peer that is vouched for'),
    trustMicrocredits: microcredits('Trust, as if the peer had served for so much'),
    creditMicrocredits: microcredits('The credit with which this peer answers for it'),
    issuedAtMs: timeMs('When it was signed'),
    expiresAtMs: timeMs('When it expires'),
  },
  'A valid vouch of this peer',
);

export const Rated = closed({
  standing: chance('The chance that a walk of trust from this peer reaches it'),
  quality: chance('The chance that a lease with it goes well'),
});

const RATED_CHANGE = {
  peer: peer('The peer that is rated'),
  before: Type.Ref('Rated'),
  after: Type.Ref('Rated'),
};

export const RatedChange = closed(RATED_CHANGE, 'How the rating of a peer changes');

export const VouchEffect = closed(
  {
    ...RATED_CHANGE,
    others: Type.Array(Type.Ref('RatedChange'), { description: 'The other peers whose rating changes most' }),
    moved: count('Number of other peers whose rating changes'),
    mayOweMicrocredits: closed(
      { before: microcredits('Before the vouch'), after: microcredits('With the vouch') },
      'How much the peer may owe this one',
    ),
  },
  'How a vouch changes the ratings of this peer',
);

export const VouchChange = closed(
  {
    effect: Type.Ref('VouchEffect'),
    vouch: Type.Optional(id('The signed record; absent in a dry run')),
  },
  'The effect of a vouch that was signed, or of a dry run',
);

export const InvitationInput = closed(
  {
    expiresInMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 7_776_000_000,
        description: 'How long the invitation is valid: at most 90 days; milliseconds',
      }),
    ),
    creditMicrocredits: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_CREDIT_MICROCREDITS,
        default: INVITATION_CREDIT_MICROCREDITS,
        description:
          'The credit with which this peer answers for the invitee: this peer, and those that it served, lend it half of that',
      }),
    ),
    addresses: Type.Optional(
      multiaddrs(
        'Addresses at which the invitee can reach this peer. Default: the addresses at which it listens',
        {
          minItems: 1,
          maxItems: 8,
        },
      ),
    ),
  },
  'An invitation to make',
);

const INVITATION = {
  id: id('The signed record'),
  state: Type.Enum(['open', 'used', 'expired']),
  issuedAtMs: timeMs('When it was made'),
  expiresAtMs: timeMs('When it expires if nobody uses it'),
  creditMicrocredits: microcredits('The credit with which this peer answers for the invitee'),
  peer: Type.Optional(peer('The peer that joined with it')),
  joinedAtMs: Type.Optional(timeMs('When that peer joined')),
};

export const Invitation = closed(INVITATION, 'The state of an invitation; its text is not kept');

export const Invited = closed(
  {
    ...INVITATION,
    text: Type.String({ description: 'The line to pass on; one peer can join with it, once' }),
    addresses: multiaddrs('Addresses at which the invitee will look for this peer'),
  },
  'An invitation to pass on',
);

export const Joining = closed(
  {
    peer: peer('The inviter'),
    state: Type.Enum(['waiting', 'joined', 'refused']),
    code,
    creditMicrocredits: microcredits(
      'The credit with which the inviter answers for this peer; 0 until this peer has joined',
    ),
  },
  'The state of joining by an invitation',
);
