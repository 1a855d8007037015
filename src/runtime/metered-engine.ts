// An engine whose calls are timed.
import { codeOf } from '../lib/errors.ts';
import type { RuntimeMetrics } from '../metrics/runtime.ts';
import type { Engine } from './engine.ts';

/** Wraps an engine. Calls that answer once are timed; streams are passed through. */
export function meterEngine(inner: Engine, metrics: RuntimeMetrics): Engine {
  const timed =
    <A extends unknown[], R>(call: string, run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const startedMs = performance.now();
      const saw = (outcome: string) =>
        metrics.callSeconds.observe({ call, outcome }, (performance.now() - startedMs) / 1000);
      try {
        const result = await run.apply(inner, args);
        saw('OK');
        return result;
      } catch (error) {
        saw(codeOf(error));
        throw error;
      }
    };
  return {
    facts: timed('facts', inner.facts),
    image: timed('image', inner.image),
    exportImage: timed('exportImage', inner.exportImage),
    heldLayers: timed('heldLayers', inner.heldLayers),
    loadImage: timed('loadImage', inner.loadImage),
    loadedImages: timed('loadedImages', inner.loadedImages),
    removeImage: timed('removeImage', inner.removeImage),
    launch: timed('launch', inner.launch),
    inspect: timed('inspect', inner.inspect),
    list: timed('list', inner.list),
    pause: timed('pause', inner.pause),
    resume: timed('resume', inner.resume),
    remove: timed('remove', inner.remove),
    halt: timed('halt', inner.halt),
    restart: timed('restart', inner.restart),
    usage: timed('usage', inner.usage),
    diskUse: timed('diskUse', inner.diskUse),
    freeDisk: (signal) => inner.freeDisk(signal),
    connect: timed('connect', inner.connect),
    exec: timed('exec', inner.exec),
    lookAt: timed('lookAt', inner.lookAt),
    download: timed('download', inner.download),
    upload: (lease, folder, entries, signal) => inner.upload(lease, folder, entries, signal),
    logs: (lease, query, signal) => inner.logs(lease, query, signal),
    output: timed('output', inner.output),
    ending: timed('ending', inner.ending),
    changes: (peer, signal) => inner.changes(peer, signal),
    sweep: (peer, signal) => inner.sweep(peer, signal),
    close: () => inner.close(),
  };
}
