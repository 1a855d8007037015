// Stops the process of this peer, on a call of the API.
import { NO_CONTENT, type Routes } from './route.ts';

export const stopRoutes: Routes = (server, { askToStop }) => {
  server.post(
    '/v1/stop',
    {
      schema: {
        operationId: 'stopPeer',
        tags: ['operations'],
        summary: 'Stop this peer, as SIGTERM does',
        description:
          'The call answers before the peer stops. Containers keep running without it; the next start finds them again.',
        response: { 202: NO_CONTENT },
      },
    },
    async (_, reply) => {
      // The answer leaves before the API stops
      reply.raw.once('finish', askToStop);
      return reply.code(202).send(null);
    },
  );
};
