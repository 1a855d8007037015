// The story of a peer: every part built in order from the home folder up, and stopped in reverse.
import { join } from 'node:path';
import { createApi } from './api/create-api.ts';
import { engineAddress, parseConfig, type Settings } from './config.ts';
import { type Finding, findings } from './doctor.ts';
import { Disks } from './health/disks.ts';
import { Health } from './health/health.ts';
import {
  announceApi,
  createHome,
  type Home,
  IMAGES_FOLDER,
  openHome,
  readSettings,
  retractApi,
} from './home.ts';
import { homePath } from './home-path.ts';
import { clearEngine, countContainers, isStopped, removeHome } from './leaving.ts';
import { dayOf } from './ledger/decay.ts';
import type { Following } from './ledger/following/following.ts';
import { openConvictions } from './ledger/following/open-following.ts';
import { openLedger } from './ledger/ledger.ts';
import { MIN_KEEP_DAYS } from './ledger/parameters.ts';
import { DailyPruning } from './ledger/pruning.ts';
import { type Exported, exportLedger, importLedger } from './ledger/stopped/export.ts';
import { type RepairReport, repairLedger } from './ledger/stopped/repair.ts';
import type { VerifyReport } from './ledger/stopped/verification.ts';
import { verifyLedger } from './ledger/stopped/verify.ts';
import { type Clock, SystemClock, systemClock } from './lib/clock.ts';
import { codeOf, TallyError } from './lib/errors.ts';
import { adviceOf, type HealthCode } from './lib/health.ts';
import { Later } from './lib/later.ts';
import { type Service, startAll, stopAll } from './lib/lifecycle.ts';
import { createLog, type Log, silentLog } from './lib/log.ts';
import { listenError, requireListening } from './listening.ts';
import { type OpenMarket, openMarket } from './market/open-market.ts';
import type { EventView, LeaseView, OwnOfferView } from './market/terms/views.ts';
import { createMetrics, type Metrics } from './metrics/registry.ts';
import { createOverlay } from './overlay/create-overlay.ts';
import type { JoinView } from './reputation/invitations/joining.ts';
import type { OpenReputation } from './reputation/open-reputation.ts';
import { createDockerEngine } from './runtime/docker/docker.ts';
import type { Engine } from './runtime/engine.ts';
import { EngineWatch } from './runtime/engine-watch.ts';
import { openLayerStore } from './runtime/images/layer-store.ts';
import { meterEngine } from './runtime/metered-engine.ts';
import { VERSION } from './version.ts';
import { followingOver, invitationsOver, meetingOver, missingRecordsOver, reputationOver } from './wiring.ts';

/** A running peer. */
export interface Peer {
  /** Its peer id. */
  readonly peer: string;
  readonly apiUrl: string;
  readonly network: string;
  /** Multiaddrs to reach it by. */
  addresses(): string[];
  /** What its owner is told of it while it runs. */
  readonly owner: OwnerView;
  /** Resolves when somebody asks for its stop over the API; whoever opened it then stops it. */
  readonly stopAsked: Promise<void>;
  /** Stops every part in order; idempotent. Containers go on. */
  stop(): Promise<void>;
}

/** How it stands with a peer, for its owner. */
export interface OwnerFacts {
  readonly engine: 'up' | 'down' | 'none';
  readonly paused: boolean;
  readonly offers: readonly OwnOfferView[];
  /** Leases that it gave, those that have ended too. */
  readonly leases: readonly LeaseView[];
  /** Those of them whose container a stop of the peer leaves behind. */
  readonly staying: readonly LeaseView[];
  readonly problems: readonly { readonly code: HealthCode; readonly advice: string }[];
  /** The state of joining, for a peer that was made with an invitation. */
  readonly joining?: JoinView;
}

export type OwnerEvent = EventView;

/** A peer as its owner sees it, in the words of the API. */
export interface OwnerView {
  facts(): OwnerFacts;
  /** Every event from now on, until the signal aborts. */
  events(signal: AbortSignal): AsyncIterable<OwnerEvent>;
}

