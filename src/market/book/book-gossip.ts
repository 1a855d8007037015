// How announcements and beats enter the book by gossip: one row per topic, cheap checks first, the signature last.
import type { Convictions } from '../../ledger/following/convictions.ts';
import { CLOCK_TOLERANCE_MS } from '../../ledger/parameters.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { GossipRow, GossipTable, Verdict } from '../../overlay/terms/overlay.ts';
import { ENVELOPE_BYTES, parseRecord, verifyRecord } from '../../records/envelope.ts';
import { peerOf } from '../../records/identity.ts';
import { BEAT_MAX_BYTES, type Beat, decodeBeat } from '../../records/liveness.ts';
import { offerKind, tombstoneKind } from '../../records/offer.ts';
import { isOffer, type OrderBook, outlivedAtMs, type UnverifiedAnnouncement } from './book.ts';

/** What the door to the book needs. */
export interface DoorParts {
  readonly book: OrderBook;
  readonly network: string;
  readonly clock: Clock;
  readonly convictions: Pick<Convictions, 'has'>;
  readonly metrics?: MarketMetrics | undefined;
}

/**
 * The one door of the book, for gossip and for reconciliation: judges an announcement, without its signature at first, and
 * verifies it last.
 */
export function judgeAnnouncement(
  announcement: UnverifiedAnnouncement,
  { book, clock, convictions }: DoorParts,
): Verdict {
  const nowMs = clock.nowMs();
  // [IGNORE] by a key that is refused everywhere; whoever passes it on may not know yet
  if (convictions.has(peerOf(announcement.body.volunteer))) return 'ignore';
  // [IGNORE] from the future: the sender's clock, or ours
  if (announcement.body.issuedAtMs > nowMs + CLOCK_TOLERANCE_MS) return 'ignore';
  // [IGNORE] known, older than what is known, or no room; an offer may still show life by its beats
  if (book.wants(announcement) !== 'new') return 'ignore';
  // [IGNORE] so old that no beat could keep it alive
  if (lastAliveMs(announcement) < nowMs) return 'ignore';
  // [REJECT] not signed by the volunteer that it names
  return isSigned(announcement) ? 'accept' : 'reject';
}

function lastAliveMs(announcement: UnverifiedAnnouncement): number {
  return outlivedAtMs({ announcement, beat: isOffer(announcement) ? announcement.body.beats : 0 });
}

function isSigned(announcement: UnverifiedAnnouncement): boolean {
  try {
    verifyRecord(announcement);
    return true;
  } catch (error) {
    if (codeOf(error) === 'SIGNATURE_INVALID') return false;
    throw error;
  }
}

/** Undefined for a kind or version that this peer does not know, which is nobody's fault. */
function parseUnlessUnknown<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TallyError && error.code === 'RECORD_UNKNOWN_KIND') return undefined;
    throw error;
  }
}

function announcementRow(
  kind: 'offer' | 'tombstone',
  parts: DoorParts,
): GossipRow<UnverifiedAnnouncement | undefined> {
  return {
    maxBytes: (kind === 'offer' ? offerKind : tombstoneKind).maxBytes + ENVELOPE_BYTES,
    decode: (bytes) =>
      parseUnlessUnknown(() => parseRecord(kind, bytes, parts.network) as UnverifiedAnnouncement),
    validate: (announcement) =>
      announcement === undefined ? 'ignore' : judgeAnnouncement(announcement, parts),
    apply(announcement) {
      if (announcement !== undefined) parts.book.take(verifyRecord(announcement));
    },
  };
}

function beatRow({ book, clock }: DoorParts): GossipRow<Beat> {
  return {
    maxBytes: BEAT_MAX_BYTES,
    decode: decodeBeat,
    validate(beat) {
      const entry = book.byId(beat.offer);
      // [IGNORE] of an offer that is not here; reconciliation brings both
      if (entry === undefined || !isOffer(entry.announcement)) return 'ignore';
      const { issuedAtMs, beatMs } = entry.announcement.body;
      // [IGNORE] shown before its time
      if (issuedAtMs + beat.beat * beatMs > clock.nowMs() + CLOCK_TOLERANCE_MS) return 'ignore';
      const taken = book.beat(beat);
      // [REJECT] no link of the chain, [IGNORE] known
      return taken === false ? 'reject' : taken === 'known' ? 'ignore' : 'accept';
    },
    apply: () => {},
  };
}

/** The market's rows of the gossip table. */
export type BookRows = Pick<GossipTable, 'offer' | 'tombstone' | 'liveness'>;

/** The rows by which announcements and beats enter the book. */
export function bookGossip(parts: DoorParts): BookRows {
  return {
    offer: announcementRow('offer', parts) as GossipRow<unknown>,
    tombstone: announcementRow('tombstone', parts) as GossipRow<unknown>,
    liveness: beatRow(parts) as GossipRow<unknown>,
  };
}
