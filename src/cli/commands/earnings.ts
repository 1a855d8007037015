// tally earnings: what others owe this peer, and what it owes.

import type { Command } from 'commander';
import { allItems, type Schemas } from '../../api/client.ts';
import { showCredits } from '../../lib/amounts.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortPeer } from '../deployment-id.ts';
import { table } from '../table.ts';

const NOTHING =
  'No receipt is signed yet. After the first one, this list shows what this peer served and consumed.';

/** Adds what it takes and does. */
export function addEarnings(earnings: Command): void {
  earnings.action(async (_, command: Command) => {
    const context = contextOf(command);
    const { client } = await connect(context.home);
    const earnings = await allItems((query) => client.GET('/v1/earnings', { params: { query } }));
    answer(context, earnings, () => (earnings.length === 0 ? NOTHING : showEarnings(earnings)));
  });
}

function showEarnings(earnings: readonly Schemas['Earning'][]): string {
  const rows = earnings.map(({ peer, servedMicrocredits, consumedMicrocredits, owedMicrocredits }) => [
    ...[shortPeer(peer), showCredits(servedMicrocredits), showCredits(consumedMicrocredits)],
    owedMicrocredits >= 0
      ? `owes ${showCredits(owedMicrocredits)}`
      : `is owed ${showCredits(-owedMicrocredits)}`,
  ]);
  const sum = (sign: 1 | -1) =>
    earnings.reduce((all, { owedMicrocredits }) => all + Math.max(0, sign * owedMicrocredits), 0);
  return [
    table(['peer', 'served', 'consumed', 'by now'], rows),
    '',
    `Others owe this peer ${showCredits(sum(1))}, and it owes others ${showCredits(sum(-1))}. Every debt halves in 90 days.`,
  ].join('\n');
}
