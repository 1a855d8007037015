// What a match found, for people.
import type { Schemas } from '../api/client.ts';
import { describeError, isErrorCode } from '../lib/errors.ts';
import { TALLY } from '../lib/program.ts';
import { shortId, shortPeer } from './deployment-id.ts';
import { showCredits } from './quantities.ts';
import { table } from './table.ts';

type Match = Schemas['Match'];

/** A volunteer that said no; figures where credit was why. */
interface Refusal {
  readonly volunteer: string;
  readonly code: string;
  readonly wouldOweMicrocredits?: number;
  readonly mayOweMicrocredits?: number;
}

/** The candidates in order of preference; with several replicas, the first choice of each before. */
export function showCandidates({ candidates, placements }: Match): string {
  const all = showOffers(candidates);
  if (placements.length < 2) return all;
  return ['First choices:', showOffers(placements), 'All that fit the first replica:', all].join('\n\n');
}

function showOffers(offers: Match['candidates']): string {
  const rows = offers.map(({ offer, volunteer, priceMicrocreditsPerHour, warm, quality }) => [
    ...[shortId(offer), shortPeer(volunteer), `${showCredits(priceMicrocreditsPerHour)}/h`],
    ...[quality === 0 ? 'unproven' : quality.toFixed(2), warm ? 'held' : 'to be fetched'],
  ]);
  return table(['offer', 'volunteer', 'price', 'quality', 'image'], rows);
}

/** Why nothing fits: what removed the offers, and the smallest changes that would have helped. */
export function showNothingMatched({ considered, removed, relaxations }: Match): string {
  if (considered === 0) return `No offer is known yet; "${TALLY} market" lists them as they come in.`;
  const removals = Object.entries(removed).sort(([, a], [, b]) => b - a);
  const sections = [`None of ${considered} offers fits.`, table(['constraint', 'offers removed'], removals)];
  const helps = relaxations.map(({ change, offers }) => [change, offers]);
  if (helps.length > 0) sections.push('What would help:', table(['change', 'offers'], helps));
  return sections.join('\n\n');
}

/** Who refused, each with what to do about it. */
export function showRefusals(refusals: readonly Refusal[]): string {
  return refusals.map(showRefusal).join('\n');
}

function showRefusal({ volunteer, code, wouldOweMicrocredits, mayOweMicrocredits }: Refusal): string {
  const owed =
    wouldOweMicrocredits === undefined || mayOweMicrocredits === undefined
      ? ''
      : ` This peer would owe it ${showCredits(wouldOweMicrocredits)} and may owe it ${showCredits(mayOweMicrocredits)}.`;
  const sentence = isErrorCode(code) ? describeError(code).sentence : '';
  return `  ${shortPeer(volunteer)} ${code}: ${sentence}${owed}`;
}

/** The refusals within the details of ALL_REFUSED. */
export function refusalsIn({ refusals }: Readonly<Record<string, unknown>>): readonly Refusal[] | undefined {
  return Array.isArray(refusals) && refusals.length > 0 ? refusals : undefined;
}

/** The match within the details of NOTHING_MATCHED. */
export function matchIn(details: Readonly<Record<string, unknown>>): Match | undefined {
  const { match } = details;
  return typeof match === 'object' && match !== null && 'removed' in match ? (match as Match) : undefined;
}
