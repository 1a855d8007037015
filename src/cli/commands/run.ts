// tally run: places a bid and waits until its container runs.
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { ApiError, dryRunBid, placeBid, type Schemas, watchDeployment } from '../../api/client.ts';
import { CREDIT, GIB, HOUR_MS } from '../../lib/units.ts';
import { type Connection, connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { CommandFailed } from '../exit.ts';
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
  readonly dryRun?: boolean;
}

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
    .option('--dry-run', 'only show what the bid would find')
    .action(async (image: string, words: string[], options: Options, command: Command) => {
      const context = contextOf(command);
      const connection = await connect(context.home);
      const bid = bidOf(image, words, options);
      return options.dryRun === true ? dryRun(context, connection, bid) : place(context, connection, bid);
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

async function place(context: Context, connection: Connection, body: Schemas['BidInput']): Promise<void> {
  const progress = new Progress('looking for a volunteer');
  try {
    const { deployment } = await placeBid(connection.client, body, randomUUID());
    progress.say('starting');
    const settled = await untilSettled(connection, deployment, progress);
    answer(context, settled, () => showPlaced(settled, connection.url));
    if (settled.state === 'failed' || (settled.state === 'ended' && settled.exitCode !== 0))
      throw new CommandFailed();
  } finally {
    progress.end();
  }
}

/** The deployment once it runs, or has ended. */
async function untilSettled(
  { client }: Connection,
  placed: Schemas['Deployment'],
  progress: Progress,
): Promise<Schemas['Deployment']> {
  const over = new AbortController();
  let last = placed;
  try {
    for await (const deployment of watchDeployment(client, placed.id, over.signal)) {
      last = deployment;
      progress.say(deployment.state);
      if (['running', 'ended', 'failed'].includes(deployment.state)) break;
    }
  } finally {
    over.abort();
  }
  return last;
}

function showPlaced(deployment: Schemas['Deployment'], url: string): string {
  const { id, state, cause, instances, replicas, running, ports } = deployment;
  const { priceMicrocreditsPerHour: price, atRiskMicrocredits: atRisk } = deployment;
  const urls = ports.map((port) => `${url}/v1/deployments/${id}/http/${port}/`);
  const { runningSinceMs = deployment.createdAtMs, endsAtMs } = deployment;
  return list({
    deployment: id,
    state: cause === '' ? state : `${state} (${cause})`,
    copies: replicas === 1 ? undefined : `${running} of ${replicas} run`,
    volunteer: instances.map(({ volunteer }) => volunteer).join('\n'),
    price: `${showCredits(price)}/h`,
    'at risk': `${showCredits(atRisk)} at most unsigned at a time`,
    lease: showDuration(endsAtMs - runningSinceMs),
    url: urls.length === 0 ? undefined : urls.join('\n'),
  });
}
