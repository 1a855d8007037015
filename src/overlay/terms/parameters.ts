// The numbers of the overlay, each with its reason. Figures of single protocols stand in their rows.
import { KIB, MIB, SECOND_MS } from '../../lib/units.ts';

/** A mesh needs a dozen neighbours; the rest are counterparties. Each connection costs some 100 KiB. */
export const MAX_CONNECTIONS = 300;

/** Per remote address. libp2p's 5 would refuse many peers behind one router, or on one machine. */
export const MAX_INBOUND_PER_SECOND = 64;

/** Sockets that have not finished their handshake: what an attacker without a key can hold. */
export const MAX_PENDING_INBOUND = 64;

/** A handshake or a protocol negotiation is a few round trips, even over a relay. */
export const NEGOTIATION_TIMEOUT_MS = 5 * SECOND_MS;

/** One dial of one peer, all of its addresses; and one address, so that a dead one leaves time for the next. */
export const DIAL_TIMEOUT_MS = 5 * SECOND_MS;
export const ADDRESS_DIAL_TIMEOUT_MS = 2 * SECOND_MS;

/** Identify right after connecting; a peer that does not answer it is of no use, and its connection is closed. */
export const GREETING_TIMEOUT_MS = 10 * SECOND_MS;

/** Peers of other networks are remembered for so long, a few rounds of dialling bootstrap peers; and so many of them. */
export const FOREIGN_MS = 60 * SECOND_MS;
export const MAX_FOREIGN_PEERS = 64;

/** Bootstrap peers are dialled again after this, doubling up to the next. */
export const BOOTSTRAP_RETRY_MIN_MS = 250;
export const BOOTSTRAP_RETRY_MAX_MS = 15 * SECOND_MS;

/**
 * A request to a peer that is not connected: where it was last known alone for so long, then beside it what the DHT
 * says. Addresses that swallow packets take two seconds each, and requests have five.
 */
export const LOOK_UP_AFTER_MS = SECOND_MS;

/** One attempt to reach a peer, shared by all who wait for it: longer than the deadlines of most. */
export const REACH_LIMIT_MS = 15 * SECOND_MS;

/** A peer that the DHT did not know is not looked up again before this. */
export const LOOK_UP_AGAIN_MS = 2 * SECOND_MS;

/** Lookups at once; each dials some dozen peers at the most. */
export const MAX_LOOKUPS = 8;

/** Answers to one lookup that are tried: more say that somebody lies. */
export const MAX_FOUND_ANSWERS = 16;

/** Peers that were heard of in the DHT, and those that did not answer: a table holds 1,280 at the most. */
export const MAX_HEARD_PEERS = 2_048;

/** Kademlia's parallelism, and as many paths that share no peer, so that one liar cannot lead all of them astray. */
export const DHT_ALPHA = 4;

/**
 * Dials on behalf of the DHT: so many a second in queries, and fewer to see whether a peer that was heard of exists.
 * Whatever a hostile peer names, this is what others can be made to suffer from us.
 */
export const DHT_DIALS_PER_SECOND = 16;
export const DHT_PINGS_PER_SECOND = 2;

/** Peers that were heard of and wait to be looked at; the rest will be heard of again. */
export const DHT_MAX_UPDATES = 64;
export const DHT_UPDATES_AT_ONCE = 4;

/** A peer that did not answer is not dialled by the DHT again before this. */
export const DHT_DEAD_MS = 60 * SECOND_MS;

/** Connections that the DHT opened and nobody else uses; a connection costs some 100 KiB. */
export const DHT_MAX_CONNECTIONS = 32;

/** A request names one key, of 40 bytes; an answer 21 peers with a few addresses each, 3 KiB of what is honest. */
export const DHT_MAX_REQUEST_BYTES = 512;
export const DHT_MAX_ANSWER_BYTES = 16 * KIB;

/** What one peer may ask of our table, and at once: an honest one asks everybody once in a lookup. */
export const DHT_ASKED_BUDGET = { burst: 64, perSecond: 8 } as const;
export const DHT_MAX_STREAMS = 32;

/** Making oneself known: after so long, so that a table has entries; for so long; so many times; not again before. */
export const DHT_INTRODUCE_AGAIN_MS = SECOND_MS;
export const DHT_INTRODUCE_LIMIT_MS = 5 * SECOND_MS;
export const DHT_INTRODUCE_TRIES = 10;
export const DHT_INTRODUCE_EVERY_MS = 60 * SECOND_MS;

/** Neighbours on the LAN: dialled so many a second, not again before, and remembered. A LAN is a household. */
export const LAN_DIALS_PER_SECOND = 2;
export const LAN_DIAL_AGAIN_MS = 30 * SECOND_MS;
export const MAX_LAN_PEERS = 256;
export const MAX_LAN_WAITING = 16;

