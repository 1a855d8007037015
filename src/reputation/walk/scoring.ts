// When scores are computed: soon after new evidence, with the rows of the peers that have new evidence; and anew from
// everything when the peer starts and every hour, because evidence fades. The computation never runs twice at once, runs
// in slices between which other work runs, and rests in proportion to its cost.
import { type Clock, every } from '../../lib/clock.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { Slices } from '../../lib/slices.ts';
import type { ReputationMetrics } from '../../metrics/reputation.ts';
import type { Fact } from '../facts/facts.ts';
import {
  FETCH_MAX_PEERS,
  RECOMPUTE_DELAY_MS,
  RECOMPUTE_PERIOD_MS,
  RECOMPUTE_REST,
  SLICE_MS,
  WORTH_STANDING,
} from '../facts/parameters.ts';
import type { Rating } from '../facts/reputation.ts';
import type { Steps } from '../facts/steps.ts';
import { type Scores, scoreSteps, scoresOf } from './scores.ts';
import { View, type Visits } from './view.ts';
import type { Walk } from './walk.ts';

export interface ScoringParts {
  readonly me: string;
  readonly clock: Clock;
  readonly log: Log;
  /** All facts, or those of one author. */
  readonly facts: (author?: string) => Iterable<Fact>;
  /** Keeps the visits of a walk for the next start. */
  readonly keep: (walk: Walk) => Promise<void>;
  /** What was kept. */
  readonly visits?: Visits | undefined;
  readonly metrics?: ReputationMetrics | undefined;
}

const UNKNOWN: Rating = { standing: 0, quality: 0, isKnown: false };

/** Keeps the latest scores. */
export class Scoring implements Service {
  readonly #parts: ScoringParts;
  readonly #stopping = new AbortController();
  readonly #listeners: (() => void)[] = [];
  #scores: Scores;
  #view: View | undefined;
  /** Who said something that is not in the view. */
  #touched = new Set<string>();
  #isAllStale = false;
  #isStale = false;
  #computing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #restUntilMs = 0;

  constructor(parts: ScoringParts) {
    this.#parts = parts;
    this.#scores = scoresOf([], { me: parts.me, nowMs: parts.clock.nowMs() });
  }

  /** The latest scores. */
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

  /** An author says something else than before: the next scores will be by that. */
  touched(author: string): void {
    this.#touched.add(author);
  }

  /** Scores will follow soon, by what authors say now who were touched. */
  changed(): void {
    this.#isStale = true;
    this.#arm();
  }

  /** Scores will follow soon, by all evidence and what has faded of it. */
  allChanged(): void {
    this.#isAllStale = true;
    this.changed();
  }

  /** Resolves when the scores say what the evidence says now. */
  async settled(): Promise<void> {
    while (this.#computing !== undefined || this.#isStale) await (this.#computing ?? this.#compute());
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, RECOMPUTE_PERIOD_MS, () => this.allChanged());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    await this.#computing;
    if (this.#view !== undefined) await this.#parts.keep(this.#view.walk);
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#computing !== undefined || this.#stopping.signal.aborted) return;
    const { clock, log } = this.#parts;
    const restMs = this.#restUntilMs - clock.monotonicMs();
    this.#cancel = clock.after(Math.max(RECOMPUTE_DELAY_MS, restMs), () => {
      this.settled().catch((err) => log.error({ err }, 'failed to compute scores'));
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
    const { clock, keep, metrics } = this.#parts;
    const startedMs = clock.monotonicMs();
    const isFirst = this.#view === undefined;
    const followed = this.#isAllStale ? undefined : this.#view;
    this.#isAllStale = false;
    const scores = await this.#inSlices(this.#steps(followed)).catch((error: unknown) => {
      // Whose rows were taken in is not known any more
      this.#isAllStale = true;
      throw error;
    });
    if (scores === undefined) return;
    this.#scores = scores;
    const tookMs = clock.monotonicMs() - startedMs;
    this.#restUntilMs = clock.monotonicMs() + tookMs * RECOMPUTE_REST;
    metrics?.recomputeSeconds.observe({ extent: followed === undefined ? 'all' : 'rows' }, tookMs / 1000);
    this.#tell();
    if (followed === undefined && !isFirst) await keep(scores.walk);
  }

  /** Scores by a view that follows what authors say now, or else by one of everything. */
  *#steps(followed: View | undefined): Steps<Scores> {
    const { me, clock, facts, visits } = this.#parts;
    const nowMs = clock.nowMs();
    const touched = this.#touched;
    this.#touched = new Set();
    if (followed === undefined) {
      const begin = this.#view === undefined ? visits : undefined;
      this.#view = yield* View.steps(facts(), { me, nowMs }, begin);
      return yield* scoreSteps(this.#view);
    }
    for (const author of touched) yield* followed.updateSteps(author, facts(author), nowMs);
    yield* followed.walk.settleSteps();
    return yield* scoreSteps(followed);
  }

  /** Runs steps to their end; undefined if this is stopped before. */
  async #inSlices<T>(steps: Steps<T>): Promise<T | undefined> {
    const slices = new Slices(this.#parts.clock, SLICE_MS);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      if (!slices.isOver) continue;
      await slices.pause();
      if (this.#stopping.signal.aborted) return undefined;
    }
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
