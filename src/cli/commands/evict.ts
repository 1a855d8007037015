// tally evict: ends leases that run on this machine, now.

import type { Command } from 'commander';
import { type ApiClient, answerOf, type Schemas } from '../../api/client.ts';
import { countOf, showCredits, showTime } from '../../lib/amounts.ts';
import { TALLY } from '../../lib/program.ts';
import { connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { shortId, shortPeer } from '../deployment-id.ts';
import { CommandFailed } from '../exit.ts';
import { leasesBy, livingLeases } from '../given-leases.ts';
import { table } from '../table.ts';

type Eviction = Schemas['Eviction'];

interface Options {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Adds what it takes and does. */
export function addEvict(verb: Command): void {
  verb
    .argument(
      '[lease|peer...]',
      'the beginning of a lease id, or the peer id (or its end) of a tenant, for all its leases',
    )
    .option('--all', 'end every lease')
    .option('--yes', 'end the leases even if that breaks them')
    .action(async (given: string[], { all = false, yes = false }: Options, command: Command) => {
      const context = contextOf(command);
      if (all === given.length > 0) command.error('error: name leases or peers, or use --all, but not both');
      const { client } = await connect(context.home);
      const living = await livingLeases(client);
      const leases = all ? living : given.flatMap((each) => leasesBy(living, each));
      await evict(context, client, [...new Set(leases)], yes);
    });
}

async function evict(
  context: Context,
  client: ApiClient,
  leases: readonly Schemas['Lease'][],
  yes: boolean,
): Promise<void> {
  const previews = await endEach(client, leases, true);
  if (previews.some(({ isBreach }) => isBreach) && !yes) {
    answer(context, { done: false, evictions: previews }, () => showQuestion(previews));
    throw new CommandFailed();
  }
  const evictions = await endEach(client, leases, false);
  answer(context, { done: true, evictions }, () => showDone(evictions));
}

/** Ends these leases one after the other, or only asks what that would be. */
export async function endEach(
  client: ApiClient,
  leases: readonly Pick<Schemas['Lease'], 'id'>[],
  dryRun: boolean,
): Promise<Eviction[]> {
  const evictions: Eviction[] = [];
  for (const { id } of leases) {
    const params = { path: { id }, query: { dryRun } };
    evictions.push(await answerOf(client.DELETE('/v1/leases/{id}', { params })));
  }
  return evictions;
}

/** These leases, and what their end would be. */
export function showEvictions(evictions: readonly Eviction[]): string {
  const rows = evictions.map(({ lease, isBreach, cause }) => [
    ...[shortId(lease.id), shortPeer(lease.tenant), lease.image, showTime(lease.endsAtMs)],
    showCredits(lease.unsignedMicrocredits),
    isBreach ? `a breach by you (${cause})` : `no breach (${cause})`,
  ]);
  return table(['lease', 'tenant', 'image', 'agreed until', 'not signed yet', 'if ended now'], rows);
}

function showQuestion(evictions: readonly Eviction[]): string {
  const breaches = evictions.filter(({ isBreach }) => isBreach).length;
  return [
    showEvictions(evictions),
    '',
    `You promised these tenants the whole term. Ending ${countOf(breaches, 'lease')} now ` +
      'counts as your failure with each tenant, which then starts another copy elsewhere.',
    `No lease was ended. Add --yes to end them, or use "${TALLY} pause" to prevent only new leases.`,
  ].join('\n');
}

function showDone(evictions: readonly Eviction[]): string {
  if (evictions.length === 0) return 'No lease runs here.';
  const ended = evictions.map(({ lease, cause }) => `ended: ${shortId(lease.id)} (${cause})`);
  return [...ended, `Your offers stay in the market; "${TALLY} pause" takes them off the market.`].join('\n');
}
