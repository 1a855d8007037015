// tally run: places a bid and waits until its container runs.

import { randomUUID } from 'node:crypto';
import { type Command, type CommanderError, Option } from 'commander';
import {
  ApiError,
  allItems,
  answerOf,
  dryRunBid,
  placeBid,
  readLogs,
  type Schemas,
  watchDeployment,
} from '../../api/client.ts';
import { countOf, showCredits, showDuration, showSize } from '../../lib/amounts.ts';
import { systemClock } from '../../lib/clock.ts';
import { describeError, isErrorCode } from '../../lib/errors.ts';
import { TALLY } from '../../lib/program.ts';
import { CREDIT, GIB, HOUR_MS, MIB, SECOND_MS } from '../../lib/units.ts';
import { explained } from '../bid-failure.ts';
import { type Connection, connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { showCredit } from '../credit-text.ts';
import {
  agreedPrice,
  isAiling,
  isLeaving,
  isOver,
  isWell,
  latestCopies,
  saysOf,
  showCharge,
  showFetches,
  showPrice,
  showState,
} from '../deployment-text.ts';
import { CommandFailed, EXIT, failureOf, showFailure } from '../exit.ts';
import { addHealthOptions, type HealthOptions, healthOf } from '../health-options.ts';
import { showCalls } from '../http-ports.ts';
import { showCandidates } from '../match-text.ts';
import { readFromEngine, refreshOwn } from '../own-image.ts';
import { parseFile, parseSecret, parseSecretFile, parseVolume } from '../payload-options.ts';
import { forwardAll, type PortOption, parsePorts, requireFree, showForward } from '../port-options.ts';
import { Progress } from '../progress.ts';
import {
  parseCount,
  parseCpus,
  parseCredits,
  parseDisk,
  parseDuration,
  parseEnv,
  parseMemory,
  parseSome,
  parseSpan,
} from '../quantities.ts';
import { REGISTRY_AUTH } from '../registry-login.ts';
import { type PullOptions, pullOf, readEnvFile, type SentOptions, sentWith } from '../run-input.ts';
import { list } from '../table.ts';
import { until } from '../until.ts';

interface Options extends HealthOptions, PullOptions, SentOptions {
  readonly port?: PortOption[];
  readonly cpus: number;
  readonly memory: number;
  readonly disk?: number;
  readonly gpus?: number;
  readonly root?: boolean;
  readonly pull?: boolean;
  readonly maxPrice?: number;
  readonly for: number;
  readonly away?: number;
  readonly env?: Record<string, string>;
  readonly envFile?: string;
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

/** The last receipt comes soon after the end of a container, where both sides are in reach. */
const LAST_RECEIPT_MS = 3 * SECOND_MS;

/** It is no error of the table: an exit code of 0 beside it needs words. */
const OUT_OF_MEMORY =
  'The kernel ended a process in the container because the memory was used up, so the container counts as failed whatever its ' +
  'exit code is. Run it with more --memory, or make it use less.';

/** It is not over: what follows needs words. */
const STOP_IT = `If the check or the program is wrong, stop it with "${TALLY} stop".`;
const ILL = `Its health check fails, so it gets no calls. Its volunteer restarts it a few times, then your peer places it on another volunteer. ${STOP_IT}`;
const RESTARTING = `Its container ended, and its volunteer restarts it, as --restart says; until then it gets no calls. ${STOP_IT}`;

/** So many lines show why a container ended; `tally logs` has the others. */
const LAST_LINES = 20;

const EXIT_CODES = `
When all copies run, and those with a health check are healthy, this command watches them for ${WATCH_MS / SECOND_MS} more seconds. If a
container ends in that time, the command shows its exit code and its last lines. The command then exits with ${EXIT.containerEnded}, or with 0
if the container exited with 0. A container in which the kernel ended a process because the memory was used up
has failed (OUT_OF_MEMORY), whatever its exit code is. If a health check fails or a container has to be restarted,
the command also shows the last lines and exits with ${EXIT.containerEnded}; the deployment continues.`;

/** Whoever forgets it is told that an option of the container's command is unknown. */
const AFTER_DASHES = `Write "--" before the command of the container, as in: ${TALLY} run IMAGE -- sh -c "ls /"`;

/** Adds what it takes and does. */
export function addRun(run: Command): void {
  run
    .exitOverride((error: CommanderError) => {
      if (error.code === 'commander.unknownOption') console.error(AFTER_DASHES);
      throw error;
    })
    .argument('<image>', 'name of the image, or name@sha256:…')
    .argument('[command...]', 'after --: the command to run instead of the command of the image')
    .option(
      '-p, --port <port>',
      'port of the container that you want to call, as in 80; 8080:80 also leads port 8080 of this machine to it; repeatable',
      parsePorts,
    )
    .addOption(
      new Option('--cpus <number>', 'cpus of each copy, as in 0.5').argParser(parseCpus).default(1_000, '1'),
    )
    .addOption(
      new Option('--memory <size>', 'memory of each copy, as in 512MiB or 512m')
        .argParser(parseMemory)
        .default(512 * MIB, '512MiB'),
    )
    .option(
      '--disk <size>',
      'for all that the container writes, also to /tmp and to volumes; it is lost when the lease ends ' +
        '(default: 512MiB)',
      parseDisk,
    )
    .option('--gpus <count>', 'GPUs of each copy (default: none)', parseCount)
    .option(
      '--root',
      'only on volunteers that let it be root inside its container, as most public images begin',
    )
    .option('--pull', 'let the volunteer pull the image from the registry in its name')
    .option(
      '--registry-auth <file>',
      'with --pull: a file with user:password, or a config.json of "docker login"; the volunteer sees the login. Without it ' +
        `${REGISTRY_AUTH} in the environment counts`,
    )
    .option(
      '--image-size <size>',
      'with --pull: the most that the image may take, unpacked (default: four times its compressed size, and 64MiB)',
      parseDisk,
    )
    .option(
      '--max-price <credits>',
      'the most that you pay per hour for everything that one copy reserves (default: 2 per cpu, or 2 per 2 GiB if that is more)',
      parseCredits,
    )
    .addOption(
      new Option('--for <time>', 'how long the container runs at most, as in 90s, 1h or 2d')
        .argParser(parseSpan)
        .default(HOUR_MS, '1h'),
    )
    .option(
      '--away <time>',
      'how long the container continues while the volunteer cannot reach this peer',
      parseDuration,
    )
    .option(
      '--env <NAME=value>',
      'a variable that only the container and its volunteer see; repeatable',
      parseEnv,
    )
    .option('--env-file <file>', 'a file with lines of NAME=value; --env overrides them')
    .option(
      '-v, --volume <name:path>',
      'a volume at a path of the container, as in data:/var/lib/app; ./folder:/path fills it with a copy of a folder or file ' +
        'of the machine of your peer when the container first starts; repeatable',
      parseVolume,
    )
    .option(
      '--secret <NAME=value>',
      'a secret that the container reads in /run/secrets/NAME, in memory only; repeatable',
      parseSecret,
    )
    .option('--secret-file <NAME=file>', 'the same, with the content of a file; repeatable', parseSecretFile)
    .option(
      '--file <file:path>',
      'a small file at a path of the container, read-only and in memory only; repeatable',
      parseFile,
    )
    .option('--region <word>', 'only volunteers of this region')
    .option('--label <key=value...>', 'only volunteers with all these labels')
    .option('--name <name>', 'a name for the deployment, to use instead of its id')
    .option('--replicas <count>', 'number of copies, each on another volunteer', parseSome)
    .option(
      '--grace <time>',
      'how long a volunteer may be out of reach before the copy on it is replaced',
      parseSpan,
    )
    .option(
      '--wait-out',
      'replace a copy only when the old one cannot run any more: for programs that must not run twice',
    )
    .option('--detach', 'return as soon as all copies run, and do not watch them')
    .option('--dry-run', 'show the offers that the bid would find, and place nothing')
    .addHelpText('after', EXIT_CODES)
    .action(async (image: string, words: string[], options: Options, command: Command) => {
      const context = contextOf(command);
      const connection = await connect(context.home);
      const { envFile, env } = options;
      const ofFile = envFile === undefined ? undefined : await readEnvFile(command, envFile);
      const given = ofFile === undefined ? options : { ...options, env: { ...ofFile, ...env } };
      const pull = options.pull === true ? { pull: await pullOf(command, image, options) } : {};
      const bid = {
        ...{ ...bidOf(image, words, given), ...pull, ...healthOf(command, options) },
        ...(await sentWith(command, options)),
      };
      try {
        if (options.dryRun === true) await dryRun(context, connection, bid);
        else await place(context, connection, bid, options);
      } catch (error) {
        throw explained(error, bid);
      }
    });
  addHealthOptions(run);
}

function bidOf(image: string, words: readonly string[], options: Options): Schemas['BidInput'] {
  const { port, maxPrice, away, env, region, label, name, replicas, grace, waitOut } = options;
  const { cpus: cpuMillis, memory: memoryBytes, disk, gpus, root } = options;
  const resources = {
    ...{ cpuMillis, memoryBytes },
    ...(disk === undefined ? {} : { diskBytes: disk }),
    ...(gpus === undefined ? {} : { gpus }),
  };
  return {
    image,
    resources,
    maxPriceMicrocreditsPerHour: maxPrice ?? usualLimit(resources),
    durationMs: options.for,
    ...(words.length === 0 ? {} : { command: [...words] }),
    ...(port === undefined ? {} : { ports: [...new Set(port.map((each) => each.port))] }),
    ...(away === undefined ? {} : { awayMs: away }),
    ...(env === undefined ? {} : { env }),
    ...(root === undefined ? {} : { privileges: 'root' as const }),
    ...(region === undefined ? {} : { region }),
    ...(label === undefined ? {} : { labels: label }),
    ...(name === undefined ? {} : { name }),
    ...(replicas === undefined ? {} : { replicas }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(waitOut === undefined ? {} : { waitOut }),
  };
}

/** Twice what the default price list makes of it: one credit per hour for one cpu with two GiB. */
function usualLimit({ cpuMillis, memoryBytes }: Schemas['BidResources']): number {
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
  { port = [], detach }: Pick<Options, 'port' | 'detach'>,
): Promise<void> {
  const progress = new Progress('looking for volunteers');
  try {
    await requireFree(port);
    if (body.pull === undefined) await refreshOwn(connection.client, body.image, progress);
    const { deployment } = await placeWithImage(connection, body, progress);
    const forwards = await forwardAll(connection.client, deployment.id, port);
    progress.say('starting');
    const watched = await watch(connection, deployment, detach === true ? 0 : WATCH_MS, progress);
    const { settled, unsignedMicrocredits } = await settle(connection, watched);
    const over = latestCopies(settled).filter((copy) => isLeaving(copy) || isAiling(copy));
    const ends = context.json
      ? []
      : await Promise.all(over.map((copy) => showEnd(connection, settled, copy)));
    const isReached = (each: number) => forwards.some((forward) => forward.port === each);
    const calls = context.json ? [] : await showCalls(connection.url, settled, isReached);
    answer(context, settled, () =>
      [showPlaced(settled, { unsignedMicrocredits, forwards, calls }, body), ...ends].join('\n\n'),
    );
    if (settled.state === 'failed' || over.some(({ exitCode }) => exitCode !== 0))
      throw new CommandFailed(EXIT.containerEnded);
  } finally {
    progress.end();
  }
}

/** Places a bid; an image that no volunteer has is read out of the own engine first, to be sent. */
async function placeWithImage(
  { client }: Connection,
  body: Schemas['BidInput'],
  progress: Progress,
): Promise<Schemas['Placement']> {
  progress.say('looking for a volunteer');
  try {
    return await placeBid(client, body, randomUUID());
  } catch (error) {
    const isUnknown =
      error instanceof ApiError && error.code === 'IMAGE_NOT_FOUND' && body.pull === undefined;
    if (!isUnknown || !(await readFromEngine(client, body.image, progress))) throw error;
    progress.say('looking for a volunteer');
    return placeBid(client, body, randomUUID());
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
      progress.say(timer === undefined ? showProgress(deployment) : 'running; watching for some seconds');
      if (isOver(deployment)) break;
      if (latestCopies(deployment).some(isAiling)) break;
      if (timer !== undefined || !isSettled(deployment, watchMs > 0)) continue;
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

/** Waits a little for the last receipts of copies that have ended; the deployment then, and what they do not cover yet. */
async function settle(
  { client }: Connection,
  watched: Schemas['Deployment'],
): Promise<{ settled: Schemas['Deployment']; unsignedMicrocredits: number }> {
  const { id, instances } = watched;
  const over = instances.filter(isOver).map(({ lease }) => lease);
  if (over.length === 0) return { settled: watched, unsignedMicrocredits: 0 };
  let unsignedMicrocredits = 0;
  await until('the last charge is signed', LAST_RECEIPT_MS, async () => {
    const leases = await allItems((query) => client.GET('/v1/leases', { params: { query } }));
    const ended = leases.filter((lease) => lease.side === 'tenant' && over.includes(lease.id));
    unsignedMicrocredits = ended.reduce((sum, each) => sum + each.unsignedMicrocredits, 0);
    return unsignedMicrocredits === 0;
  });
  const settled = await answerOf(client.GET('/v1/deployments/{id}', { params: { path: { id } } }));
  return { settled, unsignedMicrocredits };
}

/** The state, how far its images are on their way, and why a copy has no place. */
function showProgress(deployment: Schemas['Deployment']): string {
  const { state, waiting } = deployment;
  const checked = latestCopies(deployment).filter(({ health }) => health === 'starting');
  if (waiting === undefined && state === 'running' && checked.length > 0) {
    const failure = checked.find(({ healthFailure }) => healthFailure !== undefined)?.healthFailure;
    return `running; waiting for the health check${failure === undefined ? '' : `. ${saysOf(failure)}`}`;
  }
  if (waiting === undefined) return [state, ...showFetches(deployment)].join(': ');
  const removed = Object.entries(waiting.removed).map(([name, offers]) => `${name} removed ${offers}`);
  const why =
    waiting.refusals.length > 0
      ? `every volunteer that fits refused, most often with ${waiting.cause}`
      : `none of ${countOf(waiting.considered, 'offer')} fits (${removed.join(', ')})`;
  return `${state}: ${why}; "${TALLY} ps" shows what to do`;
}

/** Whether every copy runs or is over: what is left then is to watch. One with a health check is to be healthy, if that is waited for. */
function isSettled(deployment: Schemas['Deployment'], isHealthAwaited: boolean): boolean {
  const latest = latestCopies(deployment);
  const isUp = (copy: Schemas['Instance']) =>
    copy.state === 'running' && (isWell(copy) || isAiling(copy) || !isHealthAwaited);
  const settled = latest.filter((each) => isUp(each) || isOver(each));
  return deployment.running > 0 && settled.length === deployment.replicas;
}

/** How a copy ended, and what it wrote last. */
async function showEnd(
  { client }: Connection,
  { id, replicas }: Schemas['Deployment'],
  copy: Schemas['Instance'],
): Promise<string> {
  const { replica, healthFailure } = copy;
  const lines = [`The container${replicas === 1 ? '' : ` of copy ${replica}`}: ${showState(copy)}`];
  try {
    for await (const { text } of readLogs(client, id, { replica, tail: LAST_LINES })) lines.push(`  ${text}`);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    lines.push(`This peer cannot read the log. ${showFailure(failure)}`);
  }
  if (lines.length === 1) lines.push('  It wrote nothing.');
  // The log of a volunteer says it, too, unless that keeps it back
  if (healthFailure !== undefined && !lines.some((line) => line.includes(healthFailure)))
    lines.push(saysOf(healthFailure));
  if (isAiling(copy))
    lines.push(copy.state === 'restarting' && copy.cause !== 'UNHEALTHY' ? RESTARTING : ILL);
  if (copy.cause === 'OUT_OF_MEMORY') lines.push(OUT_OF_MEMORY);
  if (isErrorCode(copy.cause)) lines.push(describeError(copy.cause).sentence);
  return lines.join('\n');
}

/** What is known of it beside its own view. */
interface Beside {
  readonly unsignedMicrocredits: number;
  readonly forwards: readonly Schemas['Forward'][];
  /** How each port is called. */
  readonly calls: readonly string[];
}

function showPlaced(
  deployment: Schemas['Deployment'],
  { unsignedMicrocredits, forwards, calls }: Beside,
  { maxPriceMicrocreditsPerHour: limitMicrocredits }: Schemas['BidInput'],
): string {
  const { id, instances, replicas, running, resources } = deployment;
  const { atRiskMicrocredits: atRisk, chargedMicrocredits: charged } = deployment;
  const isDone = isOver(deployment);
  const { runningSinceMs = deployment.createdAtMs, endsAtMs } = deployment;
  return list({
    deployment: id,
    state: showState(deployment),
    copies: replicas === 1 ? undefined : `${running} of ${replicas} run`,
    volunteer: instances.map(({ volunteer }) => volunteer).join('\n'),
    price: showPrice(agreedPrice(deployment), latestCopies(deployment).length, limitMicrocredits),
    charged: isDone || charged > 0 ? showCharge(charged, unsignedMicrocredits) : undefined,
    'at risk': isDone ? undefined : `at most ${showCredits(atRisk)} unsigned at any time`,
    lease: showDuration(endsAtMs - runningSinceMs),
    credit: isDone ? undefined : showCredit(deployment, systemClock.nowMs()),
    disk: `${showSize(resources.diskBytes)} for all that it writes; it is lost when the lease ends`,
    here: isDone || forwards.length === 0 ? undefined : forwards.map(showForward).join('\n'),
    call: calls.length === 0 ? undefined : calls.join('\n'),
  });
}
