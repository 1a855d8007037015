// tally resume: the offers that were paused come back.

import type { Command } from 'commander';
import { answerOf } from '../../api/client.ts';
import { countOf } from '../../lib/amounts.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';

/** Adds what it takes and does. */
export function addResume(resume: Command): void {
  resume.action(async (_, command: Command) => {
    const context = contextOf(command);
    const { client } = await connect(context.home);
    const now = await answerOf(client.PUT('/v1/volunteering', { body: { paused: false } }));
    answer(context, now, () => `Not paused: ${countOf(now.offers, 'offer')} in the market.`);
  });
}
