// Arithmetic of resources: what is left of an offer when leases are taken out of it.
import type { Resources } from '../records/common.ts';

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
