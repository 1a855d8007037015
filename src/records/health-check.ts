// What a start payload says of health and restarts: how its volunteer finds out whether the program works, and when it starts
// the container once more. The words and their meaning are Docker's.
import { TallyError } from '../lib/errors.ts';
import { fields, int, list, type Shape, text } from './shape.ts';

/** The kinds of check: `image` is the image's own, if it has one; `none` is none, whatever the image says. */
export type CheckKind = 'image' | 'none' | 'http' | 'tcp' | 'exec';

/** How often at most: a probe over the network is cheap; one that runs a program costs the engine some 50 ms of a cpu. */
export const LEAST_INTERVAL_MS = 1_000;
export const LEAST_EXEC_INTERVAL_MS = 5_000;
export const MOST_INTERVAL_MS = 3_600_000;

/** A probe that takes longer has failed. */
export const LEAST_TIMEOUT_MS = 1_000;
export const MOST_TIMEOUT_MS = 60_000;

/**
 * The same of what the engine runs in the container: the engine takes in what such a program prints, with a cpu that nobody pays
 * for, and most of all where it prints until its time is over. So that time is short, and no longer than the pause after it.
 */
const MOST_RUN_TIMEOUT_MS = 10_000;
const MOST_RUN_START_PERIOD_MS = 300_000;

/** So many failures in a row make a container unhealthy. */
export const MOST_RETRIES = 20;

/** For so long after a start failures do not count. */
export const MOST_START_PERIOD_MS = 3_600_000;

/** The times of a check that names none. */
export const USUAL_TIMES: CheckTimes = {
  intervalMs: 10_000,
  timeoutMs: 5_000,
  retries: 3,
  startPeriodMs: 15_000,
};

const TIMES = {
  intervalMs: int(LEAST_INTERVAL_MS, MOST_INTERVAL_MS),
  timeoutMs: int(LEAST_TIMEOUT_MS, MOST_TIMEOUT_MS),
  retries: int(1, MOST_RETRIES),
  startPeriodMs: int(0, MOST_START_PERIOD_MS),
};

const CHECK = {
  kind: text(8, /^(image|none|http|tcp|exec)$/),
  /** Of `http` and `tcp`; else 0. */
  port: int(0, 65_535),
  /** Of `http`, as it stands in the request; else empty. */
  path: text(1_024, /^(|\/[!-~]*)$/),
  /** Of `image` they are unused: it has its own. */
  ...TIMES,
};

/** A check without what it runs: as it is kept, where a command could hold a secret. */
export const KEPT_CHECK = fields(CHECK);
export type KeptCheck = ReturnType<typeof KEPT_CHECK>;

const SAID = fields({
  ...CHECK,
  /** Of `exec`: the program and its arguments, without a shell; else empty. */
  command: list(text(8_192, /^\P{Cs}*$/u), 128),
});
export type HealthCheck = ReturnType<typeof SAID>;

/** A check in a payload, with what its kind needs and nothing else. */
export const HEALTH_CHECK: Shape<HealthCheck> = (value, path) => {
  const check = SAID(value, path);
  const { kind, port, path: asked, command, intervalMs } = check;
  const isReached = kind === 'http' || kind === 'tcp';
  requireIf(port > 0, isReached, `${path}.port`);
  requireIf(asked !== '', kind === 'http', `${path}.path`);
  requireIf(command.length > 0, kind === 'exec', `${path}.command`);
  if (kind === 'exec' && intervalMs < LEAST_EXEC_INTERVAL_MS)
    throw new TallyError('RECORD_MALFORMED', {
      field: `${path}.intervalMs`,
      reason: `less than ${LEAST_EXEC_INTERVAL_MS} for a check that runs a command`,
    });
  return check;
};

function requireIf(isThere: boolean, isNeeded: boolean, field: string): void {
  if (isThere === isNeeded) return;
  const reason = isNeeded ? 'missing for a check of this kind' : 'not of a check of this kind';
  throw new TallyError('RECORD_MALFORMED', { field, reason });
}

/** When a check looks, and how its results count. */
export interface CheckTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

/** The policies. For a lease `always` and `unless-stopped` are the same: a container that its tenant stops is gone. */
export const RESTART_POLICIES = ['no', 'on-failure', 'always', 'unless-stopped'] as const;
export type RestartPolicy = (typeof RESTART_POLICIES)[number];

/** The most restarts in a row that `on-failure` can name. */
export const MOST_RESTARTS = 100;

/** When a container is started once more; `most` restarts in a row of `on-failure`, 0: it names no number. */
export const RESTART = fields({
  policy: text(16, /^(no|on-failure|always|unless-stopped)$/),
  most: int(0, MOST_RESTARTS),
});
export type Restart = ReturnType<typeof RESTART>;

/** No check of the tenant's own: the image's. */
export const IMAGE_CHECK: HealthCheck = { kind: 'image', port: 0, path: '', command: [], ...USUAL_TIMES };

/** As payloads mean it that say nothing of health: they are of versions that ran no check. */
export const NO_CHECK: HealthCheck = { ...IMAGE_CHECK, kind: 'none' };
export const NO_RESTART: Restart = { policy: 'no', most: 0 };

/** The part of a check that may be kept. */
export function keptOf({ command: _, ...kept }: HealthCheck): KeptCheck {
  return kept;
}

/** Times within the bounds, of a check that runs a program in the container; what is not said gets the usual value. */
export function boundedTimes(said: Partial<CheckTimes>): CheckTimes {
  const times = { ...USUAL_TIMES, ...said };
  const timeoutMs = within(times.timeoutMs, LEAST_TIMEOUT_MS, MOST_RUN_TIMEOUT_MS);
  const leastIntervalMs = Math.max(LEAST_EXEC_INTERVAL_MS, timeoutMs);
  return {
    intervalMs: within(times.intervalMs, leastIntervalMs, MOST_INTERVAL_MS),
    timeoutMs,
    retries: within(times.retries, 1, MOST_RETRIES),
    startPeriodMs: within(times.startPeriodMs, 0, MOST_RUN_START_PERIOD_MS),
  };
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
