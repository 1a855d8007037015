// A deployment as its tenant keeps it: the wanted state, apart from the observed state of each copy. Both are written to
// disk at every change.
import { TallyError } from '../../lib/errors.ts';
import { shortLine } from '../../lib/one-line.ts';
import { HEALTH, HEALTH_FAILURE, HEALTH_FAILURE_BYTES } from '../../overlay/protocols/lease.ts';
import { RESERVED } from '../../records/common.ts';
import { MOST_VOLUMES, type PayloadVolume } from '../../records/payload.ts';
import { bytes, fields, int, list, text } from '../../records/shape.ts';
import { CAUSE, isStall, NOT_ANSWERING } from '../terms/causes.ts';
import { SIGN_GRACE_MS } from '../terms/parameters.ts';
import type { FetchProgress, FetchView, WaitingView } from '../terms/views.ts';
import { BOX_MAX_BYTES } from './payload-box.ts';

const COUNT = int(0);
const CODE = text(64, /^[A-Z_]*$/);
const REFUSALS = list(fields({ volunteer: text(64), code: CODE }), 65_536);

/** The wanted state. Empty text, 0 and -1 mean that there is no value yet. */
export const DEPLOYMENT_ROW = fields({
  name: text(256),
  imageName: text(256),
  imageDigest: text(71),
  /** How it gets to a volunteer (records/bid.ts), and its largest size where it is sent or pulled. */
  imageWay: text(16, /^(held|sent|pulled)$/),
  imageBytes: COUNT,
  /** Which rights it is to have inside (records/bid.ts). */
  privileges: text(8),
  resources: RESERVED,
  ports: list(int(1, 65_535), 16),
  /** The volumes that the payload names; a nameless one in rows of before: only the payload says which. */
  volumes: list(fields({ name: text(64), path: text(512) }), MOST_VOLUMES),
  /** What is started, in its box (payload-box.ts). */
  payload: bytes(0, BOX_MAX_BYTES),
  maxPriceMicrocreditsPerHour: COUNT,
  awayMs: COUNT,
  architecture: text(64),
  region: text(64),
  runtimeClass: text(64),
  labels: list(text(128), 16),
  replicas: int(1, 1_024),
  graceMs: COUNT,
  /** 1: a replacement waits until what it replaces cannot run any more. */
  waitOut: int(0, 1),
  createdAtMs: COUNT,
  endsAtMs: COUNT,
  wanted: text(8, /^(running|stopped)$/),
  /** When all copies ran for the first time. */
  runningSinceMs: COUNT,
  /** How it ended; empty until then. */
  end: text(8, /^(|ended|failed)$/),
  cause: CAUSE,
  exitCode: int(-1, 255),
  endedAtMs: COUNT,
  /** What copies were charged whose rows are forgotten. */
  forgottenMicrocredits: COUNT,
  refusals: REFUSALS,
});
export type DeploymentRow = ReturnType<typeof DEPLOYMENT_ROW>;

/** Volumes as a deployment keeps them in the open. */
export function namesOf(volumes: readonly Pick<PayloadVolume, 'name' | 'path'>[]): DeploymentRow['volumes'] {
  return volumes.map(({ name, path }) => ({ name, path }));
}

/** The observed state of one copy under one lease. */
export const INSTANCE_ROW = fields({
  deployment: text(64),
  replica: int(0, 1_023),
  incarnation: int(1, 1_000_000),
  state: text(
    16,
    /^(placing|fetching|starting|running|restarting|paused|unknown|stopping|lost|ended|failed)$/,
  ),
  cause: CAUSE,
  /** Of the last run that ended. */
  exitCode: int(-1, 255),
  /** What its health check says, and how often it was started once more, by its volunteer's last word. */
  health: HEALTH,
  /** Why that failed last, in its volunteer's words, on one line; empty: it has not since it last succeeded. */
  healthFailure: HEALTH_FAILURE,
  restarts: COUNT,
  bid: bytes(32),
  lease: bytes(32),
  volunteer: text(64),
  tenant: text(64),
  priceMicrocreditsPerHour: COUNT,
  atRiskMicrocredits: COUNT,
  issuedAtMs: COUNT,
  endsAtMs: COUNT,
  maxEpochMs: COUNT,
  awayMs: COUNT,
  epochs: COUNT,
  chargedMicrocredits: COUNT,
  /** As of the last receipt. */
  usage: fields({ cpuMilliseconds: COUNT, memoryMibSeconds: COUNT, tunnelKib: COUNT }),
  createdAtMs: COUNT,
  runningSinceMs: COUNT,
  endedAtMs: COUNT,
  /** When the volunteer was last heard of, and since when it is `unknown` or `restarting`; 0 while it is not. */
  heardAtMs: COUNT,
  unknownSinceMs: COUNT,
  /** How long it was not up in all, by its volunteer's word or because it did not answer; what runs now not included. */
  downMs: COUNT,
  /** Why it was given up, also where it came back before another had taken its place; empty: it never was. */
  givenUp: CAUSE,
  /** 1: what is to be said of how this lease went, if anything, was said. */
  judged: int(0, 1),
});
export type InstanceRow = ReturnType<typeof INSTANCE_ROW>;

/** How far an image is on its way, by its volunteer's word at a time. */
interface Fetch extends FetchView {
  readonly atMs: number;
}

