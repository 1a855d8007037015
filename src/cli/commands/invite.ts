// tally invite: makes an invitation for one other peer, or lists the invitations and their states.

import type { Command } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { showCredits, showTime } from '../../lib/amounts.ts';
import { TALLY } from '../../lib/program.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { parseCredits, parseSpan } from '../quantities.ts';
import { table } from '../table.ts';

interface Options {
  readonly for?: number;
  readonly credit?: number;
  readonly address?: string[];
  readonly list?: boolean;
}

/** Adds what it takes and does. */
export function addInvite(invite: Command): void {
  invite
    .option('--for <time>', 'how long the invitation is valid, as in 7d', parseSpan)
    .option(
      '--credit <credits>',
      'the credit with which you answer for the invited peer (default: 10); 0 lends nothing',
      parseCredits,
    )
    .option(
      '--address <multiaddr...>',
      'addresses at which the other reaches this peer (default: where it listens)',
    )
    .option('--list', 'list the invitations of this peer, and make none')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      if (options.list === true) {
        const made = await allItems((query) => client.GET('/v1/invitations', { params: { query } }));
        return answer(context, made, () => showInvitations(made));
      }
      const { for: expiresInMs, credit: creditMicrocredits, address: addresses } = options;
      const body = {
        ...(expiresInMs === undefined ? {} : { expiresInMs }),
        ...(creditMicrocredits === undefined ? {} : { creditMicrocredits }),
        ...(addresses === undefined ? {} : { addresses }),
      };
      const invited = await answerOf(client.POST('/v1/invitations', { body }));
      answer(context, invited, () => showInvited(invited));
    });
}

function showInvited({ text, expiresAtMs, creditMicrocredits, addresses }: Schemas['Invited']): string {
  return [
    text,
    '',
    `One peer can join with this line, until ${showTime(expiresAtMs)}. Anybody who has the line can use it, so send it by a way that you trust.`,
    'The other person runs:',
    `  ${TALLY} init --invite <the line>`,
    `  ${TALLY} up`,
    showCredit(creditMicrocredits),
    `The other peer must be able to reach this peer at ${addresses.join(' or ')}`,
  ].join('\n');
}

/** What the inviter commits itself to, and how to change that. */
function showCredit(microcredits: number): string {
  if (microcredits === 0)
    return `This peer lends the other peer nothing; "${TALLY} trust add PEER --credit" can change that later.`;
  return (
    `This peer then answers for the other with ${showCredits(microcredits)}: this peer, and the peers that it has served, may lend it half ` +
    `of that. --credit sets another amount, and "${TALLY} trust add PEER --credit" changes it later.`
  );
}

/** The invitations of this peer and what became of them, one line each. */
export function showInvitations(invitations: readonly Schemas['Invitation'][]): string {
  if (invitations.length === 0)
    return `This peer has made no invitation that it still knows; "${TALLY} invite" makes one.`;
  return table(
    ['invitation', 'state', 'until', 'credit', 'peer'],
    invitations.map(({ id, state, expiresAtMs, creditMicrocredits, peer = '' }) => [
      ...[id, state, showTime(expiresAtMs), showCredits(creditMicrocredits), peer],
    ]),
  );
}
