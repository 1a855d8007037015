// tally forward: ports of this machine that lead to ports of deployments.
import type { Command } from 'commander';
import { type ApiClient, allItems, answerOf, type Schemas } from '../../api/client.ts';
import { showTime } from '../../lib/amounts.ts';
import { TallyError } from '../../lib/errors.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { findDeployment, shortId } from '../deployment-id.ts';
import { EXIT } from '../exit.ts';
import { forwardsOf, type PortOption, placeOf, readPort, showForward } from '../port-options.ts';
import { table } from '../table.ts';

const HEADS = ['here', 'deployment', 'port', 'open', 'latest failure'];

const HELP = `
Without arguments the command lists what there is. A forward carries any protocol over TCP. It listens on 127.0.0.1 unless you give an
address, so all users of this machine can use it. It ends with the deployment, and is there again after a restart of the peer.`;

/** Adds what it takes and does. */
export function addForward(forward: Command): void {
  forward
    .argument('[deployment]', 'name of a deployment, or the beginning of its id')
    .argument(
      '[port]',
      'LOCAL:PORT, as in 8080:80, or the port of the container alone for a free one here',
      readPort,
    )
    .option('--end <place>', 'end the forward at this port of this machine, as in 8080 or 127.0.0.1:8080')
    .addHelpText('after', HELP)
    .action(
      async (
        given: string | undefined,
        port: PortOption | undefined,
        { end }: { readonly end?: string },
        command: Command,
      ) => {
        if ((given === undefined) !== (port === undefined) || (end !== undefined && given !== undefined))
          command.error('error: give a deployment and a port, --end, or nothing', { exitCode: EXIT.usage });
        const context = contextOf(command);
        const { client } = await connect(context.home);
        if (given !== undefined && port !== undefined) {
          const { id: deployment } = await findDeployment(client, given);
          const body = { deployment, port: port.port, ...port.local };
          const begun = await answerOf(client.POST('/v1/forwards', { body }));
          return answer(context, begun, () => showForward(begun));
        }
        const forwards = await forwardsOf(client);
        const names = await namesOf(client);
        if (end === undefined)
          return answer(context, forwards, () =>
            forwards.length === 0
              ? 'No port of this machine leads to a deployment.'
              : showForwards(forwards, names),
          );
        const { id } = forwardAt(forwards, end);
        await client.DELETE('/v1/forwards/{forward}', { params: { path: { forward: id } } });
        answer(context, { ended: id }, () => `ended: ${end}`);
      },
    );
}

/** Throws FORWARD_UNKNOWN, also where several are meant. */
function forwardAt(forwards: readonly Schemas['Forward'][], place: string): Schemas['Forward'] {
  const [found, another] = forwards.filter(
    (each) => placeOf(each) === place || String(each.localPort) === place,
  );
  if (found === undefined || another !== undefined) throw new TallyError('FORWARD_UNKNOWN', { place });
  return found;
}

/** Deployments by name, where they have one. */
async function namesOf(client: ApiClient): Promise<ReadonlyMap<string, string>> {
  const all = await allItems((query) => client.GET('/v1/deployments', { params: { query } }));
  return new Map(all.map(({ id, name }) => [id, name]));
}

function showForwards(forwards: readonly Schemas['Forward'][], names: ReadonlyMap<string, string>): string {
  const rows = forwards.map((each) => [
    ...[placeOf(each), names.get(each.deployment) || shortId(each.deployment), each.port, each.connections],
    each.failedAtMs === undefined ? each.code : `${each.code} at ${showTime(each.failedAtMs)}`,
  ]);
  return table(HEADS, rows);
}
