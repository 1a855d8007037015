// How this peer rates others, and why.

import type { Explanation } from '../../reputation/explain/trust.ts';
import type { Score } from '../../reputation/walk/scores.ts';
import { pageOf } from '../pages.ts';
import { PageQuery, PeerParams, page, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

export const trustRoutes: Routes = (server, { trust }) => {
  server.get(
    '/v1/trust',
    {
      schema: {
        operationId: 'listTrust',
        tags: ['trust'],
        summary: 'All peers that the evidence names, the best first',
        querystring: PageQuery,
        response: { 200: page<Score>('TrustScore') },
      },
    },
    async ({ query }) => pageOf(trust.list(), query, bestFirst),
  );

  server.get(
    '/v1/trust/:peer',
    {
      config: { errors: ['KEY_INVALID'] },
      schema: {
        operationId: 'explainTrust',
        tags: ['trust'],
        summary: 'Why this peer rates another one as it does; the reasons are empty if nothing is known',
        params: PeerParams,
        response: { 200: ref<Explanation>('TrustExplanation') },
      },
    },
    async ({ params }) => trust.why(params.peer),
  );
};

/** A key in the order of quality, then of standing, the highest first. */
function bestFirst({ quality, standing, peer }: Score): string {
  return `${(1 - quality).toFixed(15)}/${(1 - standing).toFixed(15)}/${peer}`;
}
