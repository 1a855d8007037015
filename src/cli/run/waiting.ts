// How `tally run` waits: until the copies of a deployment run, for some seconds more, and for the last receipts of those that end.
import { type ApiClient, allItems, answerOf, type Schemas, watchDeployment } from '../../api/client.ts';
import { SECOND_MS } from '../../lib/units.ts';
import { fetchedShare, isAiling, isOver, isWell, latestCopies } from '../deployment-text.ts';
import type { Progress } from '../progress.ts';
import { until } from '../until.ts';
import { showProgress } from './telling.ts';

/**
 * What cannot start mostly ends within so long: a missing file, a wrong setting. A little longer than a tenant's peer takes
 * to ask how its copies stand.
 */
export const WATCH_MS = 7 * SECOND_MS;

/** The last receipt comes soon after the end of a container, where both sides are in reach. */
const LAST_RECEIPT_MS = 3 * SECOND_MS;

/** The deployment once it has ended, or has run for `watchMs`. */
export async function watch(
  client: ApiClient,
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
      if (timer === undefined) progress.say(showProgress(deployment), fetchedShare(deployment));
      else progress.say('running; watching for some seconds');
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
export async function settle(
  client: ApiClient,
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

/** Whether every copy runs or is over: what is left then is to watch. One with a health check is to be healthy, if that is waited for. */
function isSettled(deployment: Schemas['Deployment'], isHealthAwaited: boolean): boolean {
  const latest = latestCopies(deployment);
  const isUp = (copy: Schemas['Instance']) =>
    copy.state === 'running' && (isWell(copy) || isAiling(copy) || !isHealthAwaited);
  const settled = latest.filter((each) => isUp(each) || isOver(each));
  return deployment.running > 0 && settled.length === deployment.replicas;
}
