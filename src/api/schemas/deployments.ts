// Schemas of what a tenant runs.
import { Type } from 'typebox';
import { DEPLOYMENT_STATES, INSTANCE_STATES } from '../../market/terms/views.ts';
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

export const Instance = closed(
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

export const Waiting = closed(
  {
    cause: Type.String({
      maxLength: 64,
      description: '`NOTHING_MATCHED`, or the code with which most of those that fit refused',
    }),
    considered: count('How many offers were looked at'),
    removed,
    relaxations: Type.Array(Type.Ref('Relaxation')),
    refusals: Type.Array(closed({ volunteer: peer('Who fits, and refused'), code })),
  },
  'Why a copy that is wanted has no place, by the last look at the offers; it is tried again and again',
);

export const Deployment = closed(
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
    priceMicrocreditsPerHour: microcredits(
      'Of the latest copies, as far as they are not given up, told to stop, or over',
    ),
    atRiskMicrocredits: microcredits('The most that can be unsigned at a time, over all copies'),
    chargedMicrocredits: microcredits('What both sides signed as charged so far, over all copies'),
    createdAtMs: timeMs('When the bid came in'),
    runningSinceMs: Type.Optional(timeMs('When all copies ran for the first time')),
    endedAtMs: Type.Optional(timeMs('When it ended')),
    endsAtMs: timeMs('When it ends at the latest'),
    instances: Type.Array(Type.Ref('Instance'), { description: 'In order of replica and incarnation' }),
    waiting: Type.Optional(Type.Ref('Waiting')),
    refusals: Type.Array(closed({ volunteer: peer('Who refused'), code }), {
      description: 'At the last placement',
    }),
  },
  'What the tenant wants running, and how it stands',
);

export const Placement = closed(
  { deployment: Type.Ref('Deployment'), match: Type.Ref('Match') },
  'A bid that was placed',
);

export const LogLine = closed(
  { stream: Type.Enum(['stdout', 'stderr']), atMs: timeMs('When it was written'), text: Type.String() },
  'A line of a log',
);
