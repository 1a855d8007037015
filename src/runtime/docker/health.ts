// Health checks that the engine runs, in Docker's words: what is asked for, and what is read back.
import type Docker from 'dockerode';
import { lastOfLine } from '../../lib/one-line.ts';
import { boundedTimes, type CheckTimes } from '../../records/health-check.ts';
import type { ContainerSpec, Health } from '../engine.ts';
import { CHECK_OUTPUT_CHARACTERS } from '../parameters.ts';
import { startReason } from './start-failure.ts';

/** Docker's durations are in nanoseconds; 0 where nothing is said. */
const NANOSECONDS = 1e6;

/** No check, whatever the image says. */
const NO_CHECK: Docker.HealthConfig = { Test: ['NONE'] };

/** What to create a container with, given its image's own check. */
export function healthcheckOf(
  check: ContainerSpec['check'],
  ofImage: Docker.HealthConfig | undefined,
): Docker.HealthConfig {
  if (check === 'image') return ownCheck(ofImage);
  return check === undefined
    ? NO_CHECK
    : { Test: ['CMD', ...check.command], ...durations(boundedTimes(check)) };
}

/** The image's own check, within the bounds of those that tenants send. */
function ownCheck(config: Docker.HealthConfig | undefined): Docker.HealthConfig {
  const [way, ...words] = config?.Test ?? [];
  if (config === undefined || (way !== 'CMD' && way !== 'CMD-SHELL') || words.length === 0) return NO_CHECK;
  const { Interval = 0, Timeout = 0, StartPeriod = 0, Retries = 0 } = config;
  const said = {
    ...(Interval > 0 ? { intervalMs: Math.round(Interval / NANOSECONDS) } : {}),
    ...(Timeout > 0 ? { timeoutMs: Math.round(Timeout / NANOSECONDS) } : {}),
    ...(StartPeriod > 0 ? { startPeriodMs: Math.round(StartPeriod / NANOSECONDS) } : {}),
    ...(Retries > 0 ? { retries: Retries } : {}),
  };
  return { Test: [way, ...words], ...durations(boundedTimes(said)) };
}

function durations({ intervalMs, timeoutMs, startPeriodMs, retries }: CheckTimes) {
  return {
    Interval: intervalMs * NANOSECONDS,
    Timeout: timeoutMs * NANOSECONDS,
    // None at all would mean that of the image
    StartPeriod: Math.max(1, startPeriodMs) * NANOSECONDS,
    Retries: retries,
  };
}

/** Between two results of a check at most so much time passes, if its engine is not slow; undefined where there is none. */
export function checkPeriodMs(config: Docker.HealthConfig | undefined): number | undefined {
  const { Test: [way] = [], Interval = 0, Timeout = 0 } = config ?? {};
  if (way !== 'CMD' && way !== 'CMD-SHELL') return undefined;
  const { intervalMs, timeoutMs } = boundedTimes({});
  const said = (duration: number, usualMs: number) => (duration > 0 ? duration / NANOSECONDS : usualMs);
  return said(Interval, intervalMs) + said(Timeout, timeoutMs);
}

/** How a container is by its check; undefined where it has none, or does not run. */
export function healthOf({ Running, Health }: Docker.ContainerInspectInfo['State']): Health | undefined {
  const status = Running ? Health?.Status : undefined;
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : undefined;
}

/**
 * Why the latest check of a container that runs failed: its exit code and the end of what it wrote, or the engine's own words where
 * it did not end; undefined where it succeeded, or none has run.
 */
export function failureOf({ Running, Health }: Docker.ContainerInspectInfo['State']): string | undefined {
  const last = Running ? Health?.Log?.at(-1) : undefined;
  if (last === undefined || last.ExitCode === 0) return undefined;
  const said = last.ExitCode < 0 ? startReason(last.Output) : last.Output;
  const output = lastOfLine(said, CHECK_OUTPUT_CHARACTERS);
  if (last.ExitCode < 0) return output;
  return output === '' ? `exit code ${last.ExitCode}` : `exit code ${last.ExitCode}: ${output}`;
}

/** The command of a container's check as the engine's events show it; undefined where it has none. */
export function probeOf({ Config }: Docker.ContainerInspectInfo): string | undefined {
  const [way, ...words] = Config.Healthcheck?.Test ?? [];
  if (way === 'CMD') return words.join(' ');
  if (way !== 'CMD-SHELL') return undefined;
  const shell: unknown = Reflect.get(Config, 'Shell');
  return [...(Array.isArray(shell) && shell.length > 0 ? shell : ['/bin/sh', '-c']), ...words].join(' ');
}
