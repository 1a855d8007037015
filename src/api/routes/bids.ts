// Bids: asking the market for a machine.
import { Type } from 'typebox';
import type { BidInput } from '../../market/terms/bid-input.ts';
import type { MatchReport } from '../../market/terms/views.ts';
import type { AddressedDeployment } from '../names/addresses.ts';
import { DryRunQuery, IdempotencyHeaders, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

type Placement = { deployment: AddressedDeployment; match: MatchReport };

/** A web server for an hour, as the documentation shows it. */
export const BID_EXAMPLE = {
  image: 'nginx:1.27',
  resources: { cpuMillis: 500, memoryBytes: 268_435_456 },
  ports: [80],
  env: { GREETING: 'hello' },
  maxPriceMicrocreditsPerHour: 600_000,
  durationMs: 3_600_000,
  name: 'web',
} as const satisfies BidInput;

/** What a registry can answer that is asked for the image of a bid. */
const PULL_ERRORS = [
  ...['REGISTRY_NOT_ALLOWED', 'REGISTRY_REFUSED', 'REGISTRY_UNREACHABLE', 'REGISTRY_MALFORMED'],
  ...['IMAGE_DIGEST_WRONG', 'IMAGE_CONFIG_INVALID', 'IMAGE_WRONG_ARCHITECTURE', 'IMAGE_TOO_MANY_LAYERS'],
] as const;

export const bidRoutes: Routes = (server, { tenancy, idempotent, addressed }) => {
  server.post(
    '/v1/bids',
    {
      config: {
        errors: [
          'DEPLOYMENT_NAME_TAKEN',
          'IMAGE_NOT_FOUND',
          'IMAGE_AMBIGUOUS',
          ...PULL_ERRORS,
          'NOTHING_MATCHED',
          'ALL_REFUSED',
          'RECORD_TOO_LARGE',
          'RECORD_MALFORMED',
          'VOLUME_SOURCE_UNREADABLE',
          'VOLUME_CONTENT_INVALID',
          'VOLUME_CONTENT_TOO_LARGE',
          'IMAGE_STORE_FULL',
          'IMAGE_STORE_DISK_FULL',
          'BODY_TOO_LARGE',
          'UNSUPPORTED_MEDIA_TYPE',
          'IDEMPOTENCY_MISMATCH',
        ],
      },
      schema: {
        operationId: 'placeBid',
        tags: ['tenant'],
        summary: 'Bid for a container',
        description:
          'Matches the bid, reserves resources at the best volunteer and begins to start the container. The call answers when ' +
          'a volunteer has given its lease; the events of the deployment report what follows. With `dryRun` it only matches.',
        headers: IdempotencyHeaders,
        querystring: DryRunQuery,
        body: Type.Unsafe<BidInput>({ ...ref('BidInput'), examples: [BID_EXAMPLE] }),
        response: {
          200: ref<MatchReport>('Match'),
          201: ref<Placement>('Placement'),
        },
      },
    },
    async ({ headers, query, body }, reply) => {
      if (query.dryRun === true) return reply.code(200).send(await tenancy.dryRun(body));
      const { answer, replayed } = await idempotent.once('bids', headers['idempotency-key'], body, () =>
        tenancy.bid(body),
      );
      if (replayed) reply.header('idempotent-replayed', 'true');
      reply.header('location', `/v1/deployments/${answer.deployment.id}`);
      return reply.code(201).send({ ...answer, deployment: addressed(answer.deployment) });
    },
  );
};
