// Schemas of what a tenant runs.
import { Type } from 'typebox';
import { DEPLOYMENT_STATES, HEALTHS, INSTANCE_STATES } from '../../market/terms/views.ts';
import { removed } from './market.ts';
import {
  closed,
  code,
  count,
  digest,
  id,
  imageName,
  microcredits,
  peer,
  port,
  spanMs,
  timeMs,
} from './terms.ts';

export const Fetch = closed(
  {
    bytes: count('What has come'),
    ofBytes: count('What is to come in all; 0 while that is not known'),
    bytesPerSecond: count('How fast it comes'),
  },
  'How far an image is on its way to the volunteer, in bytes as they travel',
);

export const Instance = closed(
  {
    replica: count('Number of the replica; counted from 0'),
    incarnation: count(
      'Counts the copies of this replica, from 1; calls go only to the copy with the highest number',
    ),
    state: Type.Enum([...INSTANCE_STATES]),
    cause: code,
    fetch: Type.Optional(Type.Ref('Fetch')),
    creditLeftMicrocredits: Type.Optional(
      microcredits('How much more this peer may come to owe the volunteer; absent if there is no limit'),
    ),
    exitCode: Type.Optional(
      Type.Integer({ description: 'Exit code of the last run of the container that ended with one' }),
    ),
    health: Type.Optional(
      Type.Enum([...HEALTHS], {
        description:
          'What the health check of a running copy says; absent if it has none. Calls go only to copies that are healthy or have none',
      }),
    ),
    healthFailure: Type.Optional(
      Type.String({
        maxLength: 480,
        description:
          'Why the health check failed last, on one line, as the volunteer says; absent if the copy is healthy',
      }),
    ),
    restarts: count('How often its volunteer has restarted the container'),
    bid: id('The signed bid'),
    lease: id('The lease'),
    volunteer: peer('The volunteer that runs it'),
    priceMicrocreditsPerHour: microcredits('Price for all its resources together'),
    atRiskMicrocredits: microcredits('The most that can be unsigned at any time'),
    chargedMicrocredits: microcredits('The charges that both sides have signed so far'),
    createdAtMs: timeMs('When the lease was given'),
    runningSinceMs: Type.Optional(timeMs('When it was first seen running')),
    endedAtMs: Type.Optional(timeMs('When it ended')),
    endsAtMs: timeMs('When the lease ends'),
    overlapUntilMs: Type.Optional(
      timeMs('Until when a copy that is out of reach may still run beside its replacement'),
    ),
  },
  'One copy of a deployment under one lease',
);

export const Waiting = closed(
  {
    cause: Type.String({
      maxLength: 64,
      description: '`NOTHING_MATCHED`, or the code with which most of the fitting volunteers refused',
    }),
    considered: count('Number of offers that were considered'),
    removed,
    relaxations: Type.Array(Type.Ref('Relaxation')),
    refusals: Type.Array(closed({ volunteer: peer('A volunteer that fits but refused'), code })),
  },
  'Why a wanted copy has no volunteer, as of the last attempt; the peer keeps trying',
);

export const Deployment = closed(
  {
    id: id('The deployment'),
    name: Type.String(),
    state: Type.Enum([...DEPLOYMENT_STATES], {
      description: '`degraded`: some copies run, and others are not running yet',
    }),
    cause: code,
    exitCode: Type.Optional(
      Type.Integer({ description: 'Exit code of the container, if it has ended with one' }),
    ),
    image: closed({ name: imageName, digest }),
    resources: Type.Ref('Resources'),
    ports: Type.Array(port, { maxItems: 16 }),
    addresses: Type.Array(
      closed({
        port,
        url: Type.String({ description: 'As in `http://site.localhost:4800/`' }),
      }),
      {
        maxItems: 16,
        description:
          'Where a browser on the machine of this peer finds each port, without a token; empty when it has ended, and where the ' +
          'API does not listen on loopback',
      },
    ),
    volumes: Type.Array(closed({ name: Type.String(), path: Type.String() }), {
      maxItems: 32,
      description: 'The volumes that each copy has, by name and by where the container has them',
    }),
    replicas: count('Number of copies wanted'),
    running: count('Number of copies that run'),
    graceMs: spanMs('How long a volunteer may be out of reach before the copy on it is replaced'),
    waitOut: Type.Boolean({
      description: 'Whether a replacement waits until the old copy can no longer run',
    }),
    priceMicrocreditsPerHour: microcredits(
      'Price of the latest copies together, without those that are lost, are stopping or have ended',
    ),
    atRiskMicrocredits: microcredits('The most that can be unsigned at any time, for all copies together'),
    chargedMicrocredits: microcredits(
      'The charges that both sides have signed so far, for all copies together',
    ),
    createdAtMs: timeMs('When this peer got the bid'),
    runningSinceMs: Type.Optional(timeMs('When all copies ran for the first time')),
    endedAtMs: Type.Optional(timeMs('When it ended')),
    endsAtMs: timeMs('When it ends at the latest'),
    instances: Type.Array(Type.Ref('Instance'), {
      description: 'The copies, in the order of replica and incarnation',
    }),
    waiting: Type.Optional(Type.Ref('Waiting')),
    refusals: Type.Array(closed({ volunteer: peer('The volunteer that refused'), code }), {
      description: 'Refusals of the last placement',
    }),
  },
  'What the tenant wants to run, and its state',
);

export const Placement = closed(
  { deployment: Type.Ref('Deployment'), match: Type.Ref('Match') },
  'The result of a bid that was placed',
);

export const LogLine = closed(
  {
    replica: count('Number of the replica that wrote it; counted from 0'),
    incarnation: count('Which copy of that replica'),
    stream: Type.Enum(['stdout', 'stderr']),
    atMs: timeMs('When it was written, by the clock of the volunteer'),
    text: Type.String(),
  },
  'One line of a log. What is missing is said by a line of a peer on stderr that begins with `[tallymesh: `',
);
