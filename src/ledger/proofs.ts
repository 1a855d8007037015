// Proofs of pair states under the newest header, read as of one moment, even if records are committed meanwhile.
import { TallyError } from '../lib/errors.ts';
import { sameBytes, showId } from '../records/id.ts';
import { publicKeyOf } from '../records/identity.ts';
import { type PairPath, pairName, type Side } from '../records/pair-map.ts';
import { encodePairStatement, type PairState } from '../records/pair-statement.ts';
import { lastHeader } from './chain.ts';
import type { Database, Reader } from './database.ts';
import { recordKey } from './keys.ts';
import { pathTo, pathToRank } from './stored-map.ts';

/** States of pairs, and the envelope of the header that they are proven under; no header, no states. */
export type ProvenStates = {
  readonly header: readonly Uint8Array[];
  readonly states: readonly PairState[];
};

/** Shows what the newest header commits to. */
export class Proofs {
  readonly #database: Database;
  readonly #network: string;

  constructor(database: Database, network: string) {
    this.#database = database;
    this.#network = network;
  }

  /** The state or the absence of a pair, as a statement for strangers. Undefined before the first header. */
  async statement(side: Side, counterparty: string): Promise<Uint8Array | undefined> {
    const name = pairName(side, publicKeyOf(counterparty));
    const proven = await this.#prove(() => [
      async (reader) => stateAt(reader, await pathTo(reader, name), name),
    ]);
    const [[header], [state]] = [proven.header, proven.states];
    return header && state && encodePairStatement(header, state);
  }

  /** The states of these ranks, as far as the map has them. */
  async ranked(ranks: readonly number[]): Promise<ProvenStates> {
    return this.#prove((pairs) =>
      ranks
        .filter((rank) => rank < pairs)
        .map((rank) => async (reader) => stateAt(reader, await pathToRank(reader, rank))),
    );
  }

  async #prove(
    wanted: (pairs: number) => readonly ((reader: Reader) => Promise<PairState>)[],
  ): Promise<ProvenStates> {
    return this.#database.reading(async (reader) => {
      const header = await lastHeader(reader, this.#network);
      if (header === undefined) return { header: [], states: [] };
      const states: PairState[] = [];
      for (const read of wanted(header.body.pairs)) states.push(await read(reader));
      return { header: [header.bytes], states };
    });
  }
}

/** The state at the end of a path; the receipt of another pair that stands where `name` would is not shown. */
async function stateAt(reader: Reader, path: PairPath, name?: Uint8Array): Promise<PairState> {
  const [end] = path.end;
  if (end === undefined || (name !== undefined && !sameBytes(end.name, name))) return { path, receipt: [] };
  const stored = await reader.get(recordKey('receipt', showId(end.receipt)));
  if (stored === undefined) throw new TallyError('LEDGER_RECORD_MISSING', { id: showId(end.receipt) });
  return { path, receipt: [stored] };
}
