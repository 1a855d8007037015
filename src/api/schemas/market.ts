// Schemas of the market: what is offered, what is bid for, and what a match found.
import { Type } from 'typebox';
import { GRACE_MS, MIN_GRACE_MS } from '../../market/terms/parameters.ts';
import { REPLICAS_MAX } from '../parameters.ts';
import {
  closed,
  count,
  digest,
  id,
  imageName,
  integer,
  labels,
  microcredits,
  peer,
  port,
  spanMs,
  timeMs,
  word,
} from './terms.ts';

export const Resources = closed(
  {
    cpuMillis: integer(1_024_000, 'Thousandths of a cpu'),
    memoryBytes: integer(2 ** 50),
    diskBytes: integer(2 ** 50),
    gpus: integer(64),
  },
  'What an offer still has, a bid asks for, or a lease gives',
);

export const Prices = closed(
  {
    cpuHour: microcredits('A cpu for an hour'),
    memoryGibHour: microcredits('A GiB of memory for an hour'),
    diskGibHour: microcredits('A GiB of disk for an hour'),
    gpuHour: microcredits('A GPU for an hour'),
  },
  'Microcredits per reserved unit and hour',
);

export const OfferInput = closed(
  {
    resources: Type.Ref('OfferResources'),
    prices: Type.Optional(Type.Ref('Prices')),
    region: Type.Optional(word('Where the machine stands, in the words of the network')),
    labels: Type.Optional(labels),
    images: Type.Optional(
      Type.Array(imageName, {
        maxItems: 32,
        description: 'Images that the engine holds, to be listed as warm',
      }),
    ),
    anyImage: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether whatever else the engine holds is run, too' }),
    ),
    longestLeaseMs: Type.Optional(spanMs('The longest lease given')),
  },
  'An offer to make; what is left out comes from the configuration and the engine',
);

export const Offer = closed(
  {
    id: id('The signed record; a new one with every revision'),
    series: id('Stable over all revisions'),
    seq: count('Grows with every revision'),
    volunteer: peer('Who offers'),
    resources: Type.Ref('Resources'),
    prices: Type.Ref('Prices'),
    architecture: word('As the engine names it'),
    region: word('Empty: not said'),
    runtimeClasses: Type.Array(word('A runtime of the engine'), { maxItems: 8 }),
    labels,
    images: Type.Array(closed({ name: imageName, digest }), { maxItems: 32 }),
    anyImage: Type.Boolean({ description: 'Whether whatever else its engine holds is run, too' }),
    privileges: Type.Array(word('`user` or `root`'), {
      maxItems: 8,
      description: 'Which rights a container can have inside',
    }),
    addresses: Type.Array(Type.String(), { maxItems: 8, description: 'Multiaddrs' }),
    longestLeaseMs: spanMs('The longest lease given'),
    firstEpochMs: spanMs('The first stretch that is paid at its end'),
    maxEpochMs: spanMs('The longest such stretch'),
    maxAwayMs: spanMs('How long an instance goes on while its tenant cannot be reached'),
    aliveUntilMs: timeMs('When the offer ends without a further sign of life'),
  },
  'An offer as this peer knows it',
);

export const OwnOffer = closed(
  {
    ...Offer.properties,
    state: Type.Enum(['listed', 'paused', 'engine-silent', 'disk-full'], {
      description:
        'In the market, or off it: its owner paused all offers, the engine does not answer, or a disk is full',
    }),
    total: Type.Ref('Resources'),
  },
  'An offer that this peer makes: `total` is what it promises in all, `resources` what is left of that',
);

export const ImageChange = closed(
  {
    add: Type.Optional(Type.Array(imageName, { maxItems: 32, description: 'Images that the engine holds' })),
    drop: Type.Optional(Type.Array(imageName, { maxItems: 32, description: 'Images that the offer lists' })),
  },
  'Images to add to an offer and to take out of it',
);

export const Volunteering = closed(
  {
    paused: Type.Boolean({ description: 'Whether all offers are paused: no new leases' }),
    pausedAtMs: Type.Optional(timeMs('Since when')),
    offers: count('Offers made, paused ones too'),
    leases: count('Leases given that have not ended'),
  },
  'How it stands with what this machine lends',
);

export const VolunteeringInput = closed(
  { paused: Type.Boolean({ description: 'Whether all offers are to be off the market' }) },
  'What is to change',
);

/** The smallest things a container can run with (records/common.ts, RESERVED). */
const LEAST = {
  cpuMillis: Type.Integer({ minimum: 10, maximum: 1_024_000, description: 'Thousandths of a cpu' }),
  memoryBytes: Type.Integer({ minimum: 8 * 2 ** 20, maximum: 2 ** 50 }),
};

export const OfferResources = closed(
  { ...LEAST, diskBytes: integer(2 ** 50), gpus: integer(64) },
  'What to offer: no less than the smallest container needs',
);

