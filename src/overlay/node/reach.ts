// How this peer connects to another one: at its known addresses, and beside them at those from the DHT, as soon as the
// known ones fail or are slow. All callers that want the same peer share one attempt.
import type { PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import type { OverlayMetrics } from '../../metrics/overlay.ts';
import { deadlineIn, withSignal } from '../terms/deadline.ts';
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  LOOK_UP_AFTER_MS,
  LOOK_UP_AGAIN_MS,
  MAX_LEARNED_PEERS,
  MAX_LOOKUPS,
  REACH_LIMIT_MS,
} from '../terms/parameters.ts';
import type { Dht } from './dht.ts';

/** What reaching a peer needs of the overlay. */
export interface ReachParts {
  clock: Clock;
  /** Aborts when the overlay stops. */
  signal: AbortSignal;
  isConnected(peer: string): boolean;
  /** Dials a peer where it is known to be, or these addresses alone. */
  dial(peer: PeerId, addresses: readonly Multiaddr[] | undefined, signal: AbortSignal): Promise<void>;
  /** Undefined where this peer takes no part in the DHT. */
  dht(): Dht | undefined;
  /** Told of addresses that turned out to be right. */
  found(peer: string, addresses: readonly Multiaddr[]): void;
  metrics?: OverlayMetrics | undefined;
}

/** Connects to peers. */
export class Reach {
  readonly #parts: ReachParts;
  readonly #attempts = new Map<string, Promise<void>>();
  readonly #absentUntilMs = new BoundedMap<string, number>(MAX_LEARNED_PEERS);
  #lookups = 0;

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** Resolves when the peer is connected; throws what dialling it said, or the signal's reason. */
  async connect(peer: string, signal: AbortSignal): Promise<void> {
    if (!this.#parts.isConnected(peer)) {
      const attempt = this.#attempts.get(peer) ?? this.#attempt(peer);
      await withSignal(attempt, signal);
    }
    this.#absentUntilMs.delete(peer);
  }

  #attempt(peer: string): Promise<void> {
    const attempt = this.#tryBoth(peerIdFromString(peer)).finally(() => this.#attempts.delete(peer));
    this.#attempts.set(peer, attempt);
    // Those who wait hear of it; all of them may have given up.
    attempt.catch(() => {});
    return attempt;
  }

  async #tryBoth(peer: PeerId): Promise<void> {
    const { clock, signal, dial } = this.#parts;
    using deadline = deadlineIn(clock, REACH_LIMIT_MS, signal);
    const direct = new AbortController();
    const known = dial(peer, undefined, AbortSignal.any([deadline.signal, direct.signal]));
    const giveUpKnown = async () => {
      direct.abort(new Error('another address is tried'));
      await known.catch(() => {});
    };
    const done = new AbortController();
    const looked = this.#lookUpAfter(
      known,
      peer,
      giveUpKnown,
      AbortSignal.any([deadline.signal, done.signal]),
    );
    try {
      await Promise.any([known, looked]);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      done.abort(new Error('connected'));
      direct.abort(new Error('connected'));
    }
  }

  /** Rejects where the DHT is not asked or knows nothing that works. */
  async #lookUpAfter(
    known: Promise<void>,
    peer: PeerId,
    giveUpKnown: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const dht = this.#parts.dht();
    await Promise.race([known.catch(() => {}), wait(this.#parts.clock, LOOK_UP_AFTER_MS, signal)]);
    signal.throwIfAborted();
    const name = peer.toString();
    const tooEarly = this.#parts.clock.monotonicMs() < (this.#absentUntilMs.get(name) ?? 0);
    if (this.#parts.isConnected(name) || dht === undefined || tooEarly || this.#lookups >= MAX_LOOKUPS) {
      throw new Error('the peer was not looked up');
    }
    this.#lookups += 1;
    let outcome: 'found' | 'absent' = 'absent';
    try {
      for await (const addresses of dht.find(peer, signal)) {
        await giveUpKnown();
        if (!(await this.#connects(peer, addresses, signal))) continue;
        this.#parts.found(name, addresses);
        outcome = 'found';
        return;
      }
      throw new Error('the DHT knows no address that works');
    } finally {
      this.#lookups -= 1;
      if (outcome === 'absent') {
        this.#absentUntilMs.set(name, this.#parts.clock.monotonicMs() + LOOK_UP_AGAIN_MS);
      }
      this.#parts.metrics?.dhtLookupsTotal.inc({ outcome });
    }
  }

  async #connects(peer: PeerId, addresses: readonly Multiaddr[], signal: AbortSignal): Promise<boolean> {
    if (this.#parts.isConnected(peer.toString())) return true;
    using deadline = deadlineIn(this.#parts.clock, ADDRESS_DIAL_TIMEOUT_MS, signal);
    try {
      await this.#parts.dial(peer, addresses, deadline.signal);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }
}
