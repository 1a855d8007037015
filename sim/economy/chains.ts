// The chains of honest peers, and one who sees every header that any of them signed and forgets none: whoever could be
// convicted by anybody is convicted here. A process goes on where its disk ends, and now and then its disk is a backup.
import type { Random } from '../../bench/support/random.ts';
import { nextGeneration, nextHeader, type Tip, tipOf } from '../../src/ledger/tip.ts';
import { encodeForkProof, forkProof, type Header, openForkProof } from '../../src/records/fork-proof.ts';
import { showId } from '../../src/records/id.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';

const NETWORK = 'sim';
/** Of all starts, those from a backup; and of all, those at which one is made. */
const FROM_BACKUP = 0.1;
const BACKED_UP = 0.2;

/** A peer's chain as its disk has it, and the process that goes on with it. */
interface Chain {
  readonly identity: Identity;
  disk: Tip | undefined;
  backup: Tip | undefined;
  generation: Tip['generation'];
}

export class Chains {
  readonly #random: Random;
  readonly #chains = new Map<string, Chain>();
  readonly #seen = new Map<string, Header>();
  readonly #convicted = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** How many peers there is a proof against. */
  get convicted(): number {
    return this.#convicted.size;
  }

  /** A process of this peer starts. */
  begin(peer: string, nowMs: number): void {
    const { identity, ...before } = this.#chains.get(peer) ?? this.#newChain();
    const disk = this.#random.chance(FROM_BACKUP) ? before.backup : before.disk;
    const backup = this.#random.chance(BACKED_UP) ? disk : before.backup;
    const generation = nextGeneration(disk, nowMs, this.#random.bytes(16));
    this.#chains.set(peer, { identity, disk, backup, generation });
  }

  /** What the peer signed since its last header gets under one, for everybody to see. */
  commit(peer: string): void {
    const chain = this.#chains.get(peer);
    if (chain === undefined) throw new Error(`${peer} never started`);
    const signer = { identity: chain.identity, network: NETWORK, salt: this.#random.bytes(16) };
    const [root, mapRoot] = [this.#random.bytes(32), this.#random.bytes(32)];
    const content = { root, records: 1, mapRoot, pairs: 1 };
    const header = nextHeader(signer, chain.disk, chain.generation, content);
    chain.disk = tipOf(header);
    this.#see(peer, header);
  }

  /** Keeps a peer's machine as it runs; to be called to resume it there, process and all: the one error that convicts. */
  snapshot(peer: string): () => void {
    const chain = this.#chains.get(peer);
    const kept = chain && { ...chain };
    return () => void (kept && this.#chains.set(peer, { ...kept }));
  }

  #newChain(): Omit<Chain, 'generation'> {
    return { identity: createIdentity(this.#random.bytes(32)), disk: undefined, backup: undefined };
  }

  /** Holds a header against those that it could contradict: of its process, of its own number and the ones beside it. */
  #see(peer: string, header: Header): void {
    const { seq, generation } = header.body;
    const nameOf = (number: number) => `${peer}/${generation.counter}/${showId(generation.nonce)}/${number}`;
    for (const number of [seq - 1, seq, seq + 1]) {
      const other = this.#seen.get(nameOf(number));
      const proof = other && forkProof(other, header);
      if (proof === undefined) continue;
      openForkProof(encodeForkProof(proof), NETWORK);
      this.#convicted.add(peer);
    }
    this.#seen.set(nameOf(seq), header);
  }
}
