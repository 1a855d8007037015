// Prices and charges, in whole microcredits. Big integers inside: a price times a duration passes 2^53.
import { GIB, HOUR_MS } from '../lib/units.ts';
import type { Resources } from '../records/common.ts';
import type { Prices } from '../records/offer.ts';

/** What these resources cost an hour at these prices, rounded up. */
export function pricePerHour(prices: Prices, resources: Resources): number {
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
