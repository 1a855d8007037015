// The volunteer's half of the market, put together.
import type { Duplex } from 'node:stream';
import type { Ledger } from '../../ledger/ledger.ts';
import { type Clock, every } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { Slots } from '../../lib/slots.ts';
import type { LedgerMetrics } from '../../metrics/ledger.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import { copyProtocol } from '../../overlay/protocols/copy.ts';
import { execProtocol } from '../../overlay/protocols/exec.ts';
import { pushProtocol, sharedLayerProtocol } from '../../overlay/protocols/images.ts';
import {
  reserveProtocol,
  startProtocol,
  statusProtocol,
  stopProtocol,
} from '../../overlay/protocols/lease.ts';
import { type LogLineItem, type LogsRequest, logsProtocol } from '../../overlay/protocols/logs.ts';
import { receiptProtocol } from '../../overlay/protocols/receipt.ts';
import { type TunnelRequest, tunnelProtocol } from '../../overlay/protocols/tunnel.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import { showId } from '../../records/id.ts';
import type { Identity } from '../../records/identity.ts';
import type { StartPayload } from '../../records/payload.ts';
import type { Credit } from '../../reputation/credit/credit.ts';
import type { Engine } from '../../runtime/engine.ts';
import type { EngineWatch } from '../../runtime/engine-watch.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import type { OrderBook } from '../book/book.ts';
import type { Tell } from '../book/event-log.ts';
import { sizeOf } from '../terms/capacity.ts';
import type { DiskSpace } from '../terms/disk-space.ts';
import type { Volunteering } from '../terms/market.ts';
import type { OwnTraffic } from '../terms/own-traffic.ts';
import { FOLLOW_PERIOD_MS, SHARED_LOOK_MS, TUNNELS_A_LEASE } from '../terms/parameters.ts';
import type { CachedImageView, Eviction, ImageChange, OfferInput, VolunteeringView } from '../terms/views.ts';
import { Evicting } from './evicting.ts';
import { type GivenLease, GivenLeases, viewGiven } from './given-lease.ts';
import { Fetching } from './images/fetching.ts';
import { HOLDING_ROW, Holdings } from './images/holdings.ts';
import { ImageAccess } from './images/image-access.ts';
import { IMAGE_USE_ROW, ImageCache } from './images/image-cache.ts';
import { RegistrySource } from './images/registry-source.ts';
import { SHARED_IMAGE_ROW, SharedImages } from './images/shared-images.ts';
import { TakenPushes } from './images/taken-pushes.ts';
import { TenantSource } from './images/tenant-source.ts';
import { LeaseDesk } from './lease-desk.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { LeaseStarts } from './lease-starts.ts';
import { ailmentOf, followLog, lossesOf, runsAgainBy, withoutLog } from './log-reader.ts';
import { LOG_ROW, LogStore } from './log-store.ts';
import { OFFER_ROW, PAUSE_ROW } from './offers/offer-rows.ts';
import { OwnOffers } from './offers/own-offers.ts';
import { OpenSessions } from './sessions/open-sessions.ts';
import { Sessions } from './sessions/sessions.ts';

export interface VolunteeringParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Overlay;
  readonly ledger: Ledger;
  readonly book: OrderBook;
  readonly event: Tell;
  /** Undefined where the settings want no engine: the peer then only reads the market and runs on others. */
  readonly watch: EngineWatch | undefined;
  /** What this volunteer's leases say about epochs. */
  readonly terms: { readonly firstEpochMs: number; readonly maxEpochMs: number; readonly maxAwayMs: number };
  readonly credit: Credit;
  readonly space: DiskSpace;
  /** Layers of images, on their way in or out. */
  readonly store: LayerStore;
  /** The settings of that name: what tenants may send, and what is kept of it. */
  readonly images: {
    readonly maxSentBytes: number;
    readonly cacheBytes: number;
    readonly sharedBytes: number;
    readonly sharedBytesPerSecond: number;
  };
  readonly traffic: OwnTraffic;
  readonly metrics?: MarketMetrics | undefined;
  readonly ledgerMetrics?: LedgerMetrics | undefined;
}

