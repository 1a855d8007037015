// The plan: a pure function from the wanted and the observed state of a deployment to the next steps. It never ends what
// it cannot see: a copy out of reach is `unknown` for the grace, then given up and replaced under a higher incarnation;
// the old one is told to stop whenever it can be reached again.
import { type Cause, isIll, isReplaced, NEEDS_ROOT } from '../terms/causes.ts';
import {
  MAX_FAILED_STARTS,
  REPLACE_RETRY_MAX_MS,
  REPLACE_RETRY_MIN_MS,
  RESTARTING_MAX_MS,
  SETTLED_MS,
} from '../terms/parameters.ts';
import {
  copiesOf,
  type Deployment,
  hasEnded,
  type Instance,
  isOver,
  isSuperseded,
  overlapUntilMs,
} from './deployment.ts';

/** One step. */
export type Step =
  /** The copy has its lease, and its container is to be started; also one that was being started when a process ended. */
  | { readonly do: 'start'; readonly instance: Instance }
  /** Out of reach for longer than the grace, or not restarted for longer than that takes: given up. */
  | { readonly do: 'lose'; readonly instance: Instance }
  /** The replica needs a copy of this incarnation. */
  | { readonly do: 'place'; readonly replica: number; readonly incarnation: number }
  /** The copy is to end: the deployment is, or another took its place. */
  | { readonly do: 'stop'; readonly instance: Instance; readonly cause: Cause }
  /** The deployment is over. */
  | {
      readonly do: 'finish';
      readonly end: 'ended' | 'failed';
      readonly cause: Cause | '';
      readonly exitCode: number;
    };

/** The next steps of a deployment at `nowMs`; they do not depend on each other. */
export function plan(deployment: Deployment, nowMs: number): Step[] {
  // A copy that was on its way when the deployment ended
  if (hasEnded(deployment)) return deployment.instances.filter(canBeStopped).map(stopped);
  const old = deployment.instances.filter((each) => isSuperseded(each) && canBeStopped(each));
  const stops = old.map((instance) => ({ do: 'stop', instance, cause: 'SUPERSEDED' }) as const);
  const isWanted = deployment.row.wanted === 'running' && nowMs < deployment.row.endsAtMs;
  return [...stops, ...(isWanted ? keep(deployment, nowMs) : wind(deployment))];
}

/** A wanted deployment: every replica has a copy that is up, or on its way, or ended by itself. */
function keep(deployment: Deployment, nowMs: number): Step[] {
  const replicas = replicasOf(deployment);
  const done = replicas.map((copies) => isDone(copies) || isBarred(copies, deployment));
  if (done.every(Boolean)) return [finish(replicas.flatMap((copies) => copies.at(-1) ?? []))];
  return replicas.flatMap((copies, replica) =>
    done[replica] ? [] : keepReplica(deployment, copies, replica, nowMs),
  );
}

/** The copies of each replica. */
function replicasOf(deployment: Deployment): Instance[][] {
  return Array.from({ length: deployment.row.replicas }, (_, replica) => copiesOf(deployment, replica));
}

/** Whether no replica gets a further copy: a deployment that has not ended is about to. */
export function isFinishing(deployment: Deployment): boolean {
  return replicasOf(deployment).every((copies) => isDone(copies) || isBarred(copies, deployment));
}

function keepReplica(
  { row }: Deployment,
  copies: readonly Instance[],
  replica: number,
  nowMs: number,
): Step[] {
  const latest = copies.at(-1);
  if (latest === undefined) return [{ do: 'place', replica, incarnation: 1 }];
  if (latest.row.state === 'placing' || latest.row.state === 'starting')
    return [{ do: 'start', instance: latest }];
  if (latest.row.state === 'restarting' && nowMs > latest.row.unknownSinceMs + RESTARTING_MAX_MS)
    return [{ do: 'lose', instance: latest }];
  if (latest.row.state === 'unknown' && nowMs > latest.row.unknownSinceMs + row.graceMs) {
    return [{ do: 'lose', instance: latest }];
  }
  if (!isGone(latest) || nowMs < replaceableAtMs(row.waitOut === 1, copies)) return [];
  return [{ do: 'place', replica, incarnation: latest.row.incarnation + 1 }];
}

