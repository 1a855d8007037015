// A peer with a chain and pairs alone: what it commits is real, so what it shows is, until a test changes it.
import { onTestFinished } from 'vitest';
import { Chain } from '../../src/ledger/chain.ts';
import type { Database } from '../../src/ledger/database.ts';
import type { HeadersAnswer, HeadersQuery } from '../../src/ledger/following/following.ts';
import { headerKey, PREFIX } from '../../src/ledger/keys.ts';
import { HEAD_FILE, LEDGER_FOLDER } from '../../src/ledger/ledger.ts';
import { openDatabase } from '../../src/ledger/level-database.ts';
import { indexWrites, leafOf } from '../../src/ledger/pair-index.ts';
import { PairList } from '../../src/ledger/pair-states/pair-list.ts';
import { Proofs } from '../../src/ledger/proofs.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { SignedRecord } from '../../src/records/envelope.ts';
import type { Identity } from '../../src/records/identity.ts';
import { temporaryHome } from './ledgers.ts';
import { NETWORK } from './records.ts';
import { type ShowStates, showing, type World } from './trust-peers.ts';

export class StateHolder {
  readonly identity: Identity;
  readonly #database: Database;
  readonly #chain: Chain;
  readonly shows: ShowStates;

  private constructor(identity: Identity, database: Database, chain: Chain) {
    this.identity = identity;
    this.#database = database;
    this.#chain = chain;
    const parts = { database, network: NETWORK, self: identity.peer };
    this.shows = showing({ pairList: new PairList(parts), proofs: new Proofs(database, NETWORK) });
  }

  static async open(identity: Identity): Promise<StateHolder> {
    const home = await temporaryHome();
    const database = await openDatabase(`${home}/${LEDGER_FOLDER}`);
    const headFile = `${home}/${HEAD_FILE}`;
    const chain = new Chain({ database, headFile, identity, network: NETWORK, clock: systemClock });
    await chain.open();
    onTestFinished(() => chain.close().then(() => database.close()));
    return new StateHolder(identity, database, chain);
  }

  /** Whoever asks it in this world gets its real answers; what `change` names is answered so instead. */
  joins(world: World, change: Partial<ShowStates> = {}): void {
    world.shows.set(this.identity.peer, { ...this.shows, ...change });
    world.heads.set(this.identity.peer, (query) => this.#heads(query));
  }

  /** Commits these states of pairs under one header. */
  async commit(...receipts: SignedRecord<'receipt'>[]): Promise<void> {
    const { peer } = this.identity;
    const rows = receipts.flatMap((receipt) => indexWrites(receipt, peer));
    await this.#chain.commit(
      receipts,
      rows,
      receipts.map((receipt) => leafOf(receipt, peer)),
    );
  }

  async #heads({ heads }: HeadersQuery): Promise<HeadersAnswer> {
    const chains: HeadersAnswer['chains'][number][] = [];
    for (const { seq } of heads) {
      const headers: Uint8Array[] = [];
      for await (const [, header] of this.#database.entries(PREFIX.header, { after: headerKey(seq) }))
        headers.push(header);
      chains.push({ headers: headers.slice(0, 64), isAll: 1, proof: new Uint8Array() });
    }
    return { chains };
  }
}
