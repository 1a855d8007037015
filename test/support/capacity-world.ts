// A volunteer's half of the market, as it runs, in a world in which nothing happens by itself: whoever explores it decides
// which step comes next, and whether what is under way succeeds. Disks, clocks and the overlay are instant and never fail;
// the engine's launches and removals, the word of credit, and the write before a launch take as long as the explorer likes.
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { KeyedSerial } from '../../src/lib/serial.ts';
import { GIB } from '../../src/lib/units.ts';
import { sizeOf } from '../../src/market/terms/capacity.ts';
import { GivenLeases, type GivenRow } from '../../src/market/volunteer/given-lease.ts';
import { LeaseDesk, type LeaseDeskParts } from '../../src/market/volunteer/lease-desk.ts';
import { LeaseKeeper, type LeaseKeeperParts } from '../../src/market/volunteer/lease-keeper.ts';
import { LeaseStarts, type LeaseStartsParts } from '../../src/market/volunteer/lease-starts.ts';
import type { OfferRow } from '../../src/market/volunteer/offers/offer-rows.ts';
import { OwnOffers, type OwnOffersParts } from '../../src/market/volunteer/offers/own-offers.ts';
import { openRecord, type SignedRecord, signRecord } from '../../src/records/envelope.ts';
import { parseId, showId } from '../../src/records/id.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { PLAIN_PAYLOAD, sealPayload } from '../../src/records/payload.ts';
import type { Container, ContainerSpec, Engine, EngineFacts } from '../../src/runtime/engine.ts';
import { HandClock } from './hand-clock.ts';
import { NO_CACHE, NO_FETCHING, openTo } from './no-images.ts';
import { BODIES, NETWORK, NOW_MS, volunteer } from './records.ts';
import { memoryTable } from './table.ts';

const CPU = 1_000;
const IMAGE = BODIES.bid().image;
const PAYLOAD = sealPayload({ ...PLAIN_PAYLOAD, salt: new Uint8Array(16) });

/** A tenant of the world; a preemptible one has no credit, and is lent what is idle. */
export interface Actor {
  readonly identity: Identity;
  readonly isPreemptible: boolean;
  readonly bid: SignedRecord<'bid'>;
}

/** A tenant that asks for so many cpus. */
export function actor(fill: number, cpus: number, isPreemptible = false): Actor {
  const identity = createIdentity(new Uint8Array(32).fill(fill));
  const resources = { cpuMillis: cpus * CPU, memoryBytes: 2 ** 26, diskBytes: 0, gpus: 0 };
  const body = {
    ...BODIES.bid(),
    tenant: identity.publicKey,
    resources,
    payloadHash: PAYLOAD.hash,
    maxPriceMicrocreditsPerHour: 10_000_000,
  };
  return { identity, isPreemptible, bid: signRecord('bid', { ...body, image: IMAGE }, identity) };
}

/** Something under way. */
interface Pending {
  readonly label: string;
  /** What it does in the world, whether or not anybody still waits for it. */
  readonly happen: () => void;
  readonly settle: (isWell: boolean) => void;
  /** Whether it may fail as well. */
  readonly canFail: boolean;
}

/** What can be broken, to see that it is noticed. */
export const MUTANTS = [
  'a late start revives an ended lease',
  'only the own series count',
  'an ended lease holds nothing, though its container is there',
  'no room is made',
  'capacity is held after the word of credit',
  'a smaller engine is not followed',
  'a container that was launched is not looked after',
] as const;
export type Mutant = 'none' | (typeof MUTANTS)[number];

export class CapacityWorld {
  readonly clock = new HandClock(NOW_MS);
  readonly #mutant: Mutant;
  readonly #rows = memoryTable<GivenRow>();
  readonly #offerRows = memoryTable<OfferRow>();
  readonly #records = new Map<string, SignedRecord>();
  readonly #containers = new Map<string, { cpuMillis: number }>();
  readonly #preemptible = new Set<string>();
  readonly #launching = new Map<string, { cpuMillis: number }>();
  #pending: Pending[] = [];
  #cpus: number;
  /** Which process this is: what an earlier one goes on to do has no effect. */
  #process = 0;
  #part!: { leases: GivenLeases; offers: OwnOffers; keeper: LeaseKeeper; desk: LeaseDesk };
  /** Leases of which the tenant heard, by tenant. */
  readonly heard = new Map<string, string>();

