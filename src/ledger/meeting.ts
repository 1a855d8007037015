// Meeting: when two peers connect again, they tell each other what they know of their pairs, so that a side that lost
// something, with a restored backup or a lost disk, has it again before the next receipt.
import { BoundedMap } from '../lib/bounded-map.ts';
import { codeOf } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { CatchingUp, Known } from './catching-up.ts';
import { PAIRS_REMEMBERED } from './parameters.ts';

/** What is told and asked; the wire form stands in overlay/protocols/receipt.ts. */
export type KnownQuery = Known & {
  /** Leases of whose totals the asker is in doubt. */
  readonly asked: readonly Uint8Array[];
};

export interface MeetingParts {
  readonly log: Log;
  readonly catchingUp: CatchingUp;
  readonly ask: (peer: string, query: KnownQuery, signal: AbortSignal) => Promise<Known>;
}

export class Meeting implements Service {
  readonly #parts: MeetingParts;
  readonly #met = new BoundedMap<string, true>(PAIRS_REMEMBERED);
  readonly #stopping = new AbortController();

  constructor(parts: MeetingParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** A connection to a peer is there: once a process is enough, for what one lost it lost before it started. Never rejects. */
  async meet(peer: string): Promise<void> {
    if (this.#met.has(peer)) return;
    this.#met.set(peer, true);
    try {
      await this.compare(peer, []);
    } catch (error) {
      this.#met.delete(peer);
      this.#parts.log.debug({ code: codeOf(error), peer }, 'failed to fetch what another peer knows');
    }
  }

  /** Tells a peer what is known here of the pairs with it and of these leases, and takes in what it knows. */
  async compare(peer: string, leases: readonly Uint8Array[]): Promise<void> {
    const { catchingUp, ask } = this.#parts;
    const query = { asked: leases, ...(await catchingUp.known(peer, leases)) };
    await catchingUp.learn(peer, await ask(peer, query, this.#stopping.signal));
  }

  /** Answers another peer that does so. Throws as `learn`. */
  async serve(peer: string, { asked, ...known }: KnownQuery): Promise<Known> {
    await this.#parts.catchingUp.learn(peer, known);
    return this.#parts.catchingUp.known(peer, asked);
  }
}
