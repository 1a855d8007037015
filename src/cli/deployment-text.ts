// How deployments and their copies stand, for people.
import type { Schemas } from '../api/client.ts';
import { countOf, showCredits, showDuration, showSize } from '../lib/amounts.ts';
import { TALLY } from '../lib/program.ts';
import { painted, type Style } from '../lib/terminal.ts';
import { SECOND_MS } from '../lib/units.ts';

type Standing = Pick<Schemas['Deployment'], 'cause' | 'exitCode'> &
  Partial<Pick<Schemas['Instance'], 'health' | 'restarts'>> & { readonly state: string };

/** `failed (EXITED, exit code 3)`, `running (healthy, 2 restarts, last exit code 1)`: a state with what is known of it. */
export function showState(standing: Standing): string {
  const { state, cause, exitCode, health, restarts = 0 } = standing;
  const isBack = restarts > 0 && !isOver(standing);
  const why = [
    cause,
    health === undefined || health === 'unhealthy' ? '' : health === 'starting' ? 'health: starting' : health,
    restarts === 0 ? '' : countOf(restarts, 'restart'),
    exitCode === undefined ? '' : `${isBack ? 'last ' : ''}exit code ${exitCode}`,
  ].filter((each) => each !== '');
  return why.length === 0 ? state : `${state} (${why.join(', ')})`;
}

const STATE_STYLES: Readonly<Record<string, Style>> = { running: 'green', healthy: 'green', ended: 'dim' };
const BAD_STATES = ['failed', 'lost', 'unhealthy', 'stalled'];

/** A text in the colour of a state: well, bad, or in between. */
export function paintState(state: string, text: string = state): string {
  return painted(STATE_STYLES[state] ?? (BAD_STATES.includes(state) ? 'red' : 'yellow'), text);
}

/** Whether a copy runs and is called. */
export function isWell({ state, health }: Pick<Schemas['Instance'], 'state' | 'health'>): boolean {
  return state === 'running' && (health === undefined || health === 'healthy');
}

/** Whether a copy is unhealthy, or its container ended and is restarted. */
export function isAiling({ state, health }: Pick<Schemas['Instance'], 'state' | 'health'>): boolean {
  return state === 'restarting' || (state === 'running' && health === 'unhealthy');
}

/** What a volunteer gives as the reason, said to be its word. */
export function saysOf(healthFailure: string): string {
  return `Its volunteer says: ${healthFailure}`;
}

/** How far images are on their way, for each copy that waits for one. */
export function showFetches(deployment: Schemas['Deployment']): string[] {
  return latestCopies(deployment).flatMap(({ fetch }) => (fetch === undefined ? [] : showFetch(fetch)));
}

/** How much of the images on their way has come, from 0 to 1; undefined where none is, or it is not known how much there is. */
export function fetchedShare(deployment: Schemas['Deployment']): number | undefined {
  const fetches = latestCopies(deployment).flatMap(({ fetch }) => (fetch === undefined ? [] : [fetch]));
  const ofBytes = fetches.reduce((sum, each) => sum + each.ofBytes, 0);
  if (ofBytes === 0) return undefined;
  return fetches.reduce((sum, each) => sum + each.bytes, 0) / ofBytes;
}

/** `12 MiB of 45 MiB, 3 MiB/s, about 11 s left`. */
function showFetch({ bytes, ofBytes, bytesPerSecond }: Schemas['Fetch']): string {
  if (ofBytes === 0) return 'asking what the volunteer lacks';
  const come = `${showSize(bytes)} of ${showSize(ofBytes)}`;
  if (bytesPerSecond === 0 || bytes >= ofBytes) return come;
  const leftMs = Math.ceil((ofBytes - bytes) / bytesPerSecond) * SECOND_MS;
  return `${come}, ${showSize(bytesPerSecond)}/s, about ${showDuration(leftMs)} left`;
}

/** Whether nothing more will happen to a deployment, or to a copy. */
export function isOver({ state }: Pick<Standing, 'state'>): boolean {
  return state === 'ended' || state === 'failed';
}

/** Whether it is over, or on its way there. */
export function isLeaving(standing: Pick<Standing, 'state'>): boolean {
  return standing.state === 'stopping' || isOver(standing);
}

/** The price that was agreed for the latest copies, in microcredits per hour; the API counts only copies that continue. */
export function agreedPrice(deployment: Schemas['Deployment']): number {
  return latestCopies(deployment).reduce((sum, copy) => sum + copy.priceMicrocreditsPerHour, 0);
}

/** The price of all copies together, beside the limit that applied to each. */
export function showPrice(priceMicrocredits: number, copies: number, limitMicrocredits: number): string {
  const [price, limit] = [showCredits(priceMicrocredits), showCredits(limitMicrocredits)];
  if (copies === 1) return `${price}/h, of at most ${limit}/h (--max-price)`;
  return `${price}/h for ${copies} copies together; the limit for each copy is ${limit}/h (--max-price)`;
}

/** What was charged, and what of the last charge is still to be signed. */
export function showCharge(chargedMicrocredits: number, unsignedMicrocredits: number): string {
  const signed = `${showCredits(chargedMicrocredits)}, signed by both sides`;
  if (unsignedMicrocredits === 0) return signed;
  return `${signed}; the last charge, ${showCredits(unsignedMicrocredits)}, is not signed yet ("${TALLY} ps --all" shows the sum when it is)`;
}

/** The latest copy of every replica, in their order. */
export function latestCopies({ instances }: Schemas['Deployment']): Schemas['Instance'][] {
  return [...new Map(instances.map((instance) => [instance.replica, instance])).values()];
}

/** Why a copy waits this peer has found out itself; every other reason of an event is somebody's word. */
export function showReason(reason: string, kind: Schemas['Event']['kind']): string {
  return kind === 'copy.waiting' ? reason : `as it is said: ${reason}`;
}
