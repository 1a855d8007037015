// tally run: places a bid and waits until its container runs.
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { ApiError, dryRunBid, placeBid, readLogs, type Schemas, watchDeployment } from '../../api/client.ts';
import { CREDIT, GIB, HOUR_MS, SECOND_MS } from '../../lib/units.ts';
import { type Connection, connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { latestCopies, showState } from '../deployment-text.ts';
import { CommandFailed, EXIT, failureOf, showFailure } from '../exit.ts';
import { showCandidates } from '../match-text.ts';
import { Progress } from '../progress.ts';
import {
  parseCount,
  parseCpus,
  parseCredits,
  parseDisk,
  parseDuration,
  parseEnv,
  parseMemory,
  parsePort,
  parseSome,
  parseSpan,
  showCredits,
  showDuration,
} from '../quantities.ts';
import { list } from '../table.ts';

interface Options {
  readonly port?: number[];
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  readonly gpus: number;
  readonly maxPrice?: number;
  readonly for: number;
  readonly away?: number;
  readonly env?: Record<string, string>;
  readonly region?: string;
  readonly label?: string[];
  readonly name?: string;
  readonly replicas?: number;
  readonly grace?: number;
  readonly waitOut?: boolean;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
}

/**
 * What cannot start mostly ends within so long: a missing file, a wrong setting. A little longer than a tenant's peer takes
 * to ask how its copies stand.
 */
const WATCH_MS = 7 * SECOND_MS;

/** So many lines show why a container ended; `tally logs` has the others. */
const LAST_LINES = 20;

const EXIT_CODES = `
Once all copies run, they are watched for ${WATCH_MS / SECOND_MS} s more. A container that ends by then is shown with its exit code and its
last lines, and the exit code of this command is ${EXIT.containerEnded}, or 0 where that of the container was 0.`;

/** Adds what it takes and does. */
export function addRun(run: Command): void {
  run
    .argument('<image>', 'name, or name@sha256:…')
    .argument('[command...]', "after --: instead of the image's own command")
    .option('--port <port>', 'port of the container to reach; repeatable', parsePort)
    .option('--cpus <number>', 'as in 0.5', parseCpus, 1_000)
    .option('--memory <size>', 'as in 512MiB', parseMemory, parseMemory('512MiB'))
    .option('--disk <size>', 'as in 1GiB', parseDisk, 0)
    .option('--gpus <count>', 'whole ones', parseCount, 0)
    .option('--max-price <credits>', 'the most to pay per hour, for all that one copy reserves', parseCredits)
    .option('--for <time>', 'how long, as in 90s, 1h or 2d', parseSpan, HOUR_MS)
    .option('--away <time>', 'how long to go on while this peer cannot be reached', parseDuration)
    .option('--env <NAME=value>', 'for the container alone; repeatable', parseEnv)
    .option('--region <word>', 'only there')
    .option('--label <key=value...>', 'only on volunteers with these')
    .option('--name <name>', 'a name for people')
    .option('--replicas <count>', 'so many copies, each on a volunteer of its own', parseSome)
    .option(
      '--grace <time>',
      'how long a volunteer may be out of reach before its copy is replaced',
      parseSpan,
    )
    .option('--wait-out', 'replace only what cannot run any more: for what must not run twice')
    .option('--detach', 'return as soon as all copies run, without watching them')
    .option('--dry-run', 'only show what the bid would find')
    .addHelpText('after', EXIT_CODES)
    .action(async (image: string, words: string[], options: Options, command: Command) => {
      const context = contextOf(command);
      const connection = await connect(context.home);
      const bid = bidOf(image, words, options);
      return options.dryRun === true
        ? dryRun(context, connection, bid)
        : place(context, connection, bid, options.detach === true ? 0 : WATCH_MS);
    });
}

function bidOf(image: string, words: readonly string[], options: Options): Schemas['BidInput'] {
  const { port, maxPrice, away, env, region, label, name, replicas, grace, waitOut } = options;
  const resources = {
    cpuMillis: options.cpus,
    memoryBytes: options.memory,
    diskBytes: options.disk,
    gpus: options.gpus,
  };
  return {
    image,
    resources,
    maxPriceMicrocreditsPerHour: maxPrice ?? usualLimit(resources),
    durationMs: options.for,
    ...(words.length === 0 ? {} : { command: [...words] }),
    ...(port === undefined ? {} : { ports: port }),
    ...(away === undefined ? {} : { awayMs: away }),
    ...(env === undefined ? {} : { env }),
    ...(region === undefined ? {} : { region }),
    ...(label === undefined ? {} : { labels: label }),
    ...(name === undefined ? {} : { name }),
    ...(replicas === undefined ? {} : { replicas }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(waitOut === undefined ? {} : { waitOut }),
  };
}

/** Twice what the default price list makes of it: one credit per hour for one cpu with two GiB. */
function usualLimit({ cpuMillis, memoryBytes }: Schemas['Resources']): number {
  return Math.ceil(2 * CREDIT * Math.max(cpuMillis / 1_000, memoryBytes / (2 * GIB)));
}

async function dryRun(context: Context, { client }: Connection, body: Schemas['BidInput']): Promise<void> {
  const match = await dryRunBid(client, body);
  if (match.candidates.length === 0) {
    const detail = 'No offer fits this bid.';
    throw new ApiError({ code: 'NOTHING_MATCHED', status: 200, detail, details: { match } });
  }
  answer(context, match, () => showCandidates(match));
}

async function place(
  context: Context,
  connection: Connection,
  body: Schemas['BidInput'],
  watchMs: number,
): Promise<void> {
  const progress = new Progress('looking for a volunteer');
  try {
    const { deployment } = await placeBid(connection.client, body, randomUUID());
    progress.say('starting');
    const settled = await watch(connection, deployment, watchMs, progress);
    const over = latestCopies(settled).filter(({ state }) => state === 'ended' || state === 'failed');
    const ends = context.json
      ? []
      : await Promise.all(over.map((copy) => showEnd(connection, settled, copy)));
    answer(context, settled, () => [showPlaced(settled, connection.url), ...ends].join('\n\n'));
    if (settled.state === 'failed' || over.some(({ exitCode }) => exitCode !== 0))
      throw new CommandFailed(EXIT.containerEnded);
  } finally {
    progress.end();
  }
}

/** The deployment once it has ended, or has run for `watchMs`. */
async function watch(
  { client }: Connection,
  placed: Schemas['Deployment'],
  watchMs: number,
  progress: Progress,
): Promise<Schemas['Deployment']> {
  const over = new AbortController();
  let last = placed;
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const deployment of watchDeployment(client, placed.id, over.signal)) {
      last = deployment;
      progress.say(timer === undefined ? showProgress(deployment) : 'running, watched for some seconds');
      if (['ended', 'failed'].includes(deployment.state)) break;
      if (timer !== undefined || !isSettled(deployment)) continue;
      if (watchMs === 0) break;
      timer = setTimeout(() => over.abort(), watchMs);
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
  return last;
}

/** The state, and why a copy has no place. */
function showProgress({ state, waiting }: Schemas['Deployment']): string {
  if (waiting === undefined) return state;
  const removed = Object.entries(waiting.removed).map(([name, offers]) => `${name} removed ${offers}`);
  const why =
    waiting.refusals.length > 0
      ? `every volunteer that fits refused, most with ${waiting.cause}`
      : `none of ${waiting.considered} offers fits (${removed.join(', ')})`;
  return `${state}: ${why}; \`tally ps\` says what to do`;
}

/** Whether every copy runs or is over: what is left then is to watch. */
function isSettled(deployment: Schemas['Deployment']): boolean {
  const latest = latestCopies(deployment);
  const settled = latest.filter(({ state }) => ['running', 'ended', 'failed'].includes(state));
  return deployment.running > 0 && settled.length === deployment.replicas;
}

/** How a copy ended, and what it wrote last. */
async function showEnd(
  { client }: Connection,
  { id, replicas }: Schemas['Deployment'],
  copy: Schemas['Instance'],
): Promise<string> {
  const { replica } = copy;
  const lines = [`The container${replicas === 1 ? '' : ` of copy ${replica}`}: ${showState(copy)}`];
  try {
    for await (const { text } of readLogs(client, id, { replica, tail: LAST_LINES })) lines.push(`  ${text}`);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    lines.push(`Its log cannot be read. ${showFailure(failure)}`);
  }
  if (lines.length === 1) lines.push('  It wrote nothing.');
  return lines.join('\n');
}

function showPlaced(deployment: Schemas['Deployment'], url: string): string {
  const { id, instances, replicas, running, ports } = deployment;
  const { priceMicrocreditsPerHour: price, atRiskMicrocredits: atRisk } = deployment;
  const urls = ports.map((port) => `${url}/v1/deployments/${id}/http/${port}/`);
  const { runningSinceMs = deployment.createdAtMs, endsAtMs } = deployment;
  return list({
    deployment: id,
    state: showState(deployment),
    copies: replicas === 1 ? undefined : `${running} of ${replicas} run`,
    volunteer: instances.map(({ volunteer }) => volunteer).join('\n'),
    price: `${showCredits(price)}/h`,
    'at risk': `${showCredits(atRisk)} at most unsigned at a time`,
    lease: showDuration(endsAtMs - runningSinceMs),
    url: urls.length === 0 ? undefined : urls.join('\n'),
  });
}
