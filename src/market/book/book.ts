// The order book: the latest announcement of every volunteer about each of its offers. A tombstone is an announcement too, kept until
// nothing that it ended could still be alive.
import type { SignedRecord, UnverifiedRecord } from '../../records/envelope.ts';
import { showId } from '../../records/id.ts';
import { peerOf } from '../../records/identity.ts';
import { aliveUntilMs, type Beat, continuesChain } from '../../records/liveness.ts';
import type { OfferBody } from '../../records/offer.ts';
import type { Listing } from '../matching/constraints.ts';
import { BOOK_MAX_OFFERS, MAX_OFFERS_A_PEER } from '../terms/parameters.ts';

/** An announcement about an offer, as it came. */
export type UnverifiedAnnouncement = UnverifiedRecord<'offer'> | UnverifiedRecord<'tombstone'>;

/** An announcement about an offer. */
export type Announcement = SignedRecord<'offer'> | SignedRecord<'tombstone'>;

/** An announcement and the latest sign of life shown for it. */
export interface Entry {
  readonly announcement: Announcement;
  readonly beat: number;
  /** Preimage of the latest beat; the tip before the first. */
  readonly link: Uint8Array;
}

/** The result of taking an announcement. `known`: the book has it, or a newer one. `full`: it cannot hold another series. */
export type Taken = 'new' | 'known' | 'full';

/** Which announcement of a series is the later one; of two with one seq the smaller id, so that all books agree. */
function supersedes(next: UnverifiedAnnouncement, held: Announcement): boolean {
  if (next.body.seq !== held.body.seq) return next.body.seq > held.body.seq;
  return Buffer.compare(next.id, held.id) < 0;
}

export function isOffer(announcement: UnverifiedAnnouncement): announcement is UnverifiedRecord<'offer'> {
  return announcement.kind === 'offer';
}

/** The key of a series: its volunteer and its name. */
export function seriesKey(body: Pick<OfferBody, 'volunteer' | 'series'>): string {
  return `${peerOf(body.volunteer)}/${showId(body.series)}`;
}

/** All announcements that this peer knows, bounded in total and per volunteer. */
export class OrderBook {
  readonly #entries = new Map<string, Entry>();
  readonly #keyById = new Map<string, string>();
  readonly #seriesByVolunteer = new Map<string, Set<string>>();
  /** Made once for each entry: writing out ids would take most of the time of a match. */
  readonly #listings = new WeakMap<Entry, Listing>();
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.#entries.size;
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Whether `take` would take this announcement in. */
  wants(announcement: UnverifiedAnnouncement): Taken {
    const held = this.#entries.get(seriesKey(announcement.body));
    if (held !== undefined) return supersedes(announcement, held.announcement) ? 'new' : 'known';
    const ofVolunteer = this.#seriesByVolunteer.get(peerOf(announcement.body.volunteer))?.size ?? 0;
    return ofVolunteer >= MAX_OFFERS_A_PEER || this.#entries.size >= BOOK_MAX_OFFERS ? 'full' : 'new';
  }

  /** Takes in an announcement that is not out of date. */
  take(announcement: Announcement): Taken {
    const taken = this.wants(announcement);
    if (taken !== 'new') return taken;
    const key = seriesKey(announcement.body);
    this.#remove(key);
    this.#entries.set(key, {
      announcement,
      beat: 0,
      link: isOffer(announcement) ? announcement.body.tip : new Uint8Array(),
    });
    this.#keyById.set(showId(announcement.id), key);
    const volunteer = peerOf(announcement.body.volunteer);
    this.#seriesByVolunteer.set(volunteer, (this.#seriesByVolunteer.get(volunteer) ?? new Set()).add(key));
    this.#changed();
    return taken;
  }

  /** Takes in a beat. `known` covers beats of offers that are not here; `false` means the preimage is no link. */
  beat(beat: Beat): 'new' | 'known' | false {
    const key = this.#keyById.get(showId(beat.offer));
    const entry = key === undefined ? undefined : this.#entries.get(key);
    if (key === undefined || entry === undefined || !isOffer(entry.announcement) || beat.beat <= entry.beat)
      return 'known';
    if (beat.beat > entry.announcement.body.beats || !continuesChain(beat, entry.beat, entry.link))
      return false;
    this.#entries.set(key, { announcement: entry.announcement, beat: beat.beat, link: beat.preimage });
    this.#changed();
    return 'new';
  }

  /** The entry whose announcement has this id. */
  byId(id: Uint8Array): Entry | undefined {
    const key = this.#keyById.get(showId(id));
    return key === undefined ? undefined : this.#entries.get(key);
  }

  /** Where this volunteer's latest offer says that it can be dialled; nothing where it has none. */
  addressesOf(volunteer: string): readonly string[] {
    const offers = [...(this.#seriesByVolunteer.get(volunteer) ?? [])]
      .map((key) => this.#entries.get(key)?.announcement)
      .filter(
        (announcement): announcement is SignedRecord<'offer'> =>
          announcement !== undefined && isOffer(announcement),
      );
    const latest = offers.reduce<SignedRecord<'offer'> | undefined>(
      (best, announcement) =>
        best === undefined || announcement.body.seq > best.body.seq ? announcement : best,
      undefined,
    );
    return latest?.body.addresses ?? [];
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** The offers, as the match sees them. */
  *listings(): Generator<Listing> {
    for (const entry of this.#entries.values()) {
      const listing = this.#listings.get(entry) ?? this.#list(entry);
      if (listing !== undefined) yield listing;
    }
  }

  #list(entry: Entry): Listing | undefined {
    const { announcement, beat } = entry;
    if (!isOffer(announcement)) return undefined;
    const { id, body } = announcement;
    const listing = {
      id: showId(id),
      volunteer: peerOf(body.volunteer),
      offer: body,
      aliveUntilMs: aliveUntilMs(body, beat),
    };
    this.#listings.set(entry, listing);
    return listing;
  }

  /** Forgets everything that a volunteer said. */
  forget(volunteer: string): void {
    for (const key of [...(this.#seriesByVolunteer.get(volunteer) ?? [])]) this.#remove(key);
    this.#changed();
  }

  /** Forgets offers that showed no life and tombstones that are no longer needed. */
  expire(nowMs: number): void {
    let expired = false;
    for (const [key, entry] of this.#entries) {
      if (outlivedAtMs(entry) > nowMs) continue;
      this.#remove(key);
      expired = true;
    }
    if (expired) this.#changed();
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#keyById.delete(showId(entry.announcement.id));
    const volunteer = peerOf(entry.announcement.body.volunteer);
    const series = this.#seriesByVolunteer.get(volunteer);
    series?.delete(key);
    if (series?.size === 0) this.#seriesByVolunteer.delete(volunteer);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** When an entry may be forgotten. */
export function outlivedAtMs({
  announcement,
  beat,
}: {
  announcement: UnverifiedAnnouncement;
  beat: number;
}): number {
  return isOffer(announcement) ? aliveUntilMs(announcement.body, beat) : announcement.body.forgetAtMs;
}
