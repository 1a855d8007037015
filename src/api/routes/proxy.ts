// The way for programs to a published port of a container: HTTP over the tunnel to the volunteer, streamed both
// ways. It asks for the bearer like every call, so no page in a browser gets here by a link.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { TallyError } from '../../lib/errors.ts';
import { exchange } from '../exchange.ts';
import { instanceOf, problemOf, writeProblem } from '../problems.ts';
import { forwardHeaders, type Place, returnHeaders } from '../proxy-headers.ts';
import { closed } from '../schemas/terms.ts';
import { DeploymentParams } from '../schemas.ts';
import { bodyOf, type RouteContext, type Routes } from './route.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const Params = closed({
  ...DeploymentParams.properties,
  port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'A port that the bid names' }),
  '*': Type.String({ description: 'The path of the call inside the container' }),
});

const TEMPLATE = '/v1/deployments/:id/http/:port/*';

export const proxyRoutes: Routes = (server, context) => {
  server.register(async (scope) => {
    // Bodies go through as they come: whatever their type, nothing reads them here.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const method of METHODS) {
      scope.route({
        method,
        url: TEMPLATE,
        exposeHeadRoute: false,
        config: {
          errors: [
            'DEPLOYMENT_UNKNOWN',
            'DEPLOYMENT_NOT_RUNNING',
            'DEPLOYMENT_UNHEALTHY',
            'PORT_NOT_PUBLISHED',
            'PEER_SILENT',
            'PROTOCOL_VIOLATION',
            'BUDGET_SPENT',
            'REQUEST_TIMEOUT',
            'APPLICATION_NOT_LISTENING',
            'APPLICATION_NOT_HTTP',
            'APPLICATION_CLOSED',
            'APPLICATION_SILENT',
          ],
          rateLimit: false,
          streamsBody: true,
        },
        schema: {
          operationId: `proxy${method.charAt(0)}${method.slice(1).toLowerCase()}`,
          tags: ['tenant'],
          summary: 'Call a published port of a container; for programs',
          description: 'Credentials, cookies and hop-by-hop headers are removed in both directions.',
          params: Params,
          response: {
            200: bodyOf('*/*', 'The answer of the container, with its status'),
          },
        },
        handler: (request, reply) => proxy(request, reply, request.params as ProxyParams, context),
      });
    }
  });
};

interface ProxyParams {
  readonly id: string;
  readonly port: number;
}

async function proxy(request: FastifyRequest, reply: FastifyReply, to: ProxyParams, context: RouteContext) {
  const { raw: incoming } = request;
  if (request.headers.upgrade !== undefined) {
    throw new TallyError('BAD_REQUEST', {
      field: 'headers.upgrade',
      reason: 'protocol upgrades are not forwarded',
    });
  }
  const place = { port: to.port, ...splitPath(incoming.url ?? '/') };
  const instance = instanceOf(request);
  incoming.url = place.path;
  incoming.headers = forwardHeaders(incoming.headers, to.port);
  reply.hijack();
  await exchange(incoming, reply.raw, {
    ...{ deployment: to.id, port: to.port, clock: context.clock },
    tunnels: context.tunnelsOf(incoming.socket),
    // A tunnel for each call, and so the copies in turn; the leave to send a body was given before the handler
    ...{ reuses: false, awaitsContinue: false },
    returned: (headers) => returnHeaders(headers, place),
    refuse: (error) => writeProblem(reply.raw, problemOf(error, instance)),
  });
}

/** The part of a URL that is ours, and what the container gets, byte for byte as it came. */
function splitPath(url: string): Pick<Place, 'prefix' | 'path'> {
  const prefix = /^\/v1\/deployments\/[^/]+\/http\/[^/]+/.exec(url)?.[0] ?? '';
  return { prefix, path: url.slice(prefix.length) };
}