/** What tests hand in instead of the real thing. */
export interface PeerReplacements {
  readonly clock?: Clock;
  readonly engine?: Engine;
  readonly log?: Log;
}

/** Makes a peer in a home folder. Throws HOME_EXISTS, CONFIG_INVALID. */
export async function initPeer(home: string, settings: Settings): Promise<{ peer: string }> {
  const { peer } = await createHome(homePath(home), settings);
  return { peer };
}

/**
 * Opens and starts the peer of a home folder. Throws HOME_ABSENT, HOME_UNUSABLE, CONFIG_INVALID, LEDGER_IN_USE,
 * LEDGER_TAIL_LOST, ADDRESS_IN_USE, ADDRESS_UNAVAILABLE, and whatever a part's start throws; what had started is then
 * stopped.
 */
export async function openPeer(path: string, replacements: PeerReplacements = {}): Promise<Peer> {
  const home = await openHome(homePath(path));
  const { identity, config } = home;
  const { network } = config;
  const clock = replacements.clock ?? new SystemClock();
  const log = replacements.log ?? createLog(config.logLevel);
  const metrics = createMetrics();

  const ledger = await openLedger(
    { home: home.path, network },
    { identity, clock, log, metrics: metrics.ledger },
  );
  const closing: Service[] = [{ start: async () => {}, stop: () => ledger.close() }];
  try {
    await requireListening(config);
    const watch = watchedEngine(home, replacements.engine, { clock, log, metrics });
    closing.push({ start: async () => {}, stop: async () => watch?.engine.close() });
    const engineFolder = () => watch?.facts()?.folder;
    const disks = new Disks({ home: home.path, engineFolder, ledger, clock, log });
    const { listen, announce, bootstrap, dht, mdns, lease } = config;
    const overlay = createOverlay(
      { network, listen, announce, bootstrap, dht, mdns },
      { identity, clock, log, metrics: metrics.overlay },
    );
    // Each asks the next once the services run: convictions reputation, reputation following, following convictions
    const [laterReputation, laterFollowing] = [
      new Later<OpenReputation>('reputation'),
      new Later<Following>('following'),
    ];
    const convictions = await openConvictions({
      ...{ network, log, ledger, metrics: metrics.ledger },
      isOfInterest(peer) {
        const { standing, isKnown } = laterReputation.get().reputation.rating(peer);
        return standing > 0 || isKnown;
      },
    });
    const parts = {
      ...{ identity, network, clock, log, overlay, ledger, convictions },
      ...{ watch, terms: lease },
    };
    const reputation = laterReputation.set(
      await reputationOver(overlay, {
        ...{ ...parts, credit: config.credit, metrics: metrics.reputation },
        judgeHeader: (author, header) => laterFollowing.get().judge(author, header),
      }),
    );
    const following = laterFollowing.set(
      await followingOver(overlay, reputation, { ...parts, metrics: metrics.ledger }),
    );
    const meeting = meetingOver(overlay, ledger, log);
    const missing = await missingRecordsOver(overlay, parts);
    const pruning = new DailyPruning({ ledger, clock, log, keepDays: config.ledger.keepDays });
    const store = await openLayerStore({
      ...{ folder: join(home.path, IMAGES_FOLDER), maxBytes: config.images.storeBytes, clock },
    });
    const market = await openMarket({
      ...{ ...parts, meeting, reputation: reputation.reputation, credit: reputation.credit },
      ...{
        space: disks,
        store,
        images: config.images,
        metrics: metrics.market,
        ledgerMetrics: metrics.ledger,
      },
    });
    const joined = (inviter: string) => market.tell({ kind: 'invitation.joined', peer: inviter });
    const invitations = invitationsOver(overlay, reputation, config, { ...parts, joined });
    overlay.gossip({ ...market.gossip, ...reputation.gossip, 'fork-proof': convictions.row() });
    const engineState = () => (watch === undefined ? 'none' : watch.facts() === undefined ? 'down' : 'up');
    const health = new Health(
      { hasBootstrap: bootstrap.some((address) => !address.endsWith(identity.peer)) },
      {
        ...{ overlay, disks, engine: engineState, clock, log, metrics: metrics.health },
        isJoinRefused: () => invitations.desk.joining()?.state === 'refused',
        told: (kind, cause) => market.tell({ kind, cause }),
      },
    );
    const stopAsked = Promise.withResolvers<void>();
    const api = createApi(
      { ...config.api, version: VERSION, network, tokens: home.tokens },
      {
        ...{ peer: identity.peer, ledger, convictions, overlay, clock, log, metrics: metrics.api },
        ...{ market: market.market, volunteering: market.volunteering, tenancy: market.tenancy },
        events: market.events,
        askToStop: stopAsked.resolve,
        ...{ trust: reputation.trust, credit: reputation.creditBook, invitations: invitations.desk },
        engine: () => ({ state: engineState() }),
        problems: () => health.look(),
        exposition: async () => ({
          contentType: metrics.registry.contentType,
          text: await metrics.registry.metrics(),
        }),
      },
    );
    const announcement: Service = {
      start: () => announceApi(home.path, api.url()),
      stop: () => retractApi(home.path),
    };
    const services = [
      ...(watch === undefined ? [] : [watch]),
      ...[disks, overlay, reputation.service, following, meeting, market.service, invitations.service],
      ...[missing, pruning, api, announcement, health],
    ];
    await startAll(services);
    log.info({ peer: identity.peer, api: api.url(), engine: watch?.facts() !== undefined }, 'peer started');
    const owner = ownerView(market, engineState, () => health.problems(), invitations.desk.joining);
    return runningPeer(
      {
        ...{ peer: identity.peer, network, apiUrl: api.url(), owner, stopAsked: stopAsked.promise },
        addresses: () => overlay.addresses(),
      },
      [...closing, ...services],
      log,
    );
  } catch (error) {
    await stopAll(closing).catch((err: unknown) => log.error({ err }, 'failed to stop a part of the peer'));
    throw listenError(error);
  }
}

