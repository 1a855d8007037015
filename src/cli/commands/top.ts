// tally top: what this peer does now, refreshed until Ctrl-C.

import { setTimeout as pause } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type ApiClient, allItems, answerOf, type Schemas } from '../../api/client.ts';
import { countOf, showCredits, showDuration } from '../../lib/amounts.ts';
import { systemClock } from '../../lib/clock.ts';
import { print, printJson, showScreen } from '../../lib/terminal.ts';
import { connect } from '../connection.ts';
import { contextOf } from '../context.ts';
import { shortId, shortPeer } from '../deployment-id.ts';
import { paintState } from '../deployment-text.ts';
import { parseSpan } from '../quantities.ts';
import { table } from '../table.ts';
import { UsageLooks } from '../usage-text.ts';

const PERIOD_MS = 2_000;
const HEADS = ['lease', 'side', 'with', 'state', 'up', 'cpu', 'memory', 'tunnel', 'signed', 'not signed yet'];

type Lease = Schemas['Lease'];

/** What one look at a peer finds. */
export interface Look {
  readonly atMs: number;
  readonly health: Schemas['Health'];
  readonly leases: readonly Lease[];
}

interface Options {
  readonly once?: boolean;
  readonly every: number;
}

/** Adds what it takes and does. */
export function addTop(top: Command): void {
  top
    .option('--once', 'print the table once and stop')
    .addOption(
      new Option('--every <time>', 'time between two updates, as in 2s')
        .argParser(parseSpan)
        .default(PERIOD_MS, '2s'),
    )
    .action(async ({ once = false, every }: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const looks = new UsageLooks();
      for (;;) {
        const look = await lookAt(client);
        looks.look(look.leases);
        if (context.json) printJson(look);
        else if (once) print(showLook(look, looks));
        else showScreen(showLook(look, looks));
        if (once) return;
        await pause(every);
      }
    });
}

async function lookAt(client: ApiClient): Promise<Look> {
  const [health, leases] = await Promise.all([
    answerOf(client.GET('/v1/health')),
    allItems((query) => client.GET('/v1/leases', { params: { query } })),
  ]);
  return { atMs: systemClock.nowMs(), health, leases: leases.filter(({ state }) => state !== 'ended') };
}

/** A headline and the leases, with what they use. */
export function showLook({ atMs, health, leases }: Look, looks: UsageLooks): string {
  const { status, engine, connectedPeers, network } = health;
  const count = (wanted: Lease['side']) => leases.filter(({ side }) => side === wanted).length;
  const head = [
    new Date(atMs).toLocaleTimeString('en-GB'),
    ...[`network ${network}`, status, `engine ${engine}`, countOf(connectedPeers, 'peer')],
    ...[`${countOf(count('volunteer'), 'lease')} given`, `${count('tenant')} taken`],
  ].join('   ');
  if (leases.length === 0) return `${head}\n\nNo lease runs.`;
  const rows = leases.map((lease) => rowOf(lease, looks));
  return `${head}\n\n${table(HEADS, rows)}`;
}

function rowOf(lease: Lease, looks: UsageLooks): string[] {
  const { id, side, volunteer, tenant, state, upMs, usage } = lease;
  const { cpus, memoryMib } = looks.ratesOf(lease);
  return [
    ...[shortId(id), side === 'volunteer' ? 'given' : 'taken'],
    ...[shortPeer(side === 'volunteer' ? tenant : volunteer), paintState(state), showDuration(upMs)],
    ...[`${cpus.toFixed(2)} cpu`, `${memoryMib.toFixed(0)} MiB`, `${usage.tunnelKib} KiB`],
    ...[showCredits(lease.chargedMicrocredits), showCredits(lease.unsignedMicrocredits)],
  ];
}
