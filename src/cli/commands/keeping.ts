// tally ledger prune, export, import, repair: work on the ledger of a stopped peer.
import type { Command } from 'commander';
import { TALLY } from '../../lib/program.ts';
import { answer, contextOf } from '../context.ts';
import { CommandFailed } from '../exit.ts';
import { parseSome } from '../quantities.ts';
import { list, table } from '../table.ts';

const offline = async (home: string) => (await import('../../peer.ts')).openOffline(home);

/** Adds the verbs. */
export function addKeeping(ledger: Command): void {
  ledger
    .command('prune')
    .description('delete receipts whose sums later receipts contain; a running peer does this by itself')
    .requiredOption('--keep-days <days>', 'keep the receipts of the last so many days', parseSome)
    .action(async ({ keepDays }: { keepDays: number }, command: Command) => {
      const context = contextOf(command);
      const pruned = await (await offline(context.home)).pruneLedger(keepDays);
      answer(context, { pruned }, () => list({ 'receipts pruned': pruned }));
    });
  ledger
    .command('export')
    .argument('<file>', 'a file that does not exist yet')
    .description('write the whole ledger, without the key, to one file')
    .action(async (file: string, _, command: Command) => {
      const context = contextOf(command);
      const { peer, headers, records, tip } = await (await offline(context.home)).exportLedger(file);
      answer(context, { file, peer, headers, records, tip }, () =>
        list({ file, peer, headers, records, tip }),
      );
    });
  ledger
    .command('import')
    .argument('<file>', `a file of "${TALLY} ledger export"`)
    .description('import an exported ledger into a home that has the same key and no ledger')
    .action(async (file: string, _, command: Command) => {
      const context = contextOf(command);
      const { peer, headers, records, tip } = await (await offline(context.home)).importLedger(file);
      answer(context, { peer, headers, records, tip }, () =>
        list({ peer, headers, records, tip, next: `${TALLY} up` }),
      );
    });
  addRepair(ledger);
}

function addRepair(ledger: Command): void {
  ledger
    .command('repair')
    .description(
      'rebuild what the other records determine; the peer later asks others for receipts that they signed too',
    )
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const report = await (await offline(context.home)).repairLedger();
      const { mended, wanted, dropped, damaged, after } = report;
      const counts = { mended: mended.length, 'asked of others': wanted.length, dropped: dropped.length };
      const summary = {
        ...counts,
        'as it was': damaged ?? 'nothing to do',
        ledger: after.ok ? 'whole' : 'NOT WHOLE',
      };
      const left = after.problems.map(({ code, key, seq, detail }) => [code, key ?? seq ?? '', detail]);
      answer(context, report, () =>
        left.length === 0 ? list(summary) : `${list(summary)}\n\n${table(['left', 'at', 'detail'], left)}`,
      );
      if (!after.ok && wanted.length === 0) throw new CommandFailed();
    });
}