/** Opens the volunteer's half of a peer: reads what the process before this one left, and serves the lease protocols. */
export async function openVolunteering(
  parts: VolunteeringParts,
): Promise<{ volunteering: Volunteering; service: Service }> {
  const { identity, network, clock, log, overlay, ledger, book, watch, terms, credit, space, metrics } =
    parts;
  const leases = new GivenLeases(ledger, parts.event);
  const offers = new OwnOffers({
    ...{ identity, network, clock, log, overlay, book, watch, space, event: parts.event },
    rows: ledger.table('own-offers', OFFER_ROW),
    pauses: ledger.table('pauses', PAUSE_ROW),
    maxSentBytes: parts.images.maxSentBytes,
    terms: { ...terms, awayMs: terms.maxAwayMs },
    holdings: () => leases.holdings(),
    writtenBytes: () => leases.writtenBytes(),
  });
  const making = {
    offers: () => offers.views(),
    offer: (input: OfferInput) => offers.make(input),
    changeImages: (series: string, change: ImageChange) => offers.changeImages(series, change),
    withdraw: (series: string) => offers.withdraw(series),
    pause: () => offers.pause(),
    resume: () => offers.resume(),
    summary: () => summaryOf(offers, leases),
  };
  await leases.load();
  clock.onSet?.((byMs) => {
    leases.moveTimes(byMs).catch((err) => log.error({ err }, 'failed to write the times of leases'));
  });
  await offers.load();
  await credit.begin(leases.held(), () => 24 * worthAnHour(offers, leases));
  if (watch === undefined) {
    const views = () => leases.all().map((given) => viewGiven(given, identity.peer));
    return { volunteering: { ...making, ...NO_ENGINE, leases: views }, service: NO_SERVICE };
  }

  const logs = new LogStore(ledger.table('logs', LOG_ROW), () => clock.nowMs());
  const { coSigning, catchingUp } = ledger;
  const { engine } = watch;
  const { sharedBytes, sharedBytesPerSecond } = parts.images;
  const { store, traffic } = parts;
  const shared = new SharedImages({
    ...{ peer: identity.peer, network, clock, store, traffic, sharedBytes, sharedBytesPerSecond, metrics },
    rows: ledger.table('shared-images', SHARED_IMAGE_ROW),
  });
  await shared.load();
  const holdings = new Holdings({ clock, rows: ledger.table('image-holdings', HOLDING_ROW) });
  await holdings.load();
  const access = new ImageAccess({ engine, offers, holdings });
  const cache = new ImageCache({
    ...{ peer: identity.peer, clock, log, engine, leases, shared, holdings, metrics },
    rows: ledger.table('image-uses', IMAGE_USE_ROW),
    maxBytes: parts.images.cacheBytes,
  });
  const fetching = new Fetching({
    ...{ peer: identity.peer, clock, log, engine, store, cache, shared, traffic, metrics },
    ...{ holdings, access },
  });
  const open = new OpenSessions({ clock });
  const keeper = new LeaseKeeper({
    ...{ peer: identity.peer, clock, log, engine, watch, overlay, coSigning, catchingUp },
    ...{ leases, credit, logs, space, fetching, open, metrics },
    freed() {
      offers.revise().catch((err) => log.warn({ err }, 'failed to revise the offers'));
    },
  });
  const sourceOf = (tenant: string, leave: Uint8Array) =>
    new TenantSource({ peer: identity.peer, network, clock, log, overlay, book, store }, tenant, leave);
  const starts = new LeaseStarts({
    ...{ identity, log, engine, access, leases, keeper, space, fetching, cache, credit, store },
    sourceOf: (given, payload) =>
      given.bid.body.image.way === 'pulled'
        ? registrySourceOf(given, payload, { store, offers, holdings })
        : sourceOf(given.tenant, given.lease.id),
    contentSourceOf: ({ tenant, lease }) => sourceOf(tenant, lease.id),
  });
  const desk = new LeaseDesk({
    ...{ identity, network, clock, log, access, offers, leases, keeper, credit, metrics },
    ...{ starts, cache },
  });
  const pushes = new TakenPushes({
    ...{ log, sourceOf, access, offers, credit, cache, fetching, store },
    cacheBytes: parts.images.cacheBytes,
  });
  desk.resume();
  overlay.serve(pushProtocol, (tenant, request) => pushes.take(tenant, request));
  overlay.serveFeed(sharedLayerProtocol, (...asked) => shared.layer(...asked));
  serveLeases(overlay, desk, keeper, parts);
  serveContainers({ overlay, desk, keeper, engine, leases, logs, space, clock });
  const sessions = new Sessions({
    ...{ clock, engine, desk, open, store, event: parts.event },
    count: (lease, bytes) => keeper.countTunnel(lease, bytes),
  });
  overlay.servePipe(copyProtocol, (tenant, request, signal) => sessions.copy(tenant, request, signal));
  overlay.servePipe(execProtocol, (tenant, request, signal) => sessions.exec(tenant, request, signal));

  const stopping = new AbortController();
  const followEngine = async () => {
    const facts = watch.facts();
    // What runs is not ended for what others have started since
    if (facts !== undefined) await keeper.fit(sizeOf(facts));
    await offers.followEngine();
  };
  const service: Service = {
    async start() {
      await keeper.start();
      await offers.start();
      watch.onChange(async () => {
        if (watch.facts() !== undefined) await keeper.clearAway();
        await followEngine();
      });
      space.onChange(() => {
        if (!space.isLeft())
          shared
            .clear()
            .catch((err) => log.warn({ err }, 'failed to remove what is kept for other volunteers'));
        followEngine().catch((err) => log.error({ err }, 'failed to react to a change of the disks'));
      });
      // A change is told once; what could not be done then is done later
      every({ clock, log, signal: stopping.signal }, FOLLOW_PERIOD_MS, followEngine);
      every({ clock, log, signal: stopping.signal }, SHARED_LOOK_MS, () => shared.trim());
    },
    async stop() {
      stopping.abort();
      desk.close();
      pushes.close();
      starts.close();
      await offers.stop();
      await keeper.stop();
    },
  };
  const views = () => leases.all().map((given) => viewGiven(given, identity.peer, keeper.countsOf(given)));
  const evicting = new Evicting({ peer: identity.peer, leases, keeper });
  const ending = {
    eviction: (lease: string) => evicting.preview(lease),
    evict: (lease: string) => evicting.evict(lease),
  };
  const caching = {
    cachedImages: () => cache.list(),
    removeCachedImage: (digest: string) => cache.remove(digest),
  };
  return { volunteering: { ...making, ...ending, ...caching, leases: views }, service };
}

