// What the rooms above see of the market: offers made, offers known, bids placed, leases held. Ids are text
// (base32), peers are peer ids, amounts are microcredits, times are milliseconds since 1970.
import type { Resources } from '../../records/common.ts';
import type { Prices } from '../../records/offer.ts';

/** An offer to make; absent fields get their values from the configuration and the engine. */
export interface OfferInput {
  readonly resources: Resources;
  readonly prices?: Prices;
  readonly region?: string;
  readonly labels?: readonly string[];
  /** Names of images the engine holds, to be listed as warm. */
  readonly images?: readonly string[];
  /** Whether every other image of the engine may run too. */
  readonly anyImage?: boolean;
  /** Registries that images are pulled from, by their hosts; `*`: any that is public. */
  readonly pulls?: readonly string[];
  /** How large an image may be that a tenant sends, unpacked; 0: none is taken. */
  readonly maxSentBytes?: number;
  readonly longestLeaseMs?: number;
}

/** An offer as this peer knows it, its own or another's. */
export interface OfferView {
  /** Id of the signed record; a new one with every revision. */
  readonly id: string;
  /** Stable over all revisions. */
  readonly series: string;
  readonly seq: number;
  readonly volunteer: string;
  readonly resources: Resources;
  readonly prices: Prices;
  readonly architecture: string;
  readonly region: string;
  readonly runtimeClasses: readonly string[];
  readonly labels: readonly string[];
  readonly images: readonly { readonly name: string; readonly digest: string }[];
  /** Whether every other image of its engine may run too. */
  readonly anyImage: boolean;
  /** Registries that the volunteer pulls images from; `*`: any that is public. */
  readonly pulls: readonly string[];
  /** Size of the largest image that a tenant may send, unpacked; 0: none. */
  readonly maxSentBytes: number;
  /** Privileges that a container can have: `user`, `root`. */
  readonly privileges: readonly string[];
  /** How the disk limit of a lease is kept: `quota` by the kernel, `watched` by ending what is over it. */
  readonly storage: { readonly limit: string };
  readonly addresses: readonly string[];
  readonly longestLeaseMs: number;
  readonly firstEpochMs: number;
  readonly maxEpochMs: number;
  readonly maxAwayMs: number;
  readonly aliveUntilMs: number;
}

/** An offer that this peer makes. */
export interface OwnOfferView extends OfferView {
  /** Whether it is in the market; else why it is not: its owner paused all, the engine does not answer, or a disk is full. */
  readonly state: 'listed' | 'paused' | 'engine-silent' | 'disk-full';
  /** What it promises in all; `resources` is what is left of that. */
  readonly total: Resources;
}

/** Images to add to an offer and to take out of it, by name. */
export interface ImageChange {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
}

/** Where an image comes from that this peer is to send: its own engine, or an archive or a folder with an OCI layout. */
export type ImageSourceInput =
  | { readonly engine: string; readonly name?: string }
  | {
      /** On the machine of the peer. */
      readonly path: string;
      /** What it is to be called. */
      readonly name: string;
      /** Which image, where there are several: its tag in the archive, its architecture. */
      readonly tag?: string;
      readonly architecture?: string;
    };

/** An image that this peer can send. */
export interface OwnImageView {
  readonly name: string;
  readonly digest: string;
  readonly architecture: string;
  /** All layers, unpacked. */
  readonly sizeBytes: number;
  readonly layers: number;
  /** Whom it runs as; empty: root. */
  readonly user: string;
  readonly addedAtMs: number;
}

/** An image of a tenant in the engine of this volunteer. */
export interface CachedImageView {
  readonly digest: string;
  /** All its layers, those that it shares with others included. */
  readonly sizeBytes: number;
  /** When a lease used it last, or it came; 0: not known. */
  readonly usedAtMs: number;
  /** Whether a lease uses it, or waits for it. */
  readonly inUse: boolean;
}

/** Which port of a deployment to lead to, and from where. */
export interface ForwardInput {
  readonly deployment: string;
  readonly port: number;
  /** Where it listens; loopback by default. */
  readonly ip?: string;
  /** 0, or absent: a free one. */
  readonly localPort?: number;
}

/** A port of this machine that leads to a port of a deployment. */
export interface ForwardView {
  readonly id: string;
  readonly deployment: string;
  readonly ip: string;
  readonly localPort: number;
  readonly port: number;
  readonly listens: boolean;
  /** Those that are open. */
  readonly connections: number;
  /** Why it does not listen, or why the latest connection that did not get to a copy did not, and when; empty otherwise. */
  readonly code: string;
  readonly failedAtMs?: number;
  readonly createdAtMs: number;
}

