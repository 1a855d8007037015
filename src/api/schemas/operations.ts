// Schemas of a peer itself: its connections, its health, its events and its errors.
import { Type } from 'typebox';
import { ERROR_CODES } from '../../lib/errors.ts';
import { HEALTH_CODES } from '../../lib/health.ts';
import type { EventKind } from '../../market/terms/views.ts';
import { closed, code, count, id, microcredits, peer, timeMs } from './terms.ts';

export const Peer = closed(
  {
    peer: peer('A peer to which this peer is connected'),
    addresses: Type.Array(Type.String(), { description: 'Addresses of the peer, as multiaddrs' }),
    direction: Type.Enum(['inbound', 'outbound']),
  },
  'A connected peer',
);

export const Self = closed(
  {
    peer: peer('This peer'),
    network: Type.String(),
    version: Type.String(),
    addresses: Type.Array(Type.String(), {
      description: 'Addresses at which others can reach this peer, as multiaddrs',
    }),
    joining: Type.Optional(Type.Ref('Joining')),
  },
  'This peer',
);

export const Health = closed(
  {
    status: Type.Enum(['ok', 'degraded'], { description: '`degraded`: the peer has problems' }),
    problems: Type.Array(
      closed({
        code: Type.Enum([...HEALTH_CODES]),
        advice: Type.String({ description: 'What to do' }),
      }),
      { description: 'The present problems' },
    ),
    peer: peer('This peer'),
    network: Type.String(),
    version: Type.String(),
    engine: Type.Enum(['up', 'down', 'none']),
    paused: Type.Boolean({
      description: 'Whether the owner has paused the offers; a pause is not a problem',
    }),
    connectedPeers: count('Number of connected peers'),
    ledgerSeq: count('Sequence number of the newest header; 0 before the first'),
  },
  'The health of this peer',
);

/** What happens at a peer, as the market names it. */
const EVENT_KINDS = [
  'offer.made',
  'offer.withdrawn',
  'offer.revised',
  'offer.paused',
  'offer.resumed',
  'lease.reserved',
  'lease.fetching',
  'lease.starting',
  'lease.running',
  'lease.paused',
  'lease.stalled',
  'lease.restarting',
  'lease.ended',
  'lease.entered',
  'deployment.placed',
  'deployment.stopping',
  'deployment.ended',
  'deployment.failed',
  'copy.placing',
  'copy.fetching',
  'copy.starting',
  'copy.running',
  'copy.refused',
  'copy.waiting',
  'copy.healthy',
  'copy.unhealthy',
  'copy.restarting',
  'copy.paused',
  'copy.unknown',
  'copy.stopping',
  'copy.lost',
  'copy.ended',
  'copy.failed',
  'receipt.signed',
  'invitation.joined',
  'problem.begun',
  'problem.over',
] as const satisfies readonly EventKind[];

export const Event = closed(
  {
    seq: count('Grows by one with every event of this peer'),
    atMs: timeMs('When it happened'),
    kind: Type.Enum([...EVENT_KINDS], { description: 'What the event is about, and what happened to it' }),
    offer: Type.Optional(id('The series of the offer')),
    deployment: Type.Optional(id('The deployment')),
    replica: Type.Optional(count('Number of the replica')),
    incarnation: Type.Optional(count('Number of the copy of this replica')),
    lease: Type.Optional(id('The lease')),
    peer: Type.Optional(peer('The other peer')),
    cause: Type.Optional(code),
    reason: Type.Optional(
      Type.String({
        maxLength: 480,
        description:
          'If something is unhealthy: why its health check failed, as the volunteer or the program says; if a copy waits: why it has no place',
      }),
    ),
    chargedMicrocredits: Type.Optional(microcredits('With a receipt: all charges of the pair so far')),
  },
  'An event at this peer; fields that do not apply are absent',
);

export const Problem = closed(
  {
    type: Type.String({ description: 'The code as a URN: urn:tallymesh:error:<code>' }),
    title: Type.String({ description: 'The code in words' }),
    status: Type.Integer(),
    code: Type.Enum([...ERROR_CODES]),
    detail: Type.String({ description: 'What went wrong, and what to do next' }),
    instance: Type.String({ description: 'The path of the call, and the number of the request in the log' }),
    details: Type.Record(Type.String(), Type.Unknown(), {
      description: 'What was expected and what was found',
    }),
  },
  'An error (RFC 9457)',
);
