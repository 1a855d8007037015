// Peers of the same network on the same LAN, found by multicast DNS and dialled. A multicast message proves nothing: it
// only says where to dial, and the handshake tells who is there.
import { type PeerInfo, type Startable, start, stop } from '@libp2p/interface';
import { type MulticastDNSComponents, mdns } from '@libp2p/mdns';
import type { Multiaddr } from '@multiformats/multiaddr';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  LAN_DIAL_AGAIN_MS,
  LAN_DIALS_PER_SECOND,
  MAX_LAN_PEERS,
  MAX_LAN_WAITING,
  MAX_LEARNED_ADDRESSES,
} from '../terms/parameters.ts';
import { withPeer } from './address-book.ts';
import { Pacer } from './pacer.ts';
import { SCOPE, scopeOf } from './scope.ts';

/** The search for neighbours. */
export interface Lan extends Startable {
  /** Whom to call with each neighbour, in its turn; to be set before the start. */
  onNeighbour(meet: (peer: string, addresses: readonly Multiaddr[]) => Promise<void>): void;
}

/** What the search is told. */
export interface LanOptions {
  network: string;
  clock: Clock;
}

/** The name asked for by multicast: peers of other networks do not answer to it. */
function lanServiceTag(network: string): string {
  return `_tallymesh-${network}._udp.local`;
}

/** The search for neighbours as a service of the node. */
export function createLan(options: LanOptions): (components: MulticastDNSComponents) => Lan {
  return (components) => new MulticastLan(options, components);
}

class MulticastLan implements Lan {
  readonly #clock: Clock;
  readonly #mdns;
  readonly #pacer: Pacer;
  readonly #stopping = new AbortController();
  readonly #againAtMs = new BoundedMap<string, number>(MAX_LAN_PEERS);
  #meet: (peer: string, addresses: readonly Multiaddr[]) => Promise<void> = async () => {};
  #waiting = 0;

  constructor({ network, clock }: LanOptions, components: MulticastDNSComponents) {
    this.#clock = clock;
    this.#pacer = new Pacer(clock, LAN_DIALS_PER_SECOND);
    this.#mdns = mdns({ serviceTag: lanServiceTag(network) })(components);
  }

  onNeighbour(meet: (peer: string, addresses: readonly Multiaddr[]) => Promise<void>): void {
    this.#meet = meet;
  }

  async start(): Promise<void> {
    const { signal } = this.#stopping;
    this.#mdns.addEventListener('peer', ({ detail }) => void this.#hear(detail), { signal });
    await start(this.#mdns);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the search for peers on the LAN is stopping'));
    await stop(this.#mdns);
  }

  async #hear({ id, multiaddrs }: PeerInfo): Promise<void> {
    const peer = id.toString();
    // What is not of the LAN has no business in an answer by multicast.
    const neighbourly = multiaddrs.filter((address) => scopeOf(address) === SCOPE.lan);
    const addresses = neighbourly.slice(0, MAX_LEARNED_ADDRESSES);
    const nowMs = this.#clock.monotonicMs();
    if (addresses.length === 0 || nowMs < (this.#againAtMs.get(peer) ?? 0)) return;
    if (this.#waiting >= MAX_LAN_WAITING) return;
    this.#againAtMs.set(peer, nowMs + LAN_DIAL_AGAIN_MS);
    this.#waiting += 1;
    try {
      await this.#pacer.turn(this.#stopping.signal);
      await this.#meet(
        peer,
        addresses.map((address) => withPeer(address, peer)),
      );
    } catch {
      // It is not there, or not what it said: its next answer comes within seconds.
    } finally {
      this.#waiting -= 1;
    }
  }
}
