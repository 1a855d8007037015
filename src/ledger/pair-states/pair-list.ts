// The list of all its pairs that this peer shows: the place of each in the map of its newest header, and its receipt. A
// short list needs no paths, because a peer that has all of it can compute the root of the map.
import { TallyError } from '../../lib/errors.ts';
import { parseRecord } from '../../records/envelope.ts';
import { sameBytes, showId } from '../../records/id.ts';
import { publicKeyOf } from '../../records/identity.ts';
import { type Leaf, pairName, type Side } from '../../records/pair-map.ts';
import { lastHeader } from '../chain.ts';
import { decodeCovers } from '../covers.ts';
import type { Database, Reader } from '../database.ts';
import { coversKey, headerKey, recordKey } from '../keys.ts';
import { counterparties, latestId, sideOf } from '../pair-index.ts';
import { PAIR_LIST_CATCHES_UP, PAIR_LIST_MAX, SHOWN_RECORDS_BYTES } from '../parameters.ts';
import { joinLeaves, type PairsAnswer, type PairsQuery } from './replica.ts';

/** A pair of this peer, and the number of the header since when it stands as it does; 0 for earlier than is known. */
interface Listed extends Leaf {
  readonly side: Side;
  readonly since: number;
}

interface Listing {
  readonly seq: number;
  /** Id of the header that it was made under. */
  readonly id: Uint8Array;
  /** Since this header every change is marked. */
  readonly markedFrom: number;
  readonly pairs: ReadonlyMap<string, Listed>;
}

export interface PairListParts {
  readonly database: Database;
  readonly network: string;
  readonly self: string;
}

/** Answers those who keep this peer's pair states. */
export class PairList {
  readonly #parts: PairListParts;
  #listing: Listing | undefined;

  constructor(parts: PairListParts) {
    this.#parts = parts;
  }

  /**
   * The newest header, and the pairs that changed since the one that is named, or all. No pairs if there are more than
   * PAIR_LIST_MAX: then they are shown by rank (proofs.ts).
   */
  show(known: PairsQuery): Promise<PairsAnswer> {
    return this.#parts.database.reading(async (reader) => {
      const header = await lastHeader(reader, this.#parts.network);
      if (header === undefined)
        return { header: [], isAll: 1, tenant: joinLeaves([]), volunteer: joinLeaves([]) };
      const isListed = header.body.pairs <= PAIR_LIST_MAX;
      const listing = isListed ? await this.#upTo(reader, header.body.seq, header.id) : undefined;
      const isSince = listing !== undefined && (await this.#isMarkedSince(reader, listing, known));
      const shown = [...(listing?.pairs.values() ?? [])].filter(({ since }) => !isSince || since > known.seq);
      const of = (wanted: Side) => joinLeaves(shown.filter(({ side }) => side === wanted));
      return {
        header: [header.bytes],
        isAll: isSince ? 0 : 1,
        tenant: of('tenant'),
        volunteer: of('volunteer'),
      };
    });
  }

  /** Those of these receipts that are stored, from the first on as many as an answer holds. */
  async receipts(ids: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const receipts: Uint8Array[] = [];
    let bytes = 0;
    for (const id of ids) {
      const stored = await this.#parts.database.get(recordKey('receipt', showId(id)));
      if (stored === undefined) continue;
      bytes += stored.length;
      if (bytes > SHOWN_RECORDS_BYTES) break;
      receipts.push(stored);
    }
    return receipts;
  }

  /** Whether `known` is a header of this chain since which the list marks every change. */
  async #isMarkedSince(reader: Reader, listing: Listing, { id, seq }: PairsQuery): Promise<boolean> {
    if (id.length === 0 || seq < listing.markedFrom || seq > listing.seq) return false;
    const stored = await reader.get(headerKey(seq));
    return stored !== undefined && sameBytes(parseRecord('header', stored, this.#parts.network).id, id);
  }

  async #upTo(reader: Reader, seq: number, id: Uint8Array): Promise<Listing> {
    const before = this.#listing;
    const canGoOn =
      before !== undefined &&
      seq - before.seq <= PAIR_LIST_CATCHES_UP &&
      (await this.#isMarkedSince(reader, before, before));
    if (canGoOn && before.seq === seq) return before;
    const pairs = canGoOn ? await this.#changed(reader, before, seq) : await this.#read(reader);
    const listing = { seq, id, markedFrom: canGoOn ? before.markedFrom : seq, pairs };
    this.#listing = listing;
    return listing;
  }

  async #read(reader: Reader): Promise<Map<string, Listed>> {
    const pairs = new Map<string, Listed>();
    for (const side of ['tenant', 'volunteer'] as const)
      for await (const counterparty of counterparties(reader, side))
        await this.#list(reader, pairs, { side, counterparty, since: 0 });
    return pairs;
  }

  /** The pairs of the receipts that the headers after a listing cover are looked at again. */
  async #changed(reader: Reader, before: Listing, upTo: number): Promise<Map<string, Listed>> {
    const pairs = new Map(before.pairs);
    for (let seq = before.seq + 1; seq <= upTo; seq += 1) {
      const covers = await reader.get(coversKey(seq));
      if (covers === undefined) throw new TallyError('LEDGER_HEADER_MISSING', { seq });
      for (const { kind, id } of decodeCovers(covers)) {
        const stored = kind === 'receipt' ? await reader.get(recordKey('receipt', showId(id))) : undefined;
        if (stored === undefined) continue;
        const { body } = parseRecord('receipt', stored, this.#parts.network);
        await this.#list(reader, pairs, { ...sideOf(body, this.#parts.self), since: seq });
      }
    }
    return pairs;
  }

  async #list(
    reader: Reader,
    pairs: Map<string, Listed>,
    { side, counterparty, since }: { side: Side; counterparty: string; since: number },
  ): Promise<void> {
    const receipt = await latestId(reader, side, counterparty);
    if (receipt === undefined) return;
    const name = pairName(side, publicKeyOf(counterparty));
    pairs.set(showId(name), { name, receipt, side, since });
  }
}
