// Those who live in an economy: what they have, what they want, and what they do.
import type { Random } from '../../bench/support/random.ts';
import type { Listing } from '../../src/market/matching/constraints.ts';
import { DEFAULT_PRICES } from '../../src/market/terms/parameters.ts';
import type { Resources } from '../../src/records/common.ts';
import { type OfferBody, PLAIN_OFFER, PLAIN_TERMS, type Prices } from '../../src/records/offer.ts';
import { offeredBy, stretchHours } from './hosts.ts';
import type { Lender } from './lender.ts';
import type { Wish } from './workload.ts';

/** What a peer does. */
export interface Role {
  readonly name: string;
  /** Whether it offers its machine. */
  readonly serves: boolean;
  /** How many containers it wants at any time, whatever it gets; 0: what the trace says. */
  readonly appetite: number;
  /** Whether those who lend to it lose what they lent. */
  readonly isHostile: boolean;
  /** What it says of a lease that a peer served well; true by default. */
  readonly speaksWellOf?: (volunteer: PeerState) => boolean;
}

export interface PeerState {
  readonly id: string;
  readonly key: Uint8Array;
  role: Role;
  readonly offered: Resources;
  readonly prices: Prices;
  readonly lender: Lender;
  readonly joinedHour: number;
  isUp: boolean;
  changesAtHour: number;
  /** Which side of a split network it is on, and at which site of the measured round trips. */
  readonly side: number;
  readonly site: number;
  readonly hosting: Set<Copy>;
  readonly wishes: Wanted[];
  /** Batches an hour. */
  readonly rate: number;
  /** -1 until then. */
  firstWishHour: number;
  firstLeaseHour: number;
  /** Its offer, with what is free of it. */
  readonly listing: Listing & { offer: { resources: Resources } };
}

/** A wish that is not fulfilled yet. */
export interface Wanted extends Wish {
  readonly atHour: number;
  doneHours: number;
  nextTryHour: number;
  tries: number;
  isRunning: boolean;
}

/** A container that runs. */
export interface Copy {
  readonly wanted: Wanted;
  readonly tenant: PeerState;
  readonly volunteer: PeerState;
  readonly pricePerHour: number;
  /** Epochs that it may still run for, and what is held for an epoch. */
  epochs: number;
  readonly epochMicrocredits: number;
}

export function isHonest({ role }: PeerState): boolean {
  return role.name === 'honest';
}

/** Prices are spread so much around the usual ones, and what peers want around the average. */
const PRICES_SPREAD = 0.1;
const WANTS_SPREAD = 0.5;

/** Where and when a peer joins, and how much it wants. */
interface Joining extends Pick<PeerState, 'side' | 'site'> {
  readonly number: number;
  readonly hour: number;
  readonly batchesAnHour: number;
}

/** A peer as it joins. */
export function newPeer(
  { number, hour, batchesAnHour, side, site }: Joining,
  role: Role,
  lenderOf: (id: string) => Lender,
  random: Random,
): PeerState {
  const id = `p${number}`;
  const key = new TextEncoder().encode(id);
  const offered = offeredBy(random);
  const isUp = random.chance(0.5);
  const prices = pricesOf(random);
  return {
    ...{ id, key, role, offered, prices, isUp, joinedHour: hour, side, site },
    rate: batchesAnHour * random.around(WANTS_SPREAD),
    lender: lenderOf(id),
    changesAtHour: hour + stretchHours(isUp, random),
    ...{ hosting: new Set(), wishes: [], firstWishHour: -1, firstLeaseHour: -1 },
    listing: listingOf(id, key, offered, prices),
  };
}

export function wantedOf({ resources, hours }: Wish, atHour: number): Wanted {
  return { resources, hours, atHour, doneHours: 0, nextTryHour: atHour, tries: 0, isRunning: false };
}

function pricesOf(random: Random): Prices {
  const factor = random.around(PRICES_SPREAD);
  const { cpuHour, memoryGibHour } = DEFAULT_PRICES;
  return {
    ...DEFAULT_PRICES,
    cpuHour: Math.round(cpuHour * factor),
    memoryGibHour: Math.round(memoryGibHour * factor),
  };
}

function listingOf(id: string, key: Uint8Array, resources: Resources, prices: Prices): PeerState['listing'] {
  const epochs = { firstEpochMs: 0, maxEpochMs: 0, maxAwayMs: 0 };
  const terms = { ...PLAIN_TERMS, longestLeaseMs: Number.MAX_SAFE_INTEGER, ...epochs };
  const offer = {
    ...{ volunteer: key, series: key, resources, prices, terms },
    ...{ ...PLAIN_OFFER, imageWays: { ...PLAIN_OFFER.imageWays, anyHeld: 1 } },
    ...{ architecture: 'amd64', region: '', runtimeClasses: [], labels: [], images: [], addresses: [] },
  } as unknown as OfferBody;
  return { id, volunteer: id, offer, aliveUntilMs: Number.MAX_SAFE_INTEGER };
}
