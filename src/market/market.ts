// What the rooms above see of the market: offers made, offers known, bids placed, leases held. Ids are text
// (base32), peers are peer ids, amounts are microcredits, times are milliseconds since 1970.
import type { Duplex } from 'node:stream';
import type { Resources } from '../records/common.ts';
import type { Prices } from '../records/offer.ts';

/** What an operator says to make an offer; what is left out comes from the configuration and the engine. */
export interface OfferInput {
  readonly resources: Resources;
  readonly prices?: Prices;
  readonly region?: string;
  readonly labels?: readonly string[];
  /** Names of images the engine holds, to be listed as warm. */
  readonly images?: readonly string[];
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
  readonly addresses: readonly string[];
  readonly longestLeaseMs: number;
  readonly firstEpochMs: number;
  readonly maxEpochMs: number;
  readonly maxAwayMs: number;
  readonly aliveUntilMs: number;
}

/** What a tenant asks for. */
export interface BidInput {
  /** `name`, or `name@sha256:…` where the digest of the image's configuration is known. */
  readonly image: string;
  readonly resources: Resources;
  readonly ports?: readonly number[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly maxPriceMicrocreditsPerHour: number;
  readonly durationMs: number;
  readonly awayMs?: number;
  readonly architecture?: string;
  readonly region?: string;
  readonly runtimeClass?: string;
  readonly labels?: readonly string[];
  /** A name for people; at most 64 characters. */
  readonly name?: string;
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
  | 'region'
  | 'runtimeClass'
  | 'labels'
  | 'duration'
  | 'price';

/** An offer chosen for a bid, and what it costs. */
export interface Candidate {
  readonly offer: string;
  readonly volunteer: string;
  readonly priceMicrocreditsPerHour: number;
  /** Whether the volunteer lists the image as held. */
  readonly warm: boolean;
}

/** The smallest change of the bid's limits that would have matched. */
export interface Relaxation {
  /** What would have to give way; one constraint where one is enough. */
  readonly constraints: readonly Constraint[];
  /** For people: `+8 % price`. */
  readonly change: string;
  /** How many offers would then fit. */
  readonly offers: number;
}

/** What the match found: the candidates in order of preference, or why there are none. */
export interface MatchReport {
  readonly considered: number;
  readonly candidates: readonly Candidate[];
  /** How many offers each constraint removed; an offer can be counted by several. */
  readonly removed: Readonly<Partial<Record<Constraint, number>>>;
  readonly relaxations: readonly Relaxation[];
}

/** States of a deployment as its tenant observes them. */
export type DeploymentState =
  | 'placing'
  | 'starting'
  | 'running'
  | 'paused'
  | 'unknown'
  | 'stopping'
  | 'ended'
  | 'failed';

/** What the tenant wants running, and how it stands. */
export interface DeploymentView {
  readonly id: string;
  readonly name: string;
  readonly state: DeploymentState;
  /** Code of the cause of `failed` or `ended`; empty otherwise. */
  readonly cause: string;
  /** The container's exit code once there is one. */
  readonly exitCode?: number;
  readonly image: { readonly name: string; readonly digest: string };
  readonly resources: Resources;
  readonly ports: readonly number[];
  readonly bid: string;
  readonly lease?: string;
  readonly volunteer?: string;
  readonly priceMicrocreditsPerHour?: number;
  readonly atRiskMicrocredits?: number;
  /** What both sides signed as charged so far. */
  readonly chargedMicrocredits: number;
  readonly createdAtMs: number;
  readonly runningSinceMs?: number;
  readonly endedAtMs?: number;
  readonly endsAtMs?: number;
  /** Volunteers that refused before, with the code. */
  readonly refusals: readonly { readonly volunteer: string; readonly code: string }[];
}

/** A lease as either side holds it. */
export interface LeaseView {
  readonly id: string;
  readonly bid: string;
  readonly side: 'volunteer' | 'tenant';
  readonly volunteer: string;
  readonly tenant: string;
  readonly state: 'reserved' | 'starting' | 'running' | 'paused' | 'ended';
  readonly cause: string;
  readonly resources: Resources;
  readonly priceMicrocreditsPerHour: number;
  readonly atRiskMicrocredits: number;
  readonly issuedAtMs: number;
  readonly endsAtMs: number;
  /** What both sides signed, and what the volunteer has measured but not got signed yet (its side only). */
  readonly chargedMicrocredits: number;
  readonly unsignedMicrocredits: number;
  readonly epochs: number;
}

export interface LogView {
  readonly stream: 'stdout' | 'stderr';
  readonly atMs: number;
  readonly text: string;
}

/** The volunteer's half: offers made and leases given. */
export interface Volunteering {
  offers(): OfferView[];
  /** Throws OFFER_WITHOUT_ENGINE, OFFER_OVER_CAPACITY, OFFER_TOO_MANY, IMAGE_NOT_FOUND. */
  offer(input: OfferInput): Promise<OfferView>;
  /** Withdraws by series; running leases go on. Throws OFFER_UNKNOWN. */
  withdraw(series: string): Promise<void>;
  leases(): LeaseView[];
}

/** The tenant's half: bids placed and deployments kept. */
export interface Tenancy {
  /** What a bid would find, without placing it. Throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS. */
  dryRun(input: BidInput): MatchReport;
  /**
   * Matches, reserves and begins to start. Resolves once a volunteer has given its lease; `watch` tells the rest.
   * Throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, NOTHING_MATCHED (`details.match`), ALL_REFUSED (`details.refusals`).
   */
  bid(input: BidInput): Promise<{ deployment: DeploymentView; match: MatchReport }>;
  deployments(): DeploymentView[];
  /** Throws DEPLOYMENT_UNKNOWN. */
  deployment(id: string): DeploymentView;
  /** Ends the lease and keeps the entry; stopping what has ended is no error. Throws DEPLOYMENT_UNKNOWN. */
  stop(id: string): Promise<DeploymentView>;
  /** The deployment now and at every change, until it has ended or the signal aborts. */
  watch(id: string, signal: AbortSignal): AsyncIterable<DeploymentView>;
  logs(id: string, query: { tail: number; follow: boolean }, signal: AbortSignal): AsyncIterable<LogView>;
  /** Bytes to a published port. Throws DEPLOYMENT_UNKNOWN, DEPLOYMENT_NOT_RUNNING, PORT_NOT_PUBLISHED, PEER_SILENT. */
  connect(id: string, port: number, signal: AbortSignal): Promise<Duplex>;
  leases(): LeaseView[];
}

/** The offers this peer knows of, its own included. */
export interface Market {
  known(): OfferView[];
}
