// Everything that crosses the API, as TypeBox schemas: they validate requests, shape answers and make the OpenAPI
// components. Bounds are those of the records (records/common.ts); objects are closed.
import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { ERROR_CODES } from '../lib/errors.ts';
import { DEPLOYMENT_STATES, type EventKind, INSTANCE_STATES } from '../market/market.ts';
import { GRACE_MS, MIN_GRACE_MS } from '../market/parameters.ts';
import { PAGE_DEFAULT, PAGE_MAX, REPLICAS_MAX } from './parameters.ts';

/** An object without other fields than these. */
export function closed<P extends TProperties>(properties: P, description?: string) {
  const options = { additionalProperties: false, ...(description === undefined ? {} : { description }) };
  return Type.Object(properties, options);
}

/** A reference to a component by name, typed as the component is. */
export function ref<T>(name: ComponentName) {
  return Type.Unsafe<T>(Type.Ref(name));
}

const id = (description: string) => Type.String({ pattern: '^[a-z2-7]{26,52}$', description });
const integer = (maximum: number, description?: string) =>
  Type.Integer({ minimum: 0, maximum, ...(description === undefined ? {} : { description }) });
const count = (description: string) => integer(Number.MAX_SAFE_INTEGER, description);
const microcredits = (description: string) => integer(1_000_000_000_000_000, description);
const timeMs = (description: string) => count(`${description}; milliseconds since 1970`);
const spanMs = (description: string) => integer(3_155_760_000_000, `${description}; milliseconds`);
const peer = (description: string) => Type.String({ maxLength: 128, description });
const word = (description: string) =>
  Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9._/-]*$', description });
const digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const imageName = Type.String({ maxLength: 256, pattern: '^[a-z0-9][A-Za-z0-9._:/-]*$' });
const label = Type.String({ maxLength: 128, pattern: '^[a-z0-9.-]+=[A-Za-z0-9._/-]*$' });
const labels = Type.Array(label, { maxItems: 16, description: '`key=value`' });
const port = Type.Integer({ minimum: 1, maximum: 65_535 });
const code = Type.String({
  maxLength: 64,
  description: 'A code of the table of errors; empty while there is none',
});

const Resources = closed(
  {
    cpuMillis: integer(1_024_000, 'Thousandths of a cpu'),
    memoryBytes: integer(2 ** 50),
    diskBytes: integer(2 ** 50),
    gpus: integer(64),
  },
  'What an offer still has, a bid asks for, or a lease gives',
);

const Prices = closed(
  {
    cpuHour: microcredits('A cpu for an hour'),
    memoryGibHour: microcredits('A GiB of memory for an hour'),
    diskGibHour: microcredits('A GiB of disk for an hour'),
    gpuHour: microcredits('A GPU for an hour'),
  },
  'Microcredits per reserved unit and hour',
);

const OfferInput = closed(
  {
    resources: Type.Ref('Resources'),
    prices: Type.Optional(Type.Ref('Prices')),
    region: Type.Optional(word('Where the machine stands, in the words of the network')),
    labels: Type.Optional(labels),
    images: Type.Optional(
      Type.Array(imageName, {
        maxItems: 32,
        description: 'Images that the engine holds, to be listed as warm',
      }),
    ),
    longestLeaseMs: Type.Optional(spanMs('The longest lease given')),
  },
  'An offer to make; what is left out comes from the configuration and the engine',
);

const Offer = closed(
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
    addresses: Type.Array(Type.String(), { maxItems: 8, description: 'Multiaddrs' }),
    longestLeaseMs: spanMs('The longest lease given'),
    firstEpochMs: spanMs('The first stretch that is paid at its end'),
    maxEpochMs: spanMs('The longest such stretch'),
    maxAwayMs: spanMs('How long an instance goes on while its tenant cannot be reached'),
    aliveUntilMs: timeMs('When the offer ends without a further sign of life'),
  },
  'An offer as this peer knows it',
);

/** The smallest things a container can run with (records/common.ts, RESERVED). */
const BidResources = closed(
  {
    cpuMillis: Type.Integer({ minimum: 10, maximum: 1_024_000, description: 'Thousandths of a cpu' }),
    memoryBytes: Type.Integer({ minimum: 8 * 2 ** 20, maximum: 2 ** 50 }),
    diskBytes: integer(2 ** 50),
    gpus: integer(64),
  },
  'What to reserve; all are hard limits of the container',
);

