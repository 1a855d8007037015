// The offers of this volunteer: published again only when something changes, and kept alive by beats in between. They
// follow the engine (its size, whether it answers, its images) and the disks, which must have space.
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Table } from '../../../ledger/database.ts';
import { every } from '../../../lib/clock.ts';
import { TallyError } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import { Serial } from '../../../lib/serial.ts';
import type { Resources } from '../../../records/common.ts';
import type { SignedRecord } from '../../../records/envelope.ts';
import { showId } from '../../../records/id.ts';
import type { EngineFacts } from '../../../runtime/engine.ts';
import type { EngineWatch } from '../../../runtime/engine-watch.ts';
import type { Tell } from '../../book/event-log.ts';
import { viewOffer } from '../../book/offer-view.ts';
import { capacityOf, excessOf, fits, freeOf, type Holding, remaining, sum } from '../../terms/capacity.ts';
import type { DiskSpace } from '../../terms/disk-space.ts';
import {
  BEAT_MS,
  DEFAULT_PRICES,
  LONGEST_LEASE_MS,
  MAX_OFFERS_A_PEER,
  UNHEARD_MS,
} from '../../terms/parameters.ts';
import { pricePerHour } from '../../terms/pricing.ts';
import type { ImageChange, OfferInput, OwnOfferView } from '../../terms/views.ts';
import { heldImages, type ImageHost, requireImages } from './offer-images.ts';
import { rightsAndStorage } from './offer-record.ts';
import { MAX_IMAGES, type OfferRow, PAUSE_KEY, type PauseRow } from './offer-rows.ts';
import { OfferSeries, type OfferSeriesParts } from './offer-series.ts';
import { type Withdrawn, WithdrawnSeries } from './withdrawn-series.ts';

export interface OwnOffersParts extends OfferSeriesParts {
  readonly log: Log;
  readonly rows: Table<OfferRow>;
  readonly pauses: Table<PauseRow>;
  readonly event: Tell;
  /** Undefined where the settings want no engine: then there are no offers. */
  readonly watch: Pick<EngineWatch, 'engine' | 'facts' | 'look'> | undefined;
  /** Without space on a disk nothing is offered. */
  readonly space: Pick<DiskSpace, 'isLeft'>;
  /** The largest image that a tenant may send, unpacked, unless an offer says otherwise. */
  readonly maxSentBytes: number;
  /** What leases take, of whatever series. */
  readonly holdings: () => readonly Holding[];
  /** What their containers have written to the engine's disk. */
  readonly writtenBytes: () => number;
}

export class OwnOffers implements Service {
  readonly #parts: OwnOffersParts;
  readonly #offers = new Map<string, OfferSeries>();
  readonly #withdrawn = new WithdrawnSeries();
  readonly #stopping = new AbortController();
  /** What is offered changes by one step after the other. */
  readonly #changing = new Serial();
  #pausedAtMs: number | undefined;

  constructor(parts: OwnOffersParts) {
    this.#parts = parts;
  }

