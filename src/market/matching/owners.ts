// Guesses at owners: keys whose machines share an address prefix, or that this peer reaches through one other key only,
// are counted as one owner. It is a guess, used to spread replicas, and a volunteer can get round it.
import type { OfferBody } from '../../records/offer.ts';

const IPV4 = /^\/ip4\/(\d+)\.(\d+)\.(\d+)\.\d+\//;
const IPV6 = /^\/ip6\/([0-9a-f:]+)\//i;

/** Names of owners that a volunteer may belong to: by its offer's addresses, and by the one key that leads to it. */
export function guessOwners(
  volunteer: string,
  offer: Pick<OfferBody, 'addresses'>,
  through: string = volunteer,
): string[] {
  return [...new Set([guessOwner(volunteer, offer), through])];
}

/** The owner that an offer's first public address points to; the volunteer itself where it shows none. */
export function guessOwner(volunteer: string, { addresses }: Pick<OfferBody, 'addresses'>): string {
  for (const address of addresses) {
    const prefix = prefixOf(address);
    if (prefix !== undefined) return prefix;
  }
  return volunteer;
}

/** An IPv4 /24 or an IPv6 /48: what one household or one rack gets. Private addresses say nothing about an owner. */
function prefixOf(address: string): string | undefined {
  const ipv4 = IPV4.exec(address)?.slice(1).map(Number);
  if (ipv4 !== undefined) return isPrivate(ipv4) ? undefined : `${ipv4.join('.')}.0/24`;
  const ipv6 = IPV6.exec(address)?.[1]?.toLowerCase();
  if (ipv6 === undefined || !/^[23]/.test(ipv6)) return undefined;
  const [head = ''] = ipv6.split('::');
  const groups = [...head.split(':'), '0', '0'].slice(0, 3).map((group) => group.padStart(4, '0'));
  return `${groups.join(':')}::/48`;
}

function isPrivate([a = 0, b = 0]: readonly number[]): boolean {
  const isShared = a === 100 && b >= 64 && b < 128;
  return a === 10 || a === 127 || isShared || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}
