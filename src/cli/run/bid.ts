// From the options of `tally run` to the bid that it places.
import type { Command } from 'commander';
import type { Schemas } from '../../api/client.ts';
import { CREDIT, GIB } from '../../lib/units.ts';
import { healthOf } from '../health-options.ts';
import { pullOf, readEnvFile, sentWith } from '../run-input.ts';
import type { RunOptions } from './options.ts';

/** The bid, with what its files hold. What cannot be read is wrong usage. */
export async function bidOf(
  command: Command,
  image: string,
  words: readonly string[],
  options: RunOptions,
): Promise<Schemas['BidInput']> {
  const { envFile, env } = options;
  const ofFile = envFile === undefined ? undefined : await readEnvFile(command, envFile);
  const given = ofFile === undefined ? options : { ...options, env: { ...ofFile, ...env } };
  const pull = options.pull === true ? { pull: await pullOf(command, image, options) } : {};
  return {
    ...{ ...plainBid(image, words, given), ...pull, ...healthOf(command, options) },
    ...(await sentWith(command, options)),
  };
}

function plainBid(image: string, words: readonly string[], options: RunOptions): Schemas['BidInput'] {
  const { port, maxPrice, away, env, region, label, name, replicas, grace, waitOut } = options;
  const { cpus: cpuMillis, memory: memoryBytes, disk, gpus, root } = options;
  const resources = {
    ...{ cpuMillis, memoryBytes },
    ...(disk === undefined ? {} : { diskBytes: disk }),
    ...(gpus === undefined ? {} : { gpus }),
  };
  return {
    image,
    resources,
    maxPriceMicrocreditsPerHour: maxPrice ?? usualLimit(resources),
    durationMs: options.for,
    ...(words.length === 0 ? {} : { command: [...words] }),
    ...(port === undefined ? {} : { ports: [...new Set(port.map((each) => each.port))] }),
    ...(away === undefined ? {} : { awayMs: away }),
    ...(env === undefined ? {} : { env }),
    ...(root === undefined ? {} : { privileges: 'root' as const }),
    ...(region === undefined ? {} : { region }),
    ...(label === undefined ? {} : { labels: label }),
    ...(name === undefined ? {} : { name }),
    ...(replicas === undefined ? {} : { replicas }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(waitOut === undefined ? {} : { waitOut }),
  };
}

/** Twice what the default price list makes of it: one credit per hour for one cpu with two GiB. */
function usualLimit({ cpuMillis, memoryBytes }: Schemas['BidResources']): number {
  return Math.ceil(2 * CREDIT * Math.max(cpuMillis / 1_000, memoryBytes / (2 * GIB)));
}
