import type { Convictions } from '../ledger/following/convictions.ts';
import type { Meeting } from '../ledger/meeting.ts';
import { every } from '../lib/clock.ts';
import { type Service, startAll, stopAll } from '../lib/lifecycle.ts';
import { isKind, type SignedRecord } from '../records/envelope.ts';
import { peerOf } from '../records/identity.ts';
import type { Reputation } from '../reputation/facts/reputation.ts';
import { OrderBook } from './book/book.ts';
import { type BookRows, bookGossip } from './book/book-gossip.ts';
import { createReconciliation } from './book/book-sync.ts';
import { EVENT_ROW, EventLog, type Happening, type Tell } from './book/event-log.ts';
import { viewBook } from './book/offer-view.ts';
import { openTenancy } from './tenant/tenancy.ts';
import type { Events, Market, Tenancy, Volunteering } from './terms/market.ts';
import { OwnTraffic } from './terms/own-traffic.ts';
import { EXPIRY_PERIOD_MS } from './terms/parameters.ts';
import { openVolunteering, type VolunteeringParts } from './volunteer/volunteering.ts';

/** What the market is built from. */
export interface MarketParts extends Omit<VolunteeringParts, 'book' | 'event' | 'traffic'> {
  readonly meeting: Pick<Meeting, 'compare'>;
  readonly reputation: Reputation;
  readonly convictions: Pick<Convictions, 'has' | 'onConvicted'>;
}

/** Everything that the API serves of the market, and its life. */
export interface OpenMarket {
  readonly market: Market;
  readonly volunteering: Volunteering;
  readonly tenancy: Tenancy;
  readonly events: Events;
  /** Notes what happened elsewhere in the peer among the events. */
  readonly tell: Tell;
  readonly service: Service;
  /** For the overlay's gossip table. */
  readonly gossip: BookRows;
}

/** Opens the market before the overlay starts, so that no request finds it half ready. */
export async function openMarket(parts: MarketParts): Promise<OpenMarket> {
  const { clock } = parts;
  const book = new OrderBook();
  parts.convictions.onConvicted(({ peer }) => book.forget(peer));
  const reconciliation = createReconciliation({ ...parts, book });
  const events = await openEvents(parts);
  const event = events.tell;
  const shared = { ...parts, book, event, traffic: new OwnTraffic() };
  const { volunteering, service: volunteer } = await openVolunteering(shared);
  const { tenancy, service: tenant } = await openTenancy({ ...shared, engine: parts.watch?.engine });
  const writing: Service = { start: async () => {}, stop: () => events.written() };
  const services = [writing, bookService(book, parts), reconciliation, tenant, volunteer];
  return {
    market: { known: () => viewBook(book, clock.nowMs()) },
    ...{ volunteering, tenancy, events, tell: event },
    service: { start: () => startAll(services), stop: () => stopAll(services) },
    gossip: bookGossip({ ...parts, book }),
  };
}

/** The log of events, told of receipts as the ledger takes them in. */
async function openEvents({ ledger, clock, log, identity }: MarketParts): Promise<EventLog> {
  const events = new EventLog(ledger.table('events', EVENT_ROW), () => clock.nowMs(), log);
  await events.load();
  ledger.onCommit((records) => {
    for (const record of records)
      if (isKind(record, 'receipt')) events.tell(receiptSigned(record, identity.peer));
  });
  return events;
}

function receiptSigned({ body }: SignedRecord<'receipt'>, self: string): Happening {
  const peer = [body.volunteer, body.tenant].map(peerOf).find((each) => each !== self) ?? '';
  return { kind: 'receipt.signed', peer, chargedMicrocredits: body.counters.chargedMicrocredits };
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
