// Ports of the machine of this peer that lead to ports of deployments.
import { Type } from 'typebox';
import type { ForwardInput, ForwardView } from '../../market/terms/views.ts';
import { pageOf } from '../pages.ts';
import { ForwardParams, PageQuery, page, ref } from '../schemas.ts';
import { NO_CONTENT, type Routes } from './route.ts';

const ERRORS = [
  ...['DEPLOYMENT_UNKNOWN', 'DEPLOYMENT_NOT_RUNNING', 'PORT_NOT_PUBLISHED'],
  ...['FORWARD_PORT_TAKEN', 'FORWARD_ADDRESS_UNAVAILABLE', 'FORWARD_TOO_MANY'],
  ...['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
] as const;

export const forwardRoutes: Routes = (server, { tenancy }) => {
  server.get(
    '/v1/forwards',
    {
      schema: {
        operationId: 'listForwards',
        tags: ['tenant'],
        summary: 'The ports of the machine of this peer that lead to ports of deployments',
        querystring: PageQuery,
        response: { 200: page<ForwardView>('Forward') },
      },
    },
    async ({ query }) =>
      pageOf(
        tenancy.forwards(),
        query,
        ({ createdAtMs, id }) => `${String(createdAtMs).padStart(16, '0')}/${id}`,
      ),
  );

  server.post(
    '/v1/forwards',
    {
      config: { errors: ERRORS },
      schema: {
        operationId: 'addForward',
        tags: ['tenant'],
        summary: 'Lead a port of the machine of this peer to a port of a deployment',
        description:
          'Any protocol over TCP. Each connection goes to one of the copies that are well, in turn. It ends with the deployment, ' +
          'and is there again after a restart of the peer. Whoever can reach the port can use it: on loopback, all users of the ' +
          'machine.',
        body: Type.Unsafe<ForwardInput>(ref('ForwardInput')),
        response: { 201: ref<ForwardView>('Forward') },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await tenancy.forward(body)),
  );

  server.delete(
    '/v1/forwards/:forward',
    {
      config: { errors: ['FORWARD_UNKNOWN'] },
      schema: {
        operationId: 'endForward',
        tags: ['tenant'],
        summary: 'Listen no more; connections that are open are reset',
        params: ForwardParams,
        response: { 204: NO_CONTENT },
      },
    },
    async ({ params }, reply) => {
      await tenancy.endForward(params.forward);
      return reply.code(204).send(null);
    },
  );
};
