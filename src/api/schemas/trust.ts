// Schemas of what this peer thinks of others, and of invitations.
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
  peer: peer('Who'),
  standing: chance('The chance that a walk of trust from this peer reaches it before it stops'),
  quality: chance('How well it is expected to serve; 0 where nothing is known'),
  isKnown: Type.Boolean({ description: 'Whether anybody within reach said how it served' }),
  through: Type.Optional(
    peer('The one peer through which alone trust reaches it: perhaps both have one owner'),
  ),
  good: count('Leases that were served well, as those within reach say'),
  bad: count('Leases that failed, as those within reach say'),
  serviceMicrocredits: count('Co-signed service that it gave those within reach, halved per 90 days'),
  vouches: count('How many within reach vouch for it'),
};

export const TrustScore = closed(scoreFields, 'What this peer thinks of another');

export const TrustHop = closed(
  {
    from: peer('Who trusts'),
    to: peer('Who is trusted'),
    chance: chance('How likely a walk goes this way next, if it goes on'),
    serviceMicrocredits: count('Co-signed service that carries it'),
    vouchMicrocredits: count('Trust by vouch that carries it'),
    receipt: Type.Optional(id('The receipt that says so')),
    vouch: Type.Optional(id('The vouch that says so')),
  },
  'A step of trust, and what carries it',
);

export const TrustPath = closed(
  {
    standing: chance('The part of the standing that comes by the last hop'),
    hops: Type.Array(Type.Ref('TrustHop'), { description: 'The likeliest way, from this peer on' }),
  },
  'A way by which trust comes to a peer',
);

export const Testimony = closed(
  {
    author: peer('Whose word it is'),
    weight: chance('What the word weighs; 1 for own experience'),
    good: count('Leases served well'),
    bad: count('Leases that failed'),
    codes: Type.Array(code, { description: 'How they failed' }),
    outcomes: Type.Array(id('A record'), { description: 'Outcomes that say so' }),
  },
  'What one tenant says of a peer',
);

export const TrustChange = closed(
  {
    change: Type.Enum(['GOOD_LEASE', 'BREACH', 'SERVICE', 'VOUCH', 'WITHOUT_PATH'], {
      description:
        'One more good lease, breach, credit of service or vouch of this peer; or without the heaviest path',
    }),
    peer: Type.Optional(peer('The last hop of that path')),
    standing: chance('What it would be then'),
    quality: chance('What it would be then'),
  },
  'What would follow if one thing changed',
);

export const TrustExplanation = closed(
  {
    ...scoreFields,
    paths: Type.Array(Type.Ref('TrustPath'), { description: 'What carries the standing, the most first' }),
    testimonies: Type.Array(Type.Ref('Testimony'), {
      description: 'What makes the quality, the weightiest first',
    }),
    changes: Type.Array(Type.Ref('TrustChange')),
  },
  'Why this peer thinks of another what it thinks',
);

export const VouchInput = closed(
  {
    trustMicrocredits: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_MICROCREDITS,
        description: 'As if it had served for so much; over 10 credits count as 10. One credit without it',
      }),
    ),
    creditMicrocredits: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_MICROCREDITS,
        description:
          'What this peer answers for: half of it is lent, here and by those it served. 0 without it',
      }),
    ),
    lifetimeMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 31_622_400_000,
        description: 'How long it holds, at most 366 days; 90 days without it. Milliseconds',
      }),
    ),
  },
  'A vouch to make',
);

export const Vouch = closed(
  {
    vouch: id('The signed record'),
    peer: peer('For whom'),
    trustMicrocredits: microcredits('As if it had served for so much'),
    creditMicrocredits: microcredits('What this peer answers for'),
    issuedAtMs: timeMs('When it was signed'),
    expiresAtMs: timeMs('When it ends'),
  },
  'A vouch of this peer that holds',
);

export const Rated = closed({
  standing: chance('The chance that a walk of trust from this peer reaches it'),
  quality: chance('How well it is expected to serve'),
});

const RATED_CHANGE = {
  peer: peer('Who'),
  before: Type.Ref('Rated'),
  after: Type.Ref('Rated'),
};

export const RatedChange = closed(RATED_CHANGE, 'What would become of what is thought of a peer');

export const VouchEffect = closed(
  {
    ...RATED_CHANGE,
    others: Type.Array(Type.Ref('RatedChange'), { description: 'The others whom it would move most' }),
    moved: count('How many others it would move at all'),
    mayOweMicrocredits: closed(
      { before: microcredits('As it is'), after: microcredits('With the vouch') },
      'What the peer may owe this one',
    ),
  },
  'What a vouch would do to what this peer thinks',
);

export const VouchChange = closed(
  {
    effect: Type.Ref('VouchEffect'),
    vouch: Type.Optional(id('The signed record; absent in a dry run')),
  },
  'What a vouch did, or would do',
);

export const InvitationInput = closed(
  {
    expiresInMs: Type.Optional(
      Type.Integer({ minimum: 1_000, maximum: 7_776_000_000, description: 'At most 90 days; milliseconds' }),
    ),
    creditMicrocredits: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_CREDIT_MICROCREDITS,
        default: INVITATION_CREDIT_MICROCREDITS,
        description:
          'What this peer answers for the one who joins with: half of it is lent, here and by those that this peer served',
      }),
    ),
    addresses: Type.Optional(
      multiaddrs('Where the invitee reaches this peer; without them where it listens', {
        minItems: 1,
        maxItems: 8,
      }),
    ),
  },
  'An invitation to make',
);

const INVITATION = {
  id: id('The signed record'),
  state: Type.Enum(['open', 'used', 'expired']),
  issuedAtMs: timeMs('When it was made'),
  expiresAtMs: timeMs('When it ends unused'),
  creditMicrocredits: microcredits('What this peer answers for the one who joins with'),
  peer: Type.Optional(peer('Who joined by it')),
  joinedAtMs: Type.Optional(timeMs('When that was')),
};

export const Invitation = closed(INVITATION, 'What became of an invitation; its text is not kept');

export const Invited = closed(
  {
    ...INVITATION,
    text: Type.String({ description: 'The line to pass on: whoever holds it can join by it, once' }),
    addresses: multiaddrs('Where the invitee will look for this peer'),
  },
  'An invitation to pass on',
);

export const Joining = closed(
  {
    peer: peer('The inviter'),
    state: Type.Enum(['waiting', 'joined', 'refused']),
    code,
    creditMicrocredits: microcredits('What the inviter answers for this peer with; 0 until it has joined'),
  },
  'How joining by an invitation stands',
);
