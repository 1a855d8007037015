// Watches the containers of leases: each is inspected regularly, and at once when the engine reports an event of it. The
// result of the last inspection is never taken for the present state.
import { type Clock, every } from '../../../lib/clock.ts';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import type { Container, Engine } from '../../../runtime/engine.ts';
import { LOOK_PERIOD_MS, LOOK_TIMEOUT_MS, WATCH_GAP_MS } from '../../terms/parameters.ts';
import type { GivenLease } from '../given-lease.ts';

export interface ContainerWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'inspect'>;
  /** Whether this peer has the engine read or write files of the container, which then says nothing else of it. */
  readonly isCopying: (lease: string) => boolean;
  /**
   * How a container stood at `atMs`, on the clock that never goes back, for who had leased this run of it; undefined: there is
   * none.
   */
  readonly seen: (given: GivenLease, instance: Container | undefined, look: Look) => Promise<void>;
  /** The engine has not answered for so long that nothing is known of the container. */
  readonly unseen: (given: GivenLease) => Promise<void>;
}

/** A look at a container: when, and which run of it was leased then. */
export interface Look {
  readonly atMs: number;
  readonly run: string;
  /**
   * Looks since the last one were not answered because this peer had files copied, which nobody can do to a container that is not
   * there: one that is up in the same run has been up throughout.
   */
  readonly isThroughout: boolean;
}

interface Watched {
  readonly given: GivenLease;
  answeredAtMs: number;
  /** Whether a look since the last answer came while files were copied. */
  wasCopying: boolean;
  looking: Promise<void> | undefined;
  /** Something happened during a look, which may have come too early for it. */
  isDue: boolean;
}

export class ContainerWatch implements Service {
  readonly #parts: ContainerWatchParts;
  readonly #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();

  constructor(parts: ContainerWatchParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    // None waits for another: the engine can be slow about one container alone
    every({ clock, log, signal: this.#stopping.signal }, LOOK_PERIOD_MS, () => {
      for (const watched of this.#watched.values()) this.#lookNow(watched);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** Looks after the container of a lease until `leave`. */
  take(given: GivenLease): void {
    const answeredAtMs = this.#parts.clock.monotonicMs();
    this.#watched.set(given.id, {
      ...{ given, answeredAtMs, wasCopying: false, looking: undefined, isDue: false },
    });
  }

  leave({ id }: GivenLease): void {
    this.#watched.delete(id);
  }

  /** Looks at all of them now. */
  async lookAtAll(): Promise<void> {
    await Promise.all([...this.#watched.values()].map((each) => this.#look(each)));
  }

  /** Something happened to the container of this lease. */
  lookAt(lease: string): void {
    const watched = this.#watched.get(lease);
    if (watched === undefined) return;
    watched.isDue = watched.looking !== undefined;
    this.#lookNow(watched);
  }

  #lookNow(watched: Watched): void {
    const lease = watched.given.id;
    this.#look(watched).catch((err) =>
      this.#parts.log.error({ err, lease }, 'failed to process the state of a container'),
    );
  }

  #look(watched: Watched): Promise<void> {
    watched.looking ??= this.#inspect(watched).finally(() => {
      watched.looking = undefined;
      if (watched.isDue) this.lookAt(watched.given.id);
    });
    return watched.looking;
  }

  async #inspect(watched: Watched): Promise<void> {
    const { engine, clock, seen, unseen, log, isCopying } = this.#parts;
    const { given } = watched;
    const { run } = given.row;
    const { signal } = this.#stopping;
    watched.isDue = false;
    const atMs = clock.monotonicMs();
    const isBusy = isCopying(given.id);
    try {
      const instance = await engine.inspect(
        given.id,
        AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]),
        run,
      );
      const isThroughout = watched.wasCopying;
      watched.answeredAtMs = atMs;
      watched.wasCopying = false;
      if (this.#watched.get(given.id) === watched) await seen(given, instance, { atMs, run, isThroughout });
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ code: codeOf(error), lease: given.id }, 'failed to inspect a container');
      // An engine that is away, or that refuses, has said so
      if (!(error instanceof TallyError) && (isBusy || isCopying(given.id))) {
        watched.wasCopying = true;
        // Its silence begins when that is over
        watched.answeredAtMs = clock.monotonicMs();
      } else if (clock.monotonicMs() - watched.answeredAtMs > WATCH_GAP_MS) await unseen(given);
    }
  }
}