function summaryOf(offers: OwnOffers, leases: GivenLeases): VolunteeringView {
  const { pausedAtMs } = offers;
  return {
    paused: pausedAtMs !== undefined,
    ...(pausedAtMs === undefined ? {} : { pausedAtMs }),
    ...{ offers: offers.size, leases: leases.live().length },
  };
}

interface RegistryParts extends Pick<VolunteeringParts, 'store'> {
  readonly offers: OwnOffers;
  readonly holdings: Holdings;
}

/** Where the image of a lease is pulled from. Throws REFUSED_PAYLOAD, REGISTRY_NOT_ALLOWED. */
function registrySourceOf(
  { bid, row }: GivenLease,
  { pull: [pull] }: StartPayload,
  { store, offers, holdings }: RegistryParts,
): RegistrySource {
  const { name } = bid.body.image;
  if (pull === undefined) throw new TallyError('REFUSED_PAYLOAD', { reason: 'it names no manifest' });
  return new RegistrySource({ name, pull, allowed: offers.pulls(row.series), store, holdings });
}

/** What is offered costs so much an hour, and what was withdrawn and still runs. */
function worthAnHour(offers: OwnOffers, leases: GivenLeases): number {
  const withdrawn = leases.live().filter(({ row }) => !offers.has(row.series));
  return withdrawn.reduce(
    (all, { lease }) => all + lease.body.priceMicrocreditsPerHour,
    offers.worthAnHour(),
  );
}

