// Watches how the containers of leases are, where this peer runs their checks itself, over the network; the engine runs those
// that start a program.
import { type Clock, every, Rounds } from '../../../lib/clock.ts';
import { codeOf } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import type { Engine, Health } from '../../../runtime/engine.ts';
import { HEALTH_TICK_MS } from '../../terms/parameters.ts';
import type { GivenLease } from '../given-lease.ts';
import { probe } from './health-probe.ts';
import { afterProbe, beginChecked, type Checked } from './health-rule.ts';

export interface HealthWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'connect'>;
  /** For how long the run that goes on was up, also before this process. */
  readonly ranMs: (given: GivenLease) => number;
  /** What a probe has shown of a container in this run. */
  readonly found: (given: GivenLease, health: Health, run: string) => Promise<void>;
}

interface Watched extends Checked {
  /** Of which run these are the results. */
  readonly run: string;
}

export class HealthWatch implements Service {
  readonly #parts: HealthWatchParts;
  readonly #watched = new Map<GivenLease, Watched | undefined>();
  readonly #rounds = new Rounds<GivenLease>();
  readonly #stopping = new AbortController();

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    const failed = (error: unknown, { id }: GivenLease) =>
      log.error({ code: codeOf(error), lease: id }, 'failed to process the result of a health check');
    every({ clock, log, signal: this.#stopping.signal }, HEALTH_TICK_MS, () => {
      const due = [...this.#watched.keys()].filter((given) => this.#isDue(given));
      this.#rounds.begin(due, (given) => this.#look(given), failed);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** Watches the container of a lease until `leave`, if its check is one of this peer's. */
  take(given: GivenLease): void {
    const { kind } = given.row.check;
    if (kind === 'http' || kind === 'tcp') this.#watched.set(given, undefined);
  }

  leave(given: GivenLease): void {
    this.#watched.delete(given);
  }

  /** What is known of its latest run; one of which nothing is known is due at once. */
  #of(given: GivenLease): Watched {
    const { clock, ranMs } = this.#parts;
    const { run } = given.row;
    const known = this.#watched.get(given);
    return known?.run === run ? known : { run, ...beginChecked(clock.monotonicMs(), ranMs(given)) };
  }

  #isDue(given: GivenLease): boolean {
    if (given.row.state !== 'running') return false;
    const watched = this.#of(given);
    this.#watched.set(given, watched);
    return this.#parts.clock.monotonicMs() >= watched.dueAtMs;
  }

  async #look(given: GivenLease): Promise<void> {
    const { clock, engine, found } = this.#parts;
    const { row } = given;
    const fromMs = clock.monotonicMs();
    const isWell = await probe(engine, given.id, row.check, this.#stopping.signal);
    // It was held or started anew meanwhile, or nobody can tell
    if (isWell === undefined || !this.#watched.has(given)) return;
    if (given.row.state !== 'running' || given.row.run !== row.run) return;
    const checked = afterProbe(this.#of(given), isWell, { fromMs, toMs: clock.monotonicMs() }, row.check);
    this.#watched.set(given, { run: row.run, ...checked });
    await found(given, checked.health, row.run);
  }
}
