// Following: this peer asks the peers that it meets, and its neighbours in turn, for headers that continue or contradict
// the heads that it knows, of the chains that matter to it. If two of them were shown different histories, the headers
// come together here and convict.
import { BoundedMap } from '../../lib/bounded-map.ts';
import { type Clock, every } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import { inTurn } from '../../lib/in-turn.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import type { LedgerMetrics } from '../../metrics/ledger.ts';
import { openRecord } from '../../records/envelope.ts';
import type { Header } from '../../records/fork-proof.ts';
import { peerOf, publicKeyOf } from '../../records/identity.ts';
import { follow, type HeaderVerdict } from '../header-rules.ts';
import {
  FOLLOW_MAX_NEIGHBOURS,
  FOLLOW_MAX_PAGES,
  FOLLOW_MET_AGAIN,
  FOLLOW_MOVED_DELAY_MS,
  FOLLOW_MOVED_MS,
  FOLLOW_PERIOD_MS,
  FOLLOWED_HEADERS,
  FOLLOWED_MAX,
} from '../parameters.ts';
import type { Convictions, ConvictionsPage } from './convictions.ts';
import { beyond, type FollowedChains, type Head } from './followed-chains.ts';

/** What others are asked; the wire forms stand in overlay/protocols/headers.ts. */
export type HeadersQuery = { readonly heads: readonly (Head & { readonly peer: Uint8Array })[] };
export type HeadersAnswer = {
  readonly chains: readonly {
    readonly headers: readonly Uint8Array[];
    readonly isAll: number;
    readonly proof: Uint8Array;
  }[];
};
export type ConvictionsQuery = { readonly run: Uint8Array; readonly since: number };

export interface FollowingParts {
  readonly me: string;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly chains: FollowedChains;
  readonly convictions: Convictions;
  /** This peer's own headers from a number on, at most so many. */
  readonly ownHeaders: (fromSeq: number, limit: number) => Promise<readonly Uint8Array[]>;
  /** The number, process and id of this peer's newest header. */
  readonly ownHead: () => Head | undefined;
  /** Whether this peer deals with another, now or before. */
  readonly isCounterparty: (peer: string) => Promise<boolean>;
  /** How much another's chain matters, from 0 (not) to 1. */
  readonly worth: (peer: string) => number;
  readonly connected: () => readonly string[];
  readonly ask: (peer: string, query: HeadersQuery, signal: AbortSignal) => Promise<HeadersAnswer>;
  readonly askConvictions: (
    peer: string,
    query: ConvictionsQuery,
    signal: AbortSignal,
  ) => Promise<ConvictionsPage>;
  readonly metrics?: LedgerMetrics | undefined;
}

/** How many heads one question names. */
const HEADS_MAX = 64;

export class Following implements Service {
  readonly #parts: FollowingParts;
  readonly #stopping = new AbortController();
  readonly #asked = new BoundedMap<string, ConvictionsQuery>(FOLLOWED_MAX);
  readonly #asking = new Map<string, Promise<void>>();
  readonly #movedAtMs = new BoundedMap<string, number>(FOLLOWED_MAX);
  #turn = 0;
  #neighbour = 0;

  constructor(parts: FollowingParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, FOLLOW_PERIOD_MS, async () => {
      // Side by side: one that is slow to answer must not keep the others waiting
      const next = this.#nextNeighbours();
      await Promise.all(
        next.map((peer, index) => (index < FOLLOW_MET_AGAIN ? this.meet(peer) : this.#ask(peer, false))),
      );
    });
  }

  /** Some of the connected peers, others each time until it was all. */
  #nextNeighbours(): string[] {
    const connected = this.#parts.connected().toSorted();
    const from = this.#neighbour % Math.max(1, connected.length);
    const next = inTurn(connected, from).slice(0, FOLLOW_MAX_NEIGHBOURS);
    this.#neighbour = from + next.length;
    return next;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#asking.values());
    await Promise.all([this.#parts.chains.written(), this.#parts.convictions.written()]);
  }

  /** Asks a connected peer for proofs against keys and for headers, unless that is under way; never rejects. */
  meet(peer: string): Promise<void> {
    return this.#ask(peer, true);
  }

  /** Something was signed with this peer, so its chain has gone on: it is asked for its headers, if not lately. */
  moved(peer: string): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs < (this.#movedAtMs.get(peer) ?? Number.NEGATIVE_INFINITY) + FOLLOW_MOVED_MS) return;
    this.#movedAtMs.set(peer, nowMs);
    this.#parts.clock.after(FOLLOW_MOVED_DELAY_MS, () => {
      if (!this.#stopping.signal.aborted) void this.#ask(peer, false);
    });
  }

  #ask(peer: string, isMeeting: boolean): Promise<void> {
    const { log } = this.#parts;
    const failed = (error: unknown) => log.debug({ code: codeOf(error), peer }, 'failed to fetch headers');
    const ask = async () => {
      // Who does not answer one question may answer the other.
      if (isMeeting) await this.#askConvictions(peer).catch(failed);
      await this.#askHeaders(peer).catch(failed);
      this.#asking.delete(peer);
    };
    const asking = this.#asking.get(peer) ?? ask();
    this.#asking.set(peer, asking);
    return asking;
  }

