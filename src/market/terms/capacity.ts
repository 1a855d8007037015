// Capacity: what is left of an offer, and of the engine, after all leases are subtracted. All leases together, whatever
// their series, never hold more than the engine has now; those of a series never hold more than it promises.
import type { Resources } from '../../records/common.ts';
import { sameBytes } from '../../records/id.ts';
import type { EngineFacts } from '../../runtime/engine.ts';
import { DISK_STEP_BYTES } from './parameters.ts';

const NAMES = ['cpuMillis', 'memoryBytes', 'diskBytes', 'gpus'] as const;

/** `total` without what is taken; never below zero. */
export function remaining(total: Resources, taken: Iterable<Resources>): Resources {
  const left = { ...total };
  for (const each of taken) for (const name of NAMES) left[name] = Math.max(0, left[name] - each[name]);
  return left;
}

/** Whether `wanted` fits into `available`. */
export function fits(wanted: Resources, available: Resources): boolean {
  return NAMES.every((name) => wanted[name] <= available[name]);
}

/** The sum of all. */
export function sum(all: Iterable<Resources>): Resources {
  const total = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 };
  for (const each of all) for (const name of NAMES) total[name] += each[name];
  return total;
}

/** What one lease takes, and of which series. */
export interface Holding {
  readonly series: Uint8Array;
  readonly resources: Resources;
  /** Whether it is above its tenant's limit: it gives way to those that are not. */
  readonly isPreemptible: boolean;
}

/** What an offer promises in all. */
export interface Promised {
  readonly series: Uint8Array;
  readonly total: Resources;
}

/**
 * What runs has to fit into: what an engine has in all. Of the disk that is no figure, for nobody's container is ended because
 * its owner has filled the rest of it.
 */
export function sizeOf({ cpuMillis, memoryBytes }: EngineFacts): Resources {
  return { cpuMillis, memoryBytes, diskBytes: Number.MAX_SAFE_INTEGER, gpus: 0 };
}

/**
 * What an engine has for this peer, beside what containers of others hold; nothing while it does not answer. Its disk is what
 * its owner gives, and no more than what is free and what the peer's own leases have `written` already.
 */
export function capacityOf(facts: EngineFacts | undefined, writtenBytes: number): Resources {
  if (facts === undefined) return sum([]);
  const { cpuMillis, memoryBytes, freeDiskBytes, statedDiskBytes, heldByOthers } = facts;
  const seen = freeDiskBytes === undefined ? (statedDiskBytes ?? 0) : freeDiskBytes + writtenBytes;
  const diskBytes = Math.min(seen, statedDiskBytes ?? seen);
  const total = { cpuMillis, memoryBytes, diskBytes, gpus: 0 };
  const left = remaining(total, [{ ...heldByOthers, gpus: 0 }]);
  return { ...left, diskBytes: left.diskBytes - (left.diskBytes % DISK_STEP_BYTES) };
}

/** What can still be leased of a series, once preemptible ones have given way. */
export function freeOf(
  { series, total }: Promised,
  engine: Resources,
  holdings: readonly Holding[],
): Resources {
  const firm = holdings.filter(({ isPreemptible }) => !isPreemptible);
  const ofSeries = firm.filter((each) => sameBytes(each.series, series));
  const left = remaining(total, ofSeries.map(resourcesOf));
  const beside = remaining(engine, firm.map(resourcesOf));
  return least(left, beside);
}

/** Of what leases take more than there is: of the series, of the engine, or of neither. */
export function excessOf(
  { series, total }: Promised,
  engine: Resources,
  holdings: readonly Holding[],
): 'series' | 'engine' | undefined {
  const ofSeries = holdings.filter((each) => sameBytes(each.series, series));
  if (!fits(sum(ofSeries.map(resourcesOf)), total)) return 'series';
  return fits(sum(holdings.map(resourcesOf)), engine) ? undefined : 'engine';
}

/** Whether all leases together fit into what the engine has. */
export function isWithin(engine: Resources, holdings: readonly Holding[]): boolean {
  return fits(sum(holdings.map(resourcesOf)), engine);
}

/** The smaller of two amounts, of each resource. */
function least(a: Resources, b: Resources): Resources {
  const smaller = { ...a };
  for (const name of NAMES) smaller[name] = Math.min(a[name], b[name]);
  return smaller;
}

const resourcesOf = ({ resources }: Holding): Resources => resources;
