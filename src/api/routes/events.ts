// Events: what happened at this peer.
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { EventView } from '../../market/terms/views.ts';
import { newestFirst, pageOf } from '../pages.ts';
import { EVENT_TAIL_MAX, HEARTBEAT_MS } from '../parameters.ts';
import { closed } from '../schemas/terms.ts';
import { PageQuery, page } from '../schemas.ts';
import { serverSentEvents, untilGone, writeStream } from '../streams.ts';
import { bodyOf, type Routes } from './route.ts';

const StreamQuery = closed({
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

export const eventRoutes: Routes = (server, { events, clock, stopping }) => {
  server.get(
    '/v1/events',
    {
      schema: {
        operationId: 'listEvents',
        tags: ['operations'],
        summary: 'The events of this peer, the newest first; it keeps some thousand events',
        querystring: PageQuery,
        response: { 200: page<EventView>('Event') },
      },
    },
    async ({ query }) => pageOf(events.all(), query, ({ seq }) => newestFirst(seq)),
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
      const news = events.watch(query.tail ?? 0, untilGone(reply, stopping));
      const lines = writeStream(news, FORMAT, clock, HEARTBEAT_MS, Promise.resolve());
      return reply.type(FORMAT.contentType).send(Readable.from(lines));
    },
  );
};
