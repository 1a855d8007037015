// The options of `tally run` about health and restarts, in Docker's names where it has them.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Schemas } from '../api/client.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/units.ts';
import { EXIT } from './exit.ts';
import { parseCount, parseDuration, parsePort, parseSpan } from './quantities.ts';

type Health = Schemas['HealthInput'];

/** What a payload can say (records/health-check.ts). */
const RESTART_POLICIES = ['no', 'on-failure', 'always', 'unless-stopped'] as const;
const MOST_RESTARTS = 100;
const MOST_RETRIES = 20;
const LEAST_EXEC_INTERVAL_MS = 5 * SECOND_MS;
const MOST_INTERVAL_MS = HOUR_MS;
const MOST_TIMEOUT_MS = MINUTE_MS;
const MOST_START_PERIOD_MS = HOUR_MS;

/** What they come to. */
export interface HealthOptions {
  readonly restart?: Schemas['RestartInput'];
  readonly healthHttp?: Pick<Health, 'port' | 'path'>;
  readonly healthTcp?: number;
  readonly healthCmd?: string;
  readonly healthInterval?: number;
  readonly healthTimeout?: number;
  readonly healthRetries?: number;
  readonly healthStartPeriod?: number;
  /** False with `--no-healthcheck`. */
  readonly healthcheck?: boolean;
}

/** Adds them. */
export function addHealthOptions(run: Command): void {
  run
    .addOption(
      new Option(
        '--restart <policy>',
        'no, on-failure, on-failure:<most in a row>, always or unless-stopped: when the volunteer restarts a container that ended ' +
          '(default: no)',
      ).argParser(parseRestart),
    )
    .option(
      '--health-http <port/path>',
      'the copy is healthy if a GET gets a status from 200 to 399, as in 80/healthz',
      parseHttp,
    )
    .option('--health-tcp <port>', 'the copy is healthy if the port accepts a connection', parsePort)
    .option('--health-cmd <command>', 'the copy is healthy if this exits with 0; its shell is /bin/sh')
    .option('--health-interval <time>', 'time between two checks (default: 10s)', parseInterval)
    .option('--health-timeout <time>', 'a check that takes longer has failed (default: 5s)', parseTimeout)
    .option(
      '--health-retries <count>',
      'failures in a row that make a copy unhealthy (default: 3)',
      parseRetries,
    )
    .option(
      '--health-start-period <time>',
      'for so long after a start failures do not count (default: 15s)',
      parseStartPeriod,
    )
    .option('--no-healthcheck', 'run no check, also if the image has one');
}

/** The check and the policy of a bid. Options that do not go together are wrong usage. */
export function healthOf(
  command: Command,
  options: HealthOptions,
): Pick<Schemas['BidInput'], 'health' | 'restart'> {
  const { restart } = options;
  const checks = checksOf(options);
  const times = timesOf(options);
  if (checks.length > 1)
    return wrong(command, 'Use only one of --health-http, --health-tcp, --health-cmd and --no-healthcheck.');
  const [check] = checks;
  if (Object.keys(times).length > 0 && (check === undefined || check.kind === 'none'))
    return wrong(
      command,
      'The times belong to a check of your own: add --health-http, --health-tcp or --health-cmd. A check of the image keeps its times.',
    );
  if (check?.kind === 'exec' && (times.intervalMs ?? MOST_INTERVAL_MS) < LEAST_EXEC_INTERVAL_MS)
    return wrong(
      command,
      `A check that runs a command runs every ${LEAST_EXEC_INTERVAL_MS / SECOND_MS}s at most; write a longer --health-interval.`,
    );
  return {
    ...(check === undefined ? {} : { health: { ...check, ...times } }),
    ...(restart === undefined ? {} : { restart }),
  };
}

function checksOf({ healthHttp, healthTcp, healthCmd, healthcheck = true }: HealthOptions): Health[] {
  return [
    ...(healthHttp === undefined ? [] : [{ kind: 'http', ...healthHttp } as const]),
    ...(healthTcp === undefined ? [] : [{ kind: 'tcp', port: healthTcp } as const]),
    ...(healthCmd === undefined ? [] : [{ kind: 'exec' as const, command: ['/bin/sh', '-c', healthCmd] }]),
    ...(healthcheck ? [] : [{ kind: 'none' } as const]),
  ];
}

function timesOf({ healthInterval, healthTimeout, healthRetries, healthStartPeriod }: HealthOptions) {
  return {
    ...(healthInterval === undefined ? {} : { intervalMs: healthInterval }),
    ...(healthTimeout === undefined ? {} : { timeoutMs: healthTimeout }),
    ...(healthRetries === undefined ? {} : { retries: healthRetries }),
    ...(healthStartPeriod === undefined ? {} : { startPeriodMs: healthStartPeriod }),
  };
}

function wrong(command: Command, sentence: string): never {
  return command.error(`error: ${sentence}`, { exitCode: EXIT.usage });
}

/** `on-failure:3` and the like. */
function parseRestart(text: string): Schemas['RestartInput'] {
  const [, name = '', count] = /^([a-z-]+)(?::(\d+))?$/.exec(text) ?? [];
  const policy = RESTART_POLICIES.find((each) => each === name);
  const most = Number(count ?? 0);
  const isCounted = count === undefined || (policy === 'on-failure' && most >= 1 && most <= MOST_RESTARTS);
  if (policy === undefined || !isCounted)
    throw new InvalidArgumentError(
      `Write no, on-failure, on-failure:<1 to ${MOST_RESTARTS}>, always or unless-stopped.`,
    );
  return { policy, ...(count === undefined ? {} : { most }) };
}

/** `80/healthz`, or `80` alone for the root. */
function parseHttp(text: string): { port: number; path: string } {
  const [, port = '', path = '/'] = /^(\d+)(\/[!-~]*)?$/.exec(text) ?? [];
  if (port === '') throw new InvalidArgumentError('Write a port and a path, like 80/healthz.');
  return { port: parsePort(port), path };
}

function parseInterval(text: string): number {
  return upTo(parseSpan(text), MOST_INTERVAL_MS, 'from 1s to 1h');
}

function parseTimeout(text: string): number {
  return upTo(parseSpan(text), MOST_TIMEOUT_MS, 'from 1s to 1m');
}

function parseStartPeriod(text: string): number {
  return upTo(parseDuration(text), MOST_START_PERIOD_MS, 'from 0s to 1h');
}

function parseRetries(text: string): number {
  const count = parseCount(text);
  if (count < 1 || count > MOST_RETRIES)
    throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST_RETRIES}.`);
  return count;
}

function upTo(spanMs: number, mostMs: number, bounds: string): number {
  if (spanMs > mostMs) throw new InvalidArgumentError(`Write a time ${bounds}.`);
  return spanMs;
}