/** A program to run in a copy of a deployment beside its own. */
export interface ExecInput {
  /** Which copy; may be left out where there is one. */
  readonly replica?: number;
  readonly command: readonly string[];
  /** Without it that of the container. */
  readonly user?: string;
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** With a terminal of that size. */
  readonly terminal?: { readonly rows: number; readonly columns: number };
  /** Whether it has something to read. */
  readonly input?: boolean;
}

/** Files of a copy of a deployment, to take out or to put in. */
export interface CopyInput {
  /** Which copy; may be left out where there is one. */
  readonly replica?: number;
  /** Absolute; with a slash at its end it has to be a folder. */
  readonly path: string;
  readonly direction: 'in' | 'out';
  /** Of what goes in: it is one file or folder, which gets the name in the path if no folder is there. */
  readonly isOne?: boolean;
}

/** An image to push, by name or digest, and to whom. */
export interface PushInput {
  readonly image: string;
  readonly volunteer: string;
}

/** An image on its way to a volunteer ahead of a lease. `waiting`: the volunteer has not answered yet. */
export interface PushView {
  readonly id: string;
  readonly digest: string;
  readonly volunteer: string;
  readonly state: 'waiting' | 'fetching' | 'held' | 'failed';
  /** Why it failed; empty until then. */
  readonly code: string;
  /** In bytes as they travel. */
  readonly bytes: number;
  readonly ofBytes: number;
}

/** A constraint of the match, by name. */
export type Constraint =
  | 'alive'
  | 'own'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'gpu'
  | 'architecture'
  | 'image'
  | 'privileges'
  | 'volumes'
  | 'egress'
  | 'region'
  | 'runtimeClass'
  | 'labels'
  | 'duration'
  | 'limits'
  | 'reach'
  | 'traffic'
  | 'price'
  | 'spread';

/** An offer chosen for a bid, and what it costs. */
export interface Candidate {
  readonly offer: string;
  readonly series: string;
  readonly volunteer: string;
  readonly priceMicrocreditsPerHour: number;
  /** Whether the volunteer lists the image as held, or this peer has pushed it there. */
  readonly warm: boolean;
  /** How well the volunteer is expected to serve, from 0 to 1; 0 for one that nobody within reach knows. */
  readonly quality: number;
}

/** What of a bid can be asked less of, or paid more for. */
type RelaxationTarget = keyof Resources | 'maxPriceMicrocreditsPerHour' | 'durationMs';

/** A smallest change to the limits of a bid with which it would have matched; a part of it would not suffice. */
export interface Relaxation {
  /** What would have to give way; one constraint where one is enough. */
  readonly constraints: readonly Constraint[];
  /** The values that would do, of what is a matter of degree. */
  readonly targets: Readonly<Partial<Record<RelaxationTarget, number>>>;
  /** For people: `1 cpu and 2.01 credits an hour would do`. */
  readonly change: string;
  /** How many offers would then fit. */
  readonly offers: number;
}

/** What the match found: the candidates in order of preference, or why there are none. */
export interface MatchReport {
  readonly considered: number;
  /** For the first replica; empty when not all replicas could be placed. */
  readonly candidates: readonly Candidate[];
  /** The first choice of each replica; empty when not all could be placed. */
  readonly placements: readonly Candidate[];
  /** How many offers each constraint removed; an offer can be counted by several. */
  readonly removed: Readonly<Partial<Record<Constraint, number>>>;
  readonly relaxations: readonly Relaxation[];
  /** How many offers more would fit if the container need not be root; only where it is to be. */
  readonly withoutRoot?: number;
}

/** Why a wanted copy has no volunteer, as of the last match. */
export interface WaitingView extends Pick<MatchReport, 'considered' | 'removed' | 'relaxations'> {
  /** NOTHING_MATCHED, or the code with which most of those that fit refused. */
  readonly cause: string;
  /** Those that fit, and refused. */
  readonly refusals: readonly { readonly volunteer: string; readonly code: string }[];
}

/** How far an image is on its way, in bytes as they travel; 0 of 0 while it is not known how many there are. */
export interface FetchProgress {
  readonly bytes: number;
  readonly ofBytes: number;
}

/** The same as its tenant sees it, with how fast it comes. */
export interface FetchView extends FetchProgress {
  readonly bytesPerSecond: number;
}

