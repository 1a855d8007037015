// How offers of others enter the book.
import { expect, it } from 'vitest';
import { OrderBook } from '../../src/market/book/book.ts';
import { bookGossip } from '../../src/market/book/book-gossip.ts';
import { handClock } from '../support/clock.ts';
import { NOBODY_CONVICTED } from '../support/convictions.ts';
import { example, NETWORK, NOW_MS } from '../support/records.ts';
import { storedVectors } from '../support/vectors.ts';

it('an offer of an older version is ignored and not held against its sender; one of the current version is accepted', async () => {
  const book = new OrderBook();
  const clock = handClock(NOW_MS);
  const { offer } = bookGossip({ book, network: NETWORK, clock, convictions: NOBODY_CONVICTED });
  const old = (await storedVectors())['records-former.json'] as { kind: string; envelope: string }[];
  const { envelope } = old.find(({ kind }) => kind === 'offer')!;
  expect(offer.validate(offer.decode(Buffer.from(envelope, 'hex')))).toBe('ignore');
  expect(offer.validate(offer.decode(example('offer').bytes))).toBe('accept');
});
