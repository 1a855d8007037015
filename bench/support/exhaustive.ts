// The reference of the match: a scan of every offer, written from the description of the market and sharing no rule
// with src/market. It says which offers fit, at what price, and how many each constraint removed.
import type { Ask, Listing } from '../../src/market/matching/constraints.ts';

/** What a scan found. */
export interface Scan {
  readonly considered: number;
  /** Price in microcredits an hour of each offer that fits, by the offer's id. */
  readonly prices: ReadonlyMap<string, number>;
  /** The ids of those offers, cheapest first. */
  readonly cheapestFirst: readonly string[];
  readonly removed: Readonly<Record<string, number>>;
}

/** Looks at every offer. */
export function scan(ask: Ask, listings: Iterable<Listing>, nowMs: number): Scan {
  const prices = new Map<string, number>();
  const removed: Record<string, number> = {};
  let considered = 0;
  for (const listing of listings) {
    considered += 1;
    const price = priceOf(ask, listing);
    const misses = missesOf(ask, listing, price, nowMs);
    for (const miss of misses) removed[miss] = (removed[miss] ?? 0) + 1;
    if (misses.length === 0) prices.set(listing.id, price);
  }
  const cheapestFirst = [...prices.keys()].sort((a, b) => (prices.get(a) ?? 0) - (prices.get(b) ?? 0));
  return { considered, prices, cheapestFirst, removed };
}

function missesOf(ask: Ask, { offer, aliveUntilMs }: Listing, price: number, nowMs: number): string[] {
  const { resources: want } = ask;
  const { resources: have } = offer;
  const misses: string[] = [];
  if (nowMs >= aliveUntilMs) misses.push('alive');
  if (Buffer.compare(ask.tenant, offer.volunteer) === 0) misses.push('own');
  if (have.cpuMillis < want.cpuMillis) misses.push('cpu');
  if (have.memoryBytes < want.memoryBytes) misses.push('memory');
  if (have.diskBytes < want.diskBytes) misses.push('disk');
  if (have.gpus < want.gpus) misses.push('gpu');
  if (ask.architecture && ask.architecture !== offer.architecture) misses.push('architecture');
  const lists = offer.images.some(({ digest }) => digest === ask.image.digest);
  if (!lists && offer.imageWays.anyHeld === 0) misses.push('image');
  if (ask.region && ask.region !== offer.region) misses.push('region');
  if (ask.runtimeClass && !offer.runtimeClasses.includes(ask.runtimeClass)) misses.push('runtimeClass');
  for (const label of ask.labels) {
    if (offer.labels.includes(label)) continue;
    misses.push('labels');
    break;
  }
  if (ask.durationMs > offer.terms.longestLeaseMs) misses.push('duration');
  if (price > ask.maxPriceMicrocreditsPerHour) misses.push('price');
  return misses;
}

/**
 * The price an hour, rounded up. In floating point: the sum of a product for each resource over a common denominator
 * stays below 2^53 for the sizes and prices of the bench's market, so that it is exact.
 */
function priceOf({ resources }: Ask, { offer }: Listing): number {
  const { cpuHour, memoryGibHour, diskGibHour, gpuHour } = offer.prices;
  const mib = 1_048_576;
  // All sizes of the market are whole MiB: a denominator of 1,000 millis times 1,024 MiB.
  const sum =
    cpuHour * resources.cpuMillis * 1_024 +
    memoryGibHour * (resources.memoryBytes / mib) * 1_000 +
    diskGibHour * (resources.diskBytes / mib) * 1_000 +
    gpuHour * resources.gpus * 1_024_000;
  if (!Number.isSafeInteger(sum)) throw new Error('a price of the bench is not exact');
  return Math.ceil(sum / 1_024_000);
}
