// What every caller may use of this peer's time and connections: so many requests per minute, counted per token so that
// strangers never use up those of the operator; and so much time to send a request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import { BODY_MS, LINGER_MS } from './parameters.ts';
import type { ApiServer } from './routes/route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the handler passes the body on as it comes, and bounds it itself. */
    streamsBody?: boolean;
  }
}

/** Counts requests: those of each token by the token, those of strangers by their address. */
export async function limitRequests(server: ApiServer, perMinute: number): Promise<void> {
  const limits: RateLimitPluginOptions = {
    max: perMinute,
    timeWindow: '1 minute',
    errorResponseBuilder: (_, { max, ttl }) =>
      new TallyError('TOO_MANY_REQUESTS', { perMinute: max, retryAfterMs: ttl }),
  };
  const isStranger = ({ caller }: FastifyRequest) => caller === 'stranger';
  const isHolder = (request: FastifyRequest) => !isStranger(request);
  await server.register(rateLimit, { ...limits, allowList: isHolder });
  await server.register(rateLimit, {
    ...limits,
    allowList: isStranger,
    keyGenerator: ({ caller }: FastifyRequest) => caller,
  });
}

/** Bounds the time in which a body must have come. */
export function boundBodies(server: ApiServer, clock: Clock): void {
  server.addHook('preParsing', async ({ raw, routeOptions }, reply) => {
    if (raw.complete) return;
    if (raw.headers.expect !== undefined && raw.httpVersion === '1.1') reply.raw.writeContinue();
    if (routeOptions.config.streamsBody) return;
    const cancel = clock.after(BODY_MS, () => {
      if (!raw.complete && !reply.sent)
        reply.header('connection', 'close').send(new TallyError('REQUEST_TIMEOUT', { withinMs: BODY_MS }));
    });
    raw.once('close', cancel);
  });
}

/** Bounds what is read of a body whose request is answered. */
export function boundRest(incoming: IncomingMessage, answer: ServerResponse, clock: Clock): void {
  answer.once('finish', () => {
    if (incoming.complete) return;
    const cancel = clock.after(LINGER_MS, () => incoming.socket.destroy());
    incoming.once('close', cancel);
  });
}
