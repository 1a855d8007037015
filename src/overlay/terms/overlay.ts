// What the rest of a peer sees of the overlay. Everything above libp2p speaks in peer ids (text), records' codec and
// TallyErrors; no libp2p type leaves this room.
import type { Duplex } from 'node:stream';
import type { BudgetOptions } from '../../lib/budget.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Value } from '../../records/codec.ts';

/** Accept passes a message on; Reject counts against the sender; Ignore is nobody's fault. */
export type Verdict = 'accept' | 'reject' | 'ignore';

/** The closed set of gossip topics: `/tallymesh/<network>/<topic>/1`. */
export type GossipTopic = 'offer' | 'tombstone' | 'liveness' | 'vouch' | 'outcome' | 'fork-proof';

/** One row of the gossip table. An unknown throw in any of the three is Ignore, and is logged. */
export interface GossipRow<T> {
  readonly maxBytes: number;
  /** Throws a TallyError for bytes that no honest sender sends: Reject. */
  decode(bytes: Uint8Array): T;
  /** Cheap checks first, the signature last. */
  validate(item: T): Verdict;
  /** Takes in what was accepted. */
  apply(item: T): void;
}

/** One row per topic; a new topic without a row does not compile. */
export type GossipTable = { readonly [T in GossipTopic]: GossipRow<unknown> };

/** A protocol of one request and one response over a direct stream. */
export interface RequestProtocol<Q, A> {
  /** `/tallymesh/<name>/<version>`. */
  readonly id: string;
  readonly request: (value: Value, path: string) => Q;
  readonly response: (value: Value, path: string) => A;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  /** From opening the stream to the last byte of the response. */
  readonly deadlineMs: number;
  /** What one remote peer may ask of us. */
  readonly budget: BudgetOptions;
  /** Details of a refusal that travel with its code, where they are counts: they concern the one who asked. */
  readonly tells?: readonly string[];
}

/** Answers a request of an authenticated peer; a thrown TallyError travels as its code. */
export type RequestHandler<Q, A> = (peer: string, request: Q, signal: AbortSignal) => Promise<A>;

/** A protocol of one request and then many items from the server, until either side ends it. */
export interface FeedProtocol<Q, I> {
  readonly id: string;
  readonly request: (value: Value, path: string) => Q;
  readonly item: (value: Value, path: string) => I;
  readonly maxRequestBytes: number;
  readonly maxItemBytes: number;
  /** From opening the stream to the server's word that the feed is open; items may then take as long as they like. */
  readonly openDeadlineMs: number;
  readonly budget: BudgetOptions;
}

export type FeedHandler<Q, I> = (peer: string, request: Q, signal: AbortSignal) => AsyncIterable<I>;

/** A protocol of one request and then plain bytes both ways (tunnels). */
export interface PipeProtocol<Q> {
  readonly id: string;
  readonly request: (value: Value, path: string) => Q;
  readonly maxRequestBytes: number;
  readonly openDeadlineMs: number;
  readonly budget: BudgetOptions;
  /** How many pipes one remote peer may hold open. */
  readonly maxOpen: number;
}

/** Told of the bytes that pass an open pipe, either way, with the request that opened it. */
export type PipeMeter<Q> = (request: Q, bytes: number) => void;

/** Resolves with the stream to join to the remote side, or throws a TallyError that travels as its code. */
export type PipeHandler<Q> = (peer: string, request: Q, signal: AbortSignal) => Promise<Duplex>;

/** A peer to which we are connected. */
export interface ConnectedPeer {
  peer: string;
  addresses: readonly string[];
  direction: 'inbound' | 'outbound';
}

/**
 * The overlay of one peer. `serve*` and `gossip` are called before `start`. Errors of calls: PEER_SILENT when the
 * peer cannot be reached or does not answer in time, PROTOCOL_VIOLATION for an answer that does not have the agreed form,
 * MESSAGE_TOO_LARGE, and whatever code the remote handler threw (`details.remote` is then true).
 */
export interface Overlay extends Service {
  readonly peer: string;
  /** Where this peer listens, each ending in `/p2p/<peer>`; empty before start. */
  addresses(): string[];
  connected(): ConnectedPeer[];
  /** How many peers of this network are connected, and how many that were dialled within a minute are of others. */
  company(): { readonly greeted: number; readonly foreign: number };
  /** Remembers where a peer can be dialled. */
  learn(peer: string, addresses: readonly string[]): Promise<void>;
  /** Refuses a peer from now on: ends the connections with it and takes and makes none. */
  deny(peer: string): void;
  /** Calls back once for every peer newly connected. */
  onConnect(listener: (peer: string) => void): void;
  gossip(table: GossipTable): void;
  /** Resolves with how many peers it was sent to; the same bytes go out once in two minutes. */
  publish(topic: GossipTopic, bytes: Uint8Array): Promise<number>;
  serve<Q extends Value, A extends Value>(
    protocol: RequestProtocol<Q, A>,
    handler: RequestHandler<Q, A>,
  ): void;
  request<Q extends Value, A extends Value>(
    protocol: RequestProtocol<Q, A>,
    peer: string,
    request: Q,
    signal?: AbortSignal,
  ): Promise<A>;
  serveFeed<Q extends Value, I extends Value>(protocol: FeedProtocol<Q, I>, handler: FeedHandler<Q, I>): void;
  /** `opened` is told when the server has taken the request. */
  feed<Q extends Value, I extends Value>(
    protocol: FeedProtocol<Q, I>,
    peer: string,
    request: Q,
    signal: AbortSignal,
    opened?: () => void,
  ): AsyncIterable<I>;
  servePipe<Q extends Value>(protocol: PipeProtocol<Q>, handler: PipeHandler<Q>, meter?: PipeMeter<Q>): void;
  /** Keeps to the protocol's budget by waiting; BUDGET_SPENT when a turn would come later than the pipe may. */
  pipe<Q extends Value>(
    protocol: PipeProtocol<Q>,
    peer: string,
    request: Q,
    signal: AbortSignal,
  ): Promise<Duplex>;
}
