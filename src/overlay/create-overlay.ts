// The overlay on libp2p: it collects what is served, starts the node with it, and stops everything together.
import type { Duplex } from 'node:stream';
import type { Connection, PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import { BoundedMap } from '../lib/bounded-map.ts';
import { type Clock, every } from '../lib/clock.ts';
import { TallyError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { Slots } from '../lib/slots.ts';
import type { OverlayMetrics } from '../metrics/overlay.ts';
import type { Value } from '../records/codec.ts';
import type { Identity } from '../records/identity.ts';
import { AddressBook } from './node/address-book.ts';
import { keepConnected, parseBootstrap } from './node/bootstrap.ts';
import { subscribeTopics, topicName, validateTopics } from './node/gossip.ts';
import { greetConnections } from './node/greeting.ts';
import { createNode, type OverlayNode } from './node/node.ts';
import { OwnPace } from './node/own-pace.ts';
import { Reach, type ReachParts } from './node/reach.ts';
import { countScores, SCORE_CLASSES } from './node/scores.ts';
import { Backlog } from './streams/backlog.ts';
import { feed, serveFeeds } from './streams/feeds.ts';
import { type PipeParts, pipe, servePipes } from './streams/pipes.ts';
import { request, serveRequests } from './streams/requests.ts';
import { type CountBytes, duplexOf } from './streams/stream-duplex.ts';
import type { ServedProtocol } from './streams/streams.ts';
import { deadlineIn } from './terms/deadline.ts';
import type {
  ConnectedPeer,
  FeedHandler,
  FeedProtocol,
  GossipTable,
  GossipTopic,
  Overlay,
  PipeHandler,
  PipeMeter,
  PipeProtocol,
  RequestHandler,
  RequestProtocol,
} from './terms/overlay.ts';
import {
  COUNT_SCORES_MS,
  DIAL_TIMEOUT_MS,
  FOREIGN_MS,
  MAX_FOREIGN_PEERS,
  MAX_REQUESTS_IN_FLIGHT,
  MAX_STREAMS_PER_CONNECTION,
} from './terms/parameters.ts';

/** Which network, and where in it. */
export interface OverlayOptions {
  /** Peers of different networks do not mix. */
  network: string;
  /** Multiaddrs to listen on, as in `/ip4/0.0.0.0/tcp/4001`. */
  listen: readonly string[];
  /** Multiaddrs to tell others instead, where they differ: behind a router. */
  announce?: readonly string[];
  /** Peers to stay connected to, each `…/p2p/<peer>`. */
  bootstrap: readonly string[];
  /** `auto`: take part in the DHT, and look up peers in it that cannot be dialled where they were known. */
  dht?: 'auto' | 'off';
  /** Whether peers on the same LAN find each other by multicast DNS. */
  mdns?: boolean;
}

/** What the overlay is built from. */
export interface OverlayParts {
  identity: Pick<Identity, 'seed' | 'peer'>;
  clock: Clock;
  log: Log;
  metrics?: OverlayMetrics;
}

/** An overlay that has not started. Throws CONFIG_INVALID for a bootstrap address without a peer. */
export function createOverlay(options: OverlayOptions, parts: OverlayParts): Overlay {
  return new Libp2pOverlay(options, parts);
}

class Libp2pOverlay implements Overlay {
  readonly peer: string;
  readonly #options: OverlayOptions;
  readonly #parts: OverlayParts;
  readonly #bootstrap;
  readonly #stopping = new AbortController();
  readonly #streams: PipeParts;
  readonly #requestSlots = new Slots(MAX_REQUESTS_IN_FLIGHT);
  readonly #served: ServedProtocol[] = [];
  readonly #pace: OwnPace;
  readonly #open = new Set<Duplex>();
  readonly #addressBook = new AddressBook();
  readonly #denied = new Set<string>();
  readonly #reach: Reach;
  readonly #listeners: ((peer: string) => void)[] = [];
  readonly #foreignAtMs = new BoundedMap<string, number>(MAX_FOREIGN_PEERS);
  #greeted: ReadonlySet<string> = new Set();
  #table: GossipTable | undefined;
  #node: OverlayNode | undefined;
  #starting: Promise<void> | undefined;

  constructor(options: OverlayOptions, parts: OverlayParts) {
    this.peer = parts.identity.peer;
    this.#options = options;
    this.#parts = parts;
    this.#bootstrap = options.bootstrap.map(parseBootstrap);
    const { signal } = this.#stopping;
    this.#pace = new OwnPace(parts.clock);
    this.#streams = { ...parts, signal, open: this.#openStream, backlog: new Backlog(parts) };
    this.#reach = new Reach({
      ...{ clock: parts.clock, signal, isConnected: this.#isConnected, metrics: parts.metrics },
      dial: this.#dialPeer,
      dht: () => this.#node?.services.dht,
      found: (peer, addresses) => this.#addressBook.learn(peer, addresses.map(String)),
    });
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new TallyError('STOPPING'));
    for (const stream of this.#open) stream.destroy();
    await this.#starting?.catch(() => {});
    await this.#node?.stop();
    this.#parts.metrics?.connectedPeers.set(0);
  }

  addresses(): string[] {
    return this.#node?.getMultiaddrs().map(String) ?? [];
  }

  connected(): ConnectedPeer[] {
    const peers = this.#node?.getPeers() ?? [];
    return peers.flatMap((peer) => describePeer(peer, this.#node?.getConnections(peer) ?? []));
  }

  company(): { greeted: number; foreign: number } {
    const sinceMs = this.#parts.clock.monotonicMs() - FOREIGN_MS;
    const foreign = [...this.#foreignAtMs].filter(([, atMs]) => atMs > sinceMs);
    return { greeted: this.#greeted.size, foreign: foreign.length };
  }

  async learn(peer: string, addresses: readonly string[]): Promise<void> {
    this.#addressBook.learn(peer, addresses);
  }

  deny(peer: string): void {
    this.#denied.add(peer);
    const hangUp = this.#node?.hangUp(peerIdFromString(peer));
    hangUp?.catch((err) =>
      this.#parts.log.debug({ err, peer }, 'failed to close the connection to a convicted peer'),
    );
  }

  onConnect(listener: (peer: string) => void): void {
    this.#listeners.push(listener);
  }

  gossip(table: GossipTable): void {
    this.#table = table;
  }

  async publish(topic: GossipTopic, bytes: Uint8Array): Promise<number> {
    const maxBytes = this.#table?.[topic].maxBytes ?? 0;
    if (bytes.length > maxBytes) throw new TallyError('MESSAGE_TOO_LARGE', { bytes: bytes.length, maxBytes });
    const node = this.#running();
    const { recipients } = await node.services.pubsub.publish(topicName(this.#options.network, topic), bytes);
    return recipients.length;
  }

  serve<Q extends Value, A extends Value>(
    protocol: RequestProtocol<Q, A>,
    handler: RequestHandler<Q, A>,
  ): void {
    this.#served.push(serveRequests(this.#streams, this.#requestSlots, protocol, handler));
  }

  request<Q extends Value, A extends Value>(
    protocol: RequestProtocol<Q, A>,
    peer: string,
    body: Q,
    signal?: AbortSignal,
  ): Promise<A> {
    return request(this.#streams, protocol, peer, body, signal);
  }

  serveFeed<Q extends Value, I extends Value>(
    protocol: FeedProtocol<Q, I>,
    handler: FeedHandler<Q, I>,
  ): void {
    this.#served.push(serveFeeds(this.#streams, protocol, handler));
  }

  feed<Q extends Value, I extends Value>(
    protocol: FeedProtocol<Q, I>,
    peer: string,
    body: Q,
    signal: AbortSignal,
    opened?: () => void,
  ): AsyncIterable<I> {
    return feed(this.#streams, protocol, peer, body, signal, opened);
  }

  servePipe<Q extends Value>(protocol: PipeProtocol<Q>, handler: PipeHandler<Q>, meter?: PipeMeter<Q>): void {
    this.#served.push(servePipes(this.#streams, protocol, handler, meter));
  }

  async pipe<Q extends Value>(
    protocol: PipeProtocol<Q>,
    peer: string,
    body: Q,
    signal: AbortSignal,
  ): Promise<Duplex> {
    await this.#pace.turn(protocol, peer, signal);
    return pipe(this.#streams, protocol, peer, body, signal);
  }

  async #start(): Promise<void> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const { network, listen, announce = [], dht = 'off', mdns = false } = this.#options;
    const { clock, log, metrics } = this.#parts;
    const { seed } = this.#parts.identity;
    const isDenied = (peer: string) => this.#denied.has(peer);
    const node = await createNode({
      ...{ seed, network, listen, announce, clock, mdns, isDenied },
      dht: dht === 'auto',
    });
    this.#node = node;
    for (const served of this.#served) await this.#handle(node, served);
    if (this.#table) validateTopics(node.services.pubsub, this.#table, { network, log, metrics });
    this.#greeted = greetConnections(node, {
      ...{ onGreeted: this.#tellListeners, signal, log, metrics },
      onForeign: (peer) => this.#foreignAtMs.set(peer, clock.monotonicMs()),
    });
    node.services.lan?.onNeighbour((peer, addresses) => this.#meetNeighbour(peer, addresses));
    await node.start();
    if (this.#table) subscribeTopics(node.services.pubsub, network);
    every({ clock, log, signal }, COUNT_SCORES_MS, () => this.#countScores(node));
    for (const bootstrap of this.#bootstrap) {
      // A list of bootstrap peers may be shared with those peers themselves.
      if (bootstrap.peer === this.peer) continue;
      keepConnected({ isConnected: this.#isConnected, dial: this.#dial, clock, log }, bootstrap, signal);
    }
  }

  #countScores(node: OverlayNode): void {
    const counts = countScores(node.services.pubsub);
    for (const score of SCORE_CLASSES) this.#parts.metrics?.gossipPeers.set({ score }, counts[score]);
  }

  async #handle(node: OverlayNode, served: ServedProtocol): Promise<void> {
    const onStream: Parameters<OverlayNode['handle']>[1] = (stream, connection) => {
      const duplex = this.#track(duplexOf(stream, served.count));
      void served.onStream(connection.remotePeer.toString(), duplex);
    };
    await node.handle(served.id, onStream, {
      maxInboundStreams: served.maxInbound,
      maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
    });
  }

  #running(): OverlayNode {
    if (this.#node === undefined || this.#stopping.signal.aborted) throw new TallyError('STOPPING');
    return this.#node;
  }

  readonly #openStream = async (
    peer: string,
    protocolId: string,
    signal: AbortSignal,
    count?: CountBytes,
  ): Promise<Duplex> => {
    const node = this.#running();
    await this.#reach.connect(peer, signal);
    const stream = await node.dialProtocol(peerIdFromString(peer), protocolId, {
      signal,
      maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
    });
    return this.#track(duplexOf(stream, count));
  };

  /** Dials a peer at the addresses given, or wherever it is known to be. */
  readonly #dialPeer: ReachParts['dial'] = async (peer, addresses, signal) => {
    const node = this.#running();
    const learned = this.#addressBook.of(peer.toString());
    if (addresses === undefined && learned.length > 0) {
      await node.peerStore.merge(peer, { multiaddrs: [...learned] }, { signal });
    }
    await node.dial(addresses === undefined ? peer : [...addresses], { signal });
  };

  async #meetNeighbour(peer: string, addresses: readonly Multiaddr[]): Promise<void> {
    if (peer === this.peer || this.#isConnected(peer)) return;
    using deadline = deadlineIn(this.#parts.clock, DIAL_TIMEOUT_MS, this.#stopping.signal);
    await this.#running().dial([...addresses], { signal: deadline.signal });
  }

  /** Every stream is reset when the overlay stops. */
  #track(stream: Duplex): Duplex {
    this.#open.add(stream);
    stream.once('close', () => this.#open.delete(stream));
    if (this.#stopping.signal.aborted) stream.destroy();
    return stream;
  }

  readonly #isConnected = (peer: string): boolean => {
    return this.#node !== undefined && this.#node.getConnections(peerIdFromString(peer)).length > 0;
  };

  readonly #dial = async (
    address: Parameters<OverlayNode['dial']>[0],
    signal: AbortSignal,
  ): Promise<void> => {
    await this.#running().dial(address, { signal });
  };

  readonly #tellListeners = (peer: string): void => {
    for (const listener of this.#listeners) {
      try {
        listener(peer);
      } catch (error) {
        this.#parts.log.error({ err: error }, 'a listener for new peers failed');
      }
    }
  };
}

function describePeer(peer: PeerId, connections: readonly Connection[]): ConnectedPeer[] {
  const [first] = connections;
  if (first === undefined) return [];
  const addresses = connections.map((connection) => connection.remoteAddr.toString());
  return [{ peer: peer.toString(), addresses, direction: first.direction }];
}
