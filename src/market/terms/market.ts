// What the rooms above can ask of the market: as a tenant, as a volunteer, of the offers that are known, and of what happened.
import type { Duplex } from 'node:stream';
import type { BidInput } from './bid-input.ts';
import type {
  CachedImageView,
  CopyInput,
  DeploymentView,
  EventView,
  Eviction,
  ExecInput,
  ForwardInput,
  ForwardView,
  ImageChange,
  ImageSourceInput,
  LeaseView,
  LogQuery,
  LogView,
  MatchReport,
  OfferInput,
  OfferView,
  OwnImageView,
  OwnOfferView,
  PlacedDeployment,
  PushInput,
  PushView,
  VolunteeringView,
} from './views.ts';

/** What happened at this peer lately; a bounded number of events is kept, over restarts too. */
export interface Events {
  /** The newest first. */
  all(): readonly EventView[];
  /** The last `tail` of the wanted events, then every new one until the signal aborts; a reader that is too slow misses some. */
  watch(
    tail: number,
    signal: AbortSignal,
    isWanted?: (event: EventView) => boolean,
  ): AsyncIterable<EventView>;
}

/** The volunteer's half: offers made and leases given. */
export interface Volunteering {
  /** Those too that are not in the market now. */
  offers(): OwnOfferView[];
  /**
   * Throws OFFER_WITHOUT_ENGINE, ENGINE_UNREACHABLE, OFFER_OVER_CAPACITY, OFFER_TOO_MANY, IMAGE_NOT_HELD,
   * IMAGE_WRONG_ARCHITECTURE, OFFER_NEEDS_ROOT.
   */
  offer(input: OfferInput): Promise<OwnOfferView>;
  /** By series; running leases go on. Throws OFFER_UNKNOWN, IMAGE_NOT_OFFERED, OFFER_TOO_MANY_IMAGES, and as `offer`. */
  changeImages(series: string, change: ImageChange): Promise<OwnOfferView>;
  /** Withdraws by series; running leases go on. Throws OFFER_UNKNOWN. */
  withdraw(series: string): Promise<void>;
  /** Takes all offers off the market until `resume`, over restarts too; running leases go on. */
  pause(): Promise<void>;
  /** Brings them back. */
  resume(): Promise<void>;
  summary(): VolunteeringView;
  leases(): LeaseView[];
  /** The images of tenants in the engine, the one that nobody has used for longest first. Throws OFFER_WITHOUT_ENGINE, ENGINE_UNREACHABLE. */
  cachedImages(): Promise<CachedImageView[]>;
  /** Removes one. Throws IMAGE_NOT_KEPT, IMAGE_IN_USE, and as `cachedImages`. */
  removeCachedImage(digest: string): Promise<void>;
  /** What an eviction would be. Throws LEASE_UNKNOWN, OFFER_WITHOUT_ENGINE. */
  eviction(lease: string): Eviction;
  /** Ends a lease now. Throws LEASE_UNKNOWN, OFFER_WITHOUT_ENGINE. */
  evict(lease: string): Promise<Eviction>;
}

