// Home machines: what they have, by a survey of consumer PCs, and when they are up, by fits to a trace of home peers.
import type { Random } from '../../bench/support/random.ts';
import { GIB } from '../../src/lib/units.ts';
import type { Resources } from '../../src/records/common.ts';

/** Physical cores and memory in GiB with their shares: Steam hardware survey, April 2026. Drawn apart from each other. */
const CORES = {
  of: [2, 4, 6, 8, 10, 12, 14, 16, 20, 24],
  shares: [30, 130, 286, 270, 76, 51, 49, 55, 21, 27],
};
const MEMORY = { of: [4, 8, 12, 16, 24, 32, 48, 64], shares: [15, 77, 25, 409, 20, 376, 12, 41] };

/** Hours up and down: Weibull fits to Skype's super-peers of 2006, by the Failure Trace Archive (Javadi et al. 2013). */
const UP = { shape: 0.64, scale: 10.86 };
const DOWN = { shape: 0.63, scale: 9.48 };

/** Half of a machine is offered. */
export function offeredBy(random: Random): Resources {
  const [cores, memoryGib] = [
    random.pick(listOf(CORES), CORES.shares),
    random.pick(listOf(MEMORY), MEMORY.shares),
  ];
  return {
    cpuMillis: Math.max(1, cores / 2) * 1_000,
    memoryBytes: (memoryGib / 2) * GIB,
    diskBytes: 0,
    gpus: 0,
  };
}

/** How long a machine stays up or down, in hours. */
export function stretchHours(isUp: boolean, random: Random): number {
  const { shape, scale } = isUp ? UP : DOWN;
  return scale * (-Math.log(1 - random.share())) ** (1 / shape);
}

function listOf({ of }: { of: readonly number[] }): [number, ...number[]] {
  return of as [number, ...number[]];
}
