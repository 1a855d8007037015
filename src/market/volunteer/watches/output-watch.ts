// Watches how much the containers of leases write: to read and keep the output is work of the engine, which nobody pays
// for.
import { type Clock, every, Rounds } from '../../../lib/clock.ts';
import { codeOf } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import type { Engine } from '../../../runtime/engine.ts';
import { LOOK_TIMEOUT_MS, OUTPUT_PERIOD_MS } from '../../terms/parameters.ts';
import { type GivenLease, runsUntilRestart } from '../given-lease.ts';
import { FIRST_QUERY, firstLook, isFlood, type Loudness, nextLook, queryAt } from './flood.ts';

export interface OutputWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'output'>;
  /** A container writes more than it may. */
  readonly flooded: (given: GivenLease) => void;
}

export class OutputWatch implements Service {
  readonly #parts: OutputWatchParts;
  readonly #watched = new Map<GivenLease, Loudness | undefined>();
  readonly #rounds = new Rounds<GivenLease>();
  readonly #stopping = new AbortController();

  constructor(parts: OutputWatchParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, OUTPUT_PERIOD_MS, () => {
      const running = [...this.#watched.keys()].filter(
        (given) => given.row.state === 'running' || runsUntilRestart(given),
      );
      this.#rounds.begin(running, (given) => this.#look(given), this.#failed);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** Watches the container of a lease until `leave`. */
  take(given: GivenLease): void {
    this.#watched.set(given, undefined);
  }

  leave(given: GivenLease): void {
    this.#watched.delete(given);
  }

  async #look(given: GivenLease): Promise<void> {
    const { flooded } = this.#parts;
    const loudness = await this.#count(given, this.#stopping.signal);
    if (!this.#watched.has(given)) return;
    this.#watched.set(given, loudness);
    if (isFlood(loudness)) flooded(given);
  }

  readonly #failed = (error: unknown, { id }: GivenLease): void => {
    if (!this.#stopping.signal.aborted)
      this.#parts.log.debug({ code: codeOf(error), lease: id }, 'failed to count the output of a container');
  };

  async #count(given: GivenLease, signal: AbortSignal): Promise<Loudness> {
    const { engine, clock } = this.#parts;
    const before = this.#watched.get(given);
    const bound = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    const atMs = clock.monotonicMs();
    if (before === undefined) return firstLook(await engine.output(given.id, FIRST_QUERY, bound), atMs);
    return nextLook(before, await engine.output(given.id, queryAt(before, atMs), bound), atMs);
  }
}
