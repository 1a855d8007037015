// When scores are computed: soon after new evidence, and every hour for what fades; never twice at once, in slices
// between which other work runs, and with rests in proportion to what it costs.
import { type Clock, every } from '../lib/clock.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { Slices } from '../lib/slices.ts';
import type { ReputationMetrics } from '../metrics/reputation.ts';
import type { Fact } from './facts.ts';
import {
  FETCH_MAX_PEERS,
  RECOMPUTE_DELAY_MS,
  RECOMPUTE_PERIOD_MS,
  RECOMPUTE_REST,
  SLICE_MS,
  WORTH_STANDING,
} from './parameters.ts';
import type { Rating } from './reputation.ts';
import { type Scores, scoreSteps, scoresOf } from './scores.ts';

export interface ScoringParts {
  readonly me: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly facts: () => Iterable<Fact>;
  readonly metrics?: ReputationMetrics | undefined;
}

const UNKNOWN: Rating = { standing: 0, quality: 0, isKnown: false };

/** Keeps the latest scores. */
export class Scoring implements Service {
  readonly #parts: ScoringParts;
  readonly #stopping = new AbortController();
  readonly #listeners: (() => void)[] = [];
  #scores: Scores;
  #isStale = false;
  #computing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #restUntilMs = 0;

  constructor(parts: ScoringParts) {
    this.#parts = parts;
    this.#scores = scoresOf([], { me: parts.me, nowMs: parts.clock.nowMs() });
  }

  /** The latest scores; never changed, only replaced. */
  get scores(): Scores {
    return this.#scores;
  }

  standing(peer: string): number {
    return this.#scores.byPeer.get(peer)?.standing ?? 0;
  }

  /** The others whose evidence is worth having, the worthiest first. */
  worthAsking(): string[] {
    return [...this.#scores.byPeer.values()]
      .filter(({ peer, standing }) => standing >= WORTH_STANDING && peer !== this.#parts.me)
      .sort((a, b) => b.standing - a.standing || (a.peer < b.peer ? -1 : 1))
      .slice(0, FETCH_MAX_PEERS)
      .map(({ peer }) => peer);
  }

  /** What is thought of a peer; of one that nothing names, nothing. */
  rating(peer: string): Rating {
    return this.#scores.byPeer.get(peer) ?? UNKNOWN;
  }

  /** Calls back after every recompute. */
  onScored(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Evidence has changed: the scores will follow. */
  changed(): void {
    this.#isStale = true;
    this.#arm();
  }

  /** Resolves when the scores say what the evidence says now. */
  async settled(): Promise<void> {
    while (this.#computing !== undefined || this.#isStale) await (this.#computing ?? this.#compute());
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, RECOMPUTE_PERIOD_MS, () => this.changed());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    await this.#computing;
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#computing !== undefined || this.#stopping.signal.aborted) return;
    const { clock, log } = this.#parts;
    const restMs = this.#restUntilMs - clock.monotonicMs();
    this.#cancel = clock.after(Math.max(RECOMPUTE_DELAY_MS, restMs), () => {
      this.settled().catch((err) => log.error({ err }, 'scores were not computed'));
    });
  }

  #compute(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isStale = false;
    this.#computing ??= this.#run().finally(() => {
      this.#computing = undefined;
      if (this.#isStale) this.#arm();
    });
    return this.#computing;
  }

  async #run(): Promise<void> {
    const { me, clock, facts, metrics } = this.#parts;
    const startedMs = clock.monotonicMs();
    const slices = new Slices(clock, SLICE_MS);
    const steps = scoreSteps(facts(), { me, nowMs: clock.nowMs() });
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        this.#scores = step.value;
        break;
      }
      if (!slices.isOver) continue;
      await slices.pause();
      if (this.#stopping.signal.aborted) return;
    }
    const tookMs = clock.monotonicMs() - startedMs;
    this.#restUntilMs = clock.monotonicMs() + tookMs * RECOMPUTE_REST;
    metrics?.recomputeSeconds.observe(tookMs / 1000);
    this.#tell();
  }

  #tell(): void {
    const scores = [...this.#scores.byPeer.values()];
    this.#parts.metrics?.peersKnown.set(scores.length);
    this.#parts.metrics?.peersWithStanding.set(
      scores.filter(({ standing }) => standing >= WORTH_STANDING).length,
    );
    for (const listener of this.#listeners) listener();
  }
}
