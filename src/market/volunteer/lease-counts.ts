// The counts of a running lease between two writes of its row: the time it was up, and its usage. Only time between two
// inspections that both found the container up counts: what nobody saw is not charged.
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { MIB } from '../../lib/units.ts';
import type { Engine } from '../../runtime/engine.ts';
import { METER_PERIOD_MS, WATCH_GAP_MS } from '../terms/parameters.ts';
import type { Counted, GivenLease } from './given-lease.ts';

interface Counter {
  upMs: number;
  cpuMilliseconds: number;
  /** What runs before this one had used: the engine counts each from 0. */
  cpuMillisecondsBefore: number;
  memoryMibSeconds: number;
  tunnelBytes: number;
  /** When it was last seen up, on a clock that never goes back; undefined while it is not. */
  seenAtMs: number | undefined;
  meteredAtMs: number;
  metering: boolean;
}

export class LeaseCounts {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #counters = new Map<string, Counter>();

  constructor({ clock, engine, log }: { clock: Clock; engine: Engine; log: Log }) {
    this.#clock = clock;
    this.#engine = engine;
    this.#log = log;
  }

  /** Counts a lease from now on, onto what its row says. */
  begin({ id, row }: GivenLease): void {
    const { upMs, cpuMilliseconds, memoryMibSeconds, tunnelBytes } = row;
    const counts = { upMs, cpuMilliseconds, memoryMibSeconds, tunnelBytes };
    const meteredAtMs = this.#clock.monotonicMs();
    const nothing = { cpuMillisecondsBefore: 0, seenAtMs: undefined, metering: false };
    this.#counters.set(id, { ...counts, ...nothing, meteredAtMs });
  }

  /**
   * The container was up at this time. A stretch in which this process stood still does not count, for nobody watched, unless it is
   * known that the container was up throughout.
   */
  seenUp({ id, row }: GivenLease, atMs: number, isThroughout = false): void {
    const counter = this.#counters.get(id);
    if (counter === undefined) return;
    const sinceMs = atMs - (counter.seenAtMs ?? atMs);
    const isWatched = isThroughout || sinceMs <= WATCH_GAP_MS;
    if (row.state === 'running' && sinceMs > 0 && isWatched) counter.upMs += sinceMs;
    counter.seenAtMs = atMs;
  }

  /** The container is not up: what passes until it is seen again does not count. */
  seenDown({ id }: GivenLease): void {
    const counter = this.#counters.get(id);
    if (counter !== undefined) counter.seenAtMs = undefined;
  }

  /** What was counted up to the last look; what a row says where nothing is counted. */
  of({ id, row }: GivenLease): Counted {
    const counter = this.#counters.get(id);
    if (counter === undefined) return row;
    return {
      upMs: Math.floor(counter.upMs),
      cpuMilliseconds: counter.cpuMilliseconds,
      memoryMibSeconds: Math.floor(counter.memoryMibSeconds),
      tunnelBytes: counter.tunnelBytes,
    };
  }

  /** Counts no more; what was counted. A container that ended `agoMs` ago was up from the last look until then. */
  end(given: GivenLease, agoMs?: number): Counted {
    const counts = this.endRun(given, agoMs);
    this.#counters.delete(given.id);
    return counts;
  }

  /** The same for a run of the container: the next one is counted onto it from when it is seen up. */
  endRun(given: GivenLease, agoMs?: number): Counted {
    if (agoMs !== undefined) this.seenUp(given, this.#clock.monotonicMs() - Math.max(0, agoMs));
    this.seenDown(given);
    const counter = this.#counters.get(given.id);
    if (counter !== undefined) counter.cpuMillisecondsBefore = counter.cpuMilliseconds;
    return this.of(given);
  }

  /** Bytes went through a tunnel of this lease. */
  addTunnelBytes(lease: string, bytes: number): void {
    const counter = this.#counters.get(lease);
    if (counter !== undefined) counter.tunnelBytes += bytes;
  }

  /** Samples use in the background when it is time; a sample that fails is missing, not fatal: use only informs. */
  meter({ id }: GivenLease): void {
    const counter = this.#counters.get(id);
    const nowMs = this.#clock.monotonicMs();
    if (counter === undefined || counter.metering || nowMs < counter.meteredAtMs + METER_PERIOD_MS) return;
    const seconds = (nowMs - counter.meteredAtMs) / 1000;
    counter.metering = true;
    counter.meteredAtMs = nowMs;
    this.#sample(id, counter, seconds)
      .catch((error) =>
        this.#log.debug({ code: codeOf(error), lease: id }, 'failed to measure the usage of a container'),
      )
      .finally(() => {
        counter.metering = false;
      });
  }

  async #sample(lease: string, counter: Counter, seconds: number): Promise<void> {
    const before = counter.cpuMillisecondsBefore;
    const usage = await this.#engine.usage(lease, AbortSignal.timeout(5_000));
    // A sample from before a restart is of the run that is in the sum already
    if (before !== counter.cpuMillisecondsBefore) return;
    const cpuMilliseconds = before + Math.floor(usage.cpuMilliseconds);
    counter.cpuMilliseconds = Math.max(counter.cpuMilliseconds, cpuMilliseconds);
    counter.memoryMibSeconds += (usage.memoryBytes / MIB) * seconds;
  }
}
