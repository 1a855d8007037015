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
import { parseSpan } from '../quantities.ts';
import { table } from '../table.ts';

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
      let before: Look | undefined;
      for (;;) {
        const look = await lookAt(client);
        if (context.json) printJson(look);
        else if (once) print(showLook(look, before));
        else showScreen(showLook(look, before));
        if (once) return;
        before = look;
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

/** A headline and the leases; usage is that between two looks, or the average since the lease began. */
export function showLook({ atMs, health, leases }: Look, before?: Look): string {
  const { status, engine, connectedPeers, network } = health;
  const count = (wanted: Lease['side']) => leases.filter(({ side }) => side === wanted).length;
  const head = [
    new Date(atMs).toLocaleTimeString('en-GB'),
    ...[`network ${network}`, status, `engine ${engine}`, countOf(connectedPeers, 'peer')],
    ...[`${countOf(count('volunteer'), 'lease')} given`, `${count('tenant')} taken`],
  ].join('   ');
  if (leases.length === 0) return `${head}\n\nNo lease runs.`;
  const earlier = new Map(before?.leases.map((lease) => [`${lease.id}/${lease.side}`, lease]));
  return `${head}\n\n${table(
    HEADS,
    leases.map((lease) => rowOf(lease, earlier.get(`${lease.id}/${lease.side}`))),
  )}`;
}

function rowOf(lease: Lease, earlier: Lease | undefined): string[] {
  const { id, side, volunteer, tenant, state, upMs, usage } = lease;
  const hasMoved = earlier !== undefined && upMs > earlier.upMs && side === 'volunteer';
  const since = hasMoved ? earlier : { upMs: 0, usage: { cpuMilliseconds: 0, memoryMibSeconds: 0 } };
  const spanMs = Math.max(1, upMs - since.upMs);
  const cpus = (usage.cpuMilliseconds - since.usage.cpuMilliseconds) / spanMs;
  const mib = ((usage.memoryMibSeconds - since.usage.memoryMibSeconds) * 1_000) / spanMs;
  return [
    ...[shortId(id), side === 'volunteer' ? 'given' : 'taken'],
    ...[shortPeer(side === 'volunteer' ? tenant : volunteer), state, showDuration(upMs)],
    ...[`${cpus.toFixed(2)} cpu`, `${mib.toFixed(0)} MiB`, `${usage.tunnelKib} KiB`],
    ...[showCredits(lease.chargedMicrocredits), showCredits(lease.unsignedMicrocredits)],
  ];
}
