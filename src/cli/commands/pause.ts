// tally pause: no new leases for now.

import type { Command } from 'commander';
import { answerOf, type Schemas } from '../../api/client.ts';
import { countOf } from '../../lib/amounts.ts';
import { TALLY } from '../../lib/program.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';

/** Adds what it takes and does. */
export function addPause(pause: Command): void {
  pause.action(async (_, command: Command) => {
    const context = contextOf(command);
    const { client } = await connect(context.home);
    const now = await answerOf(client.PUT('/v1/volunteering', { body: { paused: true } }));
    answer(context, now, () => showPaused(now));
  });
}

function showPaused({ offers, leases }: Schemas['Volunteering']): string {
  const running = leases === 0 ? 'No lease runs here.' : `Running leases continue: ${leases}.`;
  const paused = `Paused: ${countOf(offers, 'offer')} off the market, also after a restart.`;
  return `${paused} ${running}\n"${TALLY} resume" brings the offers back.`;
}
