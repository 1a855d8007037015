// tally doctor: what keeps the peer of this machine from working.
import type { Command } from 'commander';
import { answer, contextOf } from '../context.ts';
import { CommandFailed } from '../exit.ts';
import { table } from '../table.ts';

/** Adds what it takes and does. */
export function addDoctor(doctor: Command): void {
  doctor.action(async (_, command: Command) => {
    const context = contextOf(command);
    const { openOffline } = await import('../../peer.ts');
    const findings = await openOffline(context.home).doctor();
    answer(context, findings, () =>
      table(
        ['', 'check', 'found', 'next'],
        findings.map(({ check, ok, detail, next }) => [ok ? 'ok' : 'NOT OK', check, detail, next ?? '']),
      ),
    );
    if (findings.some(({ ok }) => !ok)) throw new CommandFailed();
  });
}
