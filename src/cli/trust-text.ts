// The explanation of a peer's reputation, in plain sentences.

import type { Schemas } from '../api/client.ts';
import { countOf, showCredits } from '../lib/amounts.ts';
import { shortPeer } from './deployment-id.ts';
import { table } from './table.ts';

type Explanation = Schemas['TrustExplanation'];
type Change = Schemas['TrustChange'];

/** A number from 0 to 1 in percent, with as many digits as small ones need. */
export function showShare(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/** The explanation as text. */
export function showExplanation(explanation: Explanation): string {
  const { paths, testimonies, changes } = explanation;
  const parts = [
    summaryOf(explanation),
    paths.length === 0
      ? 'No path of trust leads to this peer.'
      : list('Its standing has these parts:', paths.map(showPath)),
    testimonies.length === 0
      ? 'No peer within reach has said how it served.'
      : list('How it served, by each peer that says so:', testimonies.map(showTestimony)),
    ...(changes.length === 0 ? [] : [list('What would change it:', changes.map(showChange))]),
  ];
  return parts.join('\n\n');
}

function summaryOf(explanation: Explanation): string {
  const { peer, standing, quality, isKnown, through, serviceMicrocredits, vouches } = explanation;
  const expected = isKnown
    ? `The chance that a lease with it goes well is ${showShare(quality)} (its quality).`
    : 'Its quality is unknown.';
  const reached = `The chance that a walk of trust from this peer reaches it is ${showShare(standing)} (its standing).`;
  const served = `It has served peers within reach for ${showCredits(serviceMicrocredits)}.`;
  const vouched = `${countOf(vouches, 'peer within reach vouches', 'peers within reach vouch')} for it.`;
  return [
    ...[peer, expected, reached],
    ...(through === undefined
      ? []
      : [`All paths lead through ${shortPeer(through)}, so the two may have the same owner.`]),
    ...(serviceMicrocredits > 0 ? [served] : []),
    ...(vouches > 0 ? [vouched] : []),
  ].join('\n');
}

function list(head: string, sentences: readonly string[]): string {
  return [head, ...sentences.map((sentence) => `  - ${sentence}`)].join('\n');
}

function showPath({ standing, hops }: Explanation['paths'][number]): string {
  return `${showShare(standing)} by ${hops.map((hop, index) => showHop(hop, index === 0)).join(', who ')}`;
}

function showHop(
  { to, serviceMicrocredits, vouchMicrocredits }: Schemas['TrustHop'],
  isFirst: boolean,
): string {
  const reasons = [
    ...(serviceMicrocredits > 0 ? [`was served for ${showCredits(serviceMicrocredits)} by`] : []),
    ...(vouchMicrocredits > 0 ? ['vouches for'] : []),
  ];
  const reason = reasons.length === 0 ? 'trusts' : reasons.join(' and ');
  return `${isFirst ? `this peer, which ${reason}` : reason} ${shortPeer(to)}`;
}

function showTestimony({ author, weight, good, bad, codes }: Schemas['Testimony']): string {
  const failed = bad === 0 ? 'none failed' : `${bad} failed (${codes.join(', ')})`;
  const who = weight === 1 ? 'Own experience' : `${shortPeer(author)} (its word weighs ${showShare(weight)})`;
  return `${who}: ${countOf(good, 'lease')} served well, ${failed}.`;
}

const CHANGES: { readonly [C in Change['change']]: (peer: string) => string } = {
  GOOD_LEASE: () => 'one more good lease with this peer as tenant',
  BREACH: () => 'one failed lease with this peer as tenant',
  SERVICE: () => 'one more credit of service to this peer',
  VOUCH: () => 'a vouch by this peer',
  WITHOUT_PATH: (peer) => `without the service and the vouch in the last step of the first path (${peer})`,
};

function showChange({ change, peer = '', standing, quality }: Change): string {
  return `${CHANGES[change](shortPeer(peer))}: quality ${showShare(quality)}, standing ${showShare(standing)}`;
}

/** What a vouch did, or would do if it were signed. */
export function showVouchChange({ effect, vouch }: Schemas['VouchChange'], done: string): string {
  const { others, moved, mayOweMicrocredits: mayOwe } = effect;
  const rows = [effect, ...others].map(({ peer, before, after }, index) => [
    ...[`${shortPeer(peer)}${index === 0 ? ' itself' : ''}`, arrow(before.standing, after.standing)],
    arrow(before.quality, after.quality),
  ]);
  const rest = moved - others.length;
  return [
    vouch === undefined
      ? 'The vouch would change these ratings of this peer:'
      : `${done} It changes these ratings of this peer:`,
    table(['peer', 'standing', 'quality'], rows),
    ...(rest > 0 ? [`and a little for ${countOf(rest, 'other peer')}.`] : []),
    mayOwe.before === mayOwe.after
      ? `It may owe this peer ${showCredits(mayOwe.after)}, as before.`
      : `It may owe this peer ${showCredits(mayOwe.after)} instead of ${showCredits(mayOwe.before)}.`,
    ...(vouch === undefined ? ['Nothing was signed. Add --yes to sign it.'] : []),
  ].join('\n');
}

function arrow(before: number, after: number): string {
  const [from, to] = [showShare(before), showShare(after)];
  return from === to ? to : `${from} → ${to}`;
}
