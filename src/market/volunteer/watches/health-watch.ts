// Watches how the containers of leases are, where this peer runs their checks itself, over the network; the engine runs those
// that start a program.
import { codeOf } from '../../../lib/errors.ts';
import type { Container, Engine } from '../../../runtime/engine.ts';
import { HEALTH_TICK_MS } from '../../terms/parameters.ts';
import type { GivenLease } from '../given-lease.ts';
import { probe } from './health-probe.ts';
import { afterProbe, beginChecked, type Checked } from './health-rule.ts';
import { LeaseWatch, type LeaseWatchParts } from './lease-watch.ts';

/** How a container is by its check, with why that failed if it did. */
export type Found = Pick<Container, 'health' | 'healthFailure'>;

export interface HealthWatchParts extends LeaseWatchParts {
  readonly engine: Pick<Engine, 'connect'>;
  /** For how long the run that goes on was up, also before this process. */
  readonly ranMs: (given: GivenLease) => number;
  /** What a probe has shown of a container in this run. */
  readonly found: (given: GivenLease, found: Found, run: string) => Promise<void>;
}

interface Watched extends Checked {
  /** Of which run these are the results. */
  readonly run: string;
}

export class HealthWatch extends LeaseWatch<Watched> {
  readonly #parts: HealthWatchParts;

  constructor(parts: HealthWatchParts) {
    super(parts, HEALTH_TICK_MS);
    this.#parts = parts;
  }

  /** Only a lease whose check is one of this peer's. */
  override take(given: GivenLease): void {
    const { kind } = given.row.check;
    if (kind === 'http' || kind === 'tcp') super.take(given);
  }

  protected override tick(): void {
    const due = [...this.watched.keys()].filter((given) => this.#isDue(given));
    this.begin(due, (given) => this.#look(given));
  }

  protected override failed(error: unknown, { id }: GivenLease): void {
    this.#parts.log.error(
      { code: codeOf(error), lease: id },
      'failed to process the result of a health check',
    );
  }

  /** What is known of its latest run; one of which nothing is known is due at once. */
  #of(given: GivenLease): Watched {
    const { clock, ranMs } = this.#parts;
    const { run } = given.row;
    const known = this.watched.get(given);
    return known?.run === run ? known : { run, ...beginChecked(clock.monotonicMs(), ranMs(given)) };
  }

  #isDue(given: GivenLease): boolean {
    if (given.row.state !== 'running') return false;
    const watched = this.#of(given);
    this.watched.set(given, watched);
    return this.#parts.clock.monotonicMs() >= watched.dueAtMs;
  }

  async #look(given: GivenLease): Promise<void> {
    const { clock, engine, found } = this.#parts;
    const { row } = given;
    const fromMs = clock.monotonicMs();
    const probed = await probe(engine, given.id, row.check, this.signal);
    // It was held or started anew meanwhile, or nobody can tell
    if (probed === undefined || !this.watched.has(given)) return;
    if (given.row.state !== 'running' || given.row.run !== row.run) return;
    const during = { fromMs, toMs: clock.monotonicMs() };
    const checked = afterProbe(this.#of(given), probed === 'well', during, row.check);
    this.watched.set(given, { run: row.run, ...checked });
    const why = probed === 'well' ? {} : { healthFailure: probed.failure };
    await found(given, { health: checked.health, ...why }, row.run);
  }
}
