// A market in memory: what the API's tests speak to. It knows one volunteer, runs nothing, and its deployments change
// when a test says so.

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TallyError } from '../../src/lib/errors.ts';
import { reservedOf } from '../../src/market/tenant/bidding.ts';
import { namedVolumes } from '../../src/market/tenant/contents.ts';
import type { BidInput } from '../../src/market/terms/bid-input.ts';
import type { Market, Tenancy, Volunteering } from '../../src/market/terms/market.ts';
import type {
  CachedImageView,
  CopyInput,
  DeploymentView,
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
} from '../../src/market/terms/views.ts';
import { showId } from '../../src/records/id.ts';

export const VOLUNTEER = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X';
export const TENANT = '12D3KooWH3uVF6wv47WnArKHk5p6cvgCJEb74UTmxztmQDc298L3';

const newId = () => showId(randomBytes(32));

const CANDIDATE = {
  offer: newId(),
  series: newId(),
  volunteer: VOLUNTEER,
  priceMicrocreditsPerHour: 500_000,
  warm: true,
  quality: 0.5,
};

/** A match that found one offer. */
export const ONE_FITS: MatchReport = {
  considered: 1,
  candidates: [CANDIDATE],
  placements: [CANDIDATE],
  removed: {},
  relaxations: [],
};

/** A match that found none. */
export const NONE_FITS: MatchReport = {
  considered: 3,
  candidates: [],
  placements: [],
  removed: { price: 2, memory: 1 },
  relaxations: [
    {
      constraints: ['price'],
      targets: { maxPriceMicrocreditsPerHour: 1_080_000 },
      change: '1.08 credits an hour would do',
      offers: 2,
    },
  ],
};

export class MarketFake implements Market, Volunteering, Tenancy {
  readonly #offers = new Map<string, OwnOfferView>();
  readonly #images = new Map<string, OwnImageView>();
  readonly #pushes = new Map<string, PushView>();
  readonly #forwards = new Map<string, ForwardView>();
  /** Images of tenants in the engine. */
  readonly cached: CachedImageView[] = [];
  readonly #deployments = new Map<string, DeploymentView>();
  readonly #changed = new Set<() => void>();
  readonly given: LeaseView[] = [];
  paused = false;
  lines: LogView[] = [];
  report: MatchReport = ONE_FITS;
  /** How many bids reached the market. */
  bids = 0;
  /** What a bid waits for, before it is answered. */
  bidGate: Promise<void> = Promise.resolve();
  /** What a log waits for before it is open, and once it is followed. */
  openLog: () => Promise<void> = async () => {};
  follow: (signal: AbortSignal) => Promise<void> = async () => {};
  connectTo: (port: number, signal: AbortSignal) => Promise<Duplex> = () =>
    Promise.reject(new TallyError('PORT_NOT_PUBLISHED'));

