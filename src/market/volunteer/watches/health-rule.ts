// From the results of probes to how a container is: the rule of Docker's checks, for those that this peer runs itself.
import type { CheckTimes } from '../../../records/health-check.ts';
import type { Health } from '../../../runtime/engine.ts';
import { FIRST_PROBE_MS } from '../../terms/parameters.ts';

/** What the probes of one run have shown; times are on the clock that never goes back. */
export interface Checked {
  readonly health: Health;
  readonly beganAtMs: number;
  /** When the next probe is due. */
  readonly dueAtMs: number;
  /** In a row, those that count. */
  readonly failures: number;
}

/** A run of which nothing is known at this time, but that it was up for so long: its start period is over sooner. */
export function beginChecked(atMs: number, ranMs = 0): Checked {
  return { health: 'starting', beganAtMs: atMs - ranMs, dueAtMs: atMs, failures: 0 };
}

/**
 * After a probe that began and ended at these times. One that succeeds makes it healthy; so many failures in a row make it
 * unhealthy. As long as it has not been healthy, those that began in the start period do not count, and the next comes sooner.
 */
export function afterProbe(
  { health, beganAtMs, failures }: Checked,
  isWell: boolean,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  times: CheckTimes,
): Checked {
  const dueAtMs = toMs + times.intervalMs;
  if (isWell) return { health: 'healthy', beganAtMs, dueAtMs, failures: 0 };
  if (health === 'starting' && fromMs < beganAtMs + times.startPeriodMs)
    return { health, beganAtMs, dueAtMs: toMs + Math.min(FIRST_PROBE_MS, times.intervalMs), failures: 0 };
  const inARow = failures + 1;
  return { health: inARow >= times.retries ? 'unhealthy' : health, beganAtMs, dueAtMs, failures: inARow };
}
