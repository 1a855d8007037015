// A peer of the simulation: the product's following and convictions over a chain of its own, which grows by real signed
// headers. It crashes, comes back, and may come back as it was at an earlier time.

import type { Random } from '../../bench/support/random.ts';
import { Convictions } from '../../src/ledger/following/convictions.ts';
import { FollowedChains } from '../../src/ledger/following/followed-chains.ts';
import { Following, type FollowingParts } from '../../src/ledger/following/following.ts';
import { nextGeneration, nextHeader, type Tip, tipOf } from '../../src/ledger/tip.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ForkProof, Header } from '../../src/records/fork-proof.ts';
import type { Identity } from '../../src/records/identity.ts';
import { MemoryTable } from '../ground/memory-table.ts';

const SIM_NETWORK = 'sim';

export interface SimPeerParts extends Pick<FollowingParts, 'connected' | 'ask' | 'askConvictions' | 'worth'> {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  readonly isOfInterest: (peer: string) => boolean;
  readonly isCounterparty: (peer: string) => boolean;
  /** A key was convicted here. */
  readonly convicted: (proof: ForkProof) => void;
}

/** What is on disk. */
interface Disk {
  readonly headers: readonly Header[];
  readonly chains: MemoryTable<Uint8Array>;
  readonly convictions: MemoryTable<Uint8Array>;
}

/** What runs. */
interface Process {
  readonly following: Following;
  readonly convictions: Convictions;
  readonly generation: Tip['generation'];
}

export class SimPeer {
  readonly #parts: SimPeerParts;
  #disk: Disk = { headers: [], chains: new MemoryTable(), convictions: new MemoryTable() };
  #process: Process | undefined;

  constructor(parts: SimPeerParts) {
    this.#parts = parts;
  }

  get peer(): string {
    return this.#parts.identity.peer;
  }

  get headers(): readonly Header[] {
    return this.#disk.headers;
  }

  get following(): Following | undefined {
    return this.#process?.following;
  }

  get convictions(): Convictions | undefined {
    return this.#process?.convictions;
  }

  async start(): Promise<void> {
    const { identity, clock, random, convicted, isCounterparty, ...parts } = this.#parts;
    const { chains: chainRows, convictions: rows } = this.#disk;
    const chains = new FollowedChains(chainRows, silentLog);
    await chains.load(SIM_NETWORK);
    const convictions = new Convictions({ ...parts, rows, network: SIM_NETWORK, log: silentLog });
    await convictions.load();
    convictions.onConvicted(convicted);
    const following = new Following({
      ...{ ...parts, me: identity.peer, network: SIM_NETWORK, clock, log: silentLog, chains, convictions },
      isCounterparty: async (peer) => isCounterparty(peer),
      ownHead: () => headOf(this.#disk.headers.at(-1)),
      ownHeaders: async (fromSeq, limit) =>
        this.#disk.headers.slice(fromSeq - 1, fromSeq - 1 + limit).map(({ bytes }) => bytes),
    });
    const generation = nextGeneration(tipAfter(this.#disk.headers), clock.nowMs(), random.bytes(16));
    this.#process = { following, convictions, generation };
    await following.start();
  }

  /** The process is gone; the disk stays. */
  crash(): void {
    void this.#process?.following.stop();
    this.#process = undefined;
  }

  backup(): Disk {
    const { headers, chains, convictions } = this.#disk;
    return { headers, chains: chains.backup(), convictions: convictions.backup() };
  }

  restore({ headers, chains, convictions }: Disk): void {
    this.#disk = { headers, chains: chains.backup(), convictions: convictions.backup() };
  }

  /** One more header, unless the peer is down. */
  commit(): void {
    if (this.#process === undefined) return;
    const next = this.nextHeader(this.#disk.headers);
    this.#disk = { ...this.#disk, headers: [...this.#disk.headers, next] };
  }

  /** A header of the running process after others; a forker makes two after the same ones. */
  nextHeader(headers: readonly Header[]): Header {
    const { identity, random } = this.#parts;
    const generation = this.#process?.generation;
    if (generation === undefined) throw new Error('a peer that is down signs nothing');
    const signer = { identity, network: SIM_NETWORK, salt: random.bytes(16) };
    const content = { root: random.bytes(32), records: 1, mapRoot: random.bytes(32), pairs: 1 };
    return nextHeader(signer, tipAfter(headers), generation, content);
  }
}

function tipAfter(headers: readonly Header[]): Tip | undefined {
  const last = headers.at(-1);
  return last && tipOf(last);
}

function headOf(header: Header | undefined) {
  if (header === undefined) return undefined;
  const { generation, seq } = header.body;
  return { counter: generation.counter, seq, id: header.id };
}
