// One scenario on one seed: who comes when, and what it came to.
import { percentile } from '../../bench/support/figures.ts';
import { CREDIT } from '../../src/lib/units.ts';
import type { RoundTrips } from '../ground/network.ts';
import { Economy } from './economy.ts';
import { worstLossOverBound } from './losses.ts';
import type { PeerState } from './peers.ts';
import { FREE_RIDER, HONEST, type Scenario } from './scenarios.ts';
import type { Workload } from './workload.ts';

export interface Game {
  readonly peers: number;
  readonly days: number;
  /** From this day on utility counts. */
  readonly countsFromDay: number;
  readonly newcomerShare: number;
  readonly seed: number;
}

/** What every economy is drawn from. */
export interface Ground {
  readonly workload: Workload;
  readonly roundTrips: RoundTrips;
}

/** What a scenario came to. */
export interface Outcome {
  /** Cpu-hours had in time over cpu-hours wanted, of honest peers and of those that never serve. */
  readonly utility: number;
  readonly freeRiderUtility: number;
  /** Of honest peers in their first ten days. */
  readonly newcomerUtility: number;
  /** What a lender stands to lose to all hostile peers together, over its bound: the worst lender on the worst day looked at. */
  readonly lossOverBound: number;
  /** What hostile peers took more than they gave, in credits of which nothing faded; and over all that was served. */
  readonly totalLoss: number;
  readonly lossShare: number;
  /** From a newcomer's first wish to its first lease: the median, and the longest but a tenth. */
  readonly newcomerWaitHours: number;
  readonly newcomerWaitP90Hours: number;
  /** What the attackers took a day, in credits; and of all that was offered and up. */
  readonly takenADay: number;
  readonly takenShare: number;
  /** Volunteers asked for every lease, and how long that took where one was found: the median, and the longest but a tenth. */
  readonly askedALease: number;
  readonly reserveP50Ms: number;
  readonly reserveP90Ms: number;
  /** Honest peers against which there is a proof of two histories. */
  readonly falseConvictions: number;
}

/** Cpus that are wanted for every one that is offered and up. */
const LOAD = 0.25;
/** Honest peers that are not there from the beginning, and when they come. */
const NEWCOMERS = 0.05;
const NEWCOMERS_COME = { from: 10, until: 0.9 };
const CHECK_DAYS = 10;
const DAY = 24;

export function play(scenario: Scenario, ground: Ground, game: Game): Outcome {
  const { newcomerShare, countsFromDay, seed } = game;
  const economy = new Economy({
    ...{ ...ground, seed, load: LOAD, newcomerShare, countsFromHour: countsFromDay * DAY },
    sides: scenario.sides ?? 1,
  });
  const { attackers, newcomers } = populate(economy, scenario, game);
  economy.begin();
  const roleOfHostile = new Map<string, string>();
  let lossOverBound = 0;
  for (let day = 0; day < game.days; day += 1) {
    for (const newcomer of newcomers) if (newcomer.day === day) newcomer.peer = economy.add(HONEST);
    scenario.eachDay?.(attackersNow(economy, scenario, attackers), economy);
    economy.runDay();
    for (const { id, role } of economy.peers.values()) if (role.isHostile) roleOfHostile.set(id, role.name);
    if (day % CHECK_DAYS === CHECK_DAYS - 1)
      lossOverBound = Math.max(lossOverBound, worstLossOverBound(economy, roleOfHostile));
  }
  const waits = newcomers.flatMap(({ peer }) => waitOf(economy, peer));
  return {
    utility: shareHad(economy, HONEST.name),
    freeRiderUtility: shareHad(economy, FREE_RIDER.name),
    newcomerUtility: shareHad(economy, `new ${HONEST.name}`),
    ...{ lossOverBound, ...lossesIn(economy, new Set(roleOfHostile.values())) },
    newcomerWaitHours: quantile(waits, 0.5),
    newcomerWaitP90Hours: quantile(waits, 0.9),
    ...takenBy(economy, scenario, game),
    ...searchIn(economy),
    falseConvictions: economy.chains.convicted,
  };
}

function searchIn({
  placed: { askedALease, reserveMs },
}: Economy): Pick<Outcome, 'askedALease' | 'reserveP50Ms' | 'reserveP90Ms'> {
  return { askedALease, reserveP50Ms: quantile(reserveMs, 0.5), reserveP90Ms: quantile(reserveMs, 0.9) };
}

function lossesIn(
  { accounts, chargedMicrocredits }: Economy,
  hostile: ReadonlySet<string>,
): Pick<Outcome, 'totalLoss' | 'lossShare'> {
  let lost = 0;
  for (const role of hostile) lost += accounts.netTaken(role);
  return { totalLoss: lost / CREDIT, lossShare: lost / chargedMicrocredits };
}

function takenBy(
  { accounts, offeredMicrocredits }: Economy,
  { role }: Scenario,
  { days }: Game,
): Pick<Outcome, 'takenADay' | 'takenShare'> {
  const taken = role === undefined ? 0 : accounts.of(role.name).takenMicrocredits;
  return { takenADay: taken / CREDIT / days, takenShare: taken / offeredMicrocredits };
}

interface Newcomer {
  readonly day: number;
  peer?: PeerState;
}

function populate(
  economy: Economy,
  scenario: Scenario,
  { peers, days }: Game,
): { attackers: PeerState[]; newcomers: Newcomer[] } {
  const { freeRiders, attackers: share = 0, swarm = 0, role = HONEST } = scenario;
  const count = (part: number) => Math.round(peers * part);
  const honest = peers - count(freeRiders) - count(share) - count(NEWCOMERS);
  for (let i = 0; i < honest; i += 1) economy.add(HONEST);
  for (let i = 0; i < count(freeRiders); i += 1) economy.add(FREE_RIDER);
  const attackers = Array.from({ length: count(share) + swarm }, () => economy.add(role));
  scenario.begin?.(attackers, economy);
  const lastDay = Math.floor(days * NEWCOMERS_COME.until);
  const newcomers = Array.from({ length: count(NEWCOMERS) }, () => ({
    day: economy.random.int(Math.min(NEWCOMERS_COME.from, lastDay), lastDay),
  }));
  return { attackers, newcomers };
}

/** Attackers may have come back under other keys. */
function attackersNow(
  economy: Economy,
  { role }: Scenario,
  first: readonly PeerState[],
): readonly PeerState[] {
  if (first.every(({ id }) => economy.peers.has(id))) return first;
  return [...economy.peers.values()].filter((peer) => peer.role === role);
}

function shareHad({ accounts }: Economy, role: string): number {
  const { hadCpuHours, wantedCpuHours } = accounts.of(role);
  return wantedCpuHours === 0 ? 0 : hadCpuHours / wantedCpuHours;
}

/** Nobody that wanted something for less than a day is asked; who was never given a lease waited until now. */
function waitOf({ hour }: Economy, peer: PeerState | undefined): number[] {
  if (peer === undefined || peer.firstWishHour < 0 || peer.firstWishHour > hour - DAY) return [];
  return [(peer.firstLeaseHour < 0 ? hour : peer.firstLeaseHour) - peer.firstWishHour];
}

function quantile(measurements: readonly number[], share: number): number {
  return measurements.length === 0 ? 0 : percentile(measurements, share);
}
