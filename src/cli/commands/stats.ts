// tally stats: what the copies of deployments use, and the leases that this peer gives, refreshed until Ctrl-C.
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ApiClient, allItems, type Schemas } from '../../api/client.ts';
import { showCpus, showDuration, showSize } from '../../lib/amounts.ts';
import { isTerminal, print, printJson, showScreen } from '../../lib/terminal.ts';
import { KIB, MIB } from '../../lib/units.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { findDeployment, shortId, shortPeer } from '../deployment-id.ts';
import { paintState } from '../deployment-text.ts';
import { table } from '../table.ts';
import { UsageLooks } from '../usage-text.ts';

const PERIOD_MS = 2_000;
const HEADS = ['copy', 'with', 'state', 'up', 'cpu', 'of', 'memory', 'of', 'tunnel'];

const HELP = `
The volunteer measures all the time. A tenant knows what the last receipt says: every 10 seconds at first, every 5 minutes later.`;

type Lease = Schemas['Lease'];

/** A lease and what it is called: `web.0`, or the beginning of its id. */
interface Named {
  readonly called: string;
  readonly lease: Lease;
}

/** Adds what it takes and does. */
export function addStats(stats: Command): void {
  stats
    .argument(
      '[deployment]',
      'name of a deployment, or the beginning of its id or of that of a lease (default: all)',
    )
    .option('--no-stream', 'print the table once and stop')
    .addHelpText('after', HELP)
    .action(async (given: string | undefined, { stream }: { readonly stream: boolean }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const looks = new UsageLooks();
      for (;;) {
        const named = await leasesOf(client, given);
        looks.look(named.map(({ lease }) => lease));
        if (context.json)
          printJson(
            named.map((each) => ({ ...each.lease, copy: each.called, ...looks.ratesOf(each.lease) })),
          );
        else if (stream && isTerminal('stdout')) showScreen(showStats(named, looks));
        else print(showStats(named, looks));
        if (!stream) return;
        await pause(PERIOD_MS);
      }
    });
}

/** Those that have not ended: all, or those of a deployment, or the one of this id. Throws DEPLOYMENT_UNKNOWN. */
async function leasesOf(client: ApiClient, given: string | undefined): Promise<Named[]> {
  const all = await allItems((query) => client.GET('/v1/leases', { params: { query } }));
  const living = all.filter(({ state }) => state !== 'ended');
  const byId = given === undefined ? [] : living.filter(({ id }) => id.startsWith(given));
  if (byId.length > 0) return byId.map((lease) => ({ called: shortId(lease.id), lease }));
  const deployments =
    given === undefined
      ? await allItems((query) => client.GET('/v1/deployments', { params: { query } }))
      : [await findDeployment(client, given)];
  const names = new Map(
    deployments.flatMap(({ id, name, instances }) =>
      instances.map(({ lease, replica }) => [lease, `${name || shortId(id)}.${replica}`] as const),
    ),
  );
  return living
    .map((lease) => ({ called: lease.side === 'tenant' ? names.get(lease.id) : undefined, lease }))
    .filter(({ called }) => given === undefined || called !== undefined)
    .map(({ called, lease }) => ({ called: called ?? shortId(lease.id), lease }))
    .sort((a, b) => a.called.localeCompare(b.called));
}

/** A row for each: rates beside what is reserved. */
function showStats(named: readonly Named[], looks: UsageLooks): string {
  if (named.length === 0) return 'No lease runs.';
  const rows = named.map(({ called, lease }) => {
    const { side, volunteer, tenant, state, upMs, resources, usage } = lease;
    const { cpus, memoryMib } = looks.ratesOf(lease);
    return [
      ...[
        called,
        shortPeer(side === 'volunteer' ? tenant : volunteer),
        paintState(state),
        showDuration(upMs),
      ],
      ...[cpus.toFixed(2), showCpus(resources.cpuMillis)],
      ...[showSize(memoryMib * MIB), showSize(resources.memoryBytes), showSize(usage.tunnelKib * KIB)],
    ];
  });
  return table(HEADS, rows);
}
