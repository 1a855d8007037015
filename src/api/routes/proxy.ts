// The way for programs to a published port of a container: HTTP over the tunnel to the volunteer, streamed both
// ways. It asks for the bearer like every call, so no page in a browser gets here by a link.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asTallyError, TallyError } from '../../lib/errors.ts';
import { Deadline } from '../deadline.ts';
import { ANSWER_MS, CONNECT_MS, SILENCE_MS } from '../parameters.ts';
import { forwardHeaders, returnHeaders } from '../proxy-headers.ts';
import { closed } from '../schemas/terms.ts';
import { DeploymentParams } from '../schemas.ts';
import { untilGone } from '../streams.ts';
import { bodyOf, type RouteContext, type Routes } from './route.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const Params = closed({
  ...DeploymentParams.properties,
  port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'A port that the bid publishes' }),
  '*': Type.String({ description: 'The path in the container' }),
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
            'PORT_NOT_PUBLISHED',
            'PEER_SILENT',
            'PROTOCOL_VIOLATION',
          ],
          rateLimit: false,
          streamsBody: true,
        },
        schema: {
          operationId: `proxy${method.charAt(0)}${method.slice(1).toLowerCase()}`,
          tags: ['tenant'],
          summary: 'Call a published port of a container; for programs',
          description:
            'Credentials, cookies and headers between neighbours do not pass, in either direction.',
          params: Params,
          response: {
            200: bodyOf('*/*', 'Whatever the container answers, with its status'),
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
  if (request.headers.upgrade !== undefined) {
    throw new TallyError('BAD_REQUEST', { field: 'headers.upgrade', reason: 'upgrades do not pass' });
  }
  const ended = new AbortController();
  const signal = AbortSignal.any([untilGone(reply, context.stopping), ended.signal]);
  const deadline = new Deadline(context.clock, CONNECT_MS, () => ended.abort(new TallyError('PEER_SILENT')));
  try {
    const tunnel = await context.tenancy.connect(to.id, to.port, signal);
    deadline.extend(ANSWER_MS);
    const answer = await exchange(request.raw, tunnel, to, signal, deadline);
    await giveBack(answer, request, reply, to, signal, deadline);
  } catch (error) {
    if (reply.sent) return;
    throw ended.signal.aborted ? asTallyError(ended.signal.reason) : error;
  } finally {
    deadline.cancel();
    ended.abort();
  }
}

/** Sends the request through the tunnel; resolves with the head of the answer, its body still to come. */
function exchange(
  incoming: IncomingMessage,
  tunnel: Duplex,
  { port }: ProxyParams,
  signal: AbortSignal,
  deadline: Deadline,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = httpRequest({
    createConnection: () => tunnel,
    method: incoming.method ?? 'GET',
    path: splitPath(incoming.url ?? '/').rest,
    headers: forwardHeaders(incoming.rawHeaders, incoming.headers, port),
    signal,
  });
  outgoing.once('response', resolve);
  outgoing.once('error', (cause) =>
    reject(new TallyError('PROTOCOL_VIOLATION', { reason: cause.message }, { cause })),
  );
  outgoing.once('close', () => tunnel.destroy());
  incoming.on('data', () => deadline.extend(ANSWER_MS));
  // A body that ends early shows as the end of the exchange: the signal, or the error of the request.
  incoming.once('error', () => outgoing.destroy());
  incoming.pipe(outgoing);
  return promise;
}

async function giveBack(
  answer: IncomingMessage,
  request: FastifyRequest,
  reply: FastifyReply,
  { port }: ProxyParams,
  signal: AbortSignal,
  deadline: Deadline,
): Promise<void> {
  const { prefix } = splitPath(request.raw.url ?? '/');
  reply.hijack();
  reply.raw.writeHead(
    answer.statusCode ?? 502,
    returnHeaders(answer.rawHeaders, answer.headers, port, prefix),
  );
  deadline.extend(SILENCE_MS);
  answer.on('data', () => deadline.extend(SILENCE_MS));
  // A broken answer ends the caller's connection: the head is out, so a cut is the only honest sign.
  await pipeline(answer, reply.raw, { signal }).catch(() => reply.raw.destroy());
}

/** The part of a URL that is ours, and what the container gets, byte for byte as it came. */
function splitPath(url: string): { prefix: string; rest: string } {
  const prefix = /^\/v1\/deployments\/[^/]+\/http\/[^/]+/.exec(url)?.[0] ?? '';
  return { prefix, rest: url.slice(prefix.length) };
}
