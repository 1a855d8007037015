// The result of a match, as text for people.

import type { Schemas } from '../api/client.ts';
import { countOf, showCpus, showCredits, showSize } from '../lib/amounts.ts';
import { describeError, isErrorCode } from '../lib/errors.ts';
import { oneLine } from '../lib/one-line.ts';
import { TALLY } from '../lib/program.ts';
import { shortId, shortPeer } from './deployment-id.ts';
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
export function showCandidates({ candidates, placements, withoutRoot }: Match): string {
  const all = [showOffers(candidates), ...rootText(withoutRoot)].join('\n\n');
  if (placements.length < 2) return all;
  return ['First choices:', showOffers(placements), 'All offers that fit the first replica:', all].join(
    '\n\n',
  );
}

/** What root costs in choice. */
function rootText(offers: number | undefined): string[] {
  return offers ? [`root: without it ${countOf(offers, 'offer')} more would fit`] : [];
}

function showOffers(offers: Match['candidates']): string {
  const rows = offers.map(({ series, volunteer, priceMicrocreditsPerHour, warm, quality }) => [
    ...[shortId(series), shortPeer(volunteer), `${showCredits(priceMicrocreditsPerHour)}/h`],
    ...[quality === 0 ? 'unproven' : quality.toFixed(2), warm ? 'present' : 'must be fetched'],
  ]);
  return table(['series', 'volunteer', 'price', 'quality', 'image'], rows);
}

/** Which offers a constraint removes. */
const REMOVES: Readonly<Record<Schemas['Constraint'], string>> = {
  alive: 'its volunteer no longer shows signs of life',
  own: 'it is an offer of this peer itself',
  cpu: 'it has fewer cpus left',
  memory: 'it has less memory left',
  disk: 'it has less disk left',
  gpu: 'it has fewer GPUs left',
  architecture: 'its machine has another architecture',
  image: 'it neither lists the image nor takes it in the way in which it would come',
  privileges: 'its containers do not have the rights that you ask for',
  volumes: 'it has no volumes',
  egress: 'its containers do not have the egress that you ask for',
  region: 'it is in another region',
  runtimeClass: 'it does not have the runtime class',
  labels: 'it lacks one of the labels',
  duration: 'its longest lease is shorter',
  limits: 'its owner sets hours, idle times or a notice, which this version does not understand',
  reach: 'it can be reached only through a relay',
  traffic: 'its traffic costs more per GiB than the limit',
  price: 'it costs more than the price limit',
  spread: 'its volunteer already has a copy, or may still run a lost one: a volunteer never gets two copies',
};

type Removals = Pick<Match, 'considered' | 'removed' | 'relaxations'>;

/**
 * Why nothing fits: what removed the offers, and the smallest changes that would have helped; `registry` is that of an image to be
 * pulled.
 */
export function showNothingMatched(
  { considered, removed, relaxations }: Removals,
  registry?: string,
): string {
  if (considered === 0)
    return `This peer knows no offers at the moment; "${TALLY} market" lists offers as they arrive.`;
  const reasons =
    registry === undefined ? REMOVES : { ...REMOVES, image: `it does not pull from ${registry}` };
  const removals = Object.entries(removed)
    .sort(([, a], [, b]) => b - a)
    .map(([name, offers]) => [name, offers, reasons[name as Schemas['Constraint']]]);
  const sections = [
    `None of ${countOf(considered, 'offer')} fits.`,
    table(['constraint', 'offers removed', 'why'], removals),
  ];
  const helps = relaxations.map(({ change, offers }) => [change, offers]);
  if (helps.length > 0) sections.push('These changes would help:', table(['change', 'offers'], helps));
  return sections.join('\n\n');
}

/** Why a copy has no place, and what to do about it; `tenant` is this peer. */
export function showWaiting(waiting: Schemas['Waiting'], tenant: string): string {
  return waiting.refusals.length > 0 ? showRefusals(waiting.refusals, tenant) : showNothingMatched(waiting);
}

/** Who refused, each with what to do about it; `tenant` is this peer. */
export function showRefusals(refusals: readonly Refusal[], tenant: string): string {
  const isCredit = refusals.some(({ code }) => code === 'REFUSED_CREDIT');
  return [...refusals.map(showRefusal), ...(isCredit ? [wayToCredit(tenant)] : [])].join('\n');
}

/** Who can help a tenant whose credit is used up, and how. */
function wayToCredit(tenant: string): string {
  return [
    'Ask the owner of such a volunteer, or of a peer that it trusts (perhaps your inviter), to run this command:',
    `  ${TALLY} trust add ${tenant} --credit 5 --yes`,
    `At the volunteer, "${TALLY} credit ${shortPeer(tenant)}" shows how much this peer may owe it, and why not more.`,
  ].join('\n');
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

/** The registry within the details of a bid whose image was to be pulled. */
export function registryIn({ registry }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof registry === 'string' ? registry : undefined;
}

/** What an archive holds, within the details of IMAGE_ARCHIVE_UNCLEAR. */
export function showChoices({ choices }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(choices)) return '';
  // Whoever made the archive chose these words
  return choices.map((choice) => `\n  it holds: ${oneLine(String(choice))}`).join('');
}

/** The digests within the details of IMAGE_AMBIGUOUS, each with who lists it. */
export function showDigests({ digests }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(digests)) return '';
  const shown = (digests as { digest: string; volunteers: string[] }[]).map(
    ({ digest, volunteers }) => `\n  ${digest} is listed by ${volunteers.map(shortPeer).join(', ')}`,
  );
  return shown.join('');
}

/** What is free, and who holds the rest, within the details of OFFER_OVER_CAPACITY. */
export function showLeft({ left, offered, heldByOthers }: Readonly<Record<string, unknown>>): string {
  if (typeof left !== 'object' || left === null) return '';
  const { diskBytes, gpus } = left as Schemas['Resources'];
  const rest = `${showSize(diskBytes, 'down')} of disk, ${countOf(gpus, 'GPU')}`;
  return [
    `\n  free on the engine: ${showHeld(left as Held, 'down')}, ${rest}`,
    ...showHolder('promised by the other offers of this peer', offered),
    ...showHolder('held by containers of other peers on this engine', heldByOthers),
  ].join('\n');
}

type Held = Pick<Schemas['Resources'], 'cpuMillis' | 'memoryBytes'>;

function showHeld({ cpuMillis, memoryBytes }: Held, rounding?: 'down'): string {
  return `${showCpus(cpuMillis)}, ${showSize(memoryBytes, rounding)} of memory`;
}

/** A line about who holds a part of the engine; none about who holds nothing. */
function showHolder(who: string, held: unknown): string[] {
  const { cpuMillis = 0, memoryBytes = 0 } = (held ?? {}) as Partial<Held>;
  return cpuMillis + memoryBytes === 0 ? [] : [`  ${who}: ${showHeld({ cpuMillis, memoryBytes })}`];
}