/** Where peers can be dialled: kept for so many peers, so many addresses each. */
export const MAX_LEARNED_PEERS = 4_096;
export const MAX_LEARNED_ADDRESSES = 8;

/** An address is two or three components and a peer id; relayed ones carry two peer ids. */
export const MAX_ADDRESS_LENGTH = 256;

/**
 * What a stream may have in flight: 10 MB/s at 50 ms. It must stay below libp2p's 4 MiB read buffer, or a paused
 * stream is reset by its own window (the default is 16 MiB).
 */
export const STREAM_WINDOW_BYTES = 512 * KIB;

/**
 * Room for every pipe that one protocol grants (2,048), and for the requests beside them. It is libp2p's limit of early
 * streams too: its 10 closes the connection of a peer that asks more than so much right after dialling.
 */
export const MAX_STREAMS_PER_CONNECTION = 2_560;

/**
 * What may wait between the ends of all pipes of one peer, and of all that this peer opened: a quarter of a thousand that nobody reads, each
 * with its window and its buffers. Most connections are idle, and hold nothing.
 */
export const BACKLOG_BYTES = 128 * MIB;

/** So few pipes are below it, whatever they do; with more, what waits is looked at so often. */
export const BACKLOG_FEW_PIPES = 64;
export const BACKLOG_LOOK_MS = 250;

/** One that is read, however slowly, moves within this; it is reset only where twice as much waits. */
export const BACKLOG_STILL_MS = 1_000;

/** What a stream's Node side buffers before it pauses the remote. */
export const STREAM_BUFFER_BYTES = 64 * KIB;

/**
 * What a stream takes before its writer has to wait; what came while it was busy goes as one frame. No more, as other streams wait for a
 * frame: 50 ms at 20 Mbit/s.
 */
export const STREAM_WRITE_BYTES = 128 * KIB;

/** Requests that one peer may have in our hands at once, over all protocols. */
export const MAX_REQUESTS_IN_FLIGHT = 64;

/** Feeds that one peer may hold open, a protocol. */
export const MAX_OPEN_FEEDS = 32;

/** The request itself must be here by then; requests are small. */
export const REQUEST_READ_MS = 5 * SECOND_MS;

/** A large one has longer: Start carries up to 1 MiB, which a line of half a megabit a second brings within its deadline. */
export const REQUEST_LEAST_BYTES_PER_SECOND = 64 * KIB;

/** After the last byte the other side has this long to close, then the stream is reset. */
export const LINGER_MS = 2 * SECOND_MS;

/** A feed whose reader takes nothing for so long is ended. */
export const FEED_STALL_MS = 60 * SECOND_MS;

/**
 * Gossip degree. Streams, not signatures, cost in this stack: D = 4 carried 395 messages a second over ten peers on
 * two cores where libp2p's D = 6 carried 280. Reconciliation repairs what a thinner mesh loses.
 */
export const GOSSIP_DEGREE = { D: 4, Dlo: 3, Dhi: 8, Dscore: 2, Dout: 1, Dlazy: 4 } as const;

/**
 * One frame of gossip may carry many messages, as an answer to IWANT does; a frame over this ends the stream of its
 * sender, so it must exceed what an honest one holds in its cache of five heartbeats.
 */
export const MAX_GOSSIP_FRAME_BYTES = 4 * MIB;

/** Our messages are small: announcing that one is not wanted would cost as much as sending it. */
export const IDONTWANT_MIN_BYTES = 64 * KIB;

/**
 * What one frame of gossip may list. There are five topics; ids are 32 bytes and a peer has at most some thousands
 * of messages in five heartbeats.
 */
export const GOSSIP_FRAME_LIMITS = {
  maxSubscriptions: 64,
  maxMessages: 2_048,
  maxIhaveMessageIDs: 2_048,
  maxIwantMessageIDs: 2_048,
  maxIdontwantMessageIDs: 512,
  maxControlMessages: 64,
  maxPeerInfos: 16,
} as const;

/**
 * Scores under which a peer gets no gossip of ours, no messages of ours, and is not heard at all: gossipsub's own,
 * stated here since the weights below are chosen by them.
 */
export const GOSSIP_THRESHOLDS = {
  gossipThreshold: -10,
  publishThreshold: -50,
  graylistThreshold: -80,
} as const;

/** How often scores are counted for the metrics. */
export const COUNT_SCORES_MS = 5 * SECOND_MS;

/**
 * Only rejected messages count: the square of their number, halved in 69 s. Nine at once pass the threshold of
 * -80, and the sender is not listened to any more. Nothing is earned by being busy, and silence is no fault in a
 * network where little changes; many peers on one address are a household or a test, not an attack.
 */
export const GOSSIP_TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  firstMessageDeliveriesWeight: 0,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.99,
} as const;
