// Reconciliation: on connect and every minute each side compares digests of its book with the other's and pulls only the difference,
// so that a broadcast that was lost does not matter.

import { every } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import {
  BOOK_BUCKETS,
  type DigestsRequest,
  digestsProtocol,
  type EntriesResponse,
  type FetchRequest,
  type FetchResponse,
  fetchProtocol,
} from '../../overlay/protocols/offers.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import { kindOf, parseRecord, verifyRecord } from '../../records/envelope.ts';
import { sha256, showId } from '../../records/id.ts';
import { RECONCILE_PERIOD_MS } from '../terms/parameters.ts';
import { type Entry, isOffer, outlivedAtMs, seriesKey, type UnverifiedAnnouncement } from './book.ts';
import { type DoorParts, judgeAnnouncement } from './book-gossip.ts';

const FETCH_IDS = 64;
const MAX_ENTRIES = 4_096;

/** What reconciliation needs beside the door of the book. */
export interface ReconcileParts extends DoorParts {
  readonly overlay: Pick<Overlay, 'request' | 'serve' | 'onConnect' | 'connected'>;
  readonly log: Log;
}

/** Serves both protocols; pulls from every peer that connects, and from all connected ones in turn while started. */
export function createReconciliation(parts: ReconcileParts): Service {
  const { overlay, clock, log } = parts;
  const stopping = new AbortController();
  const pullFrom = async (peer: string) => {
    await pull(peer, parts).catch((error) =>
      log.debug({ peer, code: codeOf(error) }, 'failed to compare offers with a peer'),
    );
  };
  overlay.serve(digestsProtocol, async (_, request) => differingEntries(request, parts));
  overlay.serve(fetchProtocol, async (_, request) => fetched(request, parts));
  overlay.onConnect((peer) => void pullFrom(peer));
  return {
    async start() {
      every({ clock, log, signal: stopping.signal }, RECONCILE_PERIOD_MS, async () => {
        for (const { peer } of overlay.connected()) await pullFrom(peer);
      });
    },
    async stop() {
      stopping.abort();
    },
  };
}

function bucketOf({ announcement }: Entry): number {
  return sha256(Buffer.from(seriesKey(announcement.body)))[0] ?? 0;
}

/** A digest a bucket: the exclusive or of a hash of each entry, so that order does not matter; empty buckets are 0. */
function digests({ book, clock }: DoorParts): Uint8Array[] {
  const sums = Array.from({ length: BOOK_BUCKETS }, () => new Uint8Array(8));
  for (const entry of book.entries()) {
    if (outlivedAtMs(entry) < clock.nowMs()) continue;
    const sum = sums[bucketOf(entry)] ?? new Uint8Array(8);
    const beat = Buffer.alloc(4);
    beat.writeUInt32BE(entry.beat);
    const each = sha256(Buffer.concat([entry.announcement.id, beat]));
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) ^ (each[i] ?? 0);
  }
  return sums;
}

function differingEntries({ digests: theirs }: DigestsRequest, parts: DoorParts): EntriesResponse {
  const differs = digests(parts).map((ours, i) => Buffer.compare(ours, theirs[i] ?? new Uint8Array()) !== 0);
  const entries = [...parts.book.entries()].filter((entry) => differs[bucketOf(entry)]).slice(0, MAX_ENTRIES);
  return { entries: entries.map(({ announcement, beat }) => ({ id: announcement.id, beat })) };
}

function fetched({ ids }: FetchRequest, { book }: DoorParts): FetchResponse {
  const entries = ids.map((id) => book.byId(id)).filter((entry) => entry !== undefined);
  return {
    items: entries.map(({ announcement, beat, link }) => ({
      record: announcement.bytes,
      beat,
      preimage: beat === 0 ? new Uint8Array() : link,
    })),
  };
}

/** Pulls what `peer` has and we have not; resolves with the number of words and beats taken in. */
async function pull(peer: string, parts: ReconcileParts): Promise<number> {
  const { overlay, book } = parts;
  const { entries } = await overlay.request(digestsProtocol, peer, { digests: digests(parts) });
  const wanted = entries.filter(({ id, beat }) => beat > (book.byId(id)?.beat ?? -1)).map(({ id }) => id);
  let taken = 0;
  for (let i = 0; i < wanted.length; i += FETCH_IDS) {
    const { items } = await overlay.request(fetchProtocol, peer, { ids: wanted.slice(i, i + FETCH_IDS) });
    for (const item of items) if (takeItem(item, parts)) taken += 1;
  }
  parts.metrics?.reconciledTotal.inc(taken);
  return taken;
}

/** Takes in one fetched item through the same door as gossip; what does not pass is dropped. */
function takeItem(item: FetchResponse['items'][number], parts: ReconcileParts): boolean {
  const { book, network, log } = parts;
  try {
    const kind = kindOf(item.record);
    if (kind !== 'offer' && kind !== 'tombstone') return false;
    const announcement = parseRecord(kind, item.record, network) as UnverifiedAnnouncement;
    const isNew =
      judgeAnnouncement(announcement, parts) === 'accept' && book.take(verifyRecord(announcement)) === 'new';
    const hasBeat = isOffer(announcement) && item.beat > 0 && item.preimage.length === 32;
    const beaten =
      hasBeat && book.beat({ offer: announcement.id, beat: item.beat, preimage: item.preimage }) === 'new';
    return isNew || beaten;
  } catch (error) {
    log.debug(
      { code: codeOf(error), id: showId(sha256(item.record)) },
      'dropped an offer that did not verify',
    );
    return false;
  }
}
