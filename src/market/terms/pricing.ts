// Prices and charges, in whole microcredits. Big integers where a product passes 2^53, as a price times a duration does.
import { GIB, HOUR_MS, MIB } from '../../lib/units.ts';
import type { Resources } from '../../records/common.ts';
import type { Prices } from '../../records/offer.ts';

/** What these resources cost an hour at these prices, rounded up. */
export function pricePerHour(prices: Prices, resources: Resources): number {
  return priceOfMebibytes(prices, resources) ?? priceOfBytes(prices, resources);
}

/** Thousandths of a cpu times MiB in a GiB: the common denominator of prices per cpu and per GiB. */
const PARTS = 1_000 * (GIB / MIB);

/** The price of whole MiB in plain numbers, which a match over a large book is in need of; undefined where it could round. */
function priceOfMebibytes(prices: Prices, resources: Resources): number | undefined {
  const { cpuMillis, memoryBytes, diskBytes, gpus } = resources;
  if (memoryBytes % MIB !== 0 || diskBytes % MIB !== 0) return undefined;
  const sum =
    prices.cpuHour * cpuMillis * (GIB / MIB) +
    prices.memoryGibHour * (memoryBytes / MIB) * 1_000 +
    prices.diskGibHour * (diskBytes / MIB) * 1_000 +
    prices.gpuHour * gpus * PARTS;
  // No term is negative, so that none of them was rounded either
  if (!Number.isSafeInteger(sum)) return undefined;
  const rest = sum % PARTS;
  return (sum - rest) / PARTS + (rest > 0 ? 1 : 0);
}

function priceOfBytes(prices: Prices, resources: Resources): number {
  const thousandGib = 1000n * BigInt(GIB);
  const cpu = BigInt(prices.cpuHour) * BigInt(resources.cpuMillis) * BigInt(GIB);
  const memory = BigInt(prices.memoryGibHour) * BigInt(resources.memoryBytes) * 1000n;
  const disk = BigInt(prices.diskGibHour) * BigInt(resources.diskBytes) * 1000n;
  const gpu = BigInt(prices.gpuHour) * BigInt(resources.gpus) * thousandGib;
  return Number((cpu + memory + disk + gpu + thousandGib - 1n) / thousandGib);
}

/** What running for so long costs, rounded down: rounding never charges for what was not used. */
export function chargeFor(priceMicrocreditsPerHour: number, upMs: number): number {
  return Number((BigInt(priceMicrocreditsPerHour) * BigInt(Math.floor(upMs))) / BigInt(HOUR_MS));
}
