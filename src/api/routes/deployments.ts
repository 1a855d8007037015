// Deployments: what this tenant runs, what happens to it and what it writes.
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { TallyError } from '../../lib/errors.ts';
import type { LogView } from '../../market/terms/views.ts';
import type { AddressedDeployment } from '../names/addresses.ts';
import { newestFirst, pageOf } from '../pages.ts';
import { HEARTBEAT_MS, LOG_TAIL_DEFAULT, LOG_TAIL_MAX } from '../parameters.ts';
import { closed, timeMs } from '../schemas/terms.ts';
import { DeploymentParams, PageQuery, page, ref } from '../schemas.ts';
import { jsonLines, mapped, serverSentEvents, untilGone, writeStream } from '../streams.ts';
import { bodyOf, type Routes } from './route.ts';

const LogQuery = closed({
  replica: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_023,
      description: 'Number of the replica, counted from 0; without it all of them',
    }),
  ),
  tail: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: LOG_TAIL_MAX,
      description: `Number of earlier lines of each replica to send, the last ones; by default ${LOG_TAIL_DEFAULT}, or all within a time`,
    }),
  ),
  sinceMs: Type.Optional(timeMs('Only lines from this time on, by the clocks of the volunteers')),
  untilMs: Type.Optional(timeMs('Only lines before this time; not with `follow`')),
  follow: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Whether to continue with new lines, also of copies to come, until the deployment has ended',
    }),
  ),
});

const EVENTS = serverSentEvents<AddressedDeployment>('deployment');
const LINES = jsonLines<LogView>();

export const deploymentRoutes: Routes = (server, context) => {
  const { tenancy, addressed } = context;
  server.get(
    '/v1/deployments',
    {
      schema: {
        operationId: 'listDeployments',
        tags: ['tenant'],
        summary: 'The deployments of this peer, the newest first',
        querystring: PageQuery,
        response: { 200: page<AddressedDeployment>('Deployment') },
      },
    },
    async ({ query }) => {
      const all = tenancy.deployments();
      const shown = pageOf(all, query, ({ createdAtMs, id }) => `${newestFirst(createdAtMs)}/${id}`);
      return { ...shown, items: shown.items.map(addressed) };
    },
  );

  server.get(
    '/v1/deployments/:id',
    {
      config: { errors: ['DEPLOYMENT_UNKNOWN'] },
      schema: {
        operationId: 'getDeployment',
        tags: ['tenant'],
        summary: 'One deployment',
        params: DeploymentParams,
        response: { 200: ref<AddressedDeployment>('Deployment') },
      },
    },
    async ({ params }) => addressed(tenancy.deployment(params.id)),
  );

  server.delete(
    '/v1/deployments/:id',
    {
      config: { errors: ['DEPLOYMENT_UNKNOWN'] },
      schema: {
        operationId: 'stopDeployment',
        tags: ['tenant'],
        summary: 'Stop a deployment and keep its entry; to stop one that has ended is not an error',
        params: DeploymentParams,
        response: { 200: ref<AddressedDeployment>('Deployment') },
      },
    },
    async ({ params }) => addressed(await tenancy.stop(params.id)),
  );
  deploymentStreams(server, context);
};

const deploymentStreams: Routes = (server, { tenancy, addressed, clock, stopping }) => {
  server.get(
    '/v1/deployments/:id/events',
    {
      config: { errors: ['DEPLOYMENT_UNKNOWN'] },
      schema: {
        operationId: 'watchDeployment',
        tags: ['tenant'],
        summary: 'The state of a deployment now and after every change, until it has ended',
        params: DeploymentParams,
        response: {
          200: bodyOf('text/event-stream', 'Events named `deployment`, each with a Deployment as data'),
        },
      },
    },
    async ({ params }, reply) => {
      const { id } = tenancy.deployment(params.id);
      const changes = tenancy.watch(id, untilGone(reply, stopping));
      const events = writeStream(mapped(changes, addressed), EVENTS, clock, HEARTBEAT_MS);
      return reply.type(EVENTS.contentType).send(Readable.from(events));
    },
  );

  server.get(
    '/v1/deployments/:id/logs',
    {
      config: {
        errors: ['BAD_REQUEST', 'DEPLOYMENT_UNKNOWN', 'REPLICA_UNKNOWN', 'PEER_SILENT'],
      },
      schema: {
        operationId: 'readLogs',
        tags: ['tenant'],
        summary: 'The output of the containers of a deployment, in order of time',
        params: DeploymentParams,
        querystring: LogQuery,
        response: {
          200: bodyOf(
            'application/x-ndjson',
            'One LogLine per line; empty lines are heartbeats',
            ref('LogLine'),
          ),
        },
      },
    },
    async ({ params, query }, reply) => {
      const { id } = tenancy.deployment(params.id);
      const { follow = false, ...which } = query;
      const isOfTime = which.sinceMs !== undefined || which.untilMs !== undefined;
      const { tail = isOfTime ? LOG_TAIL_MAX : LOG_TAIL_DEFAULT } = which;
      if (follow && which.untilMs !== undefined)
        throw new TallyError('BAD_REQUEST', {
          field: 'querystring.untilMs',
          reason: 'what is followed has no end',
        });
      const { promise: open, resolve: opened } = Promise.withResolvers<void>();
      const log = tenancy.logs(id, { ...which, tail, follow, opened }, untilGone(reply, stopping));
      const lines = writeStream(log, LINES, clock, HEARTBEAT_MS, follow ? open : undefined);
      return reply.type(LINES.contentType).send(Readable.from(lines));
    },
  );
};
