// A peer that holds no fork proof and never will.
import type { Convictions } from '../../src/ledger/following/convictions.ts';

export const NOBODY_CONVICTED: Pick<Convictions, 'has' | 'onConvicted'> = {
  has: () => false,
  onConvicted: () => {},
};