  /** Reads back the offers that were made before. */
  async load(): Promise<void> {
    this.#pausedAtMs = (await this.#parts.pauses.get(PAUSE_KEY))?.sinceMs;
    if (this.#parts.watch === undefined) return;
    for await (const [, row] of this.#parts.rows.entries()) this.#hold(row);
  }

  /** Publishes them, now or when the engine answers. */
  async start(): Promise<void> {
    const { watch, clock, log } = this.#parts;
    if (watch === undefined) return;
    await this.followEngine();
    const periodic = { clock, log, signal: this.#stopping.signal };
    every(periodic, BEAT_MS, () => this.#beatAll());
    every(periodic, UNHEARD_MS, () => this.#repeatUnheard());
  }

  /** Tells everybody that the offers are gone; they come back with the next start. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    await this.#buryAll();
  }

  /** Since when the offers are paused; undefined: they are not. */
  get pausedAtMs(): number | undefined {
    return this.#pausedAtMs;
  }

  /** Takes the offers off the market until `resume`, over restarts too; running leases go on. */
  pause(): Promise<void> {
    return this.#changing.run(async () => {
      if (this.#pausedAtMs !== undefined) return;
      const sinceMs = this.#parts.clock.nowMs();
      await this.#parts.pauses.put(PAUSE_KEY, { sinceMs });
      this.#pausedAtMs = sinceMs;
      this.#parts.event({ kind: 'offer.paused' });
      await this.#buryAll();
    });
  }

  /** Brings them back, now or when the engine answers. */
  async resume(): Promise<void> {
    await this.#changing.run(async () => {
      if (this.#pausedAtMs === undefined) return;
      await this.#parts.pauses.delete(PAUSE_KEY);
      this.#pausedAtMs = undefined;
      this.#parts.event({ kind: 'offer.resumed' });
    });
    await this.followEngine();
  }

  async #buryAll(): Promise<void> {
    for (const offer of this.#offers.values()) await offer.bury();
  }

  /** Why offers are not in the market; undefined: they are. */
  #whyUnlisted(): Exclude<OwnOfferView['state'], 'listed'> | undefined {
    if (this.#pausedAtMs !== undefined) return 'paused';
    if (this.#parts.watch?.facts() === undefined) return 'engine-silent';
    return this.#parts.space.isLeft() ? undefined : 'disk-full';
  }

  /**
   * Offers leave the market with the engine or the space, and come back with it, as large as the engine then is and with
   * the images that it holds.
   */
  followEngine(): Promise<void> {
    return this.#changing.run(async () => {
      if (this.#stopping.signal.aborted) return;
      if (this.#whyUnlisted() !== undefined) return this.#buryAll();
      for (const offer of this.#offers.values()) {
        const isNews = await this.#look(offer);
        if (isNews || offer.current === undefined) await this.#publish(offer);
      }
      await this.#reviseAll();
    });
  }

  /** Whether what the engine holds of an offer's images has changed since the last look; the owner is told. */
  async #look(offer: OfferSeries): Promise<boolean> {
    const { event, log } = this.#parts;
    const host = this.#requireHost();
    const names = offer.row.images.map(({ name }) => name);
    const held = await heldImages(host, names);
    const [before, now] = [offer.held, held].map((images) => JSON.stringify(images));
    if (before === now) return false;
    offer.held = held;
    event({ kind: 'offer.revised', offer: showId(offer.row.series), cause: 'IMAGES_CHANGED' });
    log.warn(
      { offer: showId(offer.row.series) },
      'images of an offer are gone from the engine, or have changed',
    );
    return true;
  }

  /** All of them, those too that are not in the market now. */
  views(): OwnOfferView[] {
    return [...this.#offers.values()].map((offer) => this.#view(offer));
  }

  #view(offer: OfferSeries): OwnOfferView {
    const { row, current, held } = offer;
    if (current !== undefined)
      return { ...viewOffer(current, offer.aliveUntilMs(current)), state: 'listed', total: row.total };
    const resources = this.free(row.series);
    // One that is not published yet waits for the engine, as right after a start
    const state = this.#whyUnlisted() ?? 'engine-silent';
    const view = viewOffer(offer.unlisted({ resources, facts: this.#parts.watch?.facts() }), 0);
    return { ...view, resources, images: held, state, total: row.total };
  }

  /**
   * Makes an offer. Throws OFFER_WITHOUT_ENGINE, ENGINE_UNREACHABLE, OFFER_DISK_FULL, OFFER_OVER_CAPACITY, OFFER_TOO_MANY,
   * IMAGE_NOT_HELD, IMAGE_WRONG_ARCHITECTURE, OFFER_NEEDS_ROOT.
   */
  async make(input: OfferInput): Promise<OwnOfferView> {
    await this.#parts.watch?.look();
    return this.#changing.run(() => this.#make(input));
  }

  async #make(input: OfferInput): Promise<OwnOfferView> {
    const host = this.#requireHost();
    if (!this.#parts.space.isLeft()) throw new TallyError('OFFER_DISK_FULL');
    const former = this.#requireSeries();
    this.#requireCapacity(input.resources, host.facts);
    const row = {
      series: former?.series ?? randomBytes(16),
      total: input.resources,
      prices: input.prices ?? DEFAULT_PRICES,
      region: input.region ?? '',
      labels: input.labels ?? [],
      images: await requireImages(host, input.images ?? []),
      anyHeld: input.anyImage === true ? 1 : 0,
      pulls: input.pulls ?? [],
      maxSentBytes: input.maxSentBytes ?? this.#parts.maxSentBytes,
      longestLeaseMs: input.longestLeaseMs ?? LONGEST_LEASE_MS,
    };
    await this.#parts.rows.put(showId(row.series), row);
    const offer = this.#hold(row, former?.lastSeq);
    await this.#list(offer);
    this.#parts.event({ kind: 'offer.made', offer: showId(row.series) });
    return this.#view(offer);
  }

  /**
   * Adds images to an offer and takes others out; its leases go on. Throws OFFER_UNKNOWN, IMAGE_NOT_OFFERED,
   * OFFER_TOO_MANY_IMAGES, and as `make` does.
   */
  async changeImages(series: string, change: ImageChange): Promise<OwnOfferView> {
    await this.#parts.watch?.look();
    return this.#changing.run(() => this.#changeImages(series, change));
  }

  async #changeImages(series: string, { add = [], drop = [] }: ImageChange): Promise<OwnOfferView> {
    const host = this.#requireHost();
    const offer = this.#offers.get(series);
    if (offer === undefined) throw new TallyError('OFFER_UNKNOWN', { series });
    const offered = offer.row.images.map(({ name }) => name);
    const strange = drop.find((name) => !offered.includes(name));
    if (strange !== undefined) throw new TallyError('IMAGE_NOT_OFFERED', { image: strange });
    const added = await requireImages(host, [...new Set(add)]);
    const kept = offer.row.images.filter(({ name }) => !drop.includes(name) && !add.includes(name));
    const images = [...kept, ...added];
    if (images.length > MAX_IMAGES) throw new TallyError('OFFER_TOO_MANY_IMAGES', { max: MAX_IMAGES });
    const row = { ...offer.row, images };
    const held = await heldImages(
      host,
      images.map(({ name }) => name),
    );
    await this.#parts.rows.put(series, row);
    offer.row = row;
    offer.held = held;
    await this.#list(offer);
    this.#parts.event({ kind: 'offer.revised', offer: series, cause: 'IMAGES_CHANGED' });
    return this.#view(offer);
  }

  /** Publishes an offer where offers are in the market now. */
  async #list(offer: OfferSeries): Promise<void> {
    if (this.#whyUnlisted() === undefined) await this.#publish(offer);
  }

  /**
   * The former series that the next offer goes on with; undefined: it gets a new one. Others know so many series of a
   * volunteer and no more; those withdrawn lately are among them. Throws OFFER_TOO_MANY.
   */
  #requireSeries(): Withdrawn | undefined {
    const remembered = this.#withdrawn.remembered(this.#parts.clock.nowMs());
    const former = this.#withdrawn.vacant(this.#parts.holdings());
    if (former === undefined && this.#offers.size + remembered >= MAX_OFFERS_A_PEER)
      throw new TallyError('OFFER_TOO_MANY', { max: MAX_OFFERS_A_PEER });
    return former;
  }

  #requireHost(): ImageHost {
    const { watch } = this.#parts;
    if (watch === undefined) throw new TallyError('OFFER_WITHOUT_ENGINE');
    const facts = watch.facts();
    if (facts === undefined) throw new TallyError('ENGINE_UNREACHABLE');
    return { engine: watch.engine, facts };
  }

  #requireCapacity(wanted: Resources, facts: EngineFacts): void {
    const offered = sum([...this.#offers.values()].map(({ row }) => row.total));
    const left = remaining(capacityOf(facts, this.#parts.writtenBytes()), [offered]);
    if (fits(wanted, left)) return;
    throw new TallyError('OFFER_OVER_CAPACITY', { wanted, left, offered, heldByOthers: facts.heldByOthers });
  }

  /** Withdraws an offer for good. Throws OFFER_UNKNOWN. */
  async withdraw(series: string): Promise<void> {
    const offer = this.#offers.get(series);
    if (offer === undefined) throw new TallyError('OFFER_UNKNOWN', { series });
    this.#offers.delete(series);
    await this.#parts.rows.delete(series);
    this.#parts.event({ kind: 'offer.withdrawn', offer: series });
    await this.#changing.run(async () => {
      const forgetAtMs = await offer.bury();
      this.#withdrawn.add({ series: offer.row.series, lastSeq: offer.lastSeq, forgetAtMs });
    });
  }

  /** The revision with this id, and the current one of its series, while the promise of the former still stands. */
  find(
    id: Uint8Array,
    nowMs: number,
  ): { promised: SignedRecord<'offer'>; current: SignedRecord<'offer'> } | undefined {
    for (const offer of this.#offers.values()) {
      const promised = offer.revision(id);
      const { current } = offer;
      if (promised === undefined || current === undefined) continue;
      return offer.aliveUntilMs(promised) > nowMs ? { promised, current } : undefined;
    }
    return undefined;
  }

  /** What can still be leased of a series. */
  free(series: Uint8Array): Resources {
    const offer = this.#offers.get(showId(series));
    return offer === undefined ? sum([]) : freeOf(offer.row, this.#capacity(), this.#parts.holdings());
  }

  /** Of what leases, preemptible ones with them, have taken more than there is; a series that is withdrawn has nothing. */
  excess(series: Uint8Array): 'series' | 'engine' | undefined {
    const offer = this.#offers.get(showId(series));
    return offer === undefined ? 'series' : excessOf(offer.row, this.#capacity(), this.#parts.holdings());
  }

  #capacity(): Resources {
    return capacityOf(this.#parts.watch?.facts(), this.#parts.writtenBytes());
  }

  /** How many there are, those too that are not in the market now. */
  get size(): number {
    return this.#offers.size;
  }

  has(series: Uint8Array): boolean {
    return this.#offers.has(showId(series));
  }

  /** The images that offers list, by digest. */
  listed(): string[] {
    return [...this.#offers.values()].flatMap(({ held }) => held.map(({ digest }) => digest));
  }

  /** Whether an offer is for every image of the owner. */
  isAnyHeld(): boolean {
    return [...this.#offers.values()].some(({ row }) => row.anyHeld === 1);
  }

  /** The registries that a series lets images come from; none of one that is withdrawn. */
  pulls(series: Uint8Array): readonly string[] {
    return this.#offers.get(showId(series))?.row.pulls ?? [];
  }

  /**
   * The largest image, unpacked, that an offer in the market takes from a tenant; 0: none is taken now. Throws ENGINE_UNREACHABLE
   * while the engine is silent.
   */
  maxSentBytes(): number {
    const why = this.#whyUnlisted();
    if (why === 'engine-silent') throw new TallyError('ENGINE_UNREACHABLE');
    if (why !== undefined) return 0;
    return Math.max(0, ...[...this.#offers.values()].map(({ row }) => row.maxSentBytes));
  }

  /** What everything that is offered costs an hour, in microcredits. */
  worthAnHour(): number {
    return [...this.#offers.values()].reduce((all, { row }) => all + pricePerHour(row.prices, row.total), 0);
  }

  /** Publishes new revisions where what is left has changed: what a lease takes can be missing in any of them. */
  revise(): Promise<void> {
    return this.#changing.run(() => this.#reviseAll());
  }

  async #reviseAll(): Promise<void> {
    if (this.#stopping.signal.aborted || this.#whyUnlisted() !== undefined) return;
    const now = rightsAndStorage(this.#parts.watch?.facts());
    for (const offer of this.#offers.values()) {
      const free = this.free(offer.row.series);
      const current = offer.current?.body;
      if (current === undefined) continue;
      const { resources, privileges, storage } = current;
      const isSame = fits(free, resources) && fits(resources, free);
      if (!isSame || !isDeepStrictEqual({ privileges, storage }, now)) await this.#publish(offer);
    }
  }

  #hold(row: OfferRow, lastSeq?: number): OfferSeries {
    const offer = new OfferSeries(this.#parts, row, lastSeq);
    this.#offers.set(showId(row.series), offer);
    this.#withdrawn.delete(row.series);
    return offer;
  }

  async #publish(offer: OfferSeries): Promise<void> {
    const { facts } = this.#requireHost();
    await offer.publish({ resources: this.free(offer.row.series), facts });
  }

  #beatAll(): Promise<void> {
    return this.#changing.run(async () => {
      for (const offer of this.#offers.values()) if (!(await offer.beat())) await this.#publish(offer);
    });
  }

  /** What was published before anybody listened is said again, as a new revision: gossip sends no bytes twice. */
  async #repeatUnheard(): Promise<void> {
    if (this.#parts.overlay.connected().length === 0) return;
    await this.#changing.run(async () => {
      for (const offer of this.#offers.values()) if (offer.isUnheard) await this.#publish(offer);
    });
  }
}
