// What `tally run` says: how far a deployment is, how it stands once it runs, and how a copy ended.
import { type ApiClient, readLogs, type Schemas } from '../../api/client.ts';
import { countOf, showCredits, showDuration, showSize } from '../../lib/amounts.ts';
import { systemClock } from '../../lib/clock.ts';
import { describeError, isErrorCode } from '../../lib/errors.ts';
import { harmless } from '../../lib/harmless.ts';
import { TALLY } from '../../lib/program.ts';
import { showCredit } from '../credit-text.ts';
import {
  agreedPrice,
  isAiling,
  isOver,
  latestCopies,
  saysOf,
  showCharge,
  showFetches,
  showPrice,
  showState,
} from '../deployment-text.ts';
import { failureOf, showFailure } from '../exit.ts';
import { showForward } from '../port-options.ts';
import { list } from '../table.ts';

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

/** The state, how far its images are on their way, and why a copy has no place. */
export function showProgress(deployment: Schemas['Deployment']): string {
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

/** How a copy ended, and what it wrote last. */
export async function showEnd(
  client: ApiClient,
  { id, replicas }: Schemas['Deployment'],
  copy: Schemas['Instance'],
): Promise<string> {
  const { replica, healthFailure } = copy;
  const lines = [`The container${replicas === 1 ? '' : ` of copy ${replica}`}: ${showState(copy)}`];
  try {
    for await (const { text } of readLogs(client, id, { replica, tail: LAST_LINES }))
      lines.push(`  ${harmless(text, { colours: false, lines: false })}`);
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

/** How it stands, what it costs, and how to reach it. */
export function showPlaced(
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
