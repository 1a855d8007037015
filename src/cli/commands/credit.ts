// tally credit: how much this peer lends to whom, and why not more.

import type { Command } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { showCredits } from '../../lib/amounts.ts';
import { TALLY } from '../../lib/program.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortPeer } from '../deployment-id.ts';
import { peerBy } from '../peer-by.ts';
import { table } from '../table.ts';

type Borrower = Schemas['Borrower'];
type CreditState = Schemas['CreditState'];

/** Adds what it takes and does. */
export function addCredit(credit: Command): void {
  credit
    .argument('[peer]', `a peer id, or its end as "${TALLY} trust" shows it`)
    .action(async (given: string | undefined, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      if (given !== undefined) {
        const path = { peer: await peerBy(client, given) };
        const borrower = await answerOf(client.GET('/v1/borrowers/{peer}', { params: { path } }));
        return answer(context, borrower, () => showBorrower(borrower));
      }
      const state = await answerOf(client.GET('/v1/credit'));
      const borrowers = await allItems((query) => client.GET('/v1/borrowers', { params: { query } }));
      answer(context, { ...state, borrowers }, () => showAll(state, borrowers));
    });
}

const POLICIES: Readonly<Record<CreditState['policy'], string>> = {
  market: 'This peer lends to everybody, each within a limit.',
  friends: 'This peer lends without limit to peers that it vouches for, and nothing to others.',
  free: 'This peer lends to everybody without limit.',
};

function showAll(state: CreditState, borrowers: readonly Borrower[]): string {
  const { policy, lendIdle, newcomersMicrocredits, newcomersLentMicrocredits } = state;
  const [lent, all] = [showCredits(newcomersLentMicrocredits), showCredits(newcomersMicrocredits)];
  const newcomers = `This peer lends newcomers at most ${all} in all today; it has lent ${lent} of that.`;
  const idle = 'It also lends idle resources above the limits, until a peer within its limit asks for them.';
  return [
    ...[POLICIES[policy], ...(policy === 'market' ? [newcomers] : [])],
    ...(policy === 'market' && lendIdle ? [idle] : []),
    '',
    borrowers.length === 0 ? 'No peer owes this peer anything.' : showBorrowers(borrowers),
  ].join('\n');
}

function showBorrowers(borrowers: readonly Borrower[]): string {
  const rows = borrowers.map((each) => [
    ...[shortPeer(each.peer), showCredits(each.owedMicrocredits), showCredits(each.heldMicrocredits)],
    ...[showCredits(each.lentMicrocredits), showCredits(each.limitMicrocredits)],
    ...[showCredits(each.newcomerMicrocredits), showCredits(each.beyondMicrocredits)],
  ]);
  return table(['peer', 'owes', 'held', 'lent', 'limit', 'as newcomer', 'beyond'], rows);
}

function showBorrower(borrower: Borrower): string {
  const { peer, owedMicrocredits, heldMicrocredits, limitMicrocredits, ways } = borrower;
  const owes =
    owedMicrocredits >= 0
      ? `It owes ${showCredits(owedMicrocredits)} by the receipts that both signed`
      : `This peer owes it ${showCredits(-owedMicrocredits)} by the receipts that both signed`;
  return [
    peer,
    `${owes}; ${showCredits(heldMicrocredits)} is held for service that it has not signed yet.`,
    `It may owe ${showCredits(limitMicrocredits)}: ${showCredits(borrower.ownMicrocredits)} for its service to ` +
      `this peer, and ${showCredits(borrower.flowMicrocredits)} through other peers.`,
    ...ways.map(showWay),
    `This peer lends it ${showCredits(borrower.lentMicrocredits)} of that, ` +
      `${showCredits(borrower.newcomerMicrocredits)} as a newcomer, and ` +
      `${showCredits(borrower.beyondMicrocredits)} above its limit.`,
    'It may owe more if it serves this peer or a peer to which this peer owes, or if one of them answers for it ' +
      `(${TALLY} trust add --credit).`,
  ].join('\n');
}

function showWay({ peers, microcredits }: Schemas['CreditWay']): string {
  const over = peers.slice(0, -1).map(shortPeer).join(', then ');
  return `  - ${showCredits(microcredits)} ${over === '' ? 'by the vouch of this peer' : `through ${over}`}`;
}