  constructor(cpus: number, mutant: Mutant) {
    this.#cpus = cpus;
    this.#mutant = mutant;
  }

  /** Opens the process, as at a start. */
  async open(): Promise<void> {
    this.#part = this.#build();
    const { leases, offers, keeper, desk } = this.#part;
    await leases.load();
    await offers.load();
    desk.resume();
    // Tenants are heard while what is left over is still being removed
    await this.#ask(async () => {
      await keeper.start();
      await offers.start();
    });
  }

  /** Ends the process as `kill -9` does; what it had asked of the engine was heard or not. */
  async crash(isHeard: boolean): Promise<void> {
    this.#process += 1;
    this.#launching.clear();
    for (const { happen } of this.#pending.splice(0)) if (isHeard) happen();
    await this.open();
  }

  async settle(): Promise<void> {
    for (let turns = 0; turns < 3; turns += 1) await turn();
  }

  pending(): readonly Pending[] {
    return this.#pending;
  }

  async finish(index: number, isWell: boolean): Promise<void> {
    const [pending] = this.#pending.splice(index, 1);
    pending?.settle(isWell);
    await this.settle();
  }

  reserve({ identity, bid, isPreemptible }: Actor): Promise<void> {
    if (isPreemptible) this.#preemptible.add(identity.peer);
    const request = { bid: bid.bytes, offer: this.#offerId(), replica: 0, incarnation: 1 };
    return this.#ask(async () => {
      const { lease } = await this.#part.desk.reserve(identity.peer, request);
      this.heard.set(identity.peer, showId(openRecord('lease', lease, NETWORK).id));
    });
  }

  start({ identity }: Actor): Promise<void> {
    return this.#onLease(identity, (lease) =>
      this.#part.desk.start(identity.peer, { lease, payload: PAYLOAD.bytes }),
    );
  }

  stop({ identity }: Actor): Promise<void> {
    return this.#onLease(identity, (lease) => this.#part.desk.stop(identity.peer, lease));
  }

  async offer(cpus: number): Promise<void> {
    const resources = { cpuMillis: cpus * CPU, memoryBytes: GIB, diskBytes: 0, gpus: 0 };
    await this.#ask(() => this.#part.offers.make({ resources, images: [IMAGE.name] }));
  }

  async withdraw(): Promise<void> {
    const [first] = this.#part.offers.views();
    if (first !== undefined) await this.#ask(() => this.#part.offers.withdraw(first.series));
  }

  /** The engine has so many cpus from now on, and the peer learns it. */
  async resize(cpus: number): Promise<void> {
    this.#cpus = cpus;
    const { keeper, offers } = this.#part;
    await this.#ask(async () => {
      if (this.#mutant !== 'a smaller engine is not followed') await keeper.fit(sizeOf(this.#facts()));
      await offers.followEngine();
    });
  }

  /** What is taken: leases that a tenant heard of and that have not ended, and other containers, launched or on their way. */
  takenMillis(): number {
    const heard = new Set(this.heard.values());
    const promised = this.#part.leases.live().filter(({ id }) => heard.has(id));
    const housed = new Map([...this.#containers, ...this.#launching]);
    const others = [...housed].filter(([id]) => !promised.some((given) => given.id === id));
    const ofLeases = promised.reduce((sum, { lease }) => sum + lease.body.resources.cpuMillis, 0);
    return ofLeases + others.reduce((sum, [, { cpuMillis }]) => sum + cpuMillis, 0);
  }

  capacityMillis(): number {
    return this.#cpus * CPU;
  }

  /** Leases and containers that do not belong together: one of both is missing, or nobody brings the start to its end. */
  strays(): string[] {
    const live = new Map(this.#part.leases.live().map(({ id, row }) => [id, row.state]));
    // Those wait for a Start of their tenants, and are given up without one
    const phantoms = [...live].filter(
      ([id, state]) => !['reserved', 'fetching'].includes(state) && !this.#containers.has(id),
    );
    const stuck = [...live].filter(([, state]) => state === 'starting');
    const left = [...this.#containers.keys()].filter((id) => !live.has(id));
    return [
      ...phantoms.map(([id]) => `${id} has no container`),
      ...stuck.map(([id]) => `${id} goes on starting`),
      ...left.map((id) => `${id} is over, and its container there`),
    ];
  }

  /** What decides everything that can happen from now on. */
  fingerprint(): string {
    const { leases, offers } = this.#part;
    const given = leases
      .all()
      .map(({ tenant, row, id }) => [
        ...[tenant.slice(-4), row.state, row.preemptible, this.#containers.has(id)],
        ...[this.heard.get(tenant) === id, offers.has(row.series)],
      ]);
    const offered = offers.views().map(({ resources }) => resources.cpuMillis);
    const labels = this.#pending.map(({ label }) => label).sort();
    const world = {
      given,
      offered,
      labels,
      cpus: this.#cpus,
      holdings: leases.holdings().length,
    };
    return createHash('sha1').update(JSON.stringify(world)).digest('base64');
  }

  #offerId(): Uint8Array {
    const [first] = this.#part.offers.views();
    return first === undefined ? new Uint8Array(32) : parseId(first.id);
  }

  /** What somebody wants; whether it is refused shows in what is promised afterwards. */
  async #ask(run: () => Promise<unknown>): Promise<void> {
    run().catch((error: unknown) => {
      if (codeOf(error) === 'INTERNAL') throw error;
    });
    await this.settle();
  }

  async #onLease({ peer }: Identity, run: (lease: Uint8Array) => Promise<unknown>): Promise<void> {
    const lease = this.heard.get(peer);
    if (lease !== undefined) await this.#ask(() => run(parseId(lease)));
  }

  /** A call that the explorer settles. Nobody hears the end of those of a process that was killed. */
  #held(label: string, happen: () => void = () => {}, canFail = false): Promise<void> {
    const process = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (isWell: boolean) => {
        if (isWell) happen();
        if (process !== this.#process) return;
        if (isWell) resolve();
        else reject(new TallyError('INSTANCE_START_FAILED'));
      };
      if (process === this.#process) this.#pending.push({ label, happen, settle, canFail });
    });
  }

  #facts(): EngineFacts {
    return {
      ...{ name: 'explored', version: '1', cpuMillis: this.#cpus * CPU, memoryBytes: 4 * GIB },
      ...{ architecture: 'amd64', runtimeClasses: ['runc'], warnings: [] },
      ...{ freeDiskBytes: 4 * GIB, diskLimit: 'watched', isRootGranted: false },
      heldByOthers: { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 },
    };
  }

  /** What the offers go by. */
  #offeredFacts(): EngineFacts {
    const facts = this.#facts();
    return this.#mutant === 'only the own series count' ? { ...facts, cpuMillis: 100 * CPU } : facts;
  }

  #instance(lease: string): Container | undefined {
    if (!this.#containers.has(lease)) return undefined;
    return { peer: volunteer.peer, lease, incarnation: 1, state: 'running', ports: [] };
  }

  /** As the engine promises: a launch and a removal of one lease wait for each other. */
  #engine(): Engine {
    const lanes = new KeyedSerial();
    const launch = ({ lease, limits: { cpuMillis } }: ContainerSpec) =>
      lanes.run(lease, async () => {
        this.#launching.set(lease, { cpuMillis });
        const happen = () => this.#containers.set(lease, { cpuMillis });
        const launched = this.#held(`launch ${lease.slice(0, 4)}`, happen, true);
        await launched.finally(() => this.#launching.delete(lease));
        return this.#instance(lease);
      });
    const remove = (lease: string) =>
      lanes.run(lease, async () => {
        if (this.#containers.has(lease))
          await this.#held(`remove ${lease.slice(0, 4)}`, () => this.#containers.delete(lease));
      });
    return {
      facts: async () => this.#facts(),
      image: async () => ({
        digest: IMAGE.digest,
        names: [IMAGE.name],
        architecture: 'amd64',
        user: '',
        sizeBytes: 0,
        layers: [],
        isLoaded: false,
      }),
      ...{ launch, remove },
      freeDisk: async () => undefined,
      diskUse: async () => ({ bytes: 0, files: 0 }),
      halt: async () => {},
      inspect: async (lease: string) => this.#instance(lease),
      list: async () => [...this.#containers.keys()].flatMap((lease) => this.#instance(lease) ?? []),
      ending: async () => 'itself',
      sweep: async () => {},
    } as unknown as Engine;
  }

  #build() {
    const { clock } = this;
    const engine = this.#engine();
    const credit = {
      hold: (peer: string) => this.#lend(peer),
      release: () => {},
      hasLimit: () => true,
      left: () => undefined,
    };
    const leases = new GivenLeases(this.#ledger(), () => {});
    const overlay = { publish: async () => 1, addresses: () => [], connected: () => [], onConnect: () => {} };
    const shared = {
      identity: volunteer,
      network: NETWORK,
      clock,
      log: silentLog,
      engine,
      overlay,
      leases,
      credit,
      fetching: NO_FETCHING,
      cache: NO_CACHE,
      access: openTo(engine),
    };
    const offers = new OwnOffers({
      ...shared,
      ...{ book: { take: () => 'new', beat: () => {} }, rows: this.#offerRows, event: () => {} },
      pauses: memoryTable(),
      watch: { engine, facts: () => this.#offeredFacts(), look: async () => {} },
      space: { isLeft: () => true },
      terms: { firstEpochMs: 10_000, maxEpochMs: 300_000, awayMs: 0, maxAwayMs: 0 },
      holdings: () => leases.holdings(),
      writtenBytes: () => leases.writtenBytes(),
      maxSentBytes: 0,
    } as unknown as OwnOffersParts);
    const keeper = new LeaseKeeper({
      ...shared,
      ...{ peer: volunteer.peer, watch: { onEvent: () => {} }, catchingUp: { onLearnt: () => {} } },
      ...{
        coSigning: {},
        logs: { keep: async () => {}, note: async () => {} },
        space: { engineFullAtMs: () => 0 },
        open: { end: () => {}, isCopying: () => false },
        freed: () => void offers.revise(),
      },
    } as unknown as LeaseKeeperParts);
    const space = { engineRefused: () => {} };
    const starts = new LeaseStarts({ ...shared, keeper, space } as unknown as LeaseStartsParts);
    const desk = new LeaseDesk({ ...shared, offers, keeper, starts } as unknown as LeaseDeskParts);
    this.#mutate({ leases, offers, keeper });
    return { leases, offers, keeper, desk };
  }

  /** The word of credit takes as long as the explorer likes. */
  async #lend(peer: string): Promise<{ isPreemptible: boolean; isLow: boolean }> {
    await this.#held(`credit ${peer.slice(-4)}`);
    return { isPreemptible: this.#preemptible.has(peer), isLow: false };
  }

  #ledger(): Ledger {
    const process = this.#process;
    const put = async (key: string, row: GivenRow) => {
      if (process === this.#process) await this.#rows.put(key, row);
    };
    const rows = {
      ...this.#rows,
      put: async (key: string, row: GivenRow) => {
        if (row.state === 'starting') await this.#held(`write ${key.slice(0, 4)}`);
        await put(key, row);
      },
      writing: (key: string, row: GivenRow) => ({ key, row }),
    };
    return {
      table: () => rows,
      record: async (_: string, id: Uint8Array) => this.#records.get(showId(id)),
      commit: async (records: readonly SignedRecord[], writes: readonly { key: string; row: GivenRow }[]) => {
        for (const record of records) this.#records.set(showId(record.id), record);
        for (const { key, row } of writes) await put(key, row);
      },
    } as unknown as Ledger;
  }

  #mutate({ leases, offers, keeper }: { leases: GivenLeases; offers: OwnOffers; keeper: LeaseKeeper }): void {
    const mutant = this.#mutant;
    if (mutant === 'an ended lease holds nothing, though its container is there') leases.house = () => {};
    if (mutant === 'no room is made') offers.excess = () => undefined;
    if (mutant === 'a late start revives an ended lease')
      keeper.running = (given) => leases.change(given, { state: 'running' });
    if (mutant === 'a container that was launched is not looked after') keeper.running = async () => {};
    if (mutant === 'capacity is held after the word of credit') {
      const hold = leases.hold.bind(leases);
      const commit = leases.commit.bind(leases);
      leases.hold = () => {};
      leases.commit = async (given) => {
        hold(given);
        await commit(given);
      };
    }
  }
}
