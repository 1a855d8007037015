// The way for programs to a published port of a container: HTTP over the tunnel to the volunteer, streamed both
// ways. It asks for the bearer like every call, so no page in a browser gets here by a link.
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  validateHeaderValue,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asTallyError, type ErrorCode, TallyError } from '../../lib/errors.ts';
import { Deadline } from '../deadline.ts';
import { ANSWER_MS, CONNECT_MS, SILENCE_MS } from '../parameters.ts';
import { forwardHeaders, type Place, returnHeaders } from '../proxy-headers.ts';
import { closed } from '../schemas/terms.ts';
import { DeploymentParams } from '../schemas.ts';
import { untilGone } from '../streams.ts';
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
  if (request.headers.upgrade !== undefined) {
    throw new TallyError('BAD_REQUEST', {
      field: 'headers.upgrade',
      reason: 'protocol upgrades are not forwarded',
    });
  }
  const ended = new AbortController();
  const signal = AbortSignal.any([untilGone(reply, context.stopping), ended.signal]);
  let outgoing: ClientRequest | undefined;
  const deadline = new Deadline(context.clock, CONNECT_MS, () =>
    ended.abort(new TallyError(latenessOf(request.raw, outgoing))),
  );
  try {
    const tunnel = await context.tenancy.connect(to.id, to.port, signal);
    deadline.extend(ANSWER_MS);
    const place = { port: to.port, ...splitPath(request.raw.url ?? '/') };
    outgoing = ask(request.raw, tunnel, place, signal, deadline);
    const answer = await answerTo(outgoing);
    await giveBack(answer, headOf(answer, place), reply, signal, deadline);
  } catch (error) {
    if (reply.sent) return;
    throw ended.signal.aborted ? asTallyError(ended.signal.reason) : error;
  } finally {
    deadline.cancel();
    outgoing?.destroy();
  }
}

/** Sends the request through the tunnel. */
function ask(
  incoming: IncomingMessage,
  tunnel: Duplex,
  { port, path }: Place,
  signal: AbortSignal,
  deadline: Deadline,
): ClientRequest {
  const outgoing = httpRequest({
    createConnection: () => tunnel,
    method: incoming.method ?? 'GET',
    path,
    headers: forwardHeaders(incoming.rawHeaders, incoming.headers, port),
    signal,
  });
  outgoing.once('close', () => tunnel.destroy());
  incoming.on('data', () => deadline.extend(ANSWER_MS));
  // A body that ends early shows as the end of the exchange: the signal, or the error of the request.
  incoming.once('error', () => outgoing.destroy());
  // The head goes ahead of a body that is yet to come.
  if (!incoming.complete) outgoing.flushHeaders();
  incoming.pipe(outgoing);
  return outgoing;
}

/** The head of the answer, its body still to come. Throws APPLICATION_NOT_HTTP, APPLICATION_CLOSED. */
function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const closed = () => reject(new TallyError('APPLICATION_CLOSED'));
  outgoing.once('response', (answer) => {
    outgoing.off('close', closed);
    resolve(answer);
  });
  outgoing.once('upgrade', (_, socket) => {
    socket.destroy();
    reject(
      new TallyError('APPLICATION_NOT_HTTP', { reason: 'the application switches to another protocol' }),
    );
  });
  // More than one may come, and one may come after the answer: its body then breaks off.
  outgoing.on('error', (cause: NodeJS.ErrnoException) => {
    const code = cause.code?.startsWith('HPE_') ? 'APPLICATION_NOT_HTTP' : 'APPLICATION_CLOSED';
    reject(new TallyError(code, { reason: cause.message }, { cause }));
  });
  outgoing.once('close', closed);
  return promise;
}

/** Whom an exchange waits for: the volunteer, the caller's body, or the application. */
function latenessOf(incoming: IncomingMessage, outgoing: ClientRequest | undefined): ErrorCode {
  if (outgoing === undefined) return 'PEER_SILENT';
  return incoming.complete || outgoing.writableNeedDrain ? 'APPLICATION_SILENT' : 'REQUEST_TIMEOUT';
}

/** The status and the headers for the caller; APPLICATION_NOT_HTTP when Node would not write them. */
function headOf({ statusCode = 0, rawHeaders, headers }: IncomingMessage, place: Place) {
  if (statusCode < 200)
    throw new TallyError('APPLICATION_NOT_HTTP', {
      reason: `the application answered with status ${statusCode}`,
    });
  const list = returnHeaders(rawHeaders, headers, place);
  try {
    for (let index = 0; index < list.length; index += 2)
      validateHeaderValue(list[index] ?? '', list[index + 1] ?? '');
  } catch (cause) {
    throw new TallyError(
      'APPLICATION_NOT_HTTP',
      { reason: 'a header of the answer has characters that HTTP forbids' },
      { cause },
    );
  }
  return { statusCode, list };
}

async function giveBack(
  answer: IncomingMessage,
  { statusCode, list }: ReturnType<typeof headOf>,
  reply: FastifyReply,
  signal: AbortSignal,
  deadline: Deadline,
): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(statusCode, list);
  // The head goes ahead of a body that is yet to come.
  if (answer.readableLength === 0 && !answer.complete) reply.raw.flushHeaders();
  deadline.extend(SILENCE_MS);
  answer.on('data', () => deadline.extend(SILENCE_MS));
  // A broken answer ends the caller's connection: the head is out, so a cut is the only honest sign.
  await pipeline(answer, reply.raw, { signal }).catch(() => reply.raw.destroy());
}

/** The part of a URL that is ours, and what the container gets, byte for byte as it came. */
function splitPath(url: string): Pick<Place, 'prefix' | 'path'> {
  const prefix = /^\/v1\/deployments\/[^/]+\/http\/[^/]+/.exec(url)?.[0] ?? '';
  return { prefix, path: url.slice(prefix.length) };
}
