import { every } from '../lib/clock.ts';
import { type Service, startAll, stopAll } from '../lib/lifecycle.ts';
import { OrderBook } from './book.ts';
import { type BookRows, bookGossip } from './book-gossip.ts';
import type { Market, Tenancy, Volunteering } from './market.ts';
import { viewBook } from './offer-view.ts';
import { EXPIRY_PERIOD_MS } from './parameters.ts';
import { createReconciliation } from './reconcile.ts';
import { openTenancy } from './tenancy.ts';
import { openVolunteering, type VolunteeringParts } from './volunteering.ts';

/** What the market is built from. */
export type MarketParts = Omit<VolunteeringParts, 'book'>;

/** Everything that the API serves of the market, and its life. */
export interface OpenMarket {
  readonly market: Market;
  readonly volunteering: Volunteering;
  readonly tenancy: Tenancy;
  readonly service: Service;
  /** For the overlay's gossip table. */
  readonly gossip: BookRows;
}

/** Opens the market before the overlay starts, so that no request finds it half ready. */
export async function openMarket(parts: MarketParts): Promise<OpenMarket> {
  const { clock } = parts;
  const book = new OrderBook();
  const reconciliation = createReconciliation({ ...parts, book });
  const { volunteering, service: volunteer } = await openVolunteering({ ...parts, book });
  const { tenancy, service: tenant } = await openTenancy({ ...parts, book });
  const services = [bookService(book, parts), reconciliation, tenant, volunteer];
  return {
    market: { known: () => viewBook(book, clock.nowMs()) },
    volunteering,
    tenancy,
    service: { start: () => startAll(services), stop: () => stopAll(services) },
    gossip: bookGossip({ ...parts, book }),
  };
}

function bookService(book: OrderBook, { clock, log, metrics }: MarketParts): Service {
  const stopping = new AbortController();
  return {
    async start() {
      every({ clock, log, signal: stopping.signal }, EXPIRY_PERIOD_MS, () => book.expire(clock.nowMs()));
      book.onChange(() => metrics?.offersKnown.set(book.size));
    },
    async stop() {
      stopping.abort();
    },
  };
}
