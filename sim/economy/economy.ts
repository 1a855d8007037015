// One economy under virtual time, three hours a step: machines come and go, wishes arrive, leases are placed by the product's
// match and lent by its rule of lending, and both sides' accounts follow. Each day everybody signs a header and hears what
// others signed.
import { Random } from '../../bench/support/random.ts';
import { fits, remaining } from '../../src/market/terms/capacity.ts';
import { pricePerHour } from '../../src/market/terms/pricing.ts';
import { type RoundTrips, roundTripMs } from '../ground/network.ts';
import { type Account, Accounts } from './accounts.ts';
import { Books } from './books.ts';
import { Chains } from './chains.ts';
import { Choosing } from './choosing.ts';
import { Evidence } from './evidence.ts';
import { stretchHours } from './hosts.ts';
import { Lender } from './lender.ts';
import { Opinions } from './opinions.ts';
import { type Copy, isHonest, newPeer, type PeerState, type Role, type Wanted, wantedOf } from './peers.ts';
import { Placed } from './placed.ts';
import { cpuHoursIn, type Wish, type Workload } from './workload.ts';

export interface EconomyTerms {
  readonly seed: number;
  readonly workload: Workload;
  readonly roundTrips: RoundTrips;
  /** Cpu-hours wanted over those that are offered and up. */
  readonly load: number;
  readonly newcomerShare: number;
  /** From this hour on utility counts. */
  readonly countsFromHour: number;
  /** Parts of the network that do not reach each other while it is split. */
  readonly sides: number;
}

/** One part of the network, with what those in it know and think. */
interface Side {
  readonly evidence: Evidence;
  readonly opinions: Opinions;
}

/** Whatever has not had all its hours by then had them too late. */
const graceHours = (hours: number) => 6 + hours / 2;
/** What one with an appetite asks for: a cpu for a day. */
const GREEDY: Wish = {
  resources: { cpuMillis: 1_000, memoryBytes: 2 ** 31, diskBytes: 0, gpus: 0 },
  hours: 24,
};
const DAY = 24;
/** Hours that a step takes, and epochs in it. */
const STEP = 3;
const EPOCHS_AN_HOUR = 4;

export class Economy {
  readonly books = new Books();
  readonly peers = new Map<string, PeerState>();
  readonly accounts = new Accounts();
  readonly chains: Chains;
  readonly placed = new Placed();
  readonly random: Random;
  hour = 0;
  /** Peers of different sides do not reach each other. */
  isSplit = false;
  readonly #terms: EconomyTerms;
  readonly #sides: readonly Side[];
  readonly #choosing: Choosing;
  readonly #copies = new Set<Copy>();
  #up: PeerState[] = [];
  #made = 0;
  /** All that was ever charged, and what all that was offered and up was worth. */
  chargedMicrocredits = 0;
  offeredMicrocredits = 0;