/** What a volunteer says now of an image on its way, after what it said before. */
export function fetchAfter(before: Fetch | undefined, said: FetchProgress, atMs: number): Fetch {
  const seconds = (atMs - (before?.atMs ?? atMs)) / 1_000;
  const now = seconds > 0 ? Math.max(0, said.bytes - (before?.bytes ?? 0)) / seconds : 0;
  // As smooth as people can read, as quick as a way that breaks off
  const isFirst = (before?.bytesPerSecond ?? 0) === 0;
  const bytesPerSecond = Math.round(isFirst ? now : ((before?.bytesPerSecond ?? 0) + now) / 2);
  return { ...said, bytesPerSecond, atMs };
}

/** One copy. `row` is replaced, never changed. */
export interface Instance {
  /** Its lease's id, as text. */
  readonly id: string;
  readonly deployment: Deployment;
  row: InstanceRow;
  /** How far its image is on its way, by its volunteer's last word. */
  fetch?: Fetch | undefined;
  /** How much more this peer may come to owe its volunteer; undefined: as much as it likes, or not known. */
  creditLeftMicrocredits?: number | undefined;
  /** Whether its volunteer says that little is left of what this peer may owe it. */
  isCreditLow?: boolean;
  /** How long it was up in all, of one that has ended, by its volunteer's word to this process. */
  endedUpMs?: number;
}

/** One deployment. `row` is replaced, never changed; `instances` are in order of replica and incarnation. */
export interface Deployment {
  readonly id: string;
  row: DeploymentRow;
  readonly instances: Instance[];
  /** Why a copy has no place, by the last look; undefined where all have one. */
  waiting?: WaitingView | undefined;
}

/** Whether nothing more will happen to a copy. */
export function isOver({ row }: Instance): boolean {
  return row.state === 'ended' || row.state === 'failed';
}

/** Whether nothing more will happen to a deployment. */
export function hasEnded({ row }: Deployment): boolean {
  return row.end !== '';
}

/** Whether it is wanted: it has not ended, and nobody stopped it. */
export function isWanted(deployment: Deployment): boolean {
  return deployment.row.wanted === 'running' && !hasEnded(deployment);
}

/** Throws PORT_NOT_PUBLISHED. */
export function requirePort({ row: { ports } }: Deployment, port: number): void {
  if (!ports.includes(port)) throw new TallyError('PORT_NOT_PUBLISHED', { port, published: ports });
}

/** Whether the volunteer of a copy did not answer when it was last asked, as far as that is known. */
export function isOutOfReach({ state, cause }: Pick<InstanceRow, 'state' | 'cause'>): boolean {
  return state === 'unknown' || state === 'lost' || cause === 'VOLUNTEER_LOST';
}

/** What a volunteer says of a copy's health. The words can be anybody's, and are shown: they are made one line. */
export function healthOf(said: Pick<InstanceRow, 'health' | 'healthFailure'>) {
  const { health, healthFailure } = said;
  return { health, healthFailure: shortLine(healthFailure, HEALTH_FAILURE_BYTES) };
}

/** Whether a copy may be called, as far as its health is concerned: it has no check, or is healthy. */
export function isHealthy({ row }: Instance): boolean {
  return row.health === '' || row.health === 'healthy';
}

/** The copies of a replica, the oldest first. */
export function copiesOf({ instances }: Deployment, replica: number): Instance[] {
  return instances.filter(({ row }) => row.replica === replica);
}

/** The latest copy of every replica that has one. */
export function latestCopies(deployment: Deployment): Instance[] {
  const latest = new Map(deployment.instances.map((instance) => [instance.row.replica, instance]));
  return [...latest.values()];
}

/** Whether a copy of a higher incarnation has replaced this one. */
export function isSuperseded({ deployment, row }: Instance): boolean {
  return deployment.instances.some(
    (other) => other.row.replica === row.replica && other.row.incarnation > row.incarnation,
  );
}

/**
 * Until when a copy that was last heard of at `heardAtMs` may go on: the epoch that ran then, one more that is not
 * signed, and the time that the tenant may be away. Its lease bounds it too.
 */
export function overlapUntilMs({ heardAtMs, maxEpochMs, awayMs, endsAtMs }: InstanceRow): number {
  return Math.min(endsAtMs, heardAtMs + 2 * maxEpochMs + awayMs + SIGN_GRACE_MS);
}

/** For how long a copy was not up in all, up to now: by its volunteer's word, or because it did not answer. */
export function downUpTo({ row }: Instance, nowMs: number): number {
  return row.downMs + (isDown(row) ? Math.max(0, nowMs - row.unknownSinceMs) : 0);
}

/** Whether a copy is not up: that it is given up, or told to stop, does not make it so again. */
function isDown({ state, cause }: InstanceRow): boolean {
  if (state === 'restarting') return true;
  const isOut = state === 'unknown' || state === 'lost' || state === 'stopping';
  return isOut && (cause === NOT_ANSWERING || isStall(cause));
}

/** When the term of its lease is over, on this tenant's clock: that of the volunteer may differ. */
export function termOverAtMs({ createdAtMs, issuedAtMs, endsAtMs }: InstanceRow): number {
  return createdAtMs + (endsAtMs - issuedAtMs);
}

/** Until when a copy counts as running; a copy that is out of reach, or was replaced, counts until the last report. */
export function countedUntilMs(instance: Instance, nowMs: number): number {
  const { cause, heardAtMs, endedAtMs } = instance.row;
  if (isSuperseded(instance) || cause === 'VOLUNTEER_LOST') return heardAtMs;
  return endedAtMs > 0 ? endedAtMs : nowMs;
}
