// Offers that this peer makes.
import type { OfferInput, OfferView } from '../../market/terms/views.ts';
import { pageOf } from '../pages.ts';
import { IdempotencyHeaders, OfferParams, PageQuery, page, ref } from '../schemas.ts';
import { NO_CONTENT, type Routes } from './route.ts';

export const offerRoutes: Routes = (server, { volunteering, idempotent }) => {
  server.get(
    '/v1/offers',
    {
      schema: {
        operationId: 'listOffers',
        tags: ['volunteer'],
        summary: 'The offers that this peer makes',
        querystring: PageQuery,
        response: { 200: page<OfferView>('Offer') },
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
          'OFFER_OVER_CAPACITY',
          'OFFER_TOO_MANY',
          'IMAGE_NOT_FOUND',
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
        body: ref<OfferInput>('OfferInput'),
        response: {
          201: ref<OfferView>('Offer'),
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

  server.delete(
    '/v1/offers/:series',
    {
      config: { errors: ['OFFER_UNKNOWN'] },
      schema: {
        operationId: 'withdrawOffer',
        tags: ['volunteer'],
        summary: 'Withdraw an offer; its running leases go on',
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
