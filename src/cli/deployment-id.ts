// Deployments by the beginning of their id, or by their name.
import { type ApiClient, allPages, type Schemas } from '../api/client.ts';
import { TallyError } from '../lib/errors.ts';
import { isLeaving } from './deployment-text.ts';

/** So much of an id is shown, and mostly enough to name it. */
const SHOWN = 12;

/** The beginning of an id. */
export function shortId(id: string): string {
  return id.slice(0, SHOWN);
}

/** The end of a peer id, where peer ids differ. */
export function shortPeer(peer: string): string {
  return `…${peer.slice(-8)}`;
}

/** A deployment and the number of one of its copies, if one is meant. */
interface FoundCopy {
  readonly deployment: Schemas['Deployment'];
  readonly replica?: number;
}

/** As `findDeployment`, also with the number of a copy behind it: `web.1`. A deployment may have such a name itself. */
export async function findCopy(client: ApiClient, given: string): Promise<FoundCopy> {
  const [, name, number] = /^(.+)\.(\d{1,4})$/.exec(given) ?? [];
  try {
    return { deployment: await findDeployment(client, given) };
  } catch (error) {
    if (name === undefined || !(error instanceof TallyError) || error.code !== 'DEPLOYMENT_UNKNOWN')
      throw error;
    return { deployment: await findDeployment(client, name), replica: Number(number) };
  }
}

/**
 * The deployment that is meant: the latest of this name, of those that live first; else the one whose id begins so.
 * Throws DEPLOYMENT_UNKNOWN, also when more than one id does.
 */
export async function findDeployment(client: ApiClient, given: string): Promise<Schemas['Deployment']> {
  const byId: Schemas['Deployment'][] = [];
  let named: Schemas['Deployment'] | undefined;
  // The newest comes first
  for await (const deployment of allPages((query) => client.GET('/v1/deployments', { params: { query } }))) {
    if (deployment.id === given) return deployment;
    if (deployment.id.startsWith(given)) byId.push(deployment);
    if (deployment.name !== given) continue;
    if (!isLeaving(deployment)) return deployment;
    named ??= deployment;
  }
  const [found, another] = byId;
  if (named !== undefined) return named;
  if (found !== undefined && another === undefined) return found;
  throw new TallyError('DEPLOYMENT_UNKNOWN', { given, matching: byId.length });
}