/** Whether a copy is to be replaced: it is over, given up, or could not be started and is only being cleared away. */
function isGone({ row }: Instance): boolean {
  return (
    ['lost', 'failed', 'ended', 'stopping'].includes(row.state) && row.cause !== '' && isReplaced(row.cause)
  );
}

/** Whether a replica needs no further copy: the last ended by itself, or none of the last few ever ran. */
function isDone(copies: readonly Instance[]): boolean {
  const latest = copies.at(-1);
  if (latest === undefined) return false;
  if (isOver(latest) && !isGone(latest)) return true;
  const last = copies.slice(-MAX_FAILED_STARTS);
  return last.length === MAX_FAILED_STARTS && last.every((each) => isGone(each) && failedByItself(each));
}

/** Whether no volunteer is left that could let the image run, by the last look. */
function isBarred(copies: readonly Instance[], { waiting }: Deployment): boolean {
  const latest = copies.at(-1);
  return latest !== undefined && latest.row.cause === NEEDS_ROOT && waiting?.cause === NEEDS_ROOT;
}

/** It never ran, or a signal ended it at once: on one volunteer after the other that is the image's or the command's doing. */
function failedByItself({ row }: Instance): boolean {
  return row.runningSinceMs === 0 || (row.cause === 'ENDED_UNSEEN' && livedMs(row) < SETTLED_MS);
}

/** When the next copy may be placed: at once after one that had settled, later and later after quick failures. */
function replaceableAtMs(waitOut: boolean, copies: readonly Instance[]): number {
  const latest = copies.at(-1);
  if (latest === undefined) return 0;
  const clearAtMs = waitOut && !isOver(latest) ? overlapUntilMs(latest.row) : 0;
  const firstSettled = copies
    .toReversed()
    .findIndex(({ row }) => livedMs(row) >= SETTLED_MS && !isIll(row.cause));
  const quick = firstSettled < 0 ? copies.length : firstSettled;
  if (quick <= 1) return clearAtMs;
  const waitMs = Math.min(REPLACE_RETRY_MAX_MS, REPLACE_RETRY_MIN_MS * 2 ** (quick - 2));
  // One that was ill has lived for longer than that, from one restart to the next
  const { cause, createdAtMs, endedAtMs } = latest.row;
  return Math.max(clearAtMs, (isIll(cause) ? endedAtMs : createdAtMs) + waitMs);
}

function livedMs({ runningSinceMs, endedAtMs, heardAtMs }: Instance['row']): number {
  return runningSinceMs === 0 ? 0 : (endedAtMs > 0 ? endedAtMs : heardAtMs) - runningSinceMs;
}

/** A deployment that is not wanted any more, or whose time is over: it has ended once its latest copies have. */
function wind({ instances, row }: Deployment): Step[] {
  const latest = instances.filter((each) => !isSuperseded(each));
  if (row.wanted === 'running') return latest.every(isOver) ? [finish(latest)] : [];
  const exitCode = latest.find(isOver)?.row.exitCode ?? -1;
  if (latest.every(isOver)) return [{ do: 'finish', end: 'ended', cause: 'TENANT_STOPPED', exitCode }];
  return latest.filter(canBeStopped).map(stopped);
}

function stopped(instance: Instance): Step {
  return { do: 'stop', instance, cause: 'TENANT_STOPPED' };
}

/** Whether a copy is worth asking to stop: it has not ended, and is not asked already. */
function canBeStopped({ row }: Instance): boolean {
  return !['stopping', 'ended', 'failed'].includes(row.state);
}

/** How a deployment ended, by its latest copies: the first that did not end as it should tells why. */
function finish(latest: readonly Instance[]): Step {
  const bad = latest.find(({ row }) => row.state !== 'ended');
  const { cause = '', exitCode = -1 } = (bad ?? latest[0])?.row ?? {};
  return { do: 'finish', end: bad === undefined ? 'ended' : 'failed', cause, exitCode };
}
