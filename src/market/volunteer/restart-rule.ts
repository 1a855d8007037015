// Whether a container is started once more in its lease, and when: the rule, apart from who does it.
import type { Restart } from '../../records/health-check.ts';
import type { Cause } from '../terms/causes.ts';
import {
  MAX_RESTARTS,
  MAX_UNHEALTHY_RESTARTS,
  RESTART_MAX_MS,
  RESTART_MIN_MS,
  RESTART_SETTLED_MS,
} from '../terms/parameters.ts';

/** How a run of a container came to its end. */
export interface RunEnd {
  readonly cause: Cause;
  /** -1 where there is none. */
  readonly exitCode: number;
}

/** What is to be done after it: a restart after a while, or the end of the lease with this cause. */
export type AfterRun = { readonly restartInMs: number } | { readonly end: Cause };

/** Ends after which a policy can start a container once more: what its own program did, or nobody's doing. */
const FAILED: readonly Cause[] = ['OUT_OF_MEMORY', 'ENDED_UNSEEN'];

/**
 * What follows the end of a run, the `quick`th that follows another without one between that settled. What the owner of the
 * machine ended, or took away, is not started again: that is the owner's word, and a breach. One that its check finds
 * unhealthy is started again whatever the policy says.
 */
export function afterRun({ policy, most }: Restart, run: RunEnd, quick: number): AfterRun {
  const { cause } = run;
  if (cause === 'UNHEALTHY') return quick < MAX_UNHEALTHY_RESTARTS ? soon(quick) : { end: cause };
  if (!isRestarted(policy, run)) return { end: cause };
  if (policy === 'on-failure' && most > 0) return quick < most ? soon(quick) : { end: cause };
  return quick < MAX_RESTARTS ? soon(quick) : { end: 'RESTARTS_SPENT' };
}

function isRestarted(policy: string, { cause, exitCode }: RunEnd): boolean {
  const isAlways = policy === 'always' || policy === 'unless-stopped';
  if (FAILED.includes(cause)) return isAlways || policy === 'on-failure';
  if (cause === 'EXITED') return isAlways || (policy === 'on-failure' && exitCode !== 0);
  return cause === 'ENGINE_STOPPED' && isAlways;
}

/** Twice as long each time. */
function soon(quick: number): AfterRun {
  return { restartInMs: Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** quick) };
}

/** Whether a run went well for long enough that the next restart is the first again. */
export function isSettled(ranMs: number, wasWell: boolean): boolean {
  return wasWell && ranMs >= RESTART_SETTLED_MS;
}
