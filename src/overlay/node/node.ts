// The libp2p node: which transports and services, and their limits. It is built here and knows nothing of records.
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { type GossipSub, gossipsub, type Message } from '@libp2p/gossipsub';
import { createTopicScoreParams } from '@libp2p/gossipsub/score';
import { type Identify, identify } from '@libp2p/identify';
import type { Libp2p, PeerId } from '@libp2p/interface';
import { type Ping, ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import type { Clock } from '../../lib/clock.ts';
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  DIAL_TIMEOUT_MS,
  GOSSIP_DEGREE,
  GOSSIP_FRAME_LIMITS,
  GOSSIP_THRESHOLDS,
  GOSSIP_TOPIC_SCORE,
  IDONTWANT_MIN_BYTES,
  MAX_CONNECTIONS,
  MAX_GOSSIP_FRAME_BYTES,
  MAX_INBOUND_PER_SECOND,
  MAX_LEARNED_ADDRESSES,
  MAX_PENDING_INBOUND,
  MAX_STREAMS_PER_CONNECTION,
  NEGOTIATION_TIMEOUT_MS,
  STREAM_WINDOW_BYTES,
} from '../terms/parameters.ts';
import { createDht, type Dht } from './dht.ts';
import { encryption } from './encryption.ts';
import { messageId, topicNames } from './gossip.ts';
import { createLan, type Lan } from './lan.ts';
import { libp2pLogger } from './quiet-logger.ts';

/** A libp2p node with the services that the overlay uses. */
export type OverlayNode = Libp2p<{ identify: Identify; ping: Ping; pubsub: GossipSub; dht?: Dht; lan?: Lan }>;

/** What makes a node: its key, its network, and where it listens. */
export interface NodeOptions {
  seed: Uint8Array;
  network: string;
  listen: readonly string[];
  announce: readonly string[];
  clock: Clock;
  /** Whether to take part in the DHT. */
  dht: boolean;
  /** Whether to be found by peers on the same LAN, and to find them. */
  mdns: boolean;
  /** Whether this peer deals with another no more. */
  isDenied: (peer: string) => boolean;
}

/** Builds a node that has not started. */
export async function createNode(options: NodeOptions): Promise<OverlayNode> {
  const { seed, network, listen, announce, clock } = options;
  const logger = libp2pLogger(process.env.DEBUG);
  const isRefused = (peer: PeerId) => isForeignKey(peer) || options.isDenied(peer.toString());
  return createLibp2p({
    start: false,
    ...(logger && { logger }),
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    nodeInfo: { name: 'tallymesh', userAgent: 'tallymesh' },
    addresses: { listen: [...listen], announce: [...announce] },
    transports: [tcp()],
    connectionEncrypters: [encryption()],
    streamMuxers: [
      yamux({
        maxInboundStreams: MAX_STREAMS_PER_CONNECTION,
        maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
        maxEarlyStreams: MAX_STREAMS_PER_CONNECTION,
        streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES },
      }),
    ],
    connectionManager: {
      maxConnections: MAX_CONNECTIONS,
      inboundConnectionThreshold: MAX_INBOUND_PER_SECOND,
      maxIncomingPendingConnections: MAX_PENDING_INBOUND,
      maxPeerAddrsToDial: 2 * MAX_LEARNED_ADDRESSES,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: NEGOTIATION_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: NEGOTIATION_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: NEGOTIATION_TIMEOUT_MS,
    },
    connectionGater: {
      denyDialPeer: isRefused,
      denyInboundEncryptedConnection: isRefused,
      denyOutboundEncryptedConnection: isRefused,
    },
    services: {
      identify: identify({ protocolPrefix: `tallymesh-${network}`, runOnConnectionOpen: false }),
      ping: ping(),
      pubsub: gossip(network),
      ...(options.dht && { dht: createDht({ network, serves: listen.length > 0, clock }) }),
      ...(options.mdns && { lan: createLan({ network, clock }) }),
    },
  });
}

/** Peers are named by Ed25519 keys; who comes with another kind cannot sign a record. */
function isForeignKey(peer: PeerId): boolean {
  return peer.type !== 'Ed25519';
}

function gossip(network: string) {
  const topics = topicNames(network);
  return gossipsub({
    ...GOSSIP_DEGREE,
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: (message: Message) => messageId(message.topic, message.data),
    fastMsgIdFn: (message) => messageId(message.topic, message.data ?? new Uint8Array()).toString('base64'),
    msgIdToStrFn: (id) => Buffer.from(id).toString('base64'),
    fallbackToFloodsub: false,
    floodPublish: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: topics,
    maxInboundDataLength: MAX_GOSSIP_FRAME_BYTES,
    idontwantMinDataSize: IDONTWANT_MIN_BYTES,
    decodeRpcLimits: GOSSIP_FRAME_LIMITS,
    scoreThresholds: GOSSIP_THRESHOLDS,
    scoreParams: {
      IPColocationFactorWeight: 0,
      topics: Object.fromEntries(topics.map((topic) => [topic, createTopicScoreParams(GOSSIP_TOPIC_SCORE)])),
    },
  });
}
