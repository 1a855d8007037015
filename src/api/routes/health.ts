// The health of this peer, for people without a token, and its metrics for Prometheus with a token of its own.
import type { Static } from 'typebox';
import { adviceOf } from '../../lib/health.ts';
import { type COMPONENTS, ref } from '../schemas.ts';
import { bodyOf, type Routes } from './route.ts';

type Health = Static<typeof COMPONENTS.Health>;

export const healthRoutes: Routes = (server, context) => {
  const { peer, overlay, ledger, options, volunteering } = context;
  server.get(
    '/v1/health',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getHealth',
        tags: ['operations'],
        summary: 'The health of this peer',
        security: [],
        response: { 200: ref<Health>('Health') },
      },
    },
    async () => {
      const engine = context.engine().state;
      const problems = (await context.problems()).map((code) => ({ code, advice: adviceOf(code) }));
      return {
        status: problems.length > 0 ? ('degraded' as const) : ('ok' as const),
        problems,
        ...{ peer, network: options.network, version: options.version, engine },
        paused: volunteering.summary().paused,
        connectedPeers: overlay.connected().length,
        ledgerSeq: ledger.tip()?.seq ?? 0,
      };
    },
  );

  server.get(
    '/metrics',
    {
      config: { access: 'metrics' },
      schema: {
        operationId: 'getMetrics',
        tags: ['operations'],
        summary: 'Metrics for Prometheus; the call accepts the metrics token too',
        response: { 200: bodyOf('text/plain', 'The metrics in the exposition format of Prometheus') },
      },
    },
    async (_, reply) => {
      const { contentType, text } = await context.exposition();
      return reply.header('content-type', contentType).send(text);
    },
  );
};
