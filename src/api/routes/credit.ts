// What this peer lends, and to whom.
import type { Borrower, CreditTerms, Loan } from '../../reputation/credit/credit.ts';
import { pageOf } from '../pages.ts';
import { MOST_MICROCREDITS } from '../schemas/terms.ts';
import { PageQuery, PeerParams, page, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

interface CreditState extends CreditTerms {
  readonly newcomersMicrocredits: number;
  readonly newcomersLentMicrocredits: number;
}

export const creditRoutes: Routes = (server, { credit }) => {
  server.get(
    '/v1/credit',
    {
      schema: {
        operationId: 'getCredit',
        tags: ['credit'],
        summary: 'How this peer lends, and how much it lends newcomers today',
        response: { 200: ref<CreditState>('CreditState') },
      },
    },
    async () => {
      const { microcredits, lentMicrocredits } = credit.pool();
      return {
        ...credit.terms,
        newcomersMicrocredits: microcredits,
        newcomersLentMicrocredits: lentMicrocredits,
      };
    },
  );

  server.get(
    '/v1/borrowers',
    {
      schema: {
        operationId: 'listBorrowers',
        tags: ['credit'],
        summary: 'The peers to which this peer lends, the largest amount first',
        querystring: PageQuery,
        response: { 200: page<Borrower>('Borrower') },
      },
    },
    async ({ query }) => {
      const { items, ...rest } = pageOf(credit.loans(), query, mostFirst);
      return { ...rest, items: items.map(({ peer }) => credit.borrower(peer)) };
    },
  );

  server.get(
    '/v1/borrowers/:peer',
    {
      config: { errors: ['KEY_INVALID'] },
      schema: {
        operationId: 'explainCredit',
        tags: ['credit'],
        summary: 'What one peer owes, how much it may owe, and why; works for every peer id',
        params: PeerParams,
        response: { 200: ref<Borrower>('Borrower') },
      },
    },
    async ({ params }) => credit.borrower(params.peer),
  );
};

/** A key in the order of what is lent, the most first. */
function mostFirst({ microcredits, peer }: Loan): string {
  return `${String(MOST_MICROCREDITS - microcredits).padStart(16, '0')}/${peer}`;
}
