// The pool that the subnets of instances are taken from; also where a setting names it, without anything of Docker.
import { BlockList, isIPv4 } from 'node:net';
import { TallyError } from '../../lib/errors.ts';
import { SUBNET_PREFIX } from '../parameters.ts';

/** A range of IPv4 addresses that is cut into subnets of one size. */
export interface NetworkPool {
  cidr: string;
  /** The first address as a number. */
  base: number;
  /** How many subnets there are. */
  count: number;
}

/**
 * Ranges that are no network's: this machine itself, what routers do not pass on, multicast and reserved. The firewall
 * rule drops what comes from the pool, and so would cut this machine off from itself.
 */
const NOBODYS = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];

/** Reads `10.203.0.0/16`; CONFIG_INVALID when it is no range that holds a subnet. */
export function parsePool(cidr: string): NetworkPool {
  const fault = poolFault(cidr);
  if (fault !== undefined)
    throw new TallyError('CONFIG_INVALID', { setting: '/engine/networkPool', value: cidr, reason: fault });
  const [address = '', bits = ''] = cidr.split('/');
  const prefix = Number(bits);
  const size = 2 ** (32 - prefix);
  const base = Math.floor(toNumber(address) / size) * size;
  return { cidr: `${toAddress(base)}/${prefix}`, base, count: 2 ** (SUBNET_PREFIX - prefix) };
}

/** The subnet of that index in the pool, as a range. */
export function subnetAt(pool: NetworkPool, index: number): string {
  return `${toAddress(pool.base + index * 2 ** (32 - SUBNET_PREFIX))}/${SUBNET_PREFIX}`;
}

/** Why a text does not name a pool; undefined if it does. */
export function poolFault(cidr: string): string | undefined {
  const [address = '', bits = '', ...more] = cidr.split('/');
  const prefix = Number(bits);
  const fits = /^\d{1,2}$/.test(bits) && prefix >= 8 && prefix <= SUBNET_PREFIX && more.length === 0;
  if (!isIPv4(address) || !fits)
    return `not a range of IPv4 addresses of 8 to ${SUBNET_PREFIX} bits; write it like 10.203.0.0/16`;
  const nobodys = new BlockList();
  for (const range of NOBODYS) {
    const [base = '', length = ''] = range.split('/');
    nobodys.addSubnet(base, Number(length), 'ipv4');
  }
  return nobodys.check(address, 'ipv4')
    ? 'a network cannot have these addresses; write 10.203.0.0/16'
    : undefined;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
