// Deployments by the beginning of their id, or by their name.
import { type ApiClient, allPages, type Schemas } from '../api/client.ts';
import { TallyError } from '../lib/errors.ts';

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

/**
 * The one deployment that is meant: by its name among those that have not ended, or by the beginning of its id.
 * Throws DEPLOYMENT_UNKNOWN, also when more than one fits.
 */
export async function findDeployment(client: ApiClient, given: string): Promise<Schemas['Deployment']> {
  const byId: Schemas['Deployment'][] = [];
  const byName: Schemas['Deployment'][] = [];
  for await (const deployment of allPages((query) => client.GET('/v1/deployments', { params: { query } }))) {
    if (deployment.id === given) return deployment;
    if (deployment.id.startsWith(given)) byId.push(deployment);
    if (deployment.name === given && !['ended', 'failed'].includes(deployment.state)) byName.push(deployment);
  }
  const [found, another] = byName.length > 0 ? byName : byId;
  if (found !== undefined && another === undefined) return found;
  throw new TallyError('DEPLOYMENT_UNKNOWN', { given, matching: byName.length + byId.length });
}