export const BidResources = closed(
  {
    ...LEAST,
    diskBytes: Type.Optional(
      integer(
        2 ** 50,
        'Scratch space: one budget for /tmp and every volume of the image. It counts as memory, is lost with the lease, and ' +
          'nothing in it can be executed. Without it 64 MiB, or a quarter of the memory where that is less',
      ),
    ),
    gpus: Type.Optional(integer(64, 'None without it')),
  },
  'What to reserve, as hard limits of a container: no less than the smallest container needs',
);

export const BidInput = closed(
  {
    image: Type.String({
      maxLength: 330,
      pattern: '^[a-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$',
      description: '`name`, or `name@sha256:…` with the digest of the configuration of the image',
    }),
    resources: Type.Ref('BidResources'),
    ports: Type.Optional(Type.Array(port, { maxItems: 16, description: 'Ports of the container to reach' })),
    command: Type.Optional(
      Type.Array(Type.String({ maxLength: 8_192 }), {
        maxItems: 128,
        description: "Instead of the image's own",
      }),
    ),
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
        Type.String({ maxLength: 16_384 }),
        {
          additionalProperties: false,
          maxProperties: 128,
          description: 'Sent to the chosen volunteer alone',
        },
      ),
    ),
    maxPriceMicrocreditsPerHour: microcredits('The most to pay for all the resources together'),
    durationMs: Type.Integer({
      minimum: 1_000,
      maximum: 3_155_760_000_000,
      description: 'How long; milliseconds',
    }),
    awayMs: Type.Optional(spanMs('How long to go on while this peer cannot be reached')),
    architecture: Type.Optional(word('Only this one')),
    region: Type.Optional(word('Only this one')),
    runtimeClass: Type.Optional(word('Only this one')),
    labels: Type.Optional(labels),
    name: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'For people; no two deployments that are wanted share a name',
      }),
    ),
    replicas: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: REPLICAS_MAX,
        default: 1,
        description: 'How many copies, each on a volunteer of its own; all are placed or none',
      }),
    ),
    graceMs: Type.Optional(
      Type.Integer({
        minimum: MIN_GRACE_MS,
        maximum: 86_400_000,
        default: GRACE_MS,
        description: 'How long a volunteer may be out of reach before its copy is replaced',
      }),
    ),
    waitOut: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Replace only what cannot run any more: for what must not run twice',
      }),
    ),
  },
  'What a tenant asks for',
);

/** The constraints of the match, in the order in which the tables show them. */
const CONSTRAINTS = [
  'alive',
  'own',
  'cpu',
  'memory',
  'disk',
  'gpu',
  'architecture',
  'image',
  'privileges',
  'volumes',
  'egress',
  'region',
  'runtimeClass',
  'labels',
  'duration',
  'limits',
  'reach',
  'traffic',
  'price',
  'spread',
] as const;

export const Constraint = Type.Enum([...CONSTRAINTS], { description: 'A constraint of the match' });

export const Candidate = closed(
  {
    offer: id('The offer'),
    volunteer: peer('Who made it'),
    priceMicrocreditsPerHour: microcredits('For all the resources together'),
    warm: Type.Boolean({ description: 'Whether the volunteer lists the image as held' }),
    quality: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'How well the volunteer is expected to serve; 0 for one that nobody within reach knows',
    }),
  },
  'An offer chosen for a bid',
);

export const Relaxation = closed(
  {
    constraints: Type.Array(Type.Ref('Constraint'), { description: 'What would give way' }),
    targets: Type.Partial(
      closed(
        {
          cpuMillis: integer(1_024_000),
          memoryBytes: integer(2 ** 50),
          diskBytes: integer(2 ** 50),
          gpus: integer(64),
          maxPriceMicrocreditsPerHour: microcredits('For all the resources together'),
          durationMs: spanMs('How long'),
        },
        'The values that would do, of what is a matter of degree',
      ),
      { additionalProperties: false },
    ),
    change: Type.String({ description: 'For people: `1 cpus and 2.01 credits an hour would do`' }),
    offers: count('How many offers would then fit'),
  },
  'A smallest change of the limits of a bid that would have matched: no part of it would have',
);

export const removed = Type.Partial(Type.Record(Constraint, count('Offers')), {
  additionalProperties: false,
  description: 'How many offers each constraint removed; one offer can be counted by several',
});

export const Match = closed(
  {
    considered: count('How many offers were looked at'),
    candidates: Type.Array(Type.Ref('Candidate'), { description: 'For the first replica' }),
    placements: Type.Array(Type.Ref('Candidate'), { description: 'The first choice of each replica' }),
    removed,
    relaxations: Type.Array(Type.Ref('Relaxation')),
  },
  'What the match found: candidates in order of preference, or why there are none',
);