/**
 * States of one copy as its tenant observes it. `fetching`: its image is on the way to its volunteer, and nothing is charged;
 * `restarting`: its container has ended, and its volunteer starts it once more in its lease; nothing is charged meanwhile;
 * `lost`: out of reach for longer than the grace, and given up.
 */
export const INSTANCE_STATES = [
  'placing',
  'fetching',
  'starting',
  'running',
  'restarting',
  'paused',
  'unknown',
  'stopping',
  'lost',
  'ended',
  'failed',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** What the health check of a copy can say. */
export const HEALTHS = ['starting', 'healthy', 'unhealthy'] as const;
export type CopyHealth = (typeof HEALTHS)[number];

/** States of a deployment: what its copies come to. `degraded`: some run, and others are on their way. */
export const DEPLOYMENT_STATES = [
  'placing',
  'fetching',
  'starting',
  'running',
  'restarting',
  'degraded',
  'paused',
  'unknown',
  'stopping',
  'ended',
  'failed',
] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** One copy of a deployment under one lease. */
export interface InstanceView {
  /** Which of the copies, from 0. */
  readonly replica: number;
  /** The number of its replacement, from 1; only the highest of a replica is spoken to. */
  readonly incarnation: number;
  readonly state: InstanceState;
  /**
   * Code of the cause of `unknown`, `lost`, `restarting`, `failed` or `ended`, and of one that runs UNHEALTHY, or CREDIT_LOW where
   * little credit is left; empty otherwise, and where a volunteer is out of reach.
   */
  readonly cause: string;
  /** Only while it is `fetching`. */
  readonly fetch?: FetchView;
  /** How much more this peer may come to owe the volunteer, of a copy that runs; absent where that is without limit. */
  readonly creditLeftMicrocredits?: number;
  /** The exit code of the container's last run that ended, once there is one. */
  readonly exitCode?: number;
  /** What the health check says of a copy that runs; absent where it has none. Only healthy ones, and those without, are called. */
  readonly health?: CopyHealth;
  /** Why that check failed last, in the words of its volunteer, on one line; absent while it is healthy. */
  readonly healthFailure?: string;
  /** How often its volunteer has started it once more. */
  readonly restarts: number;
  readonly bid: string;
  readonly lease: string;
  readonly volunteer: string;
  readonly priceMicrocreditsPerHour: number;
  readonly atRiskMicrocredits: number;
  /** What both sides signed as charged so far. */
  readonly chargedMicrocredits: number;
  readonly createdAtMs: number;
  readonly runningSinceMs?: number;
  readonly endedAtMs?: number;
  readonly endsAtMs: number;
  /** Until when a copy that cannot be reached may go on running, beside its replacement. */
  readonly overlapUntilMs?: number;
}

/** What the tenant wants running, and how it stands. */
/** A deployment that has not ended, as far as finding it takes. */
export interface PlacedDeployment {
  readonly id: string;
  /** Empty where it has none. */
  readonly name: string;
  /** In the order of the bid. */
  readonly ports: readonly number[];
  /** Whether it is to go on; a name is that of one such deployment only. */
  readonly isWanted: boolean;
}

export interface DeploymentView {
  readonly id: string;
  readonly name: string;
  readonly state: DeploymentState;
  /** Code of the cause of `failed`, `ended`, of a copy's `unknown`, of what a copy waits for, or CREDIT_LOW; empty otherwise. */
  readonly cause: string;
  /** The container's exit code once there is one. */
  readonly exitCode?: number;
  readonly image: { readonly name: string; readonly digest: string };
  readonly resources: Resources;
  readonly ports: readonly number[];
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  readonly replicas: number;
  /** How many of them run. */
  readonly running: number;
  readonly graceMs: number;
  readonly waitOut: boolean;
  /** Of the latest copies, as far as they are not given up, told to stop, or over. */
  readonly priceMicrocreditsPerHour: number;
  readonly atRiskMicrocredits: number;
  /** What both sides signed as charged so far, over all copies. */
  readonly chargedMicrocredits: number;
  readonly createdAtMs: number;
  /** When all copies ran for the first time. */
  readonly runningSinceMs?: number;
  readonly endedAtMs?: number;
  readonly endsAtMs: number;
  /** In order of replica and incarnation. */
  readonly instances: readonly InstanceView[];
  /** Only while a copy has no place. */
  readonly waiting?: WaitingView;
  /** Volunteers that refused at the last placement, with the code. */
  readonly refusals: readonly { readonly volunteer: string; readonly code: string }[];
}

/** A lease as either side holds it. */
export interface LeaseView {
  readonly id: string;
  readonly bid: string;
  readonly side: 'volunteer' | 'tenant';
  readonly volunteer: string;
  readonly tenant: string;
  /** The image's name, as the bid has it. */
  readonly image: string;
  /** `stalled`, `restarting`: its container is not up, and nothing is charged; the cause says why. */
  readonly state:
    | 'reserved'
    | 'fetching'
    | 'starting'
    | 'running'
    | 'paused'
    | 'stalled'
    | 'restarting'
    | 'ended';
  readonly cause: string;
  /** Why the container did not start, in the words of the engine; only the volunteer has it, until its peer stops. */
  readonly startFailure?: string;
  /** How often its container was started once more, and the exit code of the last run that ended; once there are such. */
  readonly restarts?: number;
  readonly exitCode?: number;
  readonly resources: Resources;
  readonly priceMicrocreditsPerHour: number;
  readonly atRiskMicrocredits: number;
  readonly issuedAtMs: number;
  readonly endsAtMs: number;
  /**
   * What both sides signed, and what ran and is not signed yet, the running epoch with it. The tenant knows the latter of a
   * lease that has ended by its volunteer's word alone: 0 where it has said nothing since the tenant's peer started.
   */
  readonly chargedMicrocredits: number;
  readonly unsignedMicrocredits: number;
  readonly epochs: number;
  /** How long it has been up. */
  readonly upMs: number;
  /** What it used: measured up to now on the volunteer's side, as of the last receipt on the tenant's. */
  readonly usage: Usage;
}

/** The end of a lease by its volunteer, and whether that is a breach. */
export interface Eviction {
  readonly lease: LeaseView;
  /** With which it ends, or has ended. */
  readonly cause: string;
  /** Whether it breaks the lease, so that the tenant counts it against this peer. */
  readonly isBreach: boolean;
}

/** What this machine lends now. */
export interface VolunteeringView {
  /** Whether the owner has paused all offers: no new leases, those that run go on. */
  readonly paused: boolean;
  readonly pausedAtMs?: number;
  readonly offers: number;
  /** Leases given that have not ended. */
  readonly leases: number;
}

/** Use of a container since it began; it informs, and is not charged. */
interface Usage {
  readonly cpuMilliseconds: number;
  readonly memoryMibSeconds: number;
  readonly tunnelKib: number;
}

/** Which lines of whose log: those of one replica, or of all; the last `tail` of each, of those from `sinceMs` to before `untilMs`. */
export interface LogQuery {
  readonly replica?: number;
  readonly tail: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly follow: boolean;
  /** Told once what was asked of earlier lines has come, which may be long before the first new one. */
  readonly opened?: () => void;
}

/** A line of a copy; times are those of its volunteer's clock. */
export interface LogView {
  readonly replica: number;
  readonly incarnation: number;
  readonly stream: 'stdout' | 'stderr';
  readonly atMs: number;
  readonly text: string;
}

/** The kind of an event: the part before the dot says what it is about, the part after the dot what happened to it. */
export type EventKind =
  | `offer.${'made' | 'withdrawn' | 'revised' | 'paused' | 'resumed'}`
  | `lease.${LeaseView['state']}`
  | 'lease.entered'
  | `deployment.${'placed' | 'stopping' | 'ended' | 'failed'}`
  | `copy.${InstanceState | 'healthy' | 'unhealthy' | 'refused' | 'waiting'}`
  | 'receipt.signed'
  | 'invitation.joined'
  | `problem.${'begun' | 'over'}`;

/** Something that happened. Fields that do not apply are absent. */
export interface EventView {
  /** Grows by one with every event of this peer. */
  readonly seq: number;
  readonly atMs: number;
  readonly kind: EventKind;
  /** Series of the offer. */
  readonly offer?: string;
  readonly deployment?: string;
  readonly replica?: number;
  readonly incarnation?: number;
  readonly lease?: string;
  /** The other side. */
  readonly peer?: string;
  readonly cause?: string;
  /**
   * On one line: with a copy or a lease that is unhealthy why its check failed, in the words of the volunteer or of the program; with
   * one that waits why it has no place.
   */
  readonly reason?: string;
  /** What the pair has been charged, with `receipt.signed`. */
  readonly chargedMicrocredits?: number;
}
