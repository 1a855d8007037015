// tally inspect: a deployment, or a lease, from its bid to now, and why it does not run.
import type { Command } from 'commander';
import { type ApiClient, allItems, answerOf, type Schemas } from '../../api/client.ts';
import { TallyError } from '../../lib/errors.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { findDeployment } from '../deployment-id.ts';
import { showInspected, showInspectedLease } from '../inspect-text.ts';

const HELP = `
A deployment is shown with the reason why it does not run, its copies, and every step with its time and cause: volunteers that refused,
images on the way, starts, health, restarts, ends and replacements. A lease that this peer gave is shown in the same way.`;

/** Adds what it takes and does. */
export function addInspect(inspect: Command): void {
  inspect
    .argument('<id>', 'name of a deployment, or the beginning of its id or of that of a lease')
    .addHelpText('after', HELP)
    .action(async (given: string, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const leases = await allItems((query) => client.GET('/v1/leases', { params: { query } }));
      const deployment = await deploymentBy(client, given);
      if (deployment === undefined) {
        const lease = leaseBy(leases, given);
        const events = await eventsOf(client, { lease: lease.id });
        return answer(context, { lease, events }, () => showInspectedLease(lease, events));
      }
      const { peer } = await answerOf(client.GET('/v1/peer'));
      const ids = deployment.instances.map(({ lease }) => lease);
      const taken = leases.filter(({ side, id }) => side === 'tenant' && ids.includes(id));
      const events = await eventsOf(client, { deployment: deployment.id });
      answer(context, { deployment, leases: taken, events }, () =>
        showInspected({ deployment, leases: taken, events, peer }),
      );
    });
}

async function deploymentBy(client: ApiClient, given: string): Promise<Schemas['Deployment'] | undefined> {
  try {
    return await findDeployment(client, given);
  } catch (error) {
    const isAnother = error instanceof TallyError && error.details.matching === 0;
    if (isAnother) return undefined;
    throw error;
  }
}

/** The lease whose id begins so. Throws DEPLOYMENT_UNKNOWN: that is what was asked for first. */
function leaseBy(leases: readonly Schemas['Lease'][], given: string): Schemas['Lease'] {
  const [found, another] = leases.filter(({ id }) => given !== '' && id.startsWith(given));
  if (found !== undefined && another === undefined) return found;
  throw new TallyError('DEPLOYMENT_UNKNOWN', { given });
}

/** The oldest first. */
async function eventsOf(
  client: ApiClient,
  of: { readonly deployment?: string; readonly lease?: string },
): Promise<Schemas['Event'][]> {
  const newest = await allItems((page) =>
    client.GET('/v1/events', { params: { query: { ...of, ...page } } }),
  );
  return newest.reverse();
}