  /** Answers another peer's question about heads. */
  async serve({ heads }: HeadersQuery): Promise<HeadersAnswer> {
    const chains: HeadersAnswer['chains'][number][] = [];
    for (const head of heads) chains.push(await this.#beyond(peerOf(head.peer), head));
    return { chains };
  }

  async #beyond(peer: string, known: Head): Promise<HeadersAnswer['chains'][number]> {
    const { me, chains, convictions } = this.#parts;
    const proof = convictions.proofOf(peer);
    if (proof !== undefined) return { headers: [], isAll: 0, proof };
    const headers =
      peer === me ? await this.#ownBeyond(known) : beyond(chains.of(peer), known).map(({ bytes }) => bytes);
    return { headers, isAll: 1, proof: new Uint8Array() };
  }

  /** Of the own chain everything is kept: what follows the number asked for, and the newest at least. */
  async #ownBeyond(known: Head): Promise<readonly Uint8Array[]> {
    const { ownHead, ownHeaders } = this.#parts;
    const newest = ownHead();
    if (newest === undefined || Buffer.compare(newest.id, known.id) === 0) return [];
    const from = known.seq === 0 ? newest.seq : Math.min(known.seq + 1, newest.seq);
    return ownHeaders(from, FOLLOWED_HEADERS);
  }

  /**
   * Takes in headers of `author` that somebody showed. Throws RECORD_*, SIGNATURE_INVALID and PROTOCOL_VIOLATION for what no
   * honest peer shows.
   */
  take(author: string, envelopes: readonly Uint8Array[], isAll: boolean): HeaderVerdict['is'] {
    const { network, chains, convictions, metrics } = this.#parts;
    const shown = envelopes.map((envelope) => openRecord('header', envelope, network));
    if (shown.some(({ body }) => peerOf(body.peer) !== author))
      throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the headers belong to another peer' });
    const verdict = follow(chains.of(author), shown, { keep: FOLLOWED_HEADERS, isAll });
    metrics?.headersTotal.inc({ verdict: verdict.is });
    if (verdict.is === 'broken')
      throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the headers do not follow each other' });
    if (verdict.is === 'fork') {
      convictions.convict(verdict.proof);
      chains.forget(author);
    }
    if (verdict.is === 'applied') this.#keep(author, verdict.headers);
    return verdict.is;
  }

  /**
   * What to make of a header that its author showed with something else; where headers before it are missing, it is asked
   * for them first. Throws as `take`.
   */
  async judge(author: string, envelope: Uint8Array): Promise<HeaderVerdict['is']> {
    const verdict = this.take(author, [envelope], false);
    if (verdict !== 'gap') return verdict;
    await this.#ask(author, false);
    return this.#parts.convictions.has(author) ? 'fork' : this.take(author, [envelope], false);
  }

  #keep(author: string, headers: readonly Header[]): void {
    const { chains, worth, metrics } = this.#parts;
    chains.set(author, headers);
    if (chains.size > FOLLOWED_MAX) {
      const least = chains.peers().reduce((a, b) => (worth(b) < worth(a) ? b : a));
      chains.forget(least);
    }
    metrics?.followedPeers.set(chains.size);
  }

  async #askHeaders(peer: string): Promise<void> {
    let heads = await this.#headsFor(peer);
    for (let page = 0; page < FOLLOW_MAX_PAGES && heads.length > 0; page += 1)
      heads = await this.#askFor(peer, heads);
  }

  /** The peer's own chain, if it matters, and others' in turn. */
  async #headsFor(peer: string): Promise<string[]> {
    const { chains, worth, isCounterparty } = this.#parts;
    const matters = chains.has(peer) || worth(peer) > 0 || (await isCounterparty(peer));
    const others = chains.peers().filter((other) => other !== peer);
    const turn = inTurn(others, this.#turn).slice(0, HEADS_MAX - 1);
    this.#turn += HEADS_MAX - 1;
    return matters ? [peer, ...turn] : turn;
  }

  /** Asks for what goes beyond the heads of these; resolves with those of whom there may be more. */
  async #askFor(peer: string, authors: readonly string[]): Promise<string[]> {
    const { chains, convictions, ask } = this.#parts;
    const heads = authors.map((author) => ({ peer: publicKeyOf(author), ...chains.headOf(author) }));
    const answer = await ask(peer, { heads }, this.#stopping.signal);
    const unfinished: string[] = [];
    for (const [index, { headers, isAll, proof }] of answer.chains.entries()) {
      const author = authors[index];
      if (author === undefined) break;
      if (proof.length > 0) convictions.take(proof);
      if (convictions.has(author) || headers.length === 0) continue;
      // Only its author has all of a chain; what others lack it may have.
      const verdict = this.take(author, headers, isAll === 1 && author === peer);
      if (verdict === 'applied' && headers.length === FOLLOWED_HEADERS) unfinished.push(author);
    }
    return unfinished;
  }

  async #askConvictions(peer: string): Promise<void> {
    const { convictions, askConvictions } = this.#parts;
    let more = true;
    for (let page = 0; page < FOLLOW_MAX_PAGES && more; page += 1) {
      const query = this.#asked.get(peer) ?? { run: new Uint8Array(), since: 0 };
      const answer = await askConvictions(peer, query, this.#stopping.signal);
      for (const proof of answer.proofs) convictions.take(proof);
      this.#asked.set(peer, { run: answer.run, since: answer.upTo });
      more = answer.more === 1;
    }
  }
}
