// What the DHT may do with this node. The library dials whoever it is told of, keeps what strangers store, and tags
// peers to stay connected to; here it gets parts that pace, cap and forget.
import type { KadDHTComponents } from '@libp2p/kad-dht';
import type { Multiaddr } from '@multiformats/multiaddr';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { Budget } from '../../lib/budget.ts';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import {
  DHT_ASKED_BUDGET,
  DHT_DEAD_MS,
  DHT_DIALS_PER_SECOND,
  DHT_MAX_ANSWER_BYTES,
  DHT_MAX_CONNECTIONS,
  DHT_MAX_REQUEST_BYTES,
  DHT_PINGS_PER_SECOND,
  MAX_HEARD_PEERS,
  MAX_LEARNED_ADDRESSES,
} from '../terms/parameters.ts';
import { withPeer } from './address-book.ts';
import { Pacer } from './pacer.ts';

type Part<K extends keyof KadDHTComponents> = KadDHTComponents[K];
type RemotePeer = KadDHTComponents['peerId'];
type Handler = Parameters<Part<'registrar'>['handle']>[1];
type Stream = Parameters<Handler>[0];

/** Begins the names of our own protocols: a connection with a stream of one is in use. */
const OWN_PROTOCOLS = '/tallymesh/';

/** The parts that the DHT is built from, bounded. */
export class DhtBounds {
  readonly #parts: KadDHTComponents;
  readonly #clock: Clock;
  readonly #heard = new BoundedMap<string, readonly Multiaddr[]>(MAX_HEARD_PEERS);
  readonly #deadUntilMs = new BoundedMap<string, number>(MAX_HEARD_PEERS);
  readonly #dialled = new Set<string>();
  readonly #asked = new Budget(DHT_ASKED_BUDGET);
  readonly #dials: Pacer;
  readonly #pings: Pacer;
  readonly #stopping: AbortSignal;

  constructor(parts: KadDHTComponents, clock: Clock, stopping: AbortSignal) {
    this.#parts = parts;
    this.#clock = clock;
    this.#stopping = stopping;
    this.#dials = new Pacer(clock, DHT_DIALS_PER_SECOND);
    this.#pings = new Pacer(clock, DHT_PINGS_PER_SECOND);
  }

  /** Where a peer is, as somebody said: kept here, since libp2p's store of addresses has no bound. */
  hear(peer: string, addresses: readonly Multiaddr[]): void {
    const before = this.#heard.get(peer) ?? [];
    const known = before.filter((old) => !addresses.some((address) => address.equals(old)));
    this.#heard.set(peer, [...addresses, ...known].slice(0, MAX_LEARNED_ADDRESSES));
  }

  /** The parts for the library. */
  components(): KadDHTComponents {
    const { peerId, privateKey, addressManager, events, logger } = this.#parts;
    const { registrar, connectionManager, peerStore, ping } = this.#parts;
    return {
      ...{ peerId, privateKey, addressManager, events, logger },
      registrar: changed(registrar, {
        handle: (protocol, handler, options) => registrar.handle(protocol, this.#guard(handler), options),
      }),
      connectionManager: changed(connectionManager, {
        openStream: async (peer, protocol, options) => {
          const remote = peer as RemotePeer;
          await this.#connect(remote, this.#dials, options?.signal);
          const stream = await connectionManager.openStream(remote, protocol, options);
          return capped(stream, DHT_MAX_ANSWER_BYTES);
        },
      }),
      ping: {
        ping: async (peer, options) => {
          await this.#connect(peer as RemotePeer, this.#pings, options?.signal);
          return ping.ping(peer, options);
        },
      },
      // Its tags would keep connections alive and win over those of counterparties.
      peerStore: changed(peerStore, { merge: (peer, _, options) => peerStore.get(peer, options) }),
      datastore: FORGETFUL,
    };
  }

  /** Asked by others: so many streams a peer and second, so many bytes a stream. */
  #guard(handler: Handler): Handler {
    return (stream, connection) => {
      const peer = connection.remotePeer.toString();
      if (!this.#asked.take(peer, this.#clock.monotonicMs())) {
        stream.abort(new TallyError('BUDGET_SPENT'));
        return;
      }
      return handler(capped(stream, DHT_MAX_REQUEST_BYTES), connection);
    };
  }

