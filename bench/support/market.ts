// A market made from a seed: volunteers with machines of many sizes, their signed offers in an order book, and what
// tenants ask for. The spread follows what clouds of volunteers look like: many small machines, few large ones, most
// prices near the default list, a few popular images.
import { createHash } from 'node:crypto';
import { DAY_MS, GIB, HOUR_MS, MIB } from '../../src/lib/units.ts';
import { OrderBook } from '../../src/market/book/book.ts';
import type { Ask } from '../../src/market/matching/constraints.ts';
import { DEFAULT_PRICES } from '../../src/market/terms/parameters.ts';
import { pricePerHour } from '../../src/market/terms/pricing.ts';
import { HELD, PLAIN_BID } from '../../src/records/bid.ts';
import { signRecord } from '../../src/records/envelope.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { type OfferBody, PLAIN_OFFER, PLAIN_TERMS } from '../../src/records/offer.ts';
import { Random } from './random.ts';

/** When the market is: no clock is asked, so that the same seed gives the same offers. */
export const MARKET_NOW_MS = 1_800_000_000_000;

const NETWORK = 'bench';
const IMAGES = 200;
const REGIONS = ['eu', 'us', 'asia', 'africa', ''] as const;
const REGION_WEIGHTS = [40, 35, 17, 3, 5];
const LABELS = ['ssd=yes', 'ecc=yes', 'ipv6=yes', 'power=solar'] as const;

/** Machines: cpu millis and how often they come. */
const CPU_MILLIS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000] as const;
const CPU_WEIGHTS = [20, 30, 25, 14, 7, 3, 1];

/** What is thought of a volunteer: of every four one is unknown, the others serve well more often than not. */
export function rateOf(volunteer: string): { quality: number; isKnown: boolean } {
  const byte = volunteer.charCodeAt(volunteer.length - 1) + 31 * volunteer.charCodeAt(volunteer.length - 2);
  return byte % 4 === 0
    ? { quality: 0, isKnown: false }
    : { quality: 0.5 + (byte % 50) / 100, isKnown: true };
}

/** A book with so many offers, each signed, of one to four offers a volunteer. */
export function fillBook(offers: number, seed: number): OrderBook {
  const random = new Random(seed);
  const book = new OrderBook();
  let volunteer = createIdentity(random.bytes(32));
  let left = random.int(1, 4);
  while (book.size < offers) {
    if (left === 0) {
      volunteer = createIdentity(random.bytes(32));
      left = random.int(1, 4);
    }
    left -= 1;
    const taken = book.take(signRecord('offer', offerOf(volunteer, random), volunteer));
    if (taken !== 'new') throw new Error(`the book did not take an offer: ${taken}`);
  }
  return book;
}

function offerOf({ publicKey }: Identity, random: Random): OfferBody {
  const whole = random.pick(CPU_MILLIS, CPU_WEIGHTS);
  // What earlier leases took: a third of the machines are idle.
  const free = random.chance(1 / 3) ? 1 : random.share();
  const memoryPerCpu = random.pick([1, 2, 4, 8] as const, [10, 40, 35, 15]);
  const price = random.around(0.4);
  // Three lost beats are forgiven; a few volunteers are gone and not forgotten yet.
  const ageMs = random.int(0, random.chance(0.97) ? 90_000 : 400_000);
  return {
    ...{ network: NETWORK, volunteer: publicKey, salt: random.bytes(16), series: random.bytes(16) },
    ...{ seq: MARKET_NOW_MS - ageMs, issuedAtMs: MARKET_NOW_MS - ageMs },
    ...{ lifetimeMs: 180_000, beatMs: 60_000, beats: 1_440, tip: random.bytes(32) },
    addresses: [`/ip4/198.51.${random.int(0, 255)}.${random.int(1, 254)}/tcp/4801`],
    resources: {
      cpuMillis: Math.floor(whole * free),
      memoryBytes: Math.floor(((whole / 1_000) * memoryPerCpu * GIB * free) / MIB) * MIB,
      diskBytes: random.int(1, 64) * GIB,
      gpus: random.chance(0.05) ? random.int(1, 4) : 0,
    },
    prices: {
      cpuHour: Math.round(DEFAULT_PRICES.cpuHour * price),
      memoryGibHour: Math.round(DEFAULT_PRICES.memoryGibHour * price),
      diskGibHour: DEFAULT_PRICES.diskGibHour,
      gpuHour: Math.round(DEFAULT_PRICES.gpuHour * price),
    },
    runtimeClasses: random.chance(0.2) ? ['runc', 'runsc'] : ['runc'],
    architecture: random.pick(['amd64', 'arm64'] as const, [85, 15]),
    region: random.pick(REGIONS, REGION_WEIGHTS),
    // Most run any image, so that what an image leaves over is still many offers
    labels: LABELS.filter(() => random.chance(0.3)),
    ...{ ...PLAIN_OFFER, imageWays: { ...PLAIN_OFFER.imageWays, anyHeld: random.chance(0.8) ? 1 : 0 } },
    images: imagesOf(random),
    terms: {
      ...PLAIN_TERMS,
      longestLeaseMs: random.pick([HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS] as const, [5, 15, 30, 50]),
      firstEpochMs: 10_000,
      maxEpochMs: 300_000,
      maxAwayMs: 60_000,
    },
  };
}

function imagesOf(random: Random): OfferBody['images'] {
  const numbers = new Set(Array.from({ length: random.int(0, 8) }, () => random.zipf(IMAGES)));
  return [...numbers].map(imageOf);
}

function imageOf(number: number): OfferBody['images'][number] {
  const digest = createHash('sha256').update(`image ${number}`).digest('hex');
  return { name: `app-${number}:1`, digest: `sha256:${digest}` };
}

/** What so many tenants ask for; about one in ten asks for more, or pays less, than there is. */
export function makeAsks(count: number, seed: number): Ask[] {
  const random = new Random(seed ^ 0x5bd1e995);
  return Array.from({ length: count }, () => askOf(random));
}

function askOf(random: Random): Ask {
  const resources = {
    cpuMillis: random.pick([100, 250, 500, 1_000, 2_000, 4_000] as const, [10, 20, 25, 25, 15, 5]),
    memoryBytes: random.pick([128, 256, 512, 1_024, 2_048, 8_192] as const, [15, 20, 25, 20, 15, 5]) * MIB,
    diskBytes: random.pick([0, 16, 128, 1_024] as const) * MIB,
    gpus: random.chance(0.03) ? 1 : 0,
  };
  const limit = random.chance(0.1) ? 0.05 : random.pick([0.8, 1, 1.5, 3] as const, [15, 30, 35, 20]);
  return {
    tenant: random.bytes(32),
    image: { ...imageOf(random.zipf(IMAGES)), ...HELD },
    resources,
    maxPriceMicrocreditsPerHour: Math.round(pricePerHour(DEFAULT_PRICES, resources) * limit),
    durationMs: random.pick([HOUR_MS, 12 * HOUR_MS, 3 * DAY_MS] as const, [60, 30, 10]),
    architecture: random.pick(['', 'amd64', 'arm64'] as const, [50, 42, 8]),
    region: random.pick(['', 'eu', 'us', 'asia'] as const, [60, 20, 15, 5]),
    runtimeClass: random.chance(0.1) ? 'runsc' : '',
    labels: LABELS.filter(() => random.chance(0.05)),
    ...PLAIN_BID,
  };
}
