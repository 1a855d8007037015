// Schemas of a peer itself: whom it is connected with, how it does, what happened, what went wrong.
import { Type } from 'typebox';
import { ERROR_CODES } from '../../lib/errors.ts';
import { HEALTH_CODES } from '../../lib/health.ts';
import type { EventKind } from '../../market/terms/views.ts';
import { closed, code, count, id, microcredits, peer, timeMs } from './terms.ts';

export const Peer = closed(
  {
    peer: peer('A peer that this one holds a connection with'),
    addresses: Type.Array(Type.String(), { description: 'Multiaddrs' }),
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
      description: 'Where it listens, as multiaddrs to hand to others',
    }),
    joining: Type.Optional(Type.Ref('Joining')),
  },
  'This peer',
);

export const Health = closed(
  {
    status: Type.Enum(['ok', 'degraded'], { description: '`degraded`: there are problems' }),
    problems: Type.Array(
      closed({
        code: Type.Enum([...HEALTH_CODES]),
        advice: Type.String({ description: 'What to do' }),
      }),
      { description: 'What is wrong now' },
    ),
    peer: peer('This peer'),
    network: Type.String(),
    version: Type.String(),
    engine: Type.Enum(['up', 'down', 'none']),
    paused: Type.Boolean({ description: 'Whether the owner has paused the offers; that is no problem' }),
    connectedPeers: count('Connections'),
    ledgerSeq: count('Sequence number of the newest header; 0 before the first'),
  },
  'Whether this peer is well',
);

/** What happens at a peer, as the market names it. */
const EVENT_KINDS = [
  'offer.made',
  'offer.withdrawn',
  'offer.revised',
  'offer.paused',
  'offer.resumed',
  'lease.reserved',
  'lease.starting',
  'lease.running',
  'lease.paused',
  'lease.stalled',
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
  'invitation.joined',
  'problem.begun',
  'problem.over',
] as const satisfies readonly EventKind[];

export const Event = closed(
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

export const Problem = closed(
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
