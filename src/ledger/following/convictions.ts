// Convictions: the keys against which this peer has a fork proof. A proof is checked once, stored, handed on, and never
// taken back. Keys that this peer has nothing to do with share one bounded part of the store, because anybody can make a
// key and convict it.
import { randomBytes } from 'node:crypto';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import {
  encodeForkProof,
  FORK_PROOF_MAX_BYTES,
  type ForkProof,
  parseForkProof,
  type UnverifiedForkProof,
  verifyForkProof,
} from '../../records/fork-proof.ts';
import { sameBytes } from '../../records/id.ts';
import { bytes } from '../../records/shape.ts';
import type { Table } from '../database.ts';
import { CONVICTED_KNOWN_MAX, CONVICTED_STRANGERS_MAX, CONVICTIONS_PAGE } from '../parameters.ts';

/** Shape of a stored proof. */
export const STORED_PROOF = bytes(1, FORK_PROOF_MAX_BYTES);

/** The result of taking a proof. `full`: it is about a stranger, and the part for strangers is full. */
export type Taken = 'new' | 'known' | 'full';

/** A part of the proofs; its wire form stands in overlay/protocols/headers.ts. */
export type ConvictionsPage = {
  readonly run: Uint8Array;
  readonly proofs: readonly Uint8Array[];
  readonly upTo: number;
  readonly more: number;
};

export interface ConvictionsParts {
  readonly rows: Pick<Table<Uint8Array>, 'put' | 'entries'>;
  readonly network: string;
  readonly log: Log;
  /** Whether this peer has anything to do with a key: trusts it, deals with it, follows it. */
  readonly isOfInterest: (peer: string) => boolean;
}

interface Convicted {
  readonly stamp: number;
  readonly proof: Uint8Array;
}

/** The convicted keys, in memory and on disk. */
export class Convictions {
  readonly #parts: ConvictionsParts;
  readonly #byPeer = new Map<string, Convicted>();
  readonly #listeners: ((proof: ForkProof) => void)[] = [];
  readonly #run: Uint8Array = randomBytes(16);
  #lastStamp = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: ConvictionsParts) {
    this.#parts = parts;
  }

  /** Reads what is on disk; each proof is checked again. */
  async load(): Promise<void> {
    for await (const [, proof] of this.#parts.rows.entries())
      this.#keep(verifyForkProof(parseForkProof(proof, this.#parts.network)), proof);
  }

  get size(): number {
    return this.#byPeer.size;
  }

  has(peer: string): boolean {
    return this.#byPeer.has(peer);
  }

  peers(): IterableIterator<string> {
    return this.#byPeer.keys();
  }

  /** The encoded proof that convicts this key. */
  proofOf(peer: string): Uint8Array | undefined {
    return this.#byPeer.get(peer)?.proof;
  }

  /** Calls back once for every key convicted from now on. */
  onConvicted(listener: (proof: ForkProof) => void): void {
    this.#listeners.push(listener);
  }

  /** Whether a proof against this key would be looked at. */
  wants(peer: string): Taken {
    if (this.has(peer)) return 'known';
    const { isOfInterest } = this.#parts;
    const isStranger = !isOfInterest(peer);
    const alike = [...this.#byPeer.keys()].filter((other) => isOfInterest(other) !== isStranger).length;
    return alike < (isStranger ? CONVICTED_STRANGERS_MAX : CONVICTED_KNOWN_MAX) ? 'new' : 'full';
  }

  /** Takes in a verified proof: the key is refused from now on, and the proof is on disk soon. */
  convict(proof: ForkProof): Taken {
    const wanted = this.wants(proof.peer);
    if (wanted !== 'new') return wanted;
    const encoded = encodeForkProof(proof);
    this.#keep(proof, encoded);
    this.#writing = this.#writing
      .then(() => this.#parts.rows.put(proof.peer, encoded))
      .catch((err) => this.#parts.log.error({ err }, 'failed to write a fork proof'));
    for (const listener of this.#listeners) listener(proof);
    return 'new';
  }

  /** Takes in a proof that somebody sent. Throws RECORD_*, FORK_UNPROVEN, SIGNATURE_INVALID. */
  take(encoded: Uint8Array): Taken {
    const proof = parseForkProof(encoded, this.#parts.network);
    const wanted = this.wants(proof.peer);
    return wanted === 'new' ? this.convict(verifyForkProof(proof)) : wanted;
  }

  /** What came after `since` in this run; everything to whom counts in another run. */
  page({ run, since }: { readonly run: Uint8Array; readonly since: number }): ConvictionsPage {
    const from = sameBytes(run, this.#run) ? since : 0;
    const after = [...this.#byPeer.values()].filter(({ stamp }) => stamp > from);
    const shown = after.slice(0, CONVICTIONS_PAGE);
    return {
      run: this.#run,
      proofs: shown.map(({ proof }) => proof),
      upTo: shown.at(-1)?.stamp ?? from,
      more: after.length > shown.length ? 1 : 0,
    };
  }

  /** The row of the overlay's gossip table. */
  row() {
    return {
      maxBytes: FORK_PROOF_MAX_BYTES,
      decode: (encoded: Uint8Array) => parseForkProof(encoded, this.#parts.network),
      validate: (proof: UnverifiedForkProof) => {
        // [IGNORE] known, or of a stranger without room
        if (this.wants(proof.peer) !== 'new') return 'ignore' as const;
        // [REJECT] not signed by the key that it would convict
        return isSigned(proof) ? ('accept' as const) : ('reject' as const);
      },
      apply: (proof: UnverifiedForkProof) => void this.convict(verifyForkProof(proof)),
    };
  }

  /** Resolves when every proof taken in is on disk. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #keep(proof: ForkProof, encoded: Uint8Array): void {
    this.#lastStamp += 1;
    this.#byPeer.set(proof.peer, { stamp: this.#lastStamp, proof: encoded });
  }
}

function isSigned(proof: UnverifiedForkProof): boolean {
  try {
    verifyForkProof(proof);
    return true;
  } catch (error) {
    if (error instanceof TallyError) return false;
    throw error;
  }
}
