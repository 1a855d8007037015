// tally ledger: the receipts of this peer, and whether its ledger is undamaged.

import type { Command } from 'commander';
import { allItems, type Schemas } from '../../api/client.ts';
import { showCredits } from '../../lib/amounts.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortId, shortPeer } from '../deployment-id.ts';
import { CommandFailed } from '../exit.ts';
import { list, table } from '../table.ts';
import { addKeeping } from './keeping.ts';
import { addProofs } from './proof.ts';

/** Adds what it takes and does. */
export function addLedger(ledger: Command): void {
  ledger
    .command('show')
    .description('list the receipts that both sides signed')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const receipts = await allItems((query) => client.GET('/v1/receipts', { params: { query } }));
      answer(context, receipts, () =>
        receipts.length === 0 ? 'No receipt is signed yet.' : showReceipts(receipts),
      );
    });
  ledger
    .command('verify')
    .description('check every byte of the ledger; the peer must be stopped')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { openOffline } = await import('../../peer.ts');
      const report = await openOffline(context.home).verifyLedger();
      const { ok, peer, headers, records, receipts, tip, problems } = report;
      const summary = { ledger: ok ? 'whole' : 'NOT WHOLE', peer, headers, records, receipts, tip };
      const rows = problems.map(({ code, key, seq, detail }) => [code, key ?? seq ?? '', detail]);
      answer(context, report, () =>
        rows.length === 0 ? list(summary) : `${list(summary)}\n\n${table(['problem', 'at', 'detail'], rows)}`,
      );
      if (!ok) throw new CommandFailed();
    });
  addProofs(ledger);
  addKeeping(ledger);
}

function showReceipts(receipts: readonly Schemas['Receipt'][]): string {
  const rows = receipts.map(({ id, volunteer, tenant, pairSeq, counters, leases }) => [
    ...[shortId(id), shortPeer(volunteer), shortPeer(tenant), pairSeq],
    ...[showCredits(counters.chargedMicrocredits), leases.length],
  ]);
  return table(['receipt', 'volunteer', 'tenant', 'no.', 'charged in all', 'leases'], rows);
}
