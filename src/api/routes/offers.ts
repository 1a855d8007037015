// Offers that this peer makes.
import { Type } from 'typebox';
import type { ImageChange, OfferInput, OwnOfferView } from '../../market/terms/views.ts';
import { pageOf } from '../pages.ts';
import { IdempotencyHeaders, OfferParams, PageQuery, page, ref } from '../schemas.ts';
import { NO_CONTENT, type Routes } from './route.ts';

/** Two cpus with four GiB, as the documentation shows them. */
const OFFER_EXAMPLE = {
  resources: { cpuMillis: 2_000, memoryBytes: 4_294_967_296, diskBytes: 1_073_741_824, gpus: 0 },
  images: ['myapp:1'],
} as const satisfies OfferInput;

const CHANGE_EXAMPLE = { add: ['myapp:2'], drop: ['myapp:1'] } as const satisfies ImageChange;

/** What keeps an image from being offered. */
const IMAGE_ERRORS = ['IMAGE_NOT_HELD', 'IMAGE_WRONG_ARCHITECTURE', 'OFFER_NEEDS_ROOT'] as const;

export const offerRoutes: Routes = (server, { volunteering, idempotent }) => {
  server.get(
    '/v1/offers',
    {
      schema: {
        operationId: 'listOffers',
        tags: ['volunteer'],
        summary: 'The offers of this peer, including those that are off the market now',
        querystring: PageQuery,
        response: { 200: page<OwnOfferView>('OwnOffer') },
      },
    },
    async ({ query }) => pageOf(volunteering.offers(), query, ({ series }) => series),
  );

  server.post(
    '/v1/offers',
    {
      config: {
        errors: [
          'OFFER_WITHOUT_ENGINE',
          'ENGINE_UNREACHABLE',
          'OFFER_OVER_CAPACITY',
          'OFFER_TOO_MANY',
          ...IMAGE_ERRORS,
          'BODY_TOO_LARGE',
          'UNSUPPORTED_MEDIA_TYPE',
          'IDEMPOTENCY_MISMATCH',
        ],
      },
      schema: {
        operationId: 'makeOffer',
        tags: ['volunteer'],
        summary: 'Offer resources at a price',
        headers: IdempotencyHeaders,
        body: Type.Unsafe<OfferInput>({ ...ref('OfferInput'), examples: [OFFER_EXAMPLE] }),
        response: {
          201: ref<OwnOfferView>('OwnOffer'),
        },
      },
    },
    async ({ headers, body }, reply) => {
      const { answer, replayed } = await idempotent.once('offers', headers['idempotency-key'], body, () =>
        volunteering.offer(body),
      );
      if (replayed) reply.header('idempotent-replayed', 'true');
      return reply.code(201).send(answer);
    },
  );

  server.patch(
    '/v1/offers/:series',
    {
      config: {
        errors: [
          'OFFER_UNKNOWN',
          'OFFER_WITHOUT_ENGINE',
          'ENGINE_UNREACHABLE',
          'OFFER_TOO_MANY_IMAGES',
          'IMAGE_NOT_OFFERED',
          ...IMAGE_ERRORS,
          'BODY_TOO_LARGE',
          'UNSUPPORTED_MEDIA_TYPE',
        ],
      },
      schema: {
        operationId: 'changeOffer',
        tags: ['volunteer'],
        summary: 'Add images to an offer or remove images from it; its running leases continue',
        params: OfferParams,
        body: Type.Unsafe<ImageChange>({ ...ref('ImageChange'), examples: [CHANGE_EXAMPLE] }),
        response: { 200: ref<OwnOfferView>('OwnOffer') },
      },
    },
    async ({ params, body }) => volunteering.changeImages(params.series, body),
  );

  server.delete(
    '/v1/offers/:series',
    {
      config: { errors: ['OFFER_UNKNOWN'] },
      schema: {
        operationId: 'withdrawOffer',
        tags: ['volunteer'],
        summary: 'Withdraw an offer; its running leases continue',
        params: OfferParams,
        response: { 204: NO_CONTENT },
      },
    },
    async ({ params }, reply) => {
      await volunteering.withdraw(params.series);
      return reply.code(204).send(null);
    },
  );
};