/** Nobody ends a container without an engine, or has an image in it. */
const NO_ENGINE = {
  cachedImages: async (): Promise<CachedImageView[]> => {
    throw new TallyError('OFFER_WITHOUT_ENGINE');
  },
  removeCachedImage: async (): Promise<void> => {
    throw new TallyError('OFFER_WITHOUT_ENGINE');
  },
  eviction: (): Eviction => {
    throw new TallyError('OFFER_WITHOUT_ENGINE');
  },
  evict: async (): Promise<Eviction> => {
    throw new TallyError('OFFER_WITHOUT_ENGINE');
  },
};

const NO_SERVICE: Service = { start: async () => {}, stop: async () => {} };

function serveLeases(overlay: Overlay, desk: LeaseDesk, keeper: LeaseKeeper, parts: VolunteeringParts): void {
  overlay.serve(reserveProtocol, (tenant, request) => desk.reserve(tenant, request));
  overlay.serve(startProtocol, (tenant, request) => desk.start(tenant, request));
  overlay.serve(statusProtocol, (tenant, request) => desk.status(tenant, request.leases));
  overlay.serve(stopProtocol, (tenant, request) => desk.stop(tenant, request.lease));
  overlay.serve(receiptProtocol, async (tenant, request) => {
    const answer = await keeper.countersign(tenant, request);
    parts.ledgerMetrics?.receiptsTotal.inc({ side: 'volunteer' });
    return answer;
  });
}

interface ContainerParts {
  readonly overlay: Overlay;
  readonly desk: LeaseDesk;
  readonly keeper: LeaseKeeper;
  readonly engine: Engine;
  readonly leases: GivenLeases;
  readonly logs: LogStore;
  readonly space: DiskSpace;
  readonly clock: Clock;
}

function serveContainers(parts: ContainerParts): void {
  const { overlay, desk, keeper, engine, leases, logs, space, clock } = parts;
  const tunnels = new Slots(TUNNELS_A_LEASE);
  const open = async (
    tenant: string,
    { lease, port }: TunnelRequest,
    signal: AbortSignal,
  ): Promise<Duplex> => {
    const given = desk.running(tenant, lease);
    const published = given.bid.body.ports.map((each) => each.port);
    if (!published.includes(port)) throw new TallyError('PORT_NOT_PUBLISHED', { port, published });
    const giveBack = tunnels.take(given.id);
    if (giveBack === undefined) throw new TallyError('BUDGET_SPENT', { open: TUNNELS_A_LEASE });
    const opening = engine.connect(given.id, port, signal);
    opening.then(
      (stream) => stream.once('close', giveBack),
      () => giveBack(),
    );
    return opening;
  };
  overlay.servePipe(tunnelProtocol, open, ({ lease }, bytes) => keeper.countTunnel(showId(lease), bytes));
  overlay.serveFeed(
    logsProtocol,
    async function* (tenant, { lease, tail, follow }: LogsRequest, signal): AsyncIterable<LogLineItem> {
      const given = desk.held(tenant, lease);
      if (given.row.state === 'ended') {
        await keeper.settled(given);
        yield* (await logs.lines(given.id, tail)) ?? withoutLog(given, leases.isHoused(given));
      } else if (follow === 0) {
        yield* engine.logs(given.id, { tail }, signal);
        yield* [...lossesOf(given, space), ...ailmentOf(given, clock.nowMs())];
      } else yield* followLog(given, tail, engine, runsAgainBy(clock), signal);
    },
  );
}
