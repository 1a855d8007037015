// Evidence by pull, when it is needed: this peer asks those that its walk reaches often enough, then those that it
// reaches through their statements, and each again about once a minute for new statements and for the states of its
// pairs (replicating.ts). Signatures prove statements; a peer that hides one of its own only lowers others.

import { BoundedMap } from '../../lib/bounded-map.ts';
import { type Clock, every } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { Slices } from '../../lib/slices.ts';
import type { ReputationMetrics } from '../../metrics/reputation.ts';
import type { EvidenceItem } from '../../records/evidence.ts';
import {
  FETCH_BACKOFF_MAX_MS,
  FETCH_CONCURRENCY,
  FETCH_MAX_PAGES,
  FETCH_MAX_PEERS,
  FETCH_PERIOD_MS,
  FETCH_TICK_MS,
  SLICE_MS,
} from '../facts/parameters.ts';
import type { Scoring } from '../walk/scoring.ts';
import type { EvidencePage, EvidenceQuery } from './own-evidence.ts';

/** How far a peer was asked. */
interface Asked {
  readonly run: Uint8Array;
  readonly since: number;
  readonly dueAtMs: number;
  readonly failures: number;
}

/** Asks a peer; errors are those of the overlay's requests. */
export type FetchEvidence = (
  peer: string,
  query: EvidenceQuery,
  signal: AbortSignal,
) => Promise<EvidencePage>;

export interface FetchingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly scoring: Pick<Scoring, 'worthAsking'>;
  readonly fetch: FetchEvidence;
  /** Takes in what a peer handed out of its own; throws for what no honest peer hands out. */
  readonly take: (item: EvidenceItem, from: string) => void;
  /** Brings the states of a peer's pairs up to its newest header. */
  readonly refresh: (peer: string, signal: AbortSignal) => Promise<void>;
  readonly metrics?: ReputationMetrics | undefined;
}

const NEVER: Asked = { run: new Uint8Array(), since: 0, dueAtMs: 0, failures: 0 };

export class Fetching implements Service {
  readonly #parts: FetchingParts;
  readonly #stopping = new AbortController();
  readonly #asked = new BoundedMap<string, Asked>(FETCH_MAX_PEERS * 4);
  readonly #inFlight = new Map<string, Promise<void>>();
  #isStarted = false;

  constructor(parts: FetchingParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#isStarted = true;
    every({ clock, log, signal: this.#stopping.signal }, FETCH_TICK_MS, () => this.askDue());
    this.askDue();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new TallyError('STOPPING'));
    await this.settled();
  }

  /** Resolves when nobody is being asked. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.values());
  }

  /** A peer is within reach now: it is asked, if it is worth it, however it did not answer before. */
  met(peer: string): void {
    const asked = this.#asked.get(peer);
    if (asked !== undefined) this.#asked.set(peer, { ...asked, dueAtMs: 0, failures: 0 });
    this.askDue();
  }

  /** Asks those who are due, the worthiest first, as many as may be asked at a time. */
  askDue(): void {
    if (!this.#isStarted || this.#stopping.signal.aborted) return;
    for (const peer of this.#due()) {
      if (this.#inFlight.size >= FETCH_CONCURRENCY) return;
      const asking = this.#ask(peer).finally(() => {
        this.#inFlight.delete(peer);
        this.askDue();
      });
      this.#inFlight.set(peer, asking);
    }
  }

  #due(): string[] {
    const { clock, scoring } = this.#parts;
    const nowMs = clock.monotonicMs();
    return scoring
      .worthAsking()
      .filter((peer) => !this.#inFlight.has(peer) && (this.#asked.get(peer) ?? NEVER).dueAtMs <= nowMs);
  }

  async #ask(peer: string): Promise<void> {
    const { clock, log, metrics } = this.#parts;
    let outcome = 'ok';
    try {
      await this.#askBoth(peer);
      this.#put(peer, { failures: 0, dueAtMs: clock.monotonicMs() + FETCH_PERIOD_MS });
    } catch (error) {
      outcome = codeOf(error);
      const failures = (this.#asked.get(peer) ?? NEVER).failures + 1;
      const delayMs = Math.min(FETCH_PERIOD_MS * 2 ** (failures - 1), FETCH_BACKOFF_MAX_MS);
      this.#put(peer, { failures, dueAtMs: clock.monotonicMs() + delayMs });
      const isAtFault = outcome.startsWith('STATES_') || outcome === 'PROOF_INVALID';
      log[isAtFault ? 'warn' : 'debug']({ peer, code: outcome }, 'evidence was not fetched');
    }
    metrics?.fetchesTotal.inc({ outcome });
  }

  /** Its words and its pairs: one that fails does not hide the other. */
  async #askBoth(peer: string): Promise<void> {
    const { refresh } = this.#parts;
    try {
      await this.#takePages(peer);
    } finally {
      await refresh(peer, this.#stopping.signal);
    }
  }

  async #takePages(peer: string): Promise<void> {
    for (let page = 0; page < FETCH_MAX_PAGES; page += 1) {
      const { run, since } = this.#asked.get(peer) ?? NEVER;
      const answer = await this.#parts.fetch(peer, { run, since }, this.#stopping.signal);
      const faults = await this.#takeAll(answer.items, peer);
      this.#put(peer, { run: answer.run, since: answer.upTo });
      // One bad item does not hide the others, but who hands it out is left alone for a while
      if (faults.length > 0) throw faults[0];
      if (answer.more === 0) return;
    }
  }

  async #takeAll(items: readonly EvidenceItem[], peer: string): Promise<unknown[]> {
    const slices = new Slices(this.#parts.clock, SLICE_MS);
    const faults: unknown[] = [];
    for (const item of items) {
      if (slices.isOver) await slices.pause();
      try {
        this.#parts.take(item, peer);
      } catch (error) {
        faults.push(error);
      }
    }
    return faults;
  }

  #put(peer: string, change: Partial<Asked>): void {
    this.#asked.set(peer, { ...(this.#asked.get(peer) ?? NEVER), ...change });
  }
}
