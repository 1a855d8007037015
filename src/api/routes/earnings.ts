// What this peer earned, and what it owes.
import type { Debt } from '../../reputation/facts/debts.ts';
import { pageOf } from '../pages.ts';
import { MOST_MICROCREDITS } from '../schemas/terms.ts';
import { PageQuery, page } from '../schemas.ts';
import type { Routes } from './route.ts';

export const earningRoutes: Routes = (server, { trust }) => {
  server.get(
    '/v1/earnings',
    {
      schema: {
        operationId: 'listEarnings',
        tags: ['ledger'],
        summary:
          'What each peer owes this one and what this one owes it, by the receipts that both signed; the largest debt first',
        querystring: PageQuery,
        response: { 200: page<Debt>('Earning') },
      },
    },
    async ({ query }) => pageOf(trust.debts(), query, mostFirst),
  );
};

/** A key in the order of what is owed, the most first. */
function mostFirst({ owedMicrocredits, peer }: Debt): string {
  return `${String(MOST_MICROCREDITS - owedMicrocredits).padStart(16, '0')}/${peer}`;
}
