// The market as this peer sees it.
import type { OfferView } from '../../market/terms/views.ts';
import { pageOf } from '../pages.ts';
import { PageQuery, page } from '../schemas.ts';
import type { Routes } from './route.ts';

export const marketRoutes: Routes = (server, { market }) => {
  server.get(
    '/v1/market/offers',
    {
      schema: {
        operationId: 'listMarketOffers',
        tags: ['market'],
        summary: 'The offers that this peer knows, including its own',
        querystring: PageQuery,
        response: { 200: page<OfferView>('Offer') },
      },
    },
    async ({ query }) => pageOf(market.known(), query, ({ volunteer, series }) => `${volunteer}/${series}`),
  );
};