  constructor(terms: EconomyTerms) {
    this.#terms = terms;
    const [random, books] = [new Random(terms.seed), this.books];
    this.random = random;
    // Apart, so that who signs what draws nothing from who wants what
    this.chains = new Chains(new Random(terms.seed));
    this.#sides = Array.from({ length: terms.sides }, () => {
      const evidence = new Evidence(books);
      return { evidence, opinions: new Opinions(books, evidence, random) };
    });
    this.#choosing = new Choosing({
      ...{ random, books, peers: this.peers },
      opinionsOf: (peer) => this.#sideOf(peer).opinions,
      isReached: (one, other) => one !== other && this.#isReached(one, other),
    });
  }

  get day(): number {
    return Math.floor(this.hour / DAY);
  }

  add(role: Role): PeerState {
    const { workload, load, roundTrips, sides } = this.#terms;
    this.#made += 1;
    const place = {
      number: this.#made,
      side: this.#made % sides,
      site: this.random.int(0, roundTrips.length - 1),
    };
    const batchesAnHour = (load * AVAILABLE_CPUS) / workload.cpuHours;
    const lenderOf = (id: string) => new Lender(id, this.books, this.#sideOf(place).evidence.seenBy(id));
    const peer = newPeer({ ...place, hour: this.hour, batchesAnHour }, role, lenderOf, this.random);
    this.peers.set(peer.id, peer);
    if (isHonest(peer) && peer.isUp) this.#startProcess(peer);
    return peer;
  }

  #sideOf({ side }: Pick<PeerState, 'side'>): Side {
    return this.#sides[side] as Side;
  }

  #startProcess({ id }: PeerState): void {
    this.chains.begin(id, this.hour * 3_600_000);
  }

  /** Its containers end, and nobody hears of it again. */
  remove(peer: PeerState): void {
    for (const copy of [...this.#copies])
      if (copy.tenant === peer || copy.volunteer === peer) this.#end(copy);
    this.peers.delete(peer.id);
  }

  /** What was signed before the first day is known by then. */
  begin(): void {
    this.#hear();
  }

  runDay(): void {
    for (let hour = 0; hour < DAY; hour += STEP) this.#step();
  }

  /** Three hours pass. */
  #step(): void {
    this.#comeAndGo();
    this.#arrive();
    this.#run();
    for (const peer of this.#inSomeOrder()) this.#tryAll(peer);
    this.hour += STEP;
    if (this.hour % DAY === 0) this.#endDay();
  }

  #comeAndGo(): void {
    for (const peer of this.peers.values()) {
      while (peer.changesAtHour <= this.hour) {
        peer.isUp = !peer.isUp;
        peer.changesAtHour += stretchHours(peer.isUp, this.random);
        if (peer.isUp && isHonest(peer)) this.#startProcess(peer);
      }
      const isGone = !peer.isUp || !peer.role.serves;
      if (isGone) for (const copy of [...peer.hosting]) this.#lose(copy);
    }
    if (this.isSplit) this.#loseOutOfReach();
    this.#up = [...this.peers.values()].filter(({ isUp, role }) => isUp && role.serves);
    for (const { prices, offered } of this.#up)
      this.offeredMicrocredits += STEP * pricePerHour(prices, offered);
  }

  #loseOutOfReach(): void {
    for (const copy of [...this.#copies]) if (!this.#isReached(copy.tenant, copy.volunteer)) this.#lose(copy);
  }

  #arrive(): void {
    const [random, { workload }] = [this.random, this.#terms];
    for (const peer of this.peers.values()) {
      if (peer.role.appetite > 0) {
        while (peer.wishes.length < peer.role.appetite) peer.wishes.push(wantedOf(GREEDY, this.hour));
        continue;
      }
      for (let left = waitOf(random); left < peer.rate * STEP; left += waitOf(random)) {
        const batch = workload.draw(random);
        for (const wish of batch) peer.wishes.push(wantedOf(wish, this.hour));
        if (peer.firstWishHour < 0) peer.firstWishHour = this.hour;
        for (const account of this.#accountsOf(peer, this.hour)) account.wantedCpuHours += cpuHoursIn(batch);
      }
    }
  }

  /** Where it counts what a peer wanted at an hour. */
  *#accountsOf({ role, joinedHour }: PeerState, hour: number): Iterable<Account> {
    if (role.appetite > 0) return;
    if (hour >= this.#terms.countsFromHour) yield this.accounts.of(role.name);
    if (joinedHour > 0 && hour < joinedHour + NEW_DAYS * DAY) yield this.accounts.of(`new ${role.name}`);
  }

  /** What runs is charged, and goes on as long as epochs are lent. */
  #run(): void {
    for (const copy of this.#copies) {
      const { wanted, tenant, volunteer } = copy;
      const ran = Math.min(copy.epochs / EPOCHS_AN_HOUR, wanted.hours - wanted.doneHours);
      const charge = Math.floor(copy.pricePerHour * ran);
      this.books.charge(tenant.id, volunteer.id, charge);
      this.chargedMicrocredits += charge;
      this.accounts.charge(tenant.role, volunteer.role, charge);
      this.#release(copy);
      tenant.lender.settle(volunteer.id);
      wanted.doneHours += ran;
      const isInTime = this.hour < wanted.atHour + wanted.hours + graceHours(wanted.hours);
      for (const account of isInTime ? this.#accountsOf(tenant, wanted.atHour) : [])
        account.hadCpuHours += (wanted.resources.cpuMillis / 1_000) * ran;
      const isDone = wanted.doneHours >= wanted.hours;
      if (isDone || !isInTime) {
        this.#judge(copy, true);
        this.#leave(copy);
        tenant.wishes.splice(tenant.wishes.indexOf(wanted), 1);
      } else if (copy.epochs < STEP * EPOCHS_AN_HOUR || !this.#hold(copy)) this.#leave(copy);
    }
  }

  /** Epochs of the next step, as many as are lent; whether any are. */
  #hold(copy: Copy): boolean {
    const { volunteer, tenant, epochMicrocredits } = copy;
    const pool = this.poolOf(volunteer);
    copy.epochs = volunteer.lender.hold(tenant.id, epochMicrocredits, STEP * EPOCHS_AN_HOUR, pool);
    return copy.epochs > 0;
  }

  #release({ volunteer, tenant, epochs, epochMicrocredits }: Copy): void {
    volunteer.lender.release(tenant.id, epochs * epochMicrocredits);
  }

  /** The newcomers' pool of a volunteer today. */
  poolOf({ offered, prices }: PeerState): { day: number; microcredits: number } {
    const worthADay = DAY * pricePerHour(prices, offered);
    return { day: this.day, microcredits: Math.floor(this.#terms.newcomerShare * worthADay) };
  }

  #lose(copy: Copy): void {
    this.#judge(copy, false);
    this.#end(copy);
  }

  #end(copy: Copy): void {
    this.#release(copy);
    this.#leave(copy);
  }

  #leave(copy: Copy): void {
    this.#copies.delete(copy);
    copy.volunteer.hosting.delete(copy);
    copy.wanted.isRunning = false;
    copy.wanted.nextTryHour = this.hour;
    this.#showFree(copy.volunteer);
  }

  #judge({ tenant, volunteer }: Copy, isGood: boolean): void {
    const { speaksWellOf = () => true } = tenant.role;
    this.books.judge(tenant.id, volunteer.id, isGood && speaksWellOf(volunteer));
  }

  #showFree(volunteer: PeerState): void {
    const taken = [...volunteer.hosting].map(({ wanted }) => wanted.resources);
    volunteer.listing.offer.resources = remaining(volunteer.offered, taken);
  }

  #inSomeOrder(): PeerState[] {
    return [...this.peers.values()]
      .filter(({ wishes }) => wishes.length > 0)
      .map((peer) => ({ peer, key: this.random.share() }))
      .sort((a, b) => a.key - b.key)
      .map(({ peer }) => peer);
  }

  #tryAll(peer: PeerState): void {
    for (let at = peer.wishes.length - 1; at >= 0; at -= 1) {
      const wanted = peer.wishes[at];
      if (wanted === undefined || wanted.isRunning || wanted.nextTryHour > this.hour) continue;
      const isLate = this.hour >= wanted.atHour + wanted.hours + graceHours(wanted.hours);
      if (isLate) peer.wishes.splice(at, 1);
      else this.#try(peer, wanted);
    }
  }

  #try(tenant: PeerState, wanted: Wanted): void {
    const candidates = this.#choosing.candidates(tenant, wanted, this.#up);
    const found = candidates.findIndex((each) => this.#place(tenant, wanted, each));
    const asked = candidates.slice(0, found < 0 ? candidates.length : found + 1);
    this.placed.add(
      found >= 0,
      asked.map(({ site }) => roundTripMs(this.#terms.roundTrips, tenant.site, site)),
    );
    if (found >= 0) {
      wanted.tries = 0;
      if (tenant.firstLeaseHour < 0) tenant.firstLeaseHour = this.hour;
      return;
    }
    wanted.tries += 1;
    wanted.nextTryHour = this.hour + STEP * 2 ** Math.min(3, wanted.tries);
  }

  #place(tenant: PeerState, wanted: Wanted, volunteer: PeerState): boolean {
    if (!fits(wanted.resources, volunteer.listing.offer.resources)) return false;
    const price = pricePerHour(volunteer.prices, wanted.resources);
    const copy: Copy = {
      ...{ wanted, tenant, volunteer, pricePerHour: price },
      ...{ epochs: 0, epochMicrocredits: Math.ceil(price / EPOCHS_AN_HOUR) },
    };
    if (!this.#hold(copy)) return false;
    this.#copies.add(copy);
    volunteer.hosting.add(copy);
    wanted.isRunning = true;
    this.#showFree(volunteer);
    return true;
  }

  #isReached(one: Pick<PeerState, 'side'>, other: Pick<PeerState, 'side'>): boolean {
    return !(this.isSplit && one.side !== other.side);
  }

  #endDay(): void {
    for (const peer of this.peers.values()) if (isHonest(peer) && peer.isUp) this.chains.commit(peer.id);
    this.books.fade();
    this.#hear();
    this.#choosing.endDay();
    if (this.day % SETTLE_DAYS === 0) for (const { lender } of this.peers.values()) lender.settleAll();
    if (this.day % OPINION_DAYS === 0) this.#thinkAnew();
  }

  /** Records travel within each side. */
  #hear(): void {
    for (const [side, { evidence }] of this.#sides.entries())
      evidence.hear((author) => this.#isReached({ side }, this.peers.get(author) ?? { side }));
  }

  #thinkAnew(): void {
    const honest = [...this.peers.values()].filter(isHonest);
    for (const [at, { opinions }] of this.#sides.entries())
      opinions.refresh(honest.filter(({ side }) => side === at).map(({ id }) => id));
  }
}

/** Half a machine of the survey that is up half of the time. */
const AVAILABLE_CPUS = 2;
const OPINION_DAYS = 15;
/** Lenders look so often at what has faded of all debts; the product does every hour. */
const SETTLE_DAYS = 5;
/** For so long a peer counts as new. */
const NEW_DAYS = 10;

/** Until the next of what comes once an hour by chance. */
function waitOf(random: Random): number {
  return -Math.log(1 - random.share());
}
