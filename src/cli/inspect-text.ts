// A deployment or a lease with its history, for people: how it stands, why it does not run, and what happened.
import type { Schemas } from '../api/client.ts';
import { countOf, showCpus, showCredits, showDuration, showSize, showTime } from '../lib/amounts.ts';
import { describeError, isErrorCode } from '../lib/errors.ts';
import { painted } from '../lib/terminal.ts';
import { shortId, shortPeer } from './deployment-id.ts';
import {
  isOver,
  isWell,
  latestCopies,
  paintState,
  saysOf,
  showFetches,
  showReason,
  showState,
} from './deployment-text.ts';
import { showWaiting } from './match-text.ts';
import { list, table } from './table.ts';

type Deployment = Schemas['Deployment'];
type Copy = Schemas['Instance'];
type Lease = Schemas['Lease'];
type Event = Schemas['Event'];

/** What is known of a deployment. */
export interface Inspected {
  readonly deployment: Deployment;
  /** The leases of its copies. */
  readonly leases: readonly Lease[];
  /** What happened to it, the oldest first; the oldest of all may be forgotten. */
  readonly events: readonly Event[];
  /** This peer. */
  readonly peer: string;
}

/** One step of a history. */
interface Step {
  readonly atMs: number;
  readonly what: string;
  readonly kind: string;
}

const COPY_HEADS = ['copy', 'volunteer', 'state', 'lease', 'up', 'epochs', 'charged', 'not signed yet'];

/** How it stands, why it does not run, its copies, and every step. */
export function showInspected(inspected: Inspected): string {
  const { deployment, leases, events } = inspected;
  const reasons = whyNot(inspected);
  return [
    showHead(deployment),
    ...(reasons.length === 0
      ? []
      : [`${painted('bold', 'Why it does not run as wanted')}\n${reasons.join('\n')}`]),
    showCopies(deployment, leases),
    showSteps([...stepsOf(deployment, events)]),
  ].join('\n\n');
}

/** How a lease stands, and every step. */
export function showInspectedLease(lease: Lease, events: readonly Event[]): string {
  const { id, side, tenant, volunteer, image, resources, state, startFailure } = lease;
  const { cause, restarts = 0, exitCode, issuedAtMs, endsAtMs, upMs, epochs } = lease;
  const head = list({
    lease: id,
    state: paintState(
      state,
      showState({ state, cause, restarts, ...(exitCode === undefined ? {} : { exitCode }) }),
    ),
    ...(side === 'volunteer' ? { tenant } : { volunteer }),
    ...{ image, reserved: showResources(resources) },
    price: `${showCredits(lease.priceMicrocreditsPerHour)}/h`,
    time: `from ${showTime(issuedAtMs)} until ${showTime(endsAtMs)} at the latest; up for ${showDuration(upMs)}`,
    charged: `${showCredits(lease.chargedMicrocredits)} in ${countOf(epochs, 'epoch')}; ${showCredits(lease.unsignedMicrocredits)} not signed yet`,
    reason: startFailure,
  });
  const why =
    state === 'running' || !isErrorCode(cause) ? [] : [`${cause}: ${describeError(cause).sentence}`];
  const reserved = { atMs: issuedAtMs, kind: 'lease.reserved', what: 'the lease was given' };
  const steps = events.map((event) => ({ ...event, what: wordsOf(event) }));
  const isKnown = events.some(({ kind }) => kind === 'lease.reserved');
  return [head, ...why, showSteps(isKnown ? steps : [reserved, ...steps])].join('\n\n');
}

function showHead(deployment: Deployment): string {
  const { id, name, image, replicas, running, resources, createdAtMs, endsAtMs, endedAtMs, state } =
    deployment;
  return list({
    deployment: id,
    name: name === '' ? undefined : name,
    state: paintState(state, showState(deployment)),
    copies: `${running} of ${replicas} run`,
    image: `${image.name} ${image.digest}`,
    'each copy': showResources(resources),
    placed: showTime(createdAtMs),
    ...(endedAtMs === undefined
      ? { ends: `${showTime(endsAtMs)} at the latest` }
      : { ended: showTime(endedAtMs) }),
    charged: `${showCredits(deployment.chargedMicrocredits)}, signed by both sides`,
  });
}

function showResources({ cpuMillis, memoryBytes, diskBytes, gpus }: Schemas['Resources']): string {
  const all = [showCpus(cpuMillis), `${showSize(memoryBytes)} of memory`, `${showSize(diskBytes)} of disk`];
  return [...all, ...(gpus === 0 ? [] : [countOf(gpus, 'GPU')])].join(', ');
}

/** A paragraph for each copy that is not well, and one for what has no volunteer. */
function whyNot({ deployment, peer }: Inspected): string[] {
  const { waiting, replicas } = deployment;
  const copies = latestCopies(deployment)
    .filter((copy) => !isWell(copy) || copy.cause !== '')
    .map((copy) => whyNotOf(copy, deployment));
  const placed = latestCopies(deployment).length;
  const unplaced =
    placed < replicas && waiting === undefined
      ? [`${countOf(replicas - placed, 'copy', 'copies')} are being placed.`]
      : [];
  const waits = waiting === undefined ? [] : [`A copy waits for a volunteer. ${showWaiting(waiting, peer)}`];
  return [...copies, ...unplaced, ...waits];
}