  /** Dials a peer that is not connected, in its turn; who did not answer is left alone for a while. */
  async #connect(peer: RemotePeer, pacer: Pacer, signal: AbortSignal = this.#stopping): Promise<void> {
    const { connectionManager } = this.#parts;
    if (this.#isConnected(peer)) return;
    const name = peer.toString();
    if ((this.#deadUntilMs.get(name) ?? 0) > this.#clock.monotonicMs()) throw new TallyError('PEER_SILENT');
    await pacer.turn(signal);
    if (this.#isConnected(peer)) return;
    try {
      await connectionManager.openConnection(await this.#addressesOf(peer), { signal });
    } catch (error) {
      if (!signal.aborted) this.#deadUntilMs.set(name, this.#clock.monotonicMs() + DHT_DEAD_MS);
      throw error;
    }
    this.#dialled.delete(name);
    this.#dialled.add(name);
    await this.#hangUp();
  }

  /** What the peer itself said when it was connected, then what others say: nobody can talk its own word away. */
  async #addressesOf(peer: RemotePeer): Promise<Multiaddr[]> {
    const name = peer.toString();
    const known = await this.#parts.peerStore.get(peer).catch(() => undefined);
    const own = known?.addresses.map(({ multiaddr }) => multiaddr).slice(0, MAX_LEARNED_ADDRESSES) ?? [];
    return [...own, ...(this.#heard.get(name) ?? [])].map((address) => withPeer(address, name));
  }

  #isConnected(peer: RemotePeer): boolean {
    return this.#parts.connectionManager.getConnections(peer).length > 0;
  }

  /** Of the connections that the DHT opened the oldest unused ones are closed when there are too many. */
  async #hangUp(): Promise<void> {
    for (const peer of this.#dialled) {
      if (this.#dialled.size <= DHT_MAX_CONNECTIONS) return;
      this.#dialled.delete(peer);
      const connections = this.#connectionsOf(peer);
      const used = connections.some(({ streams }) =>
        streams.some(({ protocol }) => protocol.startsWith(OWN_PROTOCOLS)),
      );
      if (!used) await Promise.allSettled(connections.map((connection) => connection.close()));
    }
  }

  #connectionsOf(peer: string) {
    const all = this.#parts.connectionManager.getConnections();
    return all.filter(({ remotePeer }) => remotePeer.toString() === peer);
  }
}

/** Resets a stream that brings more than so many bytes. */
function capped(stream: Stream, maxBytes: number): Stream {
  let bytes = 0;
  stream.addEventListener('message', ({ data }) => {
    bytes += data.byteLength;
    if (bytes > maxBytes) stream.abort(new TallyError('MESSAGE_TOO_LARGE', { maxBytes }));
  });
  return stream;
}

/** A part with some of its functions replaced. */
function changed<T extends object>(part: T, replaced: Partial<T>): T {
  return new Proxy(part, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const refuse = (): never => {
  throw new TallyError('BODY_TOO_LARGE', { reason: 'this DHT stores nothing for other peers' });
};

async function* nothing(): AsyncGenerator<never> {}

/** The library's store of values and providers: peers are all that we look up, so strangers store nothing here. */
const FORGETFUL: KadDHTComponents['datastore'] = {
  put: refuse,
  putMany: refuse,
  get: refuse,
  getMany: nothing,
  has: () => false,
  delete: () => {},
  deleteMany: nothing,
  batch: () => ({ put: refuse, delete: () => {}, commit: async () => {} }),
  query: nothing,
  queryKeys: nothing,
};
