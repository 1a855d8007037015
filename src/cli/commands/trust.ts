// tally trust: how this peer rates others and why, and its vouches.

import type { Command } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { showCredits, showTime } from '../../lib/amounts.ts';
import { TALLY } from '../../lib/program.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortPeer } from '../deployment-id.ts';
import { peerBy } from '../peer-by.ts';
import { parseCredits, parseSpan } from '../quantities.ts';
import { table } from '../table.ts';
import { showExplanation, showShare, showVouchChange } from '../trust-text.ts';

interface AddOptions {
  readonly trust?: number;
  readonly credit?: number;
  readonly for?: number;
  readonly yes?: boolean;
}

/** For whoever has not dealt with anybody. */
const NOBODY =
  'No peer is rated yet. A volunteer appears here after a lease with it has ended, or when a peer that you trust vouches for it.';

/** Adds what it takes and does. */
export function addTrust(trust: Command): void {
  trust
    .command('ls', { isDefault: true })
    .description('list the peers that are known, with the best first')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const scores = await allItems((query) => client.GET('/v1/trust', { params: { query } }));
      answer(context, scores, () => (scores.length === 0 ? NOBODY : showScores(scores)));
    });
  trust
    .command('why')
    .argument('<peer>', `a peer id, or its end as "${TALLY} trust" shows it`)
    .description('explain how this peer rates a peer')
    .action(async (given: string, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const peer = await peerBy(client, given);
      const explanation = await answerOf(client.GET('/v1/trust/{peer}', { params: { path: { peer } } }));
      answer(context, explanation, () => showExplanation(explanation));
    });
  addVouching(trust);
}

/** Adds vouching: what it would do is shown first, and it is signed only with `--yes`. */
function addVouching(trust: Command): void {
  trust
    .command('add')
    .argument('<peer>', `a peer id, or its end as "${TALLY} trust" shows it`)
    .description('vouch for a peer; without --yes, only show what the vouch would change')
    .option(
      '--trust <credits>',
      'trust it as if it had served this peer for so many credits (default: 1)',
      parseCredits,
    )
    .option('--credit <credits>', 'the credit with which this peer answers for it (default: 0)', parseCredits)
    .option('--for <time>', 'how long the vouch is valid, as in 30d (default: 90d)', parseSpan)
    .option('--yes', 'sign it')
    .action(async (given: string, options: AddOptions, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const { trust: trustMicrocredits, credit: creditMicrocredits, for: lifetimeMs, yes = false } = options;
      const body = {
        ...(creditMicrocredits === undefined ? {} : { creditMicrocredits }),
        ...(trustMicrocredits === undefined ? {} : { trustMicrocredits }),
        ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      };
      const params = { path: { peer: await peerBy(client, given) }, query: { dryRun: !yes } };
      const change = await answerOf(client.PUT('/v1/vouches/{peer}', { params, body }));
      answer(context, change, () => showVouchChange(change, 'The vouch is signed.'));
    });
  trust
    .command('rm')
    .argument('<peer>', `a peer id, or its end as "${TALLY} trust" shows it`)
    .description('take a vouch back; without --yes, only show what that would change')
    .option('--yes', 'sign it')
    .action(async (given: string, { yes = false }: { yes?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const params = { path: { peer: await peerBy(client, given) }, query: { dryRun: !yes } };
      const change = await answerOf(client.DELETE('/v1/vouches/{peer}', { params }));
      answer(context, change, () => showVouchChange(change, 'The vouch is taken back.'));
    });
  trust
    .command('vouches')
    .description('list the vouches of this peer')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const vouches = await allItems((query) => client.GET('/v1/vouches', { params: { query } }));
      answer(context, vouches, () =>
        vouches.length === 0 ? 'This peer vouches for nobody.' : showVouches(vouches),
      );
    });
}

function showVouches(vouches: readonly Schemas['Vouch'][]): string {
  return table(
    ['peer', 'trust', 'credit', 'since', 'until'],
    vouches.map(({ peer, trustMicrocredits, creditMicrocredits, issuedAtMs, expiresAtMs }) => [
      ...[peer, showCredits(trustMicrocredits), showCredits(creditMicrocredits)],
      ...[showTime(issuedAtMs), showTime(expiresAtMs)],
    ]),
  );
}

function showScores(scores: readonly Schemas['TrustScore'][]): string {
  const rows = scores.map(({ peer, quality, standing, isKnown, good, bad, serviceMicrocredits, vouches }) => [
    ...[shortPeer(peer), isKnown ? showShare(quality) : 'unknown', showShare(standing)],
    ...[good, bad, showCredits(serviceMicrocredits), vouches],
  ]);
  return table(['peer', 'quality', 'standing', 'good', 'failed', 'service', 'vouches'], rows);
}
