// Schemas of the market: offers and the results of a match.
import { Type } from 'typebox';
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
  'Resources that an offer still has, a bid asks for, or a lease gives',
);

export const Prices = closed(
  {
    cpuHour: microcredits('Price of one cpu for an hour'),
    memoryGibHour: microcredits('Price of one GiB of memory for an hour'),
    diskGibHour: microcredits('Price of one GiB of disk for an hour'),
    gpuHour: microcredits('Price of one GPU for an hour'),
  },
  'Prices in microcredits per reserved unit and hour',
);

const registry = Type.String({
  maxLength: 255,
  pattern: '^(?:\\*|[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?)$',
  description: 'The host of a registry, with its port if it has one, as in `docker.io`',
});

export const OfferInput = closed(
  {
    resources: Type.Ref('OfferResources'),
    prices: Type.Optional(Type.Ref('Prices')),
    region: Type.Optional(word('Region of the machine, as a word that the peers of the network agree on')),
    labels: Type.Optional(labels),
    images: Type.Optional(
      Type.Array(imageName, {
        maxItems: 32,
        description: 'Images of the engine that the offer lists',
      }),
    ),
    anyImage: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether every other image of the engine may run too' }),
    ),
    pulls: Type.Optional(
      Type.Array(registry, {
        maxItems: 16,
        description: 'Registries that images are pulled from; `*`: any with a public name and address',
      }),
    ),
    maxSentBytes: Type.Optional(
      integer(
        2 ** 50,
        'Size of the largest image that a tenant may send, unpacked; 0: none. The default is a setting of the peer',
      ),
    ),
    longestLeaseMs: Type.Optional(spanMs('The longest lease that this offer gives')),
  },
  'An offer to make. Fields that are absent get their values from the configuration and the engine',
);

export const Offer = closed(
  {
    id: id('Id of the signed record; every revision has a new one'),
    series: id('Id of the series, which is the same for all revisions'),
    seq: count('Sequence number, which grows with every revision'),
    volunteer: peer('The volunteer that makes the offer'),
    resources: Type.Ref('Resources'),
    prices: Type.Ref('Prices'),
    architecture: word('Architecture, as the engine names it'),
    region: word('Region; empty if the volunteer names none'),
    runtimeClasses: Type.Array(word('A runtime of the engine'), { maxItems: 8 }),
    labels,
    images: Type.Array(closed({ name: imageName, digest }), { maxItems: 32 }),
    anyImage: Type.Boolean({ description: 'Whether every other image of its engine may run too' }),
    pulls: Type.Array(registry, {
      maxItems: 16,
      description: 'Registries that the volunteer pulls images from; `*`: any with a public name and address',
    }),
    maxSentBytes: integer(2 ** 50, 'Size of the largest image that a tenant may send, unpacked; 0: none'),
    privileges: Type.Array(word('`user` or `root`'), {
      maxItems: 8,
      description: 'Privileges that a container can have',
    }),
    storage: closed(
      { limit: word('`quota`: by the kernel; `watched`: what is over it is ended') },
      'How the disk limit of a lease is kept',
    ),
    addresses: Type.Array(Type.String(), {
      maxItems: 8,
      description: 'Addresses of the volunteer, as multiaddrs',
    }),
    longestLeaseMs: spanMs('The longest lease that this offer gives'),
    firstEpochMs: spanMs('Length of the first epoch'),
    maxEpochMs: spanMs('Length of the longest epoch'),
    maxAwayMs: spanMs('How long a container may continue while its tenant is out of reach'),
    aliveUntilMs: timeMs('When the offer expires, unless a new sign of life arrives'),
  },
  'An offer as this peer knows it',
);

export const OwnOffer = closed(
  {
    ...Offer.properties,
    state: Type.Enum(['listed', 'paused', 'engine-silent', 'disk-full'], {
      description:
        '`listed`: the offer is in the market. Otherwise it is not: the owner has paused all offers, the engine does not answer, or a disk is full',
    }),
    total: Type.Ref('Resources'),
  },
  'An offer that this peer makes. `total` is all that it promises; `resources` is the part that is still free',
);

export const ImageChange = closed(
  {
    add: Type.Optional(Type.Array(imageName, { maxItems: 32, description: 'Images of the engine to add' })),
    drop: Type.Optional(
      Type.Array(imageName, { maxItems: 32, description: 'Images of the offer to remove' }),
    ),
  },
  'Images to add to an offer and to remove from it',
);

export const Volunteering = closed(
  {
    paused: Type.Boolean({
      description: 'Whether all offers are paused, so that this peer gives no new leases',
    }),
    pausedAtMs: Type.Optional(timeMs('When the owner paused the offers')),
    offers: count('Number of offers, including paused ones'),
    leases: count('Number of leases that this peer gave and that have not ended'),
  },
  'What this machine lends now',
);

export const VolunteeringInput = closed(
  { paused: Type.Boolean({ description: 'Whether to take all offers off the market' }) },
  'What to change',
);

/** The smallest things a container can run with (records/common.ts, RESERVED). */
export const LEAST = {
  cpuMillis: Type.Integer({ minimum: 10, maximum: 1_024_000, description: 'Thousandths of a cpu' }),
  memoryBytes: Type.Integer({ minimum: 8 * 2 ** 20, maximum: 2 ** 50 }),
};

export const OfferResources = closed(
  { ...LEAST, diskBytes: integer(2 ** 50), gpus: integer(64) },
  'Resources to offer: at least what the smallest container needs',
);

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
    series: id('The series of the offer, which is the same for all revisions'),
    volunteer: peer('The volunteer that made it'),
    priceMicrocreditsPerHour: microcredits('Price for all the resources together'),
    warm: Type.Boolean({
      description:
        'Whether the volunteer lists the image, or this peer pushed it there, so that it need not be fetched',
    }),
    quality: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The chance that a lease with the volunteer goes well; 0 if no peer within reach knows it',
    }),
  },
  'An offer that fits a bid',
);

export const Relaxation = closed(
  {
    constraints: Type.Array(Type.Ref('Constraint'), {
      description: 'The constraints that the bid would have to relax',
    }),
    targets: Type.Partial(
      closed(
        {
          cpuMillis: integer(1_024_000),
          memoryBytes: integer(2 ** 50),
          diskBytes: integer(2 ** 50),
          gpus: integer(64),
          maxPriceMicrocreditsPerHour: microcredits('Price for all the resources together'),
          durationMs: spanMs('How long the deployment may run'),
        },
        'The values with which offers would fit, for constraints that have a size',
      ),
      { additionalProperties: false },
    ),
    change: Type.String({ description: 'For people: `1 cpu and 2.01 credits an hour would do`' }),
    offers: count('Number of offers that would then fit'),
  },
  'A smallest change to the limits of a bid with which it would have matched: a part of the change would not suffice',
);

export const removed = Type.Partial(Type.Record(Constraint, count('Number of offers')), {
  additionalProperties: false,
  description: 'Number of offers that each constraint removed; several constraints can count the same offer',
});

export const Match = closed(
  {
    considered: count('Number of offers that were considered'),
    candidates: Type.Array(Type.Ref('Candidate'), { description: 'The offers that fit the first replica' }),
    placements: Type.Array(Type.Ref('Candidate'), { description: 'The first choice of each replica' }),
    removed,
    relaxations: Type.Array(Type.Ref('Relaxation')),
    withoutRoot: Type.Optional(
      count('How many offers more would fit if the container need not be root; only where it is to be'),
    ),
  },
  'The result of a match: candidates in the order of preference, or the reasons why there are none',
);