function ownerView(
  { volunteering, events }: Pick<OpenMarket, 'volunteering' | 'events'>,
  engine: () => OwnerFacts['engine'],
  problems: () => readonly HealthCode[],
  joining: () => JoinView | undefined,
): OwnerView {
  return {
    facts() {
      const leases = volunteering.leases();
      const join = joining();
      return {
        ...{ engine: engine(), paused: volunteering.summary().paused, offers: volunteering.offers(), leases },
        staying: leases.filter(({ state }) => ['running', 'paused', 'stalled', 'restarting'].includes(state)),
        problems: problems().map((code) => ({ code, advice: adviceOf(code) })),
        ...(join === undefined ? {} : { joining: join }),
      };
    },
    events: (signal) => events.watch(0, signal),
  };
}

function runningPeer(running: Omit<Peer, 'stop'>, services: readonly Service[], log: Log): Peer {
  let stopped: Promise<void> | undefined;
  return {
    ...running,
    stop() {
      if (stopped !== undefined) return stopped;
      const { staying } = running.owner.facts();
      const lastEndsAtMs = Math.max(0, ...staying.map(({ endsAtMs }) => endsAtMs));
      if (staying.length > 0)
        log.warn(
          { containers: staying.length, lastEndsAtMs },
          'containers keep running while the peer is stopped',
        );
      stopped = stopAll(services);
      return stopped;
    },
  };
}

