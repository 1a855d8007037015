// What is counted of a running lease between two writes of its row: the time it was up, and what it used. Time is
// counted on a clock that never goes back, and only while this peer watches.
import type { Clock } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { MIB } from '../lib/units.ts';
import type { Engine } from '../runtime/engine.ts';
import type { Counted, GivenLease } from './given-lease.ts';
import { METER_PERIOD_MS, WATCH_GAP_MS } from './parameters.ts';

interface Counter {
  upMs: number;
  cpuMilliseconds: number;
  memoryMibSeconds: number;
  tunnelBytes: number;
  countedAtMs: number;
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
    const nowMs = this.#clock.monotonicMs();
    const counts = { upMs, cpuMilliseconds, memoryMibSeconds, tunnelBytes };
    this.#counters.set(id, { ...counts, countedAtMs: nowMs, meteredAtMs: nowMs, metering: false });
  }

  /**
   * The counts up to now; what a row says where nothing is counted. Time in a pause does not count, nor does a stretch
   * in which this process stood still: nobody watched, so nobody is charged.
   */
  upToNow({ id, row }: GivenLease): Counted {
    const counter = this.#counters.get(id);
    if (counter === undefined) return row;
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = nowMs - counter.countedAtMs;
    if (row.state === 'running' && sinceMs <= WATCH_GAP_MS) counter.upMs += sinceMs;
    counter.countedAtMs = nowMs;
    return {
      upMs: Math.floor(counter.upMs),
      cpuMilliseconds: counter.cpuMilliseconds,
      memoryMibSeconds: Math.floor(counter.memoryMibSeconds),
      tunnelBytes: counter.tunnelBytes,
    };
  }

  /** Counts no more; what was counted. */
  end(given: GivenLease): Counted {
    const counts = this.upToNow(given);
    this.#counters.delete(given.id);
    return counts;
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
      .catch((error) => this.#log.debug({ code: codeOf(error), lease: id }, 'use was not sampled'))
      .finally(() => {
        counter.metering = false;
      });
  }

  async #sample(lease: string, counter: Counter, seconds: number): Promise<void> {
    const usage = await this.#engine.usage(lease, AbortSignal.timeout(5_000));
    counter.cpuMilliseconds = Math.max(counter.cpuMilliseconds, Math.floor(usage.cpuMilliseconds));
    counter.memoryMibSeconds += (usage.memoryBytes / MIB) * seconds;
  }
}