/** The tenant's half: bids placed and deployments kept. */
export interface Tenancy {
  /** What a bid would find, without placing it. Throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, REGISTRY_* of an image to be pulled. */
  dryRun(input: BidInput): Promise<MatchReport>;
  /**
   * Matches, reserves and begins to start. Resolves once a volunteer has given its lease; `watch` tells the rest.
   * Throws DEPLOYMENT_NAME_TAKEN, IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, NOTHING_MATCHED (`details.match`), ALL_REFUSED
   * (`details.refusals`), and of an image to be pulled REGISTRY_*, IMAGE_DIGEST_WRONG, IMAGE_CONFIG_INVALID,
   * IMAGE_WRONG_ARCHITECTURE, IMAGE_TOO_MANY_LAYERS.
   */
  bid(input: BidInput): Promise<{ deployment: DeploymentView; match: MatchReport }>;
  deployments(): DeploymentView[];
  /** Those that have not ended, without looking at their copies. */
  living(): PlacedDeployment[];
  /** Throws DEPLOYMENT_UNKNOWN. */
  deployment(id: string): DeploymentView;
  /** Ends the lease and keeps the entry; stopping what has ended is no error. Throws DEPLOYMENT_UNKNOWN. */
  stop(id: string): Promise<DeploymentView>;
  /** The deployment now and at every change, until it has ended or the signal aborts. */
  watch(id: string, signal: AbortSignal): AsyncIterable<DeploymentView>;
  /**
   * What the copies wrote, in order of time, and where it is followed what they write, until the deployment has ended and all is
   * read; what this peer kept of a copy where its volunteer shows no log, after a line that says so. Throws DEPLOYMENT_UNKNOWN,
   * REPLICA_UNKNOWN, and what a volunteer refused with where there is nothing to show.
   */
  logs(id: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogView>;
  /**
   * Bytes to a published port of one of the copies that run, in turn.
   * Throws DEPLOYMENT_UNKNOWN, DEPLOYMENT_NOT_RUNNING, DEPLOYMENT_UNHEALTHY,
   * PORT_NOT_PUBLISHED, PEER_SILENT.
   */
  connect(id: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /**
   * Runs a program in a copy beside its own, with that one's rights and limits: frames to and from it (lib/program-io.ts). It ends with
   * the stream. Throws DEPLOYMENT_UNKNOWN, REPLICA_UNKNOWN, REPLICA_UNCLEAR, DEPLOYMENT_NOT_RUNNING, EXEC_USER_REFUSED, EXEC_TOO_MANY,
   * BUDGET_SPENT, PEER_SILENT, and the codes of the volunteer's engine.
   */
  exec(id: string, input: ExecInput, signal: AbortSignal): Promise<Duplex>;
  /**
   * Files of a copy, as a tar in frames (lib/program-io.ts) that goes in or comes out. Throws as `exec`, and FILE_UNKNOWN, FILE_REFUSED,
   * FILE_NOT_WRITTEN.
   */
  copy(id: string, input: CopyInput, signal: AbortSignal): Promise<Duplex>;
  /** Ports of this machine that lead to deployments, the newest last. */
  forwards(): ForwardView[];
  /**
   * Listens at a port of this machine for as long as the deployment lives, over restarts too. Throws BAD_REQUEST,
   * DEPLOYMENT_UNKNOWN, DEPLOYMENT_NOT_RUNNING, PORT_NOT_PUBLISHED, FORWARD_PORT_TAKEN, FORWARD_ADDRESS_UNAVAILABLE,
   * FORWARD_TOO_MANY.
   */
  forward(input: ForwardInput): Promise<ForwardView>;
  /** Listens no more; connections that are open are reset. Throws FORWARD_UNKNOWN. */
  endForward(id: string): Promise<void>;
  leases(): LeaseView[];
  /** Images that this peer can send. */
  images(): OwnImageView[];
  /**
   * Reads an image, to be sent to volunteers that do not have it; takes as long as reading does. Throws IMAGE_NOT_HELD,
   * OFFER_WITHOUT_ENGINE, ENGINE_UNREACHABLE, and what is wrong with it: IMAGE_ARCHIVE_*, IMAGE_CONFIG_INVALID,
   * IMAGE_DIGEST_WRONG, IMAGE_LAYER_*, IMAGE_TOO_*, IMAGE_STORE_*.
   */
  addImage(source: ImageSourceInput, signal: AbortSignal): Promise<OwnImageView>;
  /** By name or digest; copies that are placed later can have it no more. Throws IMAGE_NOT_KEPT. */
  removeImage(reference: string): Promise<void>;
  /** The latest pushes, the newest last. */
  pushes(): PushView[];
  /**
   * Begins to push an image to a volunteer ahead of a lease, over restarts too; one that is under way is not begun again. Throws
   * IMAGE_NOT_HELD.
   */
  push(input: PushInput): Promise<PushView>;
  /** Ends a push; what has come stays with the volunteer for a while. Throws PUSH_UNKNOWN. */
  endPush(id: string): Promise<void>;
}

/** The offers this peer knows of, its own included. */
export interface Market {
  known(): OfferView[];
}
