// Addresses of peers, as other peers say; kept apart from libp2p's store, which has no bound.
import type { Multiaddr } from '@multiformats/multiaddr';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { publicKeyOf } from '../../records/identity.ts';
import { isAddress, parseAddress } from '../terms/address-rules.ts';
import { MAX_LEARNED_ADDRESSES, MAX_LEARNED_PEERS } from '../terms/parameters.ts';

/** Learned addresses, newest first; the peers learned longest ago are forgotten first. */
export class AddressBook {
  readonly #addresses = new BoundedMap<string, readonly Multiaddr[]>(MAX_LEARNED_PEERS);

  /** Adds what is an address and names this peer or none; the rest is left out. KEY_INVALID for what is no peer. */
  learn(peer: string, addresses: readonly string[]): void {
    publicKeyOf(peer);
    const learned = addresses.slice(0, MAX_LEARNED_ADDRESSES).flatMap((text) => addressOf(peer, text) ?? []);
    const known = this.of(peer).filter((old) => !learned.some((address) => address.equals(old)));
    const all = [...learned, ...known].slice(0, MAX_LEARNED_ADDRESSES);
    if (all.length > 0) this.#addresses.set(peer, all);
  }

  /** Each ends in `/p2p/<peer>`. */
  of(peer: string): readonly Multiaddr[] {
    return this.#addresses.get(peer) ?? [];
  }
}

function addressOf(peer: string, text: string): Multiaddr | undefined {
  if (!isAddress(text)) return undefined;
  const address = parseAddress(text);
  const named = address && peerOfAddress(address);
  if (named === undefined) return address?.encapsulate(`/p2p/${peer}`);
  return named === peer ? address : undefined;
}

/** The peer that an address ends at, if it names one. */
export function peerOfAddress(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1);
  return last?.name === 'p2p' ? last.value : undefined;
}

/** The address, ending in its peer; one that names a peer stays as it is. */
export function withPeer(address: Multiaddr, peer: string): Multiaddr {
  const named = address.getComponents().some(({ name }) => name === 'p2p');
  return named ? address : address.encapsulate(`/p2p/${peer}`);
}
