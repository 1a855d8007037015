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
    ...[offer.region, offer.architecture, nameImages(offer, NAMED_IMAGES)],
  ]);
  return table(HEADS, rows);
}

/** Every image of every offer, one line each, and what else an offer takes. */
export function showImages(offers: readonly Offer[]): string {
  if (offers.length === 0) return 'No offers are known.';
  const rows = offers.flatMap((offer) => {
    const lines = [
      ...offer.images.map(({ name, digest }) => [name, digest]),
      ...takes(offer).map((each) => [each, '']),
    ];
    const shown = lines.length === 0 ? [['none', '']] : lines;
    return shown.map((line) => [offer.series, shortPeer(offer.volunteer), ...line]);
  });
  return table(['series', 'volunteer', 'image', 'digest'], rows);
}

/** Offers that this peer makes, one line each: what is left of what it promises, and every image. */
export function showOwnOffers(offers: readonly Schemas['OwnOffer'][]): string {
  if (offers.length === 0) return 'This peer offers nothing.';
  const rows = offers.map((offer) => [
    ...[offer.series, STATES[offer.state], ...showLeft(offer), ...showPrices(offer)],
    ...[offer.region, nameImages(offer, Number.POSITIVE_INFINITY)],
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

/** What an offer takes beside the images that it lists. */
function takes({ anyImage, pulls, maxSentBytes }: Offer): string[] {
  const any = anyImage ? ['any image of its engine'] : [];
  const pulled = pulls.length > 0 ? [`those of ${showRegistries(pulls)}`] : [];
  return [...any, ...pulled, ...(maxSentBytes > 0 ? [`sent ones up to ${showSize(maxSentBytes)}`] : [])];
}

/** Registries that images are pulled from. */
export function showRegistries(pulls: readonly string[]): string {
  return pulls.map((each) => (each === '*' ? 'any public registry' : each)).join(' and ');
}

function nameImages(offer: Offer, most: number): string {
  const names = offer.images.map(({ name }) => name);
  const more = names.length > most ? [`and ${names.length - most} more (--images)`] : [];
  const shown = [...names.slice(0, most), ...more, ...takes(offer)];
  return shown.length === 0 ? 'none' : shown.join(', ');
}
