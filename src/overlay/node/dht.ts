// Finding a peer by its id alone, in a Kademlia table spread over all peers of the network. It is asked only when
// a peer cannot be dialled where it was last known, and it may do no more than dht-bounds.ts allows.
import {
  type PeerDiscovery,
  type PeerId,
  type PeerInfo,
  type Startable,
  start,
  stop,
} from '@libp2p/interface';
import { type KadDHT, type KadDHTComponents, kadDHT } from '@libp2p/kad-dht';
import type { Multiaddr } from '@multiformats/multiaddr';
import { type Clock, wait } from '../../lib/clock.ts';
import {
  DHT_ALPHA,
  DHT_INTRODUCE_AGAIN_MS,
  DHT_INTRODUCE_EVERY_MS,
  DHT_INTRODUCE_LIMIT_MS,
  DHT_INTRODUCE_TRIES,
  DHT_MAX_STREAMS,
  DHT_MAX_UPDATES,
  DHT_UPDATES_AT_ONCE,
  MAX_FOUND_ANSWERS,
  MAX_LEARNED_ADDRESSES,
} from '../terms/parameters.ts';
import { withPeer } from './address-book.ts';
import { DhtBounds } from './dht-bounds.ts';
import { meaningful } from './scope.ts';

/** Where the overlay looks up peers. */
export interface Dht extends Startable {
  /**
   * Where a peer is, answer by answer, the first as soon as it comes; any of them can be wrong or a lie. Ends without
   * an answer where nobody knows the peer; throws when the signal aborts.
   */
  find(peer: PeerId, signal: AbortSignal): AsyncIterable<readonly Multiaddr[]>;
}

/** What makes a DHT. */
export interface DhtOptions {
  network: string;
  /** Whether others may ask this peer: one that listens nowhere is of no use to them. */
  serves: boolean;
  clock: Clock;
}

/** The name of the protocol on the wire. */
export function dhtProtocol(network: string): string {
  return `/tallymesh-${network}/kad/1.0.0`;
}

/** The DHT as a service of the node. */
export function createDht(options: DhtOptions): (components: KadDHTComponents) => Dht {
  return (components) => new BoundedDht(options, components);
}

class BoundedDht implements Dht {
  readonly #options: DhtOptions;
  readonly #parts: KadDHTComponents;
  readonly #stopping = new AbortController();
  readonly #kad: KadDHT & Partial<PeerDiscovery>;
  #introducing = false;
  #introduceAtMs = 0;

  constructor(options: DhtOptions, parts: KadDHTComponents) {
    this.#options = options;
    this.#parts = parts;
    const bounds = new DhtBounds(parts, options.clock, this.#stopping.signal);
    this.#kad = kadDHT({
      protocol: dhtProtocol(options.network),
      clientMode: !options.serves,
      peerInfoMapper: this.#outward,
      allowQueryWithZeroPeers: true,
      alpha: DHT_ALPHA,
      maxInboundStreams: DHT_MAX_STREAMS,
      maxOutboundStreams: DHT_MAX_STREAMS,
      routingTableUpdateQueueConcurrency: DHT_UPDATES_AT_ONCE,
      routingTableUpdateMaxQueueSize: DHT_MAX_UPDATES,
      validators: {},
    })(bounds.components());
    this.#kad.addEventListener?.('peer', ({ detail }) => {
      const { id, multiaddrs } = this.#outward(detail);
      if (multiaddrs.length > 0) bounds.hear(id.toString(), multiaddrs);
    });
  }

  async start(): Promise<void> {
    await start(this.#kad);
    await this.#parts.registrar.register(dhtProtocol(this.#options.network), {
      onConnect: () => void this.#introduce(),
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the DHT is stopping'));
    await stop(this.#kad);
  }

  async *find(peer: PeerId, signal: AbortSignal): AsyncGenerator<readonly Multiaddr[]> {
    let answers = 0;
    try {
      for await (const event of this.#kad.findPeer(peer, { signal, useCache: false })) {
        if (event.name !== 'FINAL_PEER') continue;
        const { multiaddrs } = this.#outward(event.peer);
        if (multiaddrs.length === 0) continue;
        yield multiaddrs.slice(0, MAX_LEARNED_ADDRESSES).map((each) => withPeer(each, peer.toString()));
        answers += 1;
        if (answers >= MAX_FOUND_ANSWERS) return;
      }
    } catch (error) {
      if (!(error instanceof Error && error.name === 'NotFoundError')) throw error;
    }
  }

  /** Addresses to tell and to believe. */
  readonly #outward = (info: PeerInfo): PeerInfo => {
    return { ...info, multiaddrs: meaningful(info.multiaddrs, this.#parts.addressManager.getAddresses()) };
  };

  /**
   * Whoever has just met a peer of the DHT asks for the peers nearest to itself, and so becomes known to them. The
   * library does so every five minutes, which is late for a peer that came back at another address.
   */
  async #introduce(): Promise<void> {
    const { clock } = this.#options;
    if (this.#introducing || clock.monotonicMs() < this.#introduceAtMs) return;
    this.#introducing = true;
    const { signal } = this.#stopping;
    for (let count = 0; count < DHT_INTRODUCE_TRIES && !signal.aborted; count += 1) {
      await wait(clock, DHT_INTRODUCE_AGAIN_MS, signal);
      if (!(await this.#askForNearest().catch(() => false))) continue;
      this.#introduceAtMs = clock.monotonicMs() + DHT_INTRODUCE_EVERY_MS;
      break;
    }
    this.#introducing = false;
  }

  /** Whether anybody answered. */
  async #askForNearest(): Promise<boolean> {
    const limit = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DHT_INTRODUCE_LIMIT_MS)]);
    let answered = false;
    const key = this.#parts.peerId.toMultihash().bytes;
    for await (const event of this.#kad.getClosestPeers(key, { signal: limit })) {
      answered ||= event.name === 'PEER_RESPONSE';
    }
    return answered;
  }
}
