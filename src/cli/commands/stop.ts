// tally stop: ends deployments.
import type { Command } from 'commander';
import { answerOf } from '../../api/client.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { findDeployment } from '../deployment-id.ts';
import { Progress } from '../progress.ts';

/** Adds what it takes and does. */
export function addStop(stop: Command): void {
  stop
    .argument('<deployment>', 'name of a deployment, or the beginning of its id')
    .action(async (given: string, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const progress = new Progress('stopping');
      try {
        const { id } = await findDeployment(client, given);
        const stopped = await answerOf(client.DELETE('/v1/deployments/{id}', { params: { path: { id } } }));
        answer(context, stopped, () => `${stopped.state}: ${stopped.id}`);
      } finally {
        progress.end();
      }
    });
}