function whyNotOf(copy: Copy, deployment: Deployment): string {
  const { replica, incarnation, volunteer, cause, healthFailure, state } = copy;
  const words = [
    ...(state === 'fetching' ? showFetches({ ...deployment, instances: [copy] }) : []),
    ...(isErrorCode(cause) ? [describeError(cause).sentence] : []),
    ...(state === 'unknown' && cause === ''
      ? [`Its volunteer is out of reach; after ${showDuration(deployment.graceMs)} it is replaced.`]
      : []),
    ...(state === 'lost' ? ['It was given up; another volunteer gets it as soon as one fits.'] : []),
    ...(healthFailure === undefined ? [] : [saysOf(healthFailure)]),
    ...(isOver(copy) ? [`Its log has more: "logs --replica ${replica}".`] : []),
  ];
  return `Copy ${replica}.${incarnation} on ${shortPeer(volunteer)}: ${showState(copy)}. ${words.join(' ')}`.trim();
}

function showCopies({ instances }: Deployment, leases: readonly Lease[]): string {
  const byId = new Map(leases.map((lease) => [lease.id, lease]));
  const rows = instances.map((copy) => {
    const lease = byId.get(copy.lease);
    return [
      ...[
        `${copy.replica}.${copy.incarnation}`,
        shortPeer(copy.volunteer),
        paintState(copy.state, showState(copy)),
      ],
      ...[shortId(copy.lease), showDuration(lease?.upMs ?? 0), lease?.epochs ?? 0],
      ...[showCredits(copy.chargedMicrocredits), showCredits(lease?.unsignedMicrocredits ?? 0)],
    ];
  });
  return rows.length === 0 ? 'It has no copy.' : table(COPY_HEADS, rows);
}

/** What happened, with what the copies themselves still say of what the log of events has forgotten. */
function stepsOf({ instances, createdAtMs }: Deployment, events: readonly Event[]): Step[] {
  const isTold = (kind: string, lease?: string) =>
    events.some((event) => event.kind === kind && (lease === undefined || event.lease === lease));
  const forgotten: Step[] = isTold('deployment.placed')
    ? []
    : [{ atMs: createdAtMs, kind: 'deployment.placed', what: 'the bid was placed' }];
  for (const {
    lease,
    replica,
    incarnation,
    volunteer,
    runningSinceMs,
    endedAtMs,
    state,
    cause,
  } of instances) {
    const copy = `copy ${replica}.${incarnation}`;
    const add = (kind: string, atMs: number | undefined, what: string) => {
      if (atMs !== undefined && !isTold(kind, lease)) forgotten.push({ atMs, kind, what: `${copy} ${what}` });
    };
    add('copy.running', runningSinceMs, `ran on ${shortPeer(volunteer)}`);
    add(`copy.${state}`, endedAtMs, `${state}${cause === '' ? '' : ` (${cause})`}`);
  }
  const told = events.map((event) => ({ ...event, what: wordsOf(event) }));
  return [...forgotten, ...told].sort((a, b) => a.atMs - b.atMs);
}

/** What is not said by the state that a copy has come to. */
const WORDS: Readonly<Record<string, string>> = {
  'deployment.placed': 'the bid was placed',
  'deployment.stopping': 'you stopped it',
  'deployment.ended': 'the deployment ended',
  'deployment.failed': 'the deployment failed',
  'copy.placing': 'got a lease',
  'copy.refused': 'was refused',
  'copy.waiting': 'has no volunteer',
  'copy.fetching': 'waits for its image',
  'copy.starting': 'is being started',
  'copy.unknown': 'cannot be seen to run',
  'copy.lost': 'was given up',
  'copy.restarting': 'ended and is restarted',
  'copy.stopping': 'was told to stop',
};

/** `copy 0.1 was refused by …abcd (REFUSED_CREDIT): the credit …`. */
function wordsOf({ kind, replica, incarnation = 1, peer, cause, reason }: Event): string {
  const what = WORDS[kind] ?? kind.replace(/^[a-z]+\./, '');
  const by = kind === 'copy.refused' ? 'by' : 'on';
  return [
    replica === undefined ? '' : `copy ${replica}.${incarnation} `,
    what,
    peer === undefined || replica === undefined ? '' : ` ${by} ${shortPeer(peer)}`,
    cause === undefined ? '' : ` (${cause})`,
    reason === undefined ? '' : `: ${showReason(reason, kind)}`,
  ].join('');
}

/** `2026-11-30 18:05:02  what`, each with how long after the one before. */
function showSteps(steps: readonly Step[]): string {
  const rows = steps.map(({ atMs, what, kind }, index) => {
    const sinceMs = atMs - (steps[index - 1]?.atMs ?? atMs);
    const time = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
    const after = index === 0 ? '' : `+${showDuration(Math.max(0, sinceMs))}`;
    return [time, after, paintState(kind.replace(/^[a-z]+\./, ''), what)];
  });
  return table(['time (UTC)', 'after', 'what happened'], rows);
}
