// An engine whose calls are timed, and which remembers whether it answered last.
import { codeOf } from '../lib/errors.ts';
import type { RuntimeMetrics } from '../metrics/runtime.ts';
import type { Engine } from './engine.ts';

/** An engine, and whether its last timed call was answered at all. */
export interface MeteredEngine {
  readonly engine: Engine;
  readonly isUp: () => boolean;
}

/** Wraps an engine. Calls that answer once are timed; streams and waits are passed through. */
export function meterEngine(inner: Engine, metrics?: RuntimeMetrics): MeteredEngine {
  let up = true;
  metrics?.up.set(1);
  const saw = (call: string, outcome: string, answered: boolean, startedMs: number) => {
    up = answered;
    metrics?.up.set(up ? 1 : 0);
    metrics?.callSeconds.observe({ call, outcome }, (performance.now() - startedMs) / 1000);
  };
  const timed =
    <A extends unknown[], R>(call: string, run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const startedMs = performance.now();
      try {
        const result = await run.apply(inner, args);
        saw(call, 'OK', true, startedMs);
        return result;
      } catch (error) {
        saw(call, codeOf(error), !isSilence(error), startedMs);
        throw error;
      }
    };
  const engine: Engine = {
    facts: timed('facts', inner.facts),
    image: timed('image', inner.image),
    launch: timed('launch', inner.launch),
    inspect: timed('inspect', inner.inspect),
    list: timed('list', inner.list),
    pause: timed('pause', inner.pause),
    resume: timed('resume', inner.resume),
    remove: timed('remove', inner.remove),
    usage: timed('usage', inner.usage),
    connect: timed('connect', inner.connect),
    logs: (lease, query, signal) => inner.logs(lease, query, signal),
    ended: (lease, signal) => inner.ended(lease, signal),
    sweep: (peer, signal) => inner.sweep(peer, signal),
    close: () => inner.close(),
  };
  return { engine, isUp: () => up };
}

/** Nobody is there, or somebody who says nothing until the time is up. */
function isSilence(error: unknown): boolean {
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
  return isTimeout || codeOf(error) === 'ENGINE_UNREACHABLE';
}
