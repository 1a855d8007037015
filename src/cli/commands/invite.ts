// tally invite: makes an invitation for one other peer, or lists what became of those made.
import type { Command } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { TALLY } from '../../lib/program.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { parseSpan, showTime } from '../quantities.ts';
import { table } from '../table.ts';

interface Options {
  readonly for?: number;
  readonly address?: string[];
  readonly list?: boolean;
}

/** Adds what it takes and does. */
export function addInvite(invite: Command): void {
  invite
    .option('--for <time>', 'how long it may wait, as in 7d', parseSpan)
    .option('--address <multiaddr...>', 'where the other reaches this peer (default: where it listens)')
    .option('--list', 'list the invitations of this peer instead')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      if (options.list === true) {
        const made = await allItems((query) => client.GET('/v1/invitations', { params: { query } }));
        return answer(context, made, () => showInvitations(made));
      }
      const { for: expiresInMs, address: addresses } = options;
      const body = {
        ...(expiresInMs === undefined ? {} : { expiresInMs }),
        ...(addresses === undefined ? {} : { addresses }),
      };
      const invited = await answerOf(client.POST('/v1/invitations', { body }));
      answer(context, invited, () => showInvited(invited));
    });
}

function showInvited({ text, expiresAtMs, addresses }: Schemas['Invited']): string {
  return [
    text,
    '',
    `Whoever holds this line can join by it once, until ${showTime(expiresAtMs)}. Send it by a way that you trust.`,
    'The other types:',
    `  ${TALLY} init --invite <the line>`,
    `  ${TALLY} up`,
    `This peer must then be reachable at ${addresses.join(' or ')}`,
  ].join('\n');
}

function showInvitations(invitations: readonly Schemas['Invitation'][]): string {
  return table(
    ['invitation', 'state', 'until', 'peer'],
    invitations.map(({ id, state, expiresAtMs, peer = '' }) => [id, state, showTime(expiresAtMs), peer]),
  );
}