  known(): OfferView[] {
    return [...this.#offers.values()].map(({ state: _, total: __, ...offer }) => offer);
  }

  offers(): OwnOfferView[] {
    return [...this.#offers.values()];
  }

  async changeImages(series: string, { add = [], drop = [] }: ImageChange): Promise<OwnOfferView> {
    const offer = this.#offers.get(series);
    if (offer === undefined) throw new TallyError('OFFER_UNKNOWN', { series });
    const kept = offer.images.filter(({ name }) => !drop.includes(name));
    const added = add.map((name) => ({ name, digest: `sha256:${'0'.repeat(64)}` }));
    const changed = { ...offer, images: [...kept, ...added] };
    this.#offers.set(series, changed);
    return changed;
  }

  async pause(): Promise<void> {
    this.paused = true;
  }

  async resume(): Promise<void> {
    this.paused = false;
  }

  summary(): VolunteeringView {
    return { paused: this.paused, offers: this.#offers.size, leases: this.given.length };
  }

  eviction(id: string): Eviction {
    const lease = this.given.find((each) => each.id === id);
    if (lease === undefined) throw new TallyError('LEASE_UNKNOWN', { lease: id });
    return { lease, cause: 'EVICTED', isBreach: true };
  }

  async evict(id: string): Promise<Eviction> {
    const { lease, ...rest } = this.eviction(id);
    const ended = { ...lease, state: 'ended', cause: 'EVICTED' } as const;
    this.given.splice(this.given.indexOf(lease), 1, ended);
    return { lease: ended, ...rest };
  }

  async offer({ resources, prices, region }: OfferInput): Promise<OwnOfferView> {
    if (resources.gpus > 0) throw new TallyError('OFFER_OVER_CAPACITY', { gpus: 0 });
    const offer: OwnOfferView = {
      id: newId(),
      series: showId(randomBytes(16)),
      seq: 1,
      volunteer: VOLUNTEER,
      resources,
      prices: prices ?? { cpuHour: 700_000, memoryGibHour: 150_000, diskGibHour: 0, gpuHour: 0 },
      architecture: 'amd64',
      region: region ?? '',
      runtimeClasses: ['runc'],
      labels: [],
      images: [],
      ...{ anyImage: false, pulls: [], maxSentBytes: 0 },
      privileges: ['user'],
      storage: { limit: 'watched' },
      addresses: [],
      longestLeaseMs: 3_600_000,
      firstEpochMs: 10_000,
      maxEpochMs: 300_000,
      maxAwayMs: 0,
      aliveUntilMs: 1_000_000,
      ...{ state: 'listed', total: resources },
    };
    this.#offers.set(offer.series, offer);
    return offer;
  }

  async withdraw(series: string): Promise<void> {
    if (!this.#offers.delete(series)) throw new TallyError('OFFER_UNKNOWN', { series });
  }

  async dryRun(_: BidInput): Promise<MatchReport> {
    return this.report;
  }

  async bid(input: BidInput): Promise<{ deployment: DeploymentView; match: MatchReport }> {
    this.bids += 1;
    await this.bidGate;
    if (this.report.candidates.length === 0) throw new TallyError('NOTHING_MATCHED', { match: this.report });
    const deployment: DeploymentView = {
      id: newId(),
      name: input.name ?? '',
      state: 'starting',
      cause: '',
      image: { name: 'web', digest: `sha256:${'0'.repeat(64)}` },
      resources: reservedOf(input.resources),
      ports: input.ports ?? [],
      volumes: namedVolumes(input.volumes ?? []).map(({ name, path }) => ({ name, path })),
      ...{ replicas: 1, running: 0, graceMs: 15_000, waitOut: false },
      priceMicrocreditsPerHour: 500_000,
      atRiskMicrocredits: 2_800,
      chargedMicrocredits: 0,
      createdAtMs: this.#deployments.size,
      endsAtMs: this.#deployments.size + input.durationMs,
      instances: [
        {
          ...{ replica: 0, incarnation: 1, state: 'starting', cause: '', restarts: 0 },
          ...{ bid: newId(), lease: newId(), volunteer: VOLUNTEER },
          ...{ priceMicrocreditsPerHour: 500_000, atRiskMicrocredits: 2_800, chargedMicrocredits: 0 },
          ...{ createdAtMs: 0, endsAtMs: input.durationMs },
        },
      ],
      refusals: [],
    };
    this.#deployments.set(deployment.id, deployment);
    return { deployment, match: this.report };
  }

  deployments(): DeploymentView[] {
    return [...this.#deployments.values()];
  }

  living(): PlacedDeployment[] {
    return this.deployments()
      .filter(({ state }) => state !== 'ended' && state !== 'failed')
      .map(({ id, name, ports, state }) => ({ id, name, ports, isWanted: state !== 'stopping' }));
  }

  deployment(id: string): DeploymentView {
    const deployment = this.#deployments.get(id);
    if (deployment === undefined) throw new TallyError('DEPLOYMENT_UNKNOWN', { deployment: id });
    return deployment;
  }

  /** Changes a deployment, as its volunteer would. */
  change(id: string, changes: Partial<DeploymentView>): DeploymentView {
    const deployment = { ...this.deployment(id), ...changes };
    this.#deployments.set(id, deployment);
    for (const wake of this.#changed) wake();
    return deployment;
  }

  async stop(id: string): Promise<DeploymentView> {
    return this.change(id, { state: 'ended', cause: 'TENANT_STOPPED' });
  }

  async *watch(id: string, signal: AbortSignal): AsyncIterable<DeploymentView> {
    while (!signal.aborted) {
      const deployment = this.deployment(id);
      yield deployment;
      if (deployment.state === 'ended') return;
      if (this.deployment(id) === deployment) await this.#nextChange(signal);
    }
  }

  images(): OwnImageView[] {
    return [...this.#images.values()];
  }

  async addImage(source: ImageSourceInput): Promise<OwnImageView> {
    if (!('engine' in source))
      throw new TallyError('IMAGE_ARCHIVE_MALFORMED', { reason: 'no archive is here' });
    const digest = `sha256:${'4'.repeat(64)}`;
    const image = { name: source.name ?? source.engine, digest, architecture: 'amd64', user: '' };
    this.#images.set(image.name, { ...image, sizeBytes: 1_048_576, layers: 2, addedAtMs: 1_000 });
    return this.#images.get(image.name)!;
  }

  async removeImage(reference: string): Promise<void> {
    if (!this.#images.delete(reference)) throw new TallyError('IMAGE_NOT_KEPT', { image: reference });
  }

  forwards(): ForwardView[] {
    return [...this.#forwards.values()];
  }

  async forward({
    deployment,
    port,
    ip = '127.0.0.1',
    localPort = 40_000,
  }: ForwardInput): Promise<ForwardView> {
    this.deployment(deployment);
    const forward = {
      ...{ id: newId(), deployment, ip, localPort, port, listens: true, connections: 0, code: '' },
      createdAtMs: 0,
    };
    this.#forwards.set(forward.id, forward);
    return forward;
  }

  async endForward(id: string): Promise<void> {
    if (!this.#forwards.delete(id)) throw new TallyError('FORWARD_UNKNOWN', { forward: id });
  }

  pushes(): PushView[] {
    return [...this.#pushes.values()];
  }

  async push({ image, volunteer }: PushInput): Promise<PushView> {
    const found = this.#images.get(image);
    if (found === undefined) throw new TallyError('IMAGE_NOT_HELD', { image });
    const push = { id: newId(), digest: found.digest, volunteer, code: '', bytes: 0, ofBytes: 0 };
    this.#pushes.set(push.id, { ...push, state: 'waiting' });
    return this.#pushes.get(push.id)!;
  }

  async endPush(id: string): Promise<void> {
    if (!this.#pushes.delete(id)) throw new TallyError('PUSH_UNKNOWN', { push: id });
  }

  async cachedImages(): Promise<CachedImageView[]> {
    return this.cached;
  }

  async removeCachedImage(digest: string): Promise<void> {
    const image = this.cached.find((each) => each.digest === digest);
    if (image === undefined) throw new TallyError('IMAGE_NOT_KEPT', { image: digest });
    if (image.inUse) throw new TallyError('IMAGE_IN_USE', { digest });
    this.cached.splice(this.cached.indexOf(image), 1);
  }

  async *logs(_: string, { tail, follow, opened }: LogQuery, signal: AbortSignal): AsyncIterable<LogView> {
    await this.openLog();
    opened?.();
    if (tail > 0) yield* this.lines.slice(-tail);
    if (follow) await this.follow(signal);
  }

  /** What the next program of a copy speaks over. */
  entered: (input: ExecInput | CopyInput, signal: AbortSignal) => Promise<Duplex> = () =>
    Promise.reject(new TallyError('DEPLOYMENT_NOT_RUNNING'));

  async copy(id: string, input: CopyInput, signal: AbortSignal): Promise<Duplex> {
    this.deployment(id);
    return this.entered(input, signal);
  }

  async exec(id: string, input: ExecInput, signal: AbortSignal): Promise<Duplex> {
    this.deployment(id);
    return this.entered(input, signal);
  }

  connect(id: string, port: number, signal: AbortSignal): Promise<Duplex> {
    this.deployment(id);
    return this.connectTo(port, signal);
  }

  leases(): LeaseView[] {
    return this.given;
  }

  /** How many watches are open. */
  get watching(): number {
    return this.#changed.size;
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changed.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#changed.delete(resolve);
  }
}
