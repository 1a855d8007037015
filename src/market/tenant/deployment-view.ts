// Deployments as the API shows them, with the states of their copies summed up.
import { showId } from '../../records/id.ts';
import { CREDIT_LOW, UNHEALTHY } from '../terms/causes.ts';
import { chargeFor } from '../terms/pricing.ts';
import type {
  CopyHealth,
  DeploymentState,
  DeploymentView,
  InstanceState,
  InstanceView,
  LeaseView,
} from '../terms/views.ts';
import {
  countedUntilMs,
  type Deployment,
  downUpTo,
  type Instance,
  isOutOfReach,
  isOver,
  isWanted,
  latestCopies,
  overlapUntilMs,
} from './deployment.ts';
import { isFinishing } from './plan.ts';

const optional = <K extends string, V>(key: K, value: V, isThere: boolean) =>
  (isThere ? { [key]: value } : {}) as Partial<Record<K, V>>;

/** The state of a deployment from its latest copies: all run, some run, or the furthest state of those that do not. */
export function stateOf(deployment: Deployment): DeploymentState {
  const { end, wanted, replicas } = deployment.row;
  if (end !== '') return end as 'ended' | 'failed';
  if (wanted === 'stopped') return 'stopping';
  const states = latestCopies(deployment).map(({ row }) => row.state as InstanceState);
  const running = states.filter((state) => state === 'running').length;
  if (running === replicas) return 'running';
  if (running > 0) return 'degraded';
  const furthest = (['paused', 'unknown', 'restarting', 'starting', 'fetching'] as const).find((state) =>
    states.includes(state),
  );
  return furthest ?? (isFinishing(deployment) ? 'stopping' : 'placing');
}

/** A deployment as the API shows it. */
export function viewDeployment(deployment: Deployment): DeploymentView {
  const { id, row, instances } = deployment;
  const holding = instances.filter((each) => !isOver(each));
  const paid = latestCopies(deployment).filter((each) => !isGivenUp(each) && !isOver(each));
  const total = (of: readonly Instance[], name: 'priceMicrocreditsPerHour' | 'atRiskMicrocredits') =>
    of.reduce((sum, each) => sum + each.row[name], 0);
  return {
    ...{ id, name: row.name, state: stateOf(deployment), cause: causeNow(deployment) },
    ...optional('exitCode', row.exitCode, row.exitCode >= 0),
    image: { name: row.imageName, digest: row.imageDigest },
    ...{ resources: row.resources, ports: row.ports, volumes: row.volumes, replicas: row.replicas },
    running: latestCopies(deployment).filter((each) => each.row.state === 'running').length,
    ...{ graceMs: row.graceMs, waitOut: row.waitOut === 1 },
    priceMicrocreditsPerHour: total(paid, 'priceMicrocreditsPerHour'),
    atRiskMicrocredits: total(holding, 'atRiskMicrocredits'),
    chargedMicrocredits: instances.reduce(
      (sum, each) => sum + each.row.chargedMicrocredits,
      row.forgottenMicrocredits,
    ),
    createdAtMs: row.createdAtMs,
    ...optional('runningSinceMs', row.runningSinceMs, row.runningSinceMs > 0),
    ...optional('endedAtMs', row.endedAtMs, row.endedAtMs > 0),
    endsAtMs: row.endsAtMs,
    instances: instances.map(viewInstance),
    ...waitingOf(deployment),
    refusals: row.refusals,
  };
}

/** Whether a copy only waits for its end: what it costs is no part of what is wanted. */
function isGivenUp({ row }: Instance): boolean {
  return row.state === 'lost' || row.state === 'stopping';
}

/** Why it ended; before that, why a copy of it cannot be seen to run, or has no place. */
function causeNow(deployment: Deployment): string {
  if (deployment.row.end !== '') return deployment.row.cause;
  const latest = latestCopies(deployment);
  const down = latest.find(({ row }) => row.state === 'unknown' || row.state === 'restarting');
  const { waiting } = waitingOf(deployment);
  const ailing = latest.filter(({ row }) => row.state === 'running').map(shownCause);
  return down?.row.cause || waiting?.cause || (ailing.find((cause) => cause !== '') ?? '');
}

/** Why a copy does not run; of one that runs, that it is unhealthy, or that its credit is low. */
function shownCause({ row, isCreditLow = false }: Instance): string {
  if (row.state !== 'running') return row.cause;
  if (row.health === 'unhealthy') return UNHEALTHY;
  return isCreditLow ? CREDIT_LOW : row.cause;
}

