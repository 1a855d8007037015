// Watches how much the containers of leases write: to read and keep the output is work of the engine, which nobody pays
// for.
import { codeOf } from '../../../lib/errors.ts';
import type { Engine } from '../../../runtime/engine.ts';
import { LOOK_TIMEOUT_MS, OUTPUT_PERIOD_MS } from '../../terms/parameters.ts';
import { type GivenLease, runsUntilRestart } from '../given-lease.ts';
import { FIRST_QUERY, firstLook, isFlood, type Loudness, nextLook, queryAt } from './flood.ts';
import { LeaseWatch, type LeaseWatchParts } from './lease-watch.ts';

export interface OutputWatchParts extends LeaseWatchParts {
  readonly engine: Pick<Engine, 'output'>;
  /** A container writes more than it may. */
  readonly flooded: (given: GivenLease) => void;
}

export class OutputWatch extends LeaseWatch<Loudness> {
  readonly #parts: OutputWatchParts;

  constructor(parts: OutputWatchParts) {
    super(parts, OUTPUT_PERIOD_MS);
    this.#parts = parts;
  }

  protected override tick(): void {
    const running = [...this.watched.keys()].filter(
      (given) => given.row.state === 'running' || runsUntilRestart(given),
    );
    this.begin(running, (given) => this.#look(given));
  }

  async #look(given: GivenLease): Promise<void> {
    const loudness = await this.#count(given);
    if (this.keep(given, loudness) && isFlood(loudness)) this.#parts.flooded(given);
  }

  protected override failed(error: unknown, { id }: GivenLease): void {
    if (!this.signal.aborted)
      this.#parts.log.debug({ code: codeOf(error), lease: id }, 'failed to count the output of a container');
  }

  async #count(given: GivenLease): Promise<Loudness> {
    const { engine, clock } = this.#parts;
    const before = this.watched.get(given);
    const bound = AbortSignal.any([this.signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    const atMs = clock.monotonicMs();
    if (before === undefined) return firstLook(await engine.output(given.id, FIRST_QUERY, bound), atMs);
    return nextLook(before, await engine.output(given.id, queryAt(before, atMs), bound), atMs);
  }
}
