// What tenants want: batches of a real trace, as many a day as load asks for.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../bench/support/random.ts';
import { GIB } from '../../src/lib/units.ts';
import type { Resources } from '../../src/records/common.ts';

const BATCHES = fileURLToPath(new URL('../data/azure-2017-batches.csv', import.meta.url));

/** One container that is wanted for so long. */
export interface Wish {
  readonly resources: Resources;
  readonly hours: number;
}

/** Batches of wishes, each with what it comes to in cpu-hours. */
export class Workload {
  readonly #batches: readonly (readonly Wish[])[];
  /** Of a batch, on average. */
  readonly cpuHours: number;

  constructor(batches: readonly (readonly Wish[])[]) {
    this.#batches = batches;
    this.cpuHours = batches.reduce((sum, batch) => sum + cpuHoursIn(batch), 0) / batches.length;
  }

  /** A batch of the trace. */
  draw(random: Random): readonly Wish[] {
    return this.#batches[random.int(0, this.#batches.length - 1)] ?? [];
  }
}

export function cpuHoursIn(batch: readonly Wish[]): number {
  return batch.reduce((sum, { resources, hours }) => sum + (resources.cpuMillis / 1_000) * hours, 0);
}

export async function readWorkload(): Promise<Workload> {
  const [, ...lines] = (await readFile(BATCHES, 'utf8')).trim().split('\n');
  const batches: Wish[][] = [];
  for (const line of lines) {
    const [batch = 0, cores = 0, memoryGib = 0, hours = 0] = line.split(',').map(Number);
    const resources = { cpuMillis: cores * 1_000, memoryBytes: memoryGib * GIB, diskBytes: 0, gpus: 0 };
    const wishes = batches[batch] ?? [];
    wishes.push({ resources, hours });
    batches[batch] = wishes;
  }
  return new Workload(batches);
}
