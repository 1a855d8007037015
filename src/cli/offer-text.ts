// Offers, for people.

import type { Schemas } from '../api/client.ts';
import { showCredits, showSize } from '../lib/amounts.ts';
import { shortPeer } from './deployment-id.ts';
import { table } from './table.ts';

type Offer = Schemas['Offer'];

const HEADS = ['series', 'volunteer', 'cpus', 'memory', 'disk', 'cpu/h', 'GiB/h', 'region', 'arch', 'images'];
const OWN_HEADS = ['series', 'state', 'cpus', 'memory', 'disk', 'cpu/h', 'GiB/h', 'region', 'images'];

/** So many images of another's offer are named; the rest is counted. */
const NAMED_IMAGES = 3;

const STATES: Readonly<Record<Schemas['OwnOffer']['state'], string>> = {
  listed: 'in the market',
  paused: 'paused',
  'engine-silent': 'engine does not answer',
  'disk-full': 'disk full',
};

/** Offers of the market, one line each. */
export function showOffers(offers: readonly Offer[]): string {
  if (offers.length === 0) return 'No offers are known.';
  const rows = offers.map((offer) => [
    ...[offer.series, shortPeer(offer.volunteer), ...showSizes(offer.resources), ...showPrices(offer)],
    ...[offer.region, offer.architecture, showImages(offer, NAMED_IMAGES)],
  ]);
  return table(HEADS, rows);
}

/** Offers that this peer makes, one line each: what is left of what it promises, and every image. */
export function showOwnOffers(offers: readonly Schemas['OwnOffer'][]): string {
  if (offers.length === 0) return 'This peer offers nothing.';
  const rows = offers.map((offer) => [
    ...[offer.series, STATES[offer.state], ...showLeft(offer), ...showPrices(offer)],
    ...[offer.region, showImages(offer, Number.POSITIVE_INFINITY)],
  ]);
  return table(OWN_HEADS, rows);
}

function showSizes({ cpuMillis, memoryBytes, diskBytes }: Schemas['Resources']): string[] {
  return [String(cpuMillis / 1_000), showSize(memoryBytes), showSize(diskBytes)];
}

/** `1.5 of 2`, or the total alone while nothing is taken of it. */
function showLeft({ resources, total }: Schemas['OwnOffer']): string[] {
  const [left, all] = [showSizes(resources), showSizes(total)];
  return all.map((each, index) => (left[index] === each ? each : `${left[index]} of ${each}`));
}

function showPrices({ prices }: Offer): string[] {
  return [showCredits(prices.cpuHour), showCredits(prices.memoryGibHour)];
}

function showImages({ images, anyImage, maxSentBytes }: Offer, most: number): string {
  const names = images.map(({ name }) => name);
  const more = names.length > most ? [`and ${names.length - most} more`] : [];
  const any = anyImage ? ['any image of its engine'] : [];
  const sent = maxSentBytes > 0 ? [`sent ones up to ${showSize(maxSentBytes)}`] : [];
  const shown = [...names.slice(0, most), ...more, ...any, ...sent];
  return shown.length === 0 ? 'none' : shown.join(', ');
}
