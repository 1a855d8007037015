// Leases of both sides, and co-signed receipts.
import type { LeaseView } from '../../market/terms/views.ts';
import { showId } from '../../records/id.ts';
import { newestFirst, pageFrom, pageOf } from '../pages.ts';
import { viewReceipt } from '../receipt-view.ts';
import { PageQuery, page, type ReceiptView } from '../schemas.ts';
import type { Routes } from './route.ts';

export const ledgerRoutes: Routes = (server, { volunteering, tenancy, ledger }) => {
  server.get(
    '/v1/leases',
    {
      schema: {
        operationId: 'listLeases',
        tags: ['ledger'],
        summary: 'Leases that this peer gave and took, the newest first',
        querystring: PageQuery,
        response: { 200: page<LeaseView>('Lease') },
      },
    },
    async ({ query }) =>
      pageOf(
        [...volunteering.leases(), ...tenancy.leases()],
        query,
        ({ issuedAtMs, id, side }) => `${newestFirst(issuedAtMs)}/${id}/${side}`,
      ),
  );

  server.get(
    '/v1/receipts',
    {
      schema: {
        operationId: 'listReceipts',
        tags: ['ledger'],
        summary: 'Receipts that both sides signed, in the order of their ids',
        querystring: PageQuery,
        response: { 200: page<ReceiptView>('Receipt') },
      },
    },
    async ({ query }) => {
      const { items, ...rest } = await pageFrom(
        (after) => ledger.records('receipt', after),
        query,
        ({ id }) => showId(id),
      );
      return { items: items.map(viewReceipt), ...rest };
    },
  );
};
