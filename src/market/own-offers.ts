// The offers that this volunteer makes: signed anew only when something changes, shown to live by beats in between.
import { randomBytes } from 'node:crypto';
import type { Table } from '../ledger/database.ts';
import { type Clock, every } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { newSalt } from '../lib/salt.ts';
import type { Overlay } from '../overlay/overlay.ts';
import { IMAGE_NAME, RESOURCES, type Resources, SPAN_MS, WORD } from '../records/common.ts';
import { type SignedRecord, signRecord } from '../records/envelope.ts';
import { sameBytes, showId } from '../records/id.ts';
import type { Identity } from '../records/identity.ts';
import { aliveUntilMs, chainOf, encodeBeat } from '../records/liveness.ts';
import { type OfferBody, PRICES } from '../records/offer.ts';
import { bytes, fields, list, text } from '../records/shape.ts';
import type { Engine, EngineFacts } from '../runtime/engine.ts';
import type { OrderBook } from './book.ts';
import { fits, remaining, sum } from './capacity.ts';
import type { Tell } from './event-log.ts';
import type { OfferInput, OfferView } from './market.ts';
import { viewOffer } from './offer-view.ts';
import {
  BEAT_MS,
  BEATS,
  DEFAULT_PRICES,
  LONGEST_LEASE_MS,
  MAX_OFFERS_A_PEER,
  OFFER_LIFETIME_MS,
  UNHEARD_MS,
} from './parameters.ts';
import type { PaymentTerms } from './payment.ts';
import { pricePerHour } from './pricing.ts';

/** What is kept of an offer over restarts. */
export const OFFER_ROW = fields({
  series: bytes(16),
  total: RESOURCES,
  prices: PRICES,
  region: WORD,
  labels: list(text(128), 16),
  images: list(fields({ name: IMAGE_NAME, digest: text(71) }), 32),
  longestLeaseMs: SPAN_MS,
});
export type OfferRow = ReturnType<typeof OFFER_ROW>;

/** So many former revisions of a series are still honoured, as long as they live and promised the same. */
const KEPT_REVISIONS = 64;

/** With fewer beats left than this the next revision begins a new chain. */
const FEW_BEATS = 16;

interface OwnOffer {
  readonly row: OfferRow;
  /** Links of the hash chain, and where in it the current revision's tip is. */
  chain: readonly Uint8Array[];
  tipAt: number;
  beat: number;
  revisions: SignedRecord<'offer'>[];
  /** Whether the current revision was sent to anybody. */
  isHeard: boolean;
}

export interface OwnOffersParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Pick<Overlay, 'publish' | 'addresses' | 'connected'>;
  readonly book: OrderBook;
  readonly rows: Table<OfferRow>;
  readonly event: Tell;
  /** Undefined where no engine answers: then there are no offers. */
  readonly engine: Engine | undefined;
  readonly terms: PaymentTerms & { readonly maxAwayMs: number };
  /** What the leases of a series have taken, those on recall or the others. */
  readonly taken: (series: Uint8Array, isOnRecall: boolean) => readonly Resources[];
}

export class OwnOffers implements Service {
  readonly #parts: OwnOffersParts;
  readonly #offers = new Map<string, OwnOffer>();
  readonly #stopping = new AbortController();

  constructor(parts: OwnOffersParts) {
    this.#parts = parts;
  }

