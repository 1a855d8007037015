// Events: what happened at this peer.
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { EventView } from '../../market/terms/views.ts';
import { newestFirst, pageOf } from '../pages.ts';
import { EVENT_TAIL_MAX, HEARTBEAT_MS } from '../parameters.ts';
import { closed, id, peer, timeMs } from '../schemas/terms.ts';
import { PageQuery, page } from '../schemas.ts';
import { serverSentEvents, untilGone, writeStream } from '../streams.ts';
import { bodyOf, type Routes } from './route.ts';

/** Which events; all of these must be so. */
const FILTER = {
  deployment: Type.Optional(id('Only those of this deployment')),
  lease: Type.Optional(id('Only those of this lease')),
  peer: Type.Optional(peer('Only those with this peer')),
  kind: Type.Optional(
    Type.String({
      pattern: '^[a-z]+(\\.[a-z]+)?$',
      maxLength: 32,
      description: 'Only those of this kind, or of all kinds that begin so, as in `copy`',
    }),
  ),
  sinceMs: Type.Optional(timeMs('Only those from this time on')),
};

const ListQuery = closed({ ...PageQuery.properties, ...FILTER });

const StreamQuery = closed({
  ...FILTER,
  tail: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: EVENT_TAIL_MAX,
      default: 0,
      description: 'Number of earlier events to send first',
    }),
  ),
});

const FORMAT = serverSentEvents<EventView>('event');

type Filter = Partial<Pick<EventView, 'deployment' | 'lease' | 'peer'>> & {
  readonly kind?: string;
  readonly sinceMs?: number;
};

function wanted({ deployment, lease, peer, kind, sinceMs = 0 }: Filter): (event: EventView) => boolean {
  return (event) =>
    (deployment === undefined || event.deployment === deployment) &&
    (lease === undefined || event.lease === lease) &&
    (peer === undefined || event.peer === peer) &&
    (kind === undefined || event.kind === kind || event.kind.startsWith(`${kind}.`)) &&
    event.atMs >= sinceMs;
}

export const eventRoutes: Routes = (server, { events, clock, stopping }) => {
  server.get(
    '/v1/events',
    {
      schema: {
        operationId: 'listEvents',
        tags: ['operations'],
        summary: 'The events of this peer, the newest first; it keeps some thousand events',
        querystring: ListQuery,
        response: { 200: page<EventView>('Event') },
      },
    },
    async ({ query }) => pageOf(events.all().filter(wanted(query)), query, ({ seq }) => newestFirst(seq)),
  );

  server.get(
    '/v1/events/stream',
    {
      schema: {
        operationId: 'watchEvents',
        tags: ['operations'],
        summary: 'A stream of the events of this peer, from now on',
        querystring: StreamQuery,
        response: { 200: bodyOf('text/event-stream', 'Events named `event`, each with an Event as data') },
      },
    },
    async ({ query }, reply) => {
      const news = events.watch(query.tail ?? 0, untilGone(reply, stopping), wanted(query));
      const lines = writeStream(news, FORMAT, clock, HEARTBEAT_MS, Promise.resolve());
      return reply.type(FORMAT.contentType).send(Readable.from(lines));
    },
  );
};
