// Offers as the API shows them.
import type { SignedRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { peerOf } from '../../records/identity.ts';
import { aliveUntilMs } from '../../records/liveness.ts';
import type { OfferView } from '../terms/views.ts';
import { isOffer, type OrderBook } from './book.ts';

/** A signed offer as it is shown. */
export function viewOffer({ id, body }: SignedRecord<'offer'>, aliveUntil: number): OfferView {
  const { seq, resources, prices, architecture, region, runtimeClasses, labels, images, addresses } = body;
  const { longestLeaseMs, firstEpochMs, maxEpochMs, maxAwayMs } = body.terms;
  return {
    id: showId(id),
    series: showId(body.series),
    seq,
    volunteer: peerOf(body.volunteer),
    ...{ resources, prices, architecture, region, runtimeClasses, labels, images, addresses },
    anyImage: body.imageWays.anyHeld === 1,
    pulls: body.imageWays.pulls,
    maxSentBytes: body.imageWays.maxSentBytes,
    privileges: body.privileges,
    storage: { limit: body.storage.limit },
    ...{ longestLeaseMs, firstEpochMs, maxEpochMs, maxAwayMs },
    aliveUntilMs: aliveUntil,
  };
}

/** All offers of a book that are alive. */
export function viewBook(book: OrderBook, nowMs: number): OfferView[] {
  const views: OfferView[] = [];
  for (const { announcement, beat } of book.entries()) {
    if (!isOffer(announcement)) continue;
    const aliveUntil = aliveUntilMs(announcement.body, beat);
    if (aliveUntil > nowMs) views.push(viewOffer(announcement, aliveUntil));
  }
  return views;
}
