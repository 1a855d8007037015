// The health of a peer: it checks its engine, its disks, its connections and its clock, and reports each change once.
import { randomBytes } from 'node:crypto';
import { type Clock, every } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import { adviceOf, type HealthCode } from '../lib/health.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { HealthMetrics } from '../metrics/health.ts';
import { sightProtocol } from '../overlay/protocols/sight.ts';
import type { Overlay } from '../overlay/terms/overlay.ts';
import type { Disks } from './disks.ts';
import { ASKED_PEERS, LOOK_MS, SIGHT_MS } from './parameters.ts';
import { problemsOf, type Signs } from './problems.ts';
import { Sightings } from './sightings.ts';

export interface HealthOptions {
  /** Whether other peers are named to find the network by. */
  readonly hasBootstrap: boolean;
}

export interface HealthParts {
  readonly overlay: Pick<Overlay, 'serve' | 'request' | 'connected' | 'company' | 'onConnect'>;
  readonly disks: Pick<Disks, 'look' | 'signs'>;
  readonly engine: () => Signs['engine'];
  readonly isJoinRefused: () => boolean;
  /** Told of each problem once when it begins, and once when it is over. */
  readonly told: (kind: 'problem.begun' | 'problem.over', code: HealthCode) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: HealthMetrics | undefined;
}

/** What a peer said of this one, and when. */
interface Said {
  readonly offsetMs: number;
  readonly others: number;
  readonly atMs: number;
}

/** Looks after a peer. To be made before the overlay starts, since it answers others there too. */
export class Health implements Service {
  readonly #options: HealthOptions;
  readonly #parts: HealthParts;
  readonly #stopping = new AbortController();
  readonly #run = randomBytes(16);
  readonly #said = new Map<string, Said>();
  #inCompanyMs: number;
  #told: readonly HealthCode[] = [];

  constructor(options: HealthOptions, parts: HealthParts) {
    this.#options = options;
    this.#parts = parts;
    this.#inCompanyMs = parts.clock.monotonicMs();
    const sightings = new Sightings(parts.clock);
    parts.overlay.serve(sightProtocol, async (peer, request) => sightings.answer(peer, request));
    parts.overlay.onConnect((peer) => void this.#ask(peer));
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#inCompanyMs = clock.monotonicMs();
    this.#tell();
    every({ clock, log, signal: this.#stopping.signal }, LOOK_MS, () => this.#look());
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the health checks are stopping'));
  }

  /** The same, after a look at the disks. */
  async look(): Promise<HealthCode[]> {
    await this.#parts.disks.look();
    return this.problems();
  }

  /** What is wrong now, as far as it is known. */
  problems(): HealthCode[] {
    const nowMs = this.#parts.clock.monotonicMs();
    const { greeted, foreign } = this.#parts.overlay.company();
    if (greeted > 0) this.#inCompanyMs = nowMs;
    const said = [...this.#said.values()].filter(({ atMs }) => nowMs - atMs <= SIGHT_MS);
    return problemsOf({
      engine: this.#parts.engine(),
      ...this.#parts.disks.signs(),
      hasBootstrap: this.#options.hasBootstrap,
      ...{ aloneMs: nowMs - this.#inCompanyMs, foreignPeers: foreign },
      clockOffsetsMs: said.map(({ offsetMs }) => offsetMs),
      isDoubled: said.some(({ others }) => others > 0),
      isJoinRefused: this.#parts.isJoinRefused(),
    });
  }

  async #look(): Promise<void> {
    const connected = this.#parts.overlay.connected().map(({ peer }) => peer);
    const asked = connected.sort().slice(0, ASKED_PEERS);
    for (const peer of this.#said.keys()) if (!asked.includes(peer)) this.#said.delete(peer);
    await Promise.all([this.#parts.disks.look(), ...asked.map((peer) => this.#ask(peer))]);
    this.#tell();
  }

  /** Peers of earlier versions do not answer this: their silence says nothing. */
  async #ask(peer: string): Promise<void> {
    const { overlay, clock } = this.#parts;
    const { signal } = this.#stopping;
    const [beforeMs, startMs] = [clock.nowMs(), clock.monotonicMs()];
    try {
      const { nowMs, others } = await overlay.request(sightProtocol, peer, { run: this.#run }, signal);
      const atMs = clock.monotonicMs();
      this.#said.set(peer, { others, atMs, offsetMs: nowMs - beforeMs - (atMs - startMs) / 2 });
    } catch (error) {
      this.#parts.log.trace(
        { code: codeOf(error), peer },
        'a peer did not answer the question about its clock and key',
      );
    }
  }

  /** Logs and counts what is wrong; what was said before is not said again. */
  #tell(): void {
    const { log, told, metrics } = this.#parts;
    const problems = this.problems();
    for (const code of problems.filter((each) => !this.#told.includes(each))) {
      log.warn({ code }, adviceOf(code));
      told('problem.begun', code);
    }
    for (const code of this.#told.filter((each) => !problems.includes(each))) {
      log.info({ code }, 'the problem is over');
      told('problem.over', code);
    }
    this.#told = problems;
    metrics?.show(problems);
  }
}
