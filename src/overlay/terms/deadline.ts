// A deadline that is taken back when the work is done. `AbortSignal.timeout` cannot be: at a few hundred requests a
// second its timers, firing long after, cost more than the requests' own codec.
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';

/** A signal for the length of a scope: `using deadline = deadlineIn(…)`. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Whether the time ran out, rather than a parent aborting. */
  readonly expired: boolean;
}

/** Aborts after `ms` with PEER_SILENT, or with the first of its parents and for its reason. */
export function deadlineIn(clock: Clock, ms: number, ...parents: (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController();
  let expired = false;
  const follow = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  const cancel = clock.after(ms, () => {
    expired = true;
    controller.abort(new TallyError('PEER_SILENT', { limitMs: ms }));
  });
  for (const parent of parents) {
    if (parent?.aborted) controller.abort(parent.reason);
    else parent?.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      cancel();
      for (const parent of parents) parent?.removeEventListener('abort', follow);
    },
  };
}

/** The promise's result, or the signal's reason when it aborts first. */
export async function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
