// The API of a peer: `buildServer` puts it together, `createApi` gives it a life.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify } from 'fastify';
import { TallyError } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import { boundBodies, limitRequests } from './callers.ts';
import { registerDocument, registerDocumentPages } from './document.ts';
import { createFrontServer, type FrontServerParts } from './front-server.ts';
import { IdempotentCalls } from './idempotency.ts';
import { MethodTable } from './method-table.ts';
import { createAddressing } from './names/addresses.ts';
import { NameDoor } from './names/name-door.ts';
import { BODY_LIMIT_BYTES, IDEMPOTENT_ANSWERS, REQUESTS_PER_MINUTE, STOP_GRACE_MS } from './parameters.ts';
import type { ApiOptions, ApiParts } from './parts.ts';
import { createErrorHandler, createNotFoundHandler, refuseBytes, refuseUrl } from './problems.ts';
import { bidRoutes } from './routes/bids.ts';
import { creditRoutes } from './routes/credit.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { earningRoutes } from './routes/earnings.ts';
import { eventRoutes } from './routes/events.ts';
import { forwardRoutes } from './routes/forwards.ts';
import { healthRoutes } from './routes/health.ts';
import { imageRoutes } from './routes/images.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { marketRoutes } from './routes/market.ts';
import { offerRoutes } from './routes/offers.ts';
import { peerRoutes } from './routes/peers.ts';
import { proofRoutes } from './routes/proofs.ts';
import { proxyRoutes } from './routes/proxy.ts';
import type { ApiServer, Routes } from './routes/route.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { stopRoutes } from './routes/stop.ts';
import { trustRoutes } from './routes/trust.ts';
import { volunteeringRoutes } from './routes/volunteering.ts';
import { vouchRoutes } from './routes/vouches.ts';
import { COMPONENTS } from './schemas.ts';
import { createSecurity, type SecurityOptions } from './security.ts';
import { createTunnels, type OpenTunnel } from './tunnel-agent.ts';
import { compileValidator } from './validation.ts';

const ROUTES: readonly Routes[] = [
  offerRoutes,
  volunteeringRoutes,
  marketRoutes,
  bidRoutes,
  forwardRoutes,
  imageRoutes,
  deploymentRoutes,
  proxyRoutes,
  sessionRoutes,
  ledgerRoutes,
  eventRoutes,
  earningRoutes,
  creditRoutes,
  invitationRoutes,
  vouchRoutes,
  proofRoutes,
  trustRoutes,
  peerRoutes,
  healthRoutes,
  stopRoutes,
];

/** The API, and where it listens. */
export interface Api extends Service {
  /** `http://host:port`, without a slash at its end; throws STOPPING while it does not listen. */
  url(): string;
}

/** The API as a part of a peer. */
export function createApi(options: ApiOptions, parts: ApiParts): Api {
  let running: { server: ApiServer; stopping: AbortController; url: string } | undefined;
  return {
    async start() {
      if (running !== undefined) return;
      const stopping = new AbortController();
      const server = await buildServer(options, parts, stopping.signal);
      const url = await server.listen({ host: options.host, port: options.port });
      running = { server, stopping, url };
    },
    async stop() {
      if (running === undefined) return;
      const { server, stopping } = running;
      running = undefined;
      stopping.abort();
      const cancel = parts.clock.after(STOP_GRACE_MS, () => server.server.closeAllConnections());
      await server.close();
      cancel();
    },
    url() {
      if (running === undefined) throw new TallyError('STOPPING');
      return running.url;
    },
  };
}

/** The server, ready for `inject` but not listening; streams end when `stopping` aborts. */
export async function buildServer(
  options: ApiOptions,
  parts: ApiParts,
  stopping: AbortSignal,
): Promise<ApiServer> {
  const { tenancy, clock, metrics } = parts;
  const open: OpenTunnel = (id, port, signal) => tenancy.connect(id, port, signal);
  const tunnelsOf = createTunnels({ open, clock, signal: stopping });
  const { allowedHosts, tokens } = options;
  const door = new NameDoor({
    tenancy,
    tunnelsOf,
    allowedHosts,
    tokens: Object.values(tokens),
    clock,
    metrics,
  });
  const server = createServer({ door, clock });
  const port = () => portOf(server) ?? options.port;
  const methods = new MethodTable();
  server.addHook('onRoute', ({ method, url }) => methods.add(method, url));
  server.setValidatorCompiler(compileValidator);
  server.setErrorHandler(createErrorHandler(parts.log));
  server.setNotFoundHandler(createNotFoundHandler(methods));
  for (const [name, schema] of Object.entries(COMPONENTS)) server.addSchema({ ...schema, $id: name });
  addHooks(server, { ...options, port }, parts);
  await registerDocument(server, options.version);
  await limitRequests(server, options.requestsPerMinute ?? REQUESTS_PER_MINUTE);
  const context = {
    ...{ ...parts, options, stopping, tunnelsOf },
    idempotent: new IdempotentCalls(IDEMPOTENT_ANSWERS),
    addressed: createAddressing({ tenancy, host: options.host, port }),
  };
  for (const routes of ROUTES) routes(server, context);
  await registerDocumentPages(server, options.version);
  await server.ready();
  return server;
}

function createServer(parts: FrontServerParts): ApiServer {
  return fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    serverFactory: (handler) => createFrontServer(handler, parts),
    clientErrorHandler: refuseBytes,
    frameworkErrors: refuseUrl,
  }).withTypeProvider<TypeBoxTypeProvider>();
}

function addHooks(server: ApiServer, options: SecurityOptions, { metrics, clock }: ApiParts): void {
  server.addHook('onRequest', async (_, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });
  server.decorateRequest('caller', 'stranger');
  server.addHook('onRequest', createSecurity(options));
  boundBodies(server, clock);
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    metrics?.requestsTotal.inc({ route, method, status });
    metrics?.requestSeconds.observe({ route, method }, reply.elapsedTime / 1_000);
  });
}

/** The port in use; undefined while the server does not listen. */
function portOf({ server }: ApiServer): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}