const BidInput = closed(
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
    name: Type.Optional(Type.String({ maxLength: 64, description: 'For people' })),
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
export const CONSTRAINTS = [
  'alive',
  'own',
  'cpu',
  'memory',
  'disk',
  'gpu',
  'architecture',
  'region',
  'runtimeClass',
  'labels',
  'duration',
  'price',
  'spread',
] as const;

/** What happens at a peer, as the market names it. */
export const EVENT_KINDS = [
  'offer.made',
  'offer.withdrawn',
  'lease.reserved',
  'lease.starting',
  'lease.running',
  'lease.paused',
  'lease.ended',
  'deployment.placed',
  'deployment.stopping',
  'deployment.ended',
  'deployment.failed',
  'copy.placing',
  'copy.starting',
  'copy.running',
  'copy.paused',
  'copy.unknown',
  'copy.stopping',
  'copy.lost',
  'copy.ended',
  'copy.failed',
  'receipt.signed',
] as const satisfies readonly EventKind[];

const Constraint = Type.Enum([...CONSTRAINTS], { description: 'A constraint of the match' });

const Candidate = closed(
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

const Relaxation = closed(
  {
    constraints: Type.Array(Type.Ref('Constraint'), { description: 'What would give way' }),
    change: Type.String({ description: 'For people: `+8 % price`' }),
    offers: count('How many offers would then fit'),
  },
  'The smallest change of the limits of a bid that would have matched',
);

const Match = closed(
  {
    considered: count('How many offers were looked at'),
    candidates: Type.Array(Type.Ref('Candidate'), { description: 'For the first replica' }),
    placements: Type.Array(Type.Ref('Candidate'), { description: 'The first choice of each replica' }),
    removed: Type.Partial(Type.Record(Constraint, count('Offers')), {
      additionalProperties: false,
      description: 'How many offers each constraint removed; one offer can be counted by several',
    }),
    relaxations: Type.Array(Type.Ref('Relaxation')),
  },
  'What the match found: candidates in order of preference, or why there are none',
);

const Instance = closed(
  {
    replica: count('Which of the copies, from 0'),
    incarnation: count('The number of its replacement, from 1; only the highest is spoken to'),
    state: Type.Enum([...INSTANCE_STATES]),
    cause: code,
    exitCode: Type.Optional(Type.Integer({ description: 'Of the container, once there is one' })),
    bid: id('The signed bid'),
    lease: id('The lease'),
    volunteer: peer('Who runs it'),
    priceMicrocreditsPerHour: microcredits('For all the resources together'),
    atRiskMicrocredits: microcredits('The most that can be unsigned at a time'),
    chargedMicrocredits: microcredits('What both sides signed as charged so far'),
    createdAtMs: timeMs('When the lease was given'),
    runningSinceMs: Type.Optional(timeMs('When it was first seen running')),
    endedAtMs: Type.Optional(timeMs('When it ended')),
    endsAtMs: timeMs('When the lease ends'),
    overlapUntilMs: Type.Optional(
      timeMs('Until when a copy that is out of reach may go on beside its replacement'),
    ),
  },
  'One copy of a deployment under one lease',
);

const Deployment = closed(
  {
    id: id('The deployment'),
    name: Type.String(),
    state: Type.Enum([...DEPLOYMENT_STATES], {
      description: '`degraded`: some copies run, others are on their way',
    }),
    cause: code,
    exitCode: Type.Optional(Type.Integer({ description: 'Of the container, once there is one' })),
    image: closed({ name: imageName, digest }),
    resources: Type.Ref('Resources'),
    ports: Type.Array(port, { maxItems: 16 }),
    replicas: count('Copies wanted'),
    running: count('Copies that run'),
    graceMs: spanMs('How long a volunteer may be out of reach before its copy is replaced'),
    waitOut: Type.Boolean({
      description: 'Whether a replacement waits until the old copy cannot run any more',
    }),
    priceMicrocreditsPerHour: microcredits('For all the resources of all copies together'),
    atRiskMicrocredits: microcredits('The most that can be unsigned at a time, over all copies'),
    chargedMicrocredits: microcredits('What both sides signed as charged so far, over all copies'),
    createdAtMs: timeMs('When the bid came in'),
    runningSinceMs: Type.Optional(timeMs('When all copies ran for the first time')),
    endedAtMs: Type.Optional(timeMs('When it ended')),
    endsAtMs: timeMs('When it ends at the latest'),
    instances: Type.Array(Type.Ref('Instance'), { description: 'In order of replica and incarnation' }),
    refusals: Type.Array(closed({ volunteer: peer('Who refused'), code }), {
      description: 'At the last placement',
    }),
  },
  'What the tenant wants running, and how it stands',
);

const Placement = closed(
  { deployment: Type.Ref('Deployment'), match: Type.Ref('Match') },
  'A bid that was placed',
);

const Lease = closed(
  {
    id: id('The lease'),
    bid: id('The bid that it accepts'),
    side: Type.Enum(['volunteer', 'tenant']),
    volunteer: peer('Who gives it'),
    tenant: peer('Who pays'),
    state: Type.Enum(['reserved', 'starting', 'running', 'paused', 'ended']),
    cause: code,
    resources: Type.Ref('Resources'),
    priceMicrocreditsPerHour: microcredits('For all the resources together'),
    atRiskMicrocredits: microcredits('The most that can be unsigned at a time'),
    issuedAtMs: timeMs('When it was signed'),
    endsAtMs: timeMs('When it ends'),
    chargedMicrocredits: microcredits('What both sides signed'),
    unsignedMicrocredits: microcredits("Measured but not signed yet; the volunteer's side only"),
    epochs: count('Paid stretches'),
    upMs: spanMs('How long it has been up'),
    usage: closed(
      {
        cpuMilliseconds: count('Milliseconds of one cpu'),
        memoryMibSeconds: count('MiB times seconds'),
        tunnelKib: count('KiB'),
      },
      'Use since it began: up to now on the side of the volunteer, as of the last receipt on that of the tenant',
    ),
  },
  'A lease as this side holds it',
);

const Counters = closed(
  {
    chargedMicrocredits: microcredits('Owed'),
    cpuMilliseconds: count('Measured'),
    memoryMibSeconds: count('Measured'),
    diskMibSeconds: count('Measured'),
    tunnelKib: count('Measured'),
  },
  'Cumulative counters; only the charge is owed, the rest informs',
);

const Receipt = closed(
  {
    id: id('The record'),
    volunteer: peer('Who served'),
    tenant: peer('Who pays'),
    pairSeq: count('Counts the receipts of the pair from 1'),
    counters: Type.Ref('Counters'),
    serviceMicrocredits: microcredits('Charges, halved per 90 days'),
    day: count('Days since 1970'),
    leases: Type.Array(
      closed({
        lease: id('The lease'),
        epochs: count('Closed'),
        counters: Type.Ref('Counters'),
      }),
    ),
    record: Type.String({ description: 'The signed record in base64, for whoever wants to verify it' }),
  },
  'Cumulative amounts between two peers, signed by both',
);

const chance = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

const scoreFields = {
  peer: peer('Who'),
  standing: chance('The chance that a walk of trust from this peer reaches it before it stops'),
  quality: chance('How well it is expected to serve; 0 where nothing is known'),
  isKnown: Type.Boolean({ description: 'Whether anybody within reach said how it served' }),
  good: count('Leases that were served well, as those within reach say'),
  bad: count('Leases that failed, as those within reach say'),
  serviceMicrocredits: count('Co-signed service that it gave those within reach, halved per 90 days'),
  vouches: count('How many within reach vouch for it'),
};

const TrustScore = closed(scoreFields, 'What this peer thinks of another');

const TrustHop = closed(
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

const TrustPath = closed(
  {
    standing: chance('The part of the standing that comes by the last hop'),
    hops: Type.Array(Type.Ref('TrustHop'), { description: 'The likeliest way, from this peer on' }),
  },
  'A way by which trust comes to a peer',
);

const Testimony = closed(
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

const TrustChange = closed(
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

const TrustExplanation = closed(
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

const Peer = closed(
  {
    peer: peer('A peer that this one holds a connection with'),
    addresses: Type.Array(Type.String(), { description: 'Multiaddrs' }),
    direction: Type.Enum(['inbound', 'outbound']),
  },
  'A connected peer',
);

const multiaddrs = (description: string, limits: { minItems?: number; maxItems?: number } = {}) =>
  Type.Array(Type.String({ maxLength: 256 }), { ...limits, description });

const InvitationInput = closed(
  {
    expiresInMs: Type.Optional(
      Type.Integer({ minimum: 1_000, maximum: 7_776_000_000, description: 'At most 90 days; milliseconds' }),
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
  peer: Type.Optional(peer('Who joined by it')),
  joinedAtMs: Type.Optional(timeMs('When that was')),
};

const Invitation = closed(INVITATION, 'What became of an invitation; its text is not kept');

const Invited = closed(
  {
    ...INVITATION,
    text: Type.String({ description: 'The line to pass on: whoever holds it can join by it, once' }),
    addresses: multiaddrs('Where the invitee will look for this peer'),
  },
  'An invitation to pass on',
);

const Joining = closed(
  {
    peer: peer('The inviter'),
    state: Type.Enum(['waiting', 'joined', 'refused']),
    code,
  },
  'How joining by an invitation stands',
);

const Self = closed(
  {
    peer: peer('This peer'),
    network: Type.String(),
    version: Type.String(),
    addresses: Type.Array(Type.String(), {
      description: 'Where it listens, as multiaddrs to hand to others',
    }),
    joining: Type.Optional(Type.Ref('Joining')),
  },
  'This peer',
);

const Health = closed(
  {
    status: Type.Enum(['ok', 'degraded'], { description: '`degraded`: the engine does not answer' }),
    peer: peer('This peer'),
    network: Type.String(),
    version: Type.String(),
    engine: Type.Enum(['up', 'down', 'none']),
    connectedPeers: count('Connections'),
    ledgerSeq: count('Sequence number of the newest header; 0 before the first'),
  },
  'Whether this peer is well',
);

const LogLine = closed(
  { stream: Type.Enum(['stdout', 'stderr']), atMs: timeMs('When it was written'), text: Type.String() },
  'A line of a log',
);

const Event = closed(
  {
    seq: count('Grows by one with every event of this peer'),
    atMs: timeMs('When it happened'),
    kind: Type.Enum([...EVENT_KINDS], { description: 'What it is about, and what became of it' }),
    offer: Type.Optional(id('The series of the offer')),
    deployment: Type.Optional(id('The deployment')),
    replica: Type.Optional(count('Which of its copies')),
    incarnation: Type.Optional(count('The number of the replacement')),
    lease: Type.Optional(id('The lease')),
    peer: Type.Optional(peer('The other side')),
    cause: Type.Optional(code),
    chargedMicrocredits: Type.Optional(microcredits('Of the pair since the beginning, with a receipt')),
  },
  'Something that happened at this peer; fields that do not apply are absent',
);

const Problem = closed(
  {
    type: Type.String({ description: 'urn:tallymesh:error:<code>' }),
    title: Type.String({ description: 'The code in words' }),
    status: Type.Integer(),
    code: Type.Enum([...ERROR_CODES]),
    detail: Type.String({ description: 'What to do next' }),
    instance: Type.String({ description: 'The path called, and the number of the request in the log' }),
    details: Type.Record(Type.String(), Type.Unknown(), { description: 'What was expected and what came' }),
  },
  'An error (RFC 9457)',
);

/** The components of the OpenAPI document by name. */
export const COMPONENTS = {
  Resources,
  Prices,
  OfferInput,
  Offer,
  BidResources,
  BidInput,
  Constraint,
  Candidate,
  Relaxation,
  Match,
  Instance,
  Deployment,
  Placement,
  Lease,
  Counters,
  Receipt,
  TrustScore,
  TrustHop,
  TrustPath,
  Testimony,
  TrustChange,
  TrustExplanation,
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
    next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent on the last one' })),
  });
}

/** The query of a list. */
export const PageQuery = closed({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT, description: 'Items on a page' }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 512, pattern: '^[A-Za-z0-9_-]+$', description: '`next` of the page before' }),
  ),
});

/** The path of one deployment. */
export const DeploymentParams = closed({ id: id('The deployment') });

/** The path of one peer. */
export const PeerParams = closed({ peer: peer('A peer id') });

/** The path of one offer. */
export const OfferParams = closed({ series: id('The series of the offer') });

/** The headers of a call that makes something. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[!-~]+$',
      description: 'A repeat with the same key and body gets the first answer; failures are not kept',
    }),
  ),
});
