// tally run: places a bid and waits until its container runs.

import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { ApiError, dryRunBid, placeBid, type Schemas } from '../../api/client.ts';
import { TALLY } from '../../lib/program.ts';
import { SECOND_MS } from '../../lib/units.ts';
import { explained } from '../bid-failure.ts';
import { type Connection, connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { sayWhereDashesBelong } from '../dashes.ts';
import { isAiling, isLeaving, latestCopies } from '../deployment-text.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { showCalls } from '../http-ports.ts';
import { showCandidates } from '../match-text.ts';
import { readFromEngine, refreshOwn } from '../own-image.ts';
import { forwardAll, requireFree } from '../port-options.ts';
import { Progress } from '../progress.ts';
import { bidOf } from '../run/bid.ts';
import { addRunOptions, type RunOptions } from '../run/options.ts';
import { showEnd, showPlaced } from '../run/telling.ts';
import { settle, WATCH_MS, watch } from '../run/waiting.ts';

const EXIT_CODES = `
When all copies run, and those with a health check are healthy, this command watches them for ${WATCH_MS / SECOND_MS} more seconds. If a
container ends in that time, the command shows its exit code and its last lines. The command then exits with ${EXIT.containerEnded}, or with 0
if the container exited with 0. A container in which the kernel ended a process because the memory was used up
has failed (OUT_OF_MEMORY), whatever its exit code is. If a health check fails or a container has to be restarted,
the command also shows the last lines and exits with ${EXIT.containerEnded}; the deployment continues.`;

/** Whoever forgets it is told that an option of the container's command is unknown. */
const AFTER_DASHES = `Write "--" before the command of the container, as in: ${TALLY} run IMAGE -- sh -c "ls /"`;

/** Adds what it takes and does. */
export function addRun(run: Command): void {
  addRunOptions(run);
  sayWhereDashesBelong(run, AFTER_DASHES);
  run
    .addHelpText('after', EXIT_CODES)
    .action(async (image: string, words: string[], options: RunOptions, command: Command) => {
      const context = contextOf(command);
      const connection = await connect(context.home);
      const bid = await bidOf(command, image, words, options);
      try {
        if (options.dryRun === true) await dryRun(context, connection, bid);
        else await place(context, connection, bid, options);
      } catch (error) {
        throw explained(error, bid);
      }
    });
}

async function dryRun(context: Context, { client }: Connection, body: Schemas['BidInput']): Promise<void> {
  const match = await dryRunBid(client, body);
  if (match.candidates.length === 0) {
    const detail = 'No offer fits this bid.';
    throw new ApiError({ code: 'NOTHING_MATCHED', status: 200, detail, details: { match } });
  }
  answer(context, match, () => showCandidates(match));
}

async function place(
  context: Context,
  connection: Connection,
  body: Schemas['BidInput'],
  { port = [], detach }: Pick<RunOptions, 'port' | 'detach'>,
): Promise<void> {
  const progress = new Progress('looking for volunteers');
  try {
    await requireFree(connection.client, port);
    if (body.pull === undefined) await refreshOwn(connection.client, body.image, progress);
    const { deployment } = await placeWithImage(connection, body, progress);
    const forwards = await forwardAll(connection.client, deployment.id, port);
    progress.say('starting');
    const watched = await watch(connection.client, deployment, detach === true ? 0 : WATCH_MS, progress);
    const { settled, unsignedMicrocredits } = await settle(connection.client, watched);
    const over = latestCopies(settled).filter((copy) => isLeaving(copy) || isAiling(copy));
    const ends = context.json
      ? []
      : await Promise.all(over.map((copy) => showEnd(connection.client, settled, copy)));
    const isReached = (each: number) => forwards.some((forward) => forward.port === each);
    const calls = context.json ? [] : await showCalls(connection.url, settled, isReached);
    answer(context, settled, () =>
      [showPlaced(settled, { unsignedMicrocredits, forwards, calls }, body), ...ends].join('\n\n'),
    );
    if (settled.state === 'failed' || over.some(({ exitCode }) => exitCode !== 0))
      throw new CommandFailed(EXIT.containerEnded);
  } finally {
    progress.end();
  }
}

/** Places a bid; an image that no volunteer has is read out of the own engine first, to be sent. */
async function placeWithImage(
  { client }: Connection,
  body: Schemas['BidInput'],
  progress: Progress,
): Promise<Schemas['Placement']> {
  progress.say('looking for a volunteer');
  try {
    return await placeBid(client, body, randomUUID());
  } catch (error) {
    const isUnknown =
      error instanceof ApiError && error.code === 'IMAGE_NOT_FOUND' && body.pull === undefined;
    if (!isUnknown || !(await readFromEngine(client, body.image, progress))) throw error;
    progress.say('looking for a volunteer');
    return placeBid(client, body, randomUUID());
  }
}
