// How far an address means the same place: this machine, this LAN, or everywhere.
import { isLoopback, isPrivate } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';

/** Wider scopes are higher; a name is taken to mean the same everywhere. */
export const SCOPE = { machine: 0, lan: 1, world: 2 } as const;
export type Scope = (typeof SCOPE)[keyof typeof SCOPE];

/** The scope of an address. */
export function scopeOf(address: Multiaddr): Scope {
  if (isLoopback(address)) return SCOPE.machine;
  return isPrivate(address) ? SCOPE.lan : SCOPE.world;
}

/** Of the addresses that others tell, those that are worth dialling and passing on, for a peer that is reached at `own`. On
 * the open network somebody's private address is nobody's, or a machine of one's own LAN that was none of their business.
 */
export function meaningful(addresses: readonly Multiaddr[], own: readonly Multiaddr[]): Multiaddr[] {
  const widest = Math.max(SCOPE.machine, ...own.map(scopeOf));
  return addresses.filter((address) => scopeOf(address) >= widest);
}