  /** Reads back the offers that were made before. */
  async load(): Promise<void> {
    if (this.#parts.engine === undefined) return;
    for await (const [, row] of this.#parts.rows.entries()) this.#hold(row);
  }

  /** Publishes them. */
  async start(): Promise<void> {
    if (this.#parts.engine === undefined) return;
    for (const offer of this.#offers.values()) await this.#publish(offer);
    const { clock, log } = this.#parts;
    const periodic = { clock, log, signal: this.#stopping.signal };
    every(periodic, BEAT_MS, () => this.#beatAll());
    every(periodic, UNHEARD_MS, () => this.#repeatUnheard());
  }

  /** Tells everybody that the offers are gone; they come back with the next start. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    for (const offer of this.#offers.values()) await this.#bury(offer);
  }

  views(): OfferView[] {
    return [...this.#offers.values()].flatMap(({ revisions, beat }) => {
      const current = revisions.at(-1);
      return current === undefined ? [] : [viewOffer(current, aliveUntilMs(current.body, beat))];
    });
  }

  /** Makes an offer. Throws OFFER_WITHOUT_ENGINE, OFFER_OVER_CAPACITY, OFFER_TOO_MANY, IMAGE_NOT_FOUND. */
  async make(input: OfferInput): Promise<OfferView> {
    const { engine, rows } = this.#parts;
    if (engine === undefined) throw new TallyError('OFFER_WITHOUT_ENGINE');
    if (this.#offers.size >= MAX_OFFERS_A_PEER)
      throw new TallyError('OFFER_TOO_MANY', { max: MAX_OFFERS_A_PEER });
    const facts = await engine.facts(AbortSignal.timeout(5_000));
    this.#requireCapacity(input.resources, facts);
    const row = {
      series: randomBytes(16),
      total: input.resources,
      prices: input.prices ?? DEFAULT_PRICES,
      region: input.region ?? '',
      labels: input.labels ?? [],
      images: await heldImages(engine, input.images ?? []),
      longestLeaseMs: input.longestLeaseMs ?? LONGEST_LEASE_MS,
    };
    await rows.put(showId(row.series), row);
    const current = await this.#publish(this.#hold(row));
    this.#parts.event({ kind: 'offer.made', offer: showId(row.series) });
    return viewOffer(current, aliveUntilMs(current.body, 0));
  }

  #requireCapacity(wanted: Resources, facts: EngineFacts): void {
    const capacity = { cpuMillis: facts.cpuMillis, memoryBytes: facts.memoryBytes, gpus: 0 };
    const total = { ...capacity, diskBytes: facts.memoryBytes };
    const left = remaining(total, [sum([...this.#offers.values()].map(({ row }) => row.total))]);
    if (!fits(wanted, left)) throw new TallyError('OFFER_OVER_CAPACITY', { wanted, left });
  }

  /** Withdraws an offer for good. Throws OFFER_UNKNOWN. */
  async withdraw(series: string): Promise<void> {
    const offer = this.#offers.get(series);
    if (offer === undefined) throw new TallyError('OFFER_UNKNOWN', { series });
    this.#offers.delete(series);
    await this.#parts.rows.delete(series);
    this.#parts.event({ kind: 'offer.withdrawn', offer: series });
    await this.#bury(offer);
  }

  /** The revision with this id, and the current one of its series, while the promise of the former still stands. */
  find(
    id: Uint8Array,
    nowMs: number,
  ): { promised: SignedRecord<'offer'>; current: SignedRecord<'offer'> } | undefined {
    for (const { revisions, beat } of this.#offers.values()) {
      const promised = revisions.find((revision) => sameBytes(revision.id, id));
      const current = revisions.at(-1);
      if (promised === undefined || current === undefined) continue;
      return aliveUntilMs(promised.body, beat) > nowMs ? { promised, current } : undefined;
    }
    return undefined;
  }

  /** What is left of a series beside the leases that were given and are not on recall. */
  free(series: Uint8Array): Resources {
    const offer = this.#offers.get(showId(series));
    return offer === undefined ? sum([]) : remaining(offer.row.total, this.#parts.taken(series, false));
  }

  /** Whether the leases of a series, those on recall with them, have taken more than there is. */
  isOver(series: Uint8Array): boolean {
    const offer = this.#offers.get(showId(series));
    const taken = [false, true].flatMap((isOnRecall) => this.#parts.taken(series, isOnRecall));
    return offer === undefined || !fits(sum(taken), offer.row.total);
  }

  has(series: Uint8Array): boolean {
    return this.#offers.has(showId(series));
  }

  /** What everything that is offered costs an hour, in microcredits. */
  worthAnHour(): number {
    return [...this.#offers.values()].reduce((all, { row }) => all + pricePerHour(row.prices, row.total), 0);
  }

  /** Publishes a new revision of a series when what is left of it has changed. */
  async revise(series: Uint8Array): Promise<void> {
    const offer = this.#offers.get(showId(series));
    if (offer === undefined || this.#stopping.signal.aborted) return;
    const free = this.free(series);
    const current = offer.revisions.at(-1)?.body.resources;
    if (current !== undefined && fits(free, current) && fits(current, free)) return;
    await this.#publish(offer);
  }

  #hold(row: OfferRow): OwnOffer {
    const offer: OwnOffer = { row, chain: [], tipAt: 0, beat: 0, revisions: [], isHeard: false };
    this.#offers.set(showId(row.series), offer);
    return offer;
  }

  async #publish(offer: OwnOffer): Promise<SignedRecord<'offer'>> {
    const { book, overlay, engine, identity } = this.#parts;
    if (engine === undefined) throw new TallyError('OFFER_WITHOUT_ENGINE');
    const facts = await engine.facts(AbortSignal.timeout(5_000));
    this.#continueChain(offer);
    const record = signRecord('offer', this.#body(offer, facts), identity);
    offer.revisions = [...offer.revisions, record].slice(-KEPT_REVISIONS);
    book.take(record);
    offer.isHeard = (await overlay.publish('offer', record.bytes)) > 0;
    return record;
  }

  /** A new revision goes on with the links that are left, or begins a new chain when they run out. */
  #continueChain(offer: OwnOffer): void {
    offer.tipAt += offer.beat;
    offer.beat = 0;
    if (offer.chain.length - 1 - offer.tipAt >= FEW_BEATS) return;
    offer.chain = chainOf(randomBytes(32), BEATS);
    offer.tipAt = 0;
  }

  #body({ row, chain, tipAt, revisions }: OwnOffer, facts: EngineFacts): OfferBody {
    const { identity, network, clock, overlay, terms, taken } = this.#parts;
    const nowMs = clock.nowMs();
    const { firstEpochMs, maxEpochMs, maxAwayMs } = terms;
    return {
      volunteer: identity.publicKey,
      network,
      salt: newSalt(),
      series: row.series,
      seq: Math.max(nowMs, (revisions.at(-1)?.body.seq ?? 0) + 1),
      issuedAtMs: nowMs,
      lifetimeMs: OFFER_LIFETIME_MS,
      beatMs: BEAT_MS,
      beats: chain.length - 1 - tipAt,
      tip: chain[tipAt] ?? new Uint8Array(),
      addresses: overlay.addresses().slice(0, 8),
      resources: remaining(row.total, taken(row.series, false)),
      prices: row.prices,
      runtimeClasses: facts.runtimeClasses.slice(0, 8),
      architecture: facts.architecture,
      region: row.region,
      labels: row.labels,
      images: row.images,
      terms: { longestLeaseMs: row.longestLeaseMs, firstEpochMs, maxEpochMs, maxAwayMs },
    };
  }

  async #bury(offer: OwnOffer): Promise<void> {
    const current = offer.revisions.at(-1);
    if (current === undefined) return;
    const { identity, network, clock, book, overlay } = this.#parts;
    const { series, seq, beats } = current.body;
    const nowMs = clock.nowMs();
    const body = { volunteer: identity.publicKey, network, salt: newSalt(), series, issuedAtMs: nowMs };
    const forgetAtMs = aliveUntilMs(current.body, beats);
    const tombstone = signRecord(
      'tombstone',
      { ...body, seq: Math.max(nowMs, seq + 1), forgetAtMs },
      identity,
    );
    book.take(tombstone);
    await overlay.publish('tombstone', tombstone.bytes);
  }

  async #beatAll(): Promise<void> {
    for (const offer of this.#offers.values()) {
      await this.#showLife(offer).catch((error) =>
        this.#parts.log.warn({ err: error }, 'a beat was not published'),
      );
    }
  }

  /** What was published before anybody listened is said again, as a new revision: gossip sends no bytes twice. */
  async #repeatUnheard(): Promise<void> {
    const unheard = [...this.#offers.values()].filter(({ isHeard }) => !isHeard);
    if (this.#parts.overlay.connected().length === 0) return;
    for (const offer of unheard) {
      await this.#publish(offer).catch((err) => this.#parts.log.warn({ err }, 'an offer was not published'));
    }
  }

  async #showLife(offer: OwnOffer): Promise<void> {
    const current = offer.revisions.at(-1);
    const preimage = offer.chain[offer.tipAt + offer.beat + 1];
    if (current === undefined || preimage === undefined) {
      await this.#publish(offer);
      return;
    }
    offer.beat += 1;
    const beat = { offer: current.id, beat: offer.beat, preimage };
    this.#parts.book.beat(beat);
    await this.#parts.overlay.publish('liveness', encodeBeat(beat));
  }
}

async function heldImages(
  engine: Engine,
  names: readonly string[],
): Promise<{ name: string; digest: string }[]> {
  const held: { name: string; digest: string }[] = [];
  for (const name of names) {
    const image = await engine.image(name, AbortSignal.timeout(5_000));
    if (image === undefined) throw new TallyError('IMAGE_NOT_FOUND', { image: name });
    held.push({ name, digest: image.digest });
  }
  return held;
}
