// Offers, for people.
import type { Schemas } from '../api/client.ts';
import { shortPeer } from './deployment-id.ts';
import { showCpus, showCredits, showSize } from './quantities.ts';
import { table } from './table.ts';

const HEADS = ['series', 'volunteer', 'cpus', 'memory', 'disk', 'cpu/h', 'GiB/h', 'region', 'arch'];

/** A line an offer. */
export function showOffers(offers: readonly Schemas['Offer'][]): string {
  if (offers.length === 0) return 'No offers.';
  const rows = offers.map(({ series, volunteer, resources, prices, region, architecture }) => [
    ...[series, shortPeer(volunteer)],
    ...[showCpus(resources.cpuMillis), showSize(resources.memoryBytes), showSize(resources.diskBytes)],
    ...[showCredits(prices.cpuHour), showCredits(prices.memoryGibHour), region, architecture],
  ]);
  return table(HEADS, rows);
}
