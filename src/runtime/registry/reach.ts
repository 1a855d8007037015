// Which hosts a pull may speak to. Strangers name the registry, and a registry names further hosts by redirects and for tokens:
// none of them is to reach what only this machine or its network can reach.
import { BlockList, isIP } from 'node:net';

/** Any registry with a public name, at the usual port. */
const ANY_REGISTRY = '*';

/** Addresses of IPv4 that are not the internet's (IANA's special-purpose registry): loopback, private, link-local, shared, … */
const SPECIAL_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Of IPv6 only this is the internet's, … */
const GLOBAL_V6 = ['2000::', 3] as const;
/** … but for these: Teredo with other protocol assignments, documentation, and 6to4, which wraps any address of IPv4. */
const SPECIAL_V6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [network, bits] of SPECIAL_V4) special.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of SPECIAL_V6) special.addSubnet(network, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet(...GLOBAL_V6, 'ipv6');

/** Whether everybody on the internet reaches the same machine by this address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** Whether an owner who allows these registries lets images come from this one; what it resolves to is another question. */
export function allowsRegistry(allowed: readonly string[], registry: string): boolean {
  return allowed.includes(registry) || (allowed.includes(ANY_REGISTRY) && hasPublicName(registry));
}

/** A name of the domain name system, at the usual port. */
function hasPublicName(host: string): boolean {
  return !host.includes(':') && isIP(host) === 0 && /\.[a-z][a-z0-9-]*$/.test(host);
}

/** Whether a host is this machine by its very address: registries there speak without encryption. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '');
  return name === 'localhost' || (isIP(name) === 4 && name.startsWith('127.'));
}
