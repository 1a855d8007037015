// Looks after an engine: whether it answers, what it has now, and what happens to a peer's containers. It is asked
// regularly; its stream of events only makes that sooner.
import { type Clock, every, wait } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { RuntimeMetrics } from '../metrics/runtime.ts';
import type { Engine, EngineFacts } from './engine.ts';
import { ENGINE_LOOK_MS, ENGINE_LOOK_TIMEOUT_MS, EVENTS_RETRY_MS } from './parameters.ts';

export interface EngineWatchParts {
  readonly engine: Engine;
  /** Whose containers are watched. */
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: RuntimeMetrics | undefined;
}

export class EngineWatch implements Service {
  readonly engine: Engine;
  readonly #parts: EngineWatchParts;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<() => Promise<void> | void>();
  readonly #hearers = new Set<(lease: string) => void>();
  #facts: EngineFacts | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: EngineWatchParts) {
    this.#parts = parts;
    this.engine = parts.engine;
  }

  /** What the engine said last; undefined while it does not answer. */
  facts(): EngineFacts | undefined {
    return this.#facts;
  }

  /** Calls back whenever the engine stops answering, answers again, or has other sizes. */
  onChange(listener: () => Promise<void> | void): void {
    this.#listeners.add(listener);
  }

  /** Calls back with the lease of a container to which something happened. */
  onEvent(hearer: (lease: string) => void): void {
    this.#hearers.add(hearer);
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    await this.look();
    every({ clock, log, signal: this.#stopping.signal }, ENGINE_LOOK_MS, () => this.look());
    void this.#listen();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
  }

  /** Asks the engine now, unless that is under way. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { engine, log, metrics } = this.#parts;
    const limit = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ENGINE_LOOK_TIMEOUT_MS)]);
    let reason = 'ENGINE_UNREACHABLE';
    const facts = await engine.facts(limit).catch((error: unknown) => {
      reason = codeOf(error);
      return undefined;
    });
    if (this.#stopping.signal.aborted) return;
    metrics?.up.set(facts === undefined ? 0 : 1);
    const before = this.#facts;
    this.#facts = facts;
    if (isSame(before, facts)) return;
    if (facts === undefined) log.warn({ code: reason }, 'the container engine does not answer');
    else if (
      before === undefined ||
      before.cpuMillis !== facts.cpuMillis ||
      before.memoryBytes !== facts.memoryBytes
    )
      log.info(
        { cpuMillis: facts.cpuMillis, memoryBytes: facts.memoryBytes },
        'the container engine answers',
      );
    for (const listener of this.#listeners) await this.#tell(listener);
  }

  async #tell(listener: () => Promise<void> | void): Promise<void> {
    try {
      await listener();
    } catch (err) {
      this.#parts.log.error({ err }, 'failed to react to a change of the engine');
    }
  }

  /** Follows the engine's events; when they break off, the engine may have gone. */
  async #listen(): Promise<void> {
    const { engine, peer, clock, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        for await (const lease of engine.changes(peer, signal)) for (const hear of this.#hearers) hear(lease);
      } catch (error) {
        if (!signal.aborted) log.debug({ code: codeOf(error) }, 'the stream of engine events ended');
      }
      if (signal.aborted) return;
      await this.look();
      await wait(clock, EVENTS_RETRY_MS, signal);
    }
  }
}

/** What is free on its disk changes by the second, and is looked at when it matters. */
function isSame(a: EngineFacts | undefined, b: EngineFacts | undefined): boolean {
  const steady = (facts: EngineFacts | undefined) => JSON.stringify(facts && { ...facts, freeDiskBytes: 0 });
  return steady(a) === steady(b);
}