/** The engine that was handed in, or Docker where the settings allow it; it need not answer yet. */
function watchedEngine(
  { identity, config }: Home,
  replacement: Engine | undefined,
  { clock, log, metrics }: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): EngineWatch | undefined {
  const { use, host, networkPool, allowRoot, diskBytes } = config.engine;
  if (replacement === undefined && use === 'never') return undefined;
  const { peer } = identity;
  const where = { ...engineAddress(host), ...(diskBytes === 0 ? {} : { diskBytes }) };
  const inner = replacement ?? createDockerEngine({ ...where, networkPool, allowRoot, peer, log });
  const engine = meterEngine(inner, metrics.runtime);
  return new EngineWatch({ engine, peer, clock, log, metrics: metrics.runtime });
}

/** What can be asked of a home folder whose peer is stopped. */
export interface Offline {
  /** Throws LEDGER_ABSENT, LEDGER_IN_USE. */
  verifyLedger(): Promise<VerifyReport>;
  /** Forgets receipts of more than so many days ago; how many. Throws CONFIG_INVALID below 30, HOME_ABSENT, LEDGER_*. */
  pruneLedger(keepDays: number): Promise<number>;
  /** Throws LEDGER_ABSENT, LEDGER_IN_USE, LEDGER_EMPTY, LEDGER_NOT_WHOLE, LEDGER_EXPORT_INVALID. */
  exportLedger(file: string): Promise<Exported>;
  /** Throws HOME_ABSENT, LEDGER_NOT_EMPTY, LEDGER_FOREIGN, LEDGER_VERSION_NEWER, LEDGER_EXPORT_INVALID. */
  importLedger(file: string): Promise<Exported>;
  /** Throws LEDGER_ABSENT, LEDGER_IN_USE, LEDGER_UNREADABLE. */
  repairLedger(): Promise<RepairReport>;
  doctor(): Promise<Finding[]>;
  /** Whether no process has the ledger. */
  isStopped(): Promise<boolean>;
  /** How many of its containers the engine has. Throws HOME_ABSENT, LEDGER_IN_USE, ENGINE_UNREACHABLE. */
  countContainers(): Promise<number>;
  /** Removes its containers, networks and firewall rule; how many containers, or undefined without an engine. Throws as `countContainers`, ENGINE_FAILED. */
  clearEngine(): Promise<number | undefined>;
  /** Removes key, ledger, settings and tokens; what else is in the folder stays, by name. Throws HOME_ABSENT, LEDGER_IN_USE. */
  removeHome(): Promise<string[]>;
}

/** A home folder without its peer. Nothing is opened before it is asked for. */
export function openOffline(path: string): Offline {
  const home = homePath(path);
  return {
    verifyLedger: async () => verifyLedger(home, await networkOf(home)),
    pruneLedger: (keepDays) => pruneStopped(home, keepDays),
    exportLedger: async (file) => exportLedger(home, await networkOf(home), file),
    async importLedger(file) {
      const { identity, config } = await openHome(home);
      return importLedger({ home, peer: identity.peer, network: config.network }, file);
    },
    repairLedger: async () => repairLedger(home, await networkOf(home)),
    doctor: () => findings(home),
    isStopped: () => isStopped(home),
    countContainers: () => countContainers(home),
    clearEngine: () => clearEngine(home),
    removeHome: () => removeHome(home),
  };
}

async function pruneStopped(path: string, keepDays: number): Promise<number> {
  if (keepDays < MIN_KEEP_DAYS)
    throw new TallyError('CONFIG_INVALID', {
      setting: '/ledger/keepDays',
      value: keepDays,
      reason: `it must be at least ${MIN_KEEP_DAYS}`,
    });
  const { path: home, identity, config } = await openHome(path);
  const parts = { identity, clock: systemClock, log: silentLog };
  const ledger = await openLedger({ home, network: config.network }, parts);
  try {
    return await ledger.prune(dayOf(Date.now()) - keepDays);
  } finally {
    await ledger.close();
  }
}

/** The network that a home's settings name; a copy without settings is of the default one. */
async function networkOf(home: string): Promise<string> {
  const settings = await readSettings(home).catch((error: unknown) => {
    if (codeOf(error) === 'HOME_ABSENT') return {};
    throw error;
  });
  return parseConfig(settings).network;
}
