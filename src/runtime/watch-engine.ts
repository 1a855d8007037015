// Looks after an engine that nobody calls, so that one that went away is known before a tenant meets it.
import { type Clock, every } from '../lib/clock.ts';
import type { Service } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { Engine } from './engine.ts';
import { ENGINE_LOOK_MS, ENGINE_LOOK_TIMEOUT_MS } from './parameters.ts';

/** Asks a metered engine for its facts every so often; what it answers, or that it does not, is the meter's to keep. */
export function watchEngine(
  engine: Pick<Engine, 'facts'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Service {
  const stopping = new AbortController();
  const look = async (): Promise<void> => {
    const limit = AbortSignal.any([stopping.signal, AbortSignal.timeout(ENGINE_LOOK_TIMEOUT_MS)]);
    await engine.facts(limit).catch(() => {});
  };
  return {
    start: async () => every({ clock, log, signal: stopping.signal }, ENGINE_LOOK_MS, look),
    stop: async () => stopping.abort(),
  };
}