/** Of a copy that runs and is not healthy, or for which that is the cause of how it stands. */
function isFailureShown({ row }: Instance): boolean {
  const isWell = row.state === 'running' ? row.health === 'healthy' : row.cause !== UNHEALTHY;
  return row.healthFailure !== '' && !isWell;
}

/** Why a copy has no place; nothing once the deployment is not wanted any more. */
function waitingOf(deployment: Deployment): Pick<DeploymentView, 'waiting'> {
  const { waiting } = deployment;
  return waiting === undefined || !isWanted(deployment) || hasAllPlaces(deployment) ? {} : { waiting };
}

/** One that was to be replaced may be back. */
function hasAllPlaces(deployment: Deployment): boolean {
  const placed = latestCopies(deployment).filter((each) => !isOver(each) && !isOutOfReach(each.row));
  return placed.length >= deployment.row.replicas;
}

function viewInstance(instance: Instance): InstanceView {
  const { row } = instance;
  const { replica, incarnation, state, volunteer, createdAtMs, endsAtMs } = row;
  const { priceMicrocreditsPerHour, atRiskMicrocredits, chargedMicrocredits } = row;
  return {
    ...{ replica, incarnation, state: state as InstanceState, cause: shownCause(instance) },
    ...fetchOf(instance),
    ...creditOf(instance),
    ...optional('exitCode', row.exitCode, row.exitCode >= 0),
    ...optional('health', row.health as CopyHealth, state === 'running' && row.health !== ''),
    ...optional('healthFailure', row.healthFailure, isFailureShown(instance)),
    ...{ restarts: row.restarts },
    ...{ bid: showId(row.bid), lease: showId(row.lease), volunteer },
    ...{ priceMicrocreditsPerHour, atRiskMicrocredits, chargedMicrocredits, createdAtMs },
    ...optional('runningSinceMs', row.runningSinceMs, row.runningSinceMs > 0),
    ...optional('endedAtMs', row.endedAtMs, row.endedAtMs > 0),
    endsAtMs,
    ...optional('overlapUntilMs', overlapUntilMs(row), isOutOfReach(row) && !isOver(instance)),
  };
}

function creditOf({
  creditLeftMicrocredits,
  ...instance
}: Instance): Pick<InstanceView, 'creditLeftMicrocredits'> {
  const isPaid = instance.row.state === 'running' || instance.row.state === 'paused';
  return creditLeftMicrocredits === undefined || !isPaid ? {} : { creditLeftMicrocredits };
}

function fetchOf({ row, fetch }: Instance): Pick<InstanceView, 'fetch'> {
  if (row.state !== 'fetching' || fetch === undefined) return {};
  const { bytes, ofBytes, bytesPerSecond } = fetch;
  return { fetch: { bytes, ofBytes, bytesPerSecond } };
}

const LEASE_STATES: { readonly [S in InstanceState]: LeaseView['state'] } = {
  placing: 'reserved',
  fetching: 'fetching',
  starting: 'starting',
  running: 'running',
  restarting: 'restarting',
  paused: 'paused',
  unknown: 'running',
  stopping: 'running',
  lost: 'running',
  ended: 'ended',
  failed: 'ended',
};

/** The lease of a copy as the API shows it at `nowMs`, from the tenant's side. */
export function viewTaken(instance: Instance, nowMs: number): LeaseView {
  const { id, row, deployment } = instance;
  const isDown = row.state === 'unknown' && row.cause !== '';
  const untilMs = countedUntilMs(instance, nowMs);
  const downMs = downUpTo(instance, untilMs);
  const upMs = row.runningSinceMs === 0 ? 0 : Math.max(0, untilMs - row.runningSinceMs - downMs);
  // Its volunteer measures more exactly when it ended
  const measuredMs = Math.min(instance.endedUpMs ?? 0, untilMs - row.createdAtMs);
  const paidMs = isOver(instance) ? measuredMs : upMs;
  const { resources } = deployment.row;
  const { priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs, volunteer, tenant } = row;
  return {
    ...{ id, bid: showId(row.bid), side: 'tenant', volunteer, tenant },
    image: deployment.row.imageName,
    ...{ state: isDown ? 'stalled' : LEASE_STATES[row.state as InstanceState], cause: row.cause },
    ...{ resources, priceMicrocreditsPerHour, atRiskMicrocredits, issuedAtMs, endsAtMs },
    chargedMicrocredits: row.chargedMicrocredits,
    unsignedMicrocredits: Math.max(0, chargeFor(priceMicrocreditsPerHour, paidMs) - row.chargedMicrocredits),
    epochs: row.epochs,
    upMs,
    usage: row.usage,
  };
}
