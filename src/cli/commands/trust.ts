// tally trust: what this peer thinks of others, and why.
import type { Command } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { TallyError } from '../../lib/errors.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { shortPeer } from '../deployment-id.ts';
import { showCredits } from '../quantities.ts';
import { table } from '../table.ts';
import { showExplanation, showShare } from '../trust-text.ts';

/** For whoever has not dealt with anybody. */
const NOBODY =
  'Nobody is known yet: volunteers appear once a lease with them is over, or somebody within reach vouches for them.';

/** Adds the verb. */
export function addTrust(program: Command): void {
  const trust = program.command('trust').description('what this peer thinks of others, and why');
  trust
    .command('ls', { isDefault: true })
    .description('list the peers that are known, the best first')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const scores = await allItems((query) => client.GET('/v1/trust', { params: { query } }));
      answer(context, scores, () => (scores.length === 0 ? NOBODY : showScores(scores)));
    });
  trust
    .command('why')
    .argument('<peer>', 'a peer id, or its end as `tally trust` shows it')
    .description('explain what is thought of a peer')
    .action(async (given: string, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const listed = () => allItems((query) => client.GET('/v1/trust', { params: { query } }));
      const peer = given.startsWith('12D3Koo') ? given : byEnd(await listed(), given);
      const explanation = await answerOf(client.GET('/v1/trust/{peer}', { params: { path: { peer } } }));
      answer(context, explanation, () => showExplanation(explanation));
    });
}

/** The one known peer whose id ends so. Throws NOT_FOUND, also when more than one does. */
function byEnd(scores: readonly Schemas['TrustScore'][], given: string): string {
  const end = given.replace(/^…/, '');
  const [found, another] = scores.filter(({ peer }) => peer.endsWith(end));
  if (found !== undefined && another === undefined && end !== '') return found.peer;
  throw new TallyError('NOT_FOUND', { given });
}

function showScores(scores: readonly Schemas['TrustScore'][]): string {
  const rows = scores.map(({ peer, quality, standing, isKnown, good, bad, serviceMicrocredits, vouches }) => [
    ...[shortPeer(peer), isKnown ? showShare(quality) : 'unknown', showShare(standing)],
    ...[good, bad, showCredits(serviceMicrocredits), vouches],
  ]);
  return table(['peer', 'quality', 'standing', 'good', 'failed', 'service', 'vouches'], rows);
}
