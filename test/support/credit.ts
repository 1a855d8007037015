// Credit for tests of other parts: the terms of a peer that was not told any, and a book without entries.
import type { CreditBook, CreditTerms } from '../../src/reputation/credit/credit.ts';
import { NEWCOMER_SHARE } from '../../src/reputation/facts/parameters.ts';

export const LENDING: CreditTerms = { policy: 'market', newcomerShare: NEWCOMER_SHARE, lendIdle: false };

/** Nobody owes anything. */
export const NOTHING_OWED: CreditBook = {
  terms: LENDING,
  pool: () => ({ microcredits: 0, lentMicrocredits: 0 }),
  loans: () => [],
  borrower: (peer) => ({
    peer,
    ...{ owedMicrocredits: 0, heldMicrocredits: 0, limitMicrocredits: 0, ownMicrocredits: 0 },
    ...{ flowMicrocredits: 0, ways: [], lentMicrocredits: 0, newcomerMicrocredits: 0, beyondMicrocredits: 0 },
  }),
};
