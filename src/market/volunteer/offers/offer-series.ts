// What others hear of one series of offers: signed revisions, beats in between that keep the last one alive, and the
// tombstone. What is offered, and whether it is in the market, is decided in own-offers.ts.

import type { Clock } from '../../../lib/clock.ts';
import { newSalt } from '../../../lib/salt.ts';
import type { Overlay } from '../../../overlay/terms/overlay.ts';
import type { Resources } from '../../../records/common.ts';
import { type SignedRecord, signRecord } from '../../../records/envelope.ts';
import { sameBytes } from '../../../records/id.ts';
import type { Identity } from '../../../records/identity.ts';
import { aliveUntilMs, encodeBeat } from '../../../records/liveness.ts';
import type { EngineFacts } from '../../../runtime/engine.ts';
import type { OrderBook } from '../../book/book.ts';
import type { PaymentTerms } from '../../terms/payment.ts';
import { BeatChain } from './beat-chain.ts';
import { signOffer } from './offer-record.ts';
import type { OfferRow } from './offer-rows.ts';

/** So many former revisions are still honoured, as long as they live and promised the same. */
const KEPT_REVISIONS = 64;

export interface OfferSeriesParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly overlay: Pick<Overlay, 'publish' | 'addresses' | 'connected'>;
  readonly book: OrderBook;
  readonly terms: PaymentTerms & { readonly maxAwayMs: number };
}

/** What an offer is signed with: what is left, and the engine; undefined of one that is silent. */
interface Promised {
  readonly resources: Resources;
  readonly facts: EngineFacts | undefined;
}

export class OfferSeries {
  readonly #parts: OfferSeriesParts;
  readonly #chain = new BeatChain();
  #revisions: readonly SignedRecord<'offer'>[] = [];
  #lastSeq: number;
  #isHeard = false;
  #unlisted: SignedRecord<'offer'> | undefined;
  row: OfferRow;
  /** Those of its images that the engine holds now, by the names that were offered. */
  held: OfferRow['images'];

  /** `lastSeq` is that of the last word about this series, a tombstone too. */
  constructor(parts: OfferSeriesParts, row: OfferRow, lastSeq = 0) {
    this.#parts = parts;
    this.row = row;
    this.held = row.images;
    this.#lastSeq = lastSeq;
  }

  /** Of the last word about it. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The revision that is in the market now. */
  get current(): SignedRecord<'offer'> | undefined {
    return this.#revisions.at(-1);
  }

  /** Whether it is in the market, and nobody was there to hear it. */
  get isUnheard(): boolean {
    return this.current !== undefined && !this.#isHeard;
  }

  /** Until when others take a revision for living, with the beats that were shown. */
  aliveUntilMs({ body }: SignedRecord<'offer'>): number {
    return aliveUntilMs(body, this.#chain.shown);
  }

  /** The revision with this id, if it is kept. */
  revision(id: Uint8Array): SignedRecord<'offer'> | undefined {
    return this.#revisions.find((revision) => sameBytes(revision.id, id));
  }

  /** Signs a new revision and publishes it. */
  async publish(promised: Promised): Promise<void> {
    const { book, overlay } = this.#parts;
    this.#chain.revise();
    const record = this.#sign(promised);
    this.#unlisted = undefined;
    this.#lastSeq = record.body.seq;
    this.#revisions = [...this.#revisions, record].slice(-KEPT_REVISIONS);
    book.take(record);
    this.#isHeard = (await overlay.publish('offer', record.bytes)) > 0;
  }

  /** Signed to be shown to the owner alone while the offer is not in the market. */
  unlisted(promised: Promised): SignedRecord<'offer'> {
    if (this.#unlisted === undefined) {
      this.#chain.revise();
      this.#unlisted = this.#sign(promised);
    }
    return this.#unlisted;
  }

  /** An offer as it stands; nobody has it yet. */
  #sign(promised: Promised): SignedRecord<'offer'> {
    const { identity, network, clock, overlay, terms } = this.#parts;
    const state = { row: this.row, chain: this.#chain, lastSeq: this.#lastSeq, held: this.held };
    const [nowMs, addresses] = [clock.nowMs(), overlay.addresses()];
    return signOffer(state, { identity, network, nowMs, addresses, ...promised, terms });
  }

  /** Shows that the current revision lives; false if its beats are used up, so that it needs a new one. */
  async beat(): Promise<boolean> {
    const { current } = this;
    if (current === undefined) return true;
    const next = this.#chain.next();
    if (next === undefined) return false;
    const beat = { offer: current.id, ...next };
    this.#parts.book.beat(beat);
    await this.#parts.overlay.publish('liveness', encodeBeat(beat));
    return true;
  }

  /** Says that it is gone; until when others know it at most. */
  async bury(): Promise<number> {
    const { current } = this;
    if (current === undefined) return 0;
    const { identity, network, clock, book, overlay } = this.#parts;
    const { series, seq } = current.body;
    const nowMs = clock.nowMs();
    const body = { volunteer: identity.publicKey, network, salt: newSalt(), series, issuedAtMs: nowMs };
    // No later beat was ever shown
    const forgetAtMs = this.aliveUntilMs(current);
    const tombstone = signRecord(
      'tombstone',
      { ...body, seq: Math.max(nowMs, seq + 1), forgetAtMs },
      identity,
    );
    this.#revisions = [];
    this.#lastSeq = tombstone.body.seq;
    book.take(tombstone);
    await overlay.publish('tombstone', tombstone.bytes);
    return forgetAtMs;
  }
}
