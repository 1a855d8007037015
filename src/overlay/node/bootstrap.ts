// Bootstrap peers: dialled at start, and again whenever the connection to them is gone.
import type { Multiaddr } from '@multiformats/multiaddr';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { addressFault, parseAddress } from '../terms/address-rules.ts';
import { BOOTSTRAP_RETRY_MAX_MS, BOOTSTRAP_RETRY_MIN_MS } from '../terms/parameters.ts';
import { peerOfAddress } from './address-book.ts';

/** What keeping a connection needs of the node. */
export interface BootstrapParts {
  isConnected(peer: string): boolean;
  dial(address: Multiaddr, signal: AbortSignal): Promise<void>;
  clock: Clock;
  log: Log;
}

/** A bootstrap peer and where it is. */
export interface BootstrapPeer {
  peer: string;
  address: Multiaddr;
}

/** Reads `…/p2p/<peer>`; throws CONFIG_INVALID for anything else, since we only trust whom we were told to expect. */
export function parseBootstrap(text: string): BootstrapPeer {
  const reason = addressFault(text, 'bootstrap');
  const address = parseAddress(text);
  const peer = address && peerOfAddress(address);
  if (address === undefined || peer === undefined || reason !== undefined)
    throw new TallyError('CONFIG_INVALID', { setting: '/bootstrap', value: text, reason });
  return { peer, address };
}

/**
 * Keeps a connection to a bootstrap peer until the signal aborts. Waits longer after every dial, until one is found to
 * have lasted: a peer of another network takes the call and hangs up.
 */
export function keepConnected(
  parts: BootstrapParts,
  { peer, address }: BootstrapPeer,
  signal: AbortSignal,
): void {
  let waitMs = BOOTSTRAP_RETRY_MIN_MS;
  let cancel = () => {};
  const connect = async () => {
    if (parts.isConnected(peer)) {
      waitMs = BOOTSTRAP_RETRY_MIN_MS;
    } else {
      waitMs = Math.min(waitMs * 2, BOOTSTRAP_RETRY_MAX_MS);
      await parts.dial(address, signal).catch((error: unknown) => {
        parts.log.debug({ peer, waitMs, err: error }, 'a bootstrap peer does not answer');
      });
    }
    if (!signal.aborted) cancel = parts.clock.after(waitMs, connect);
  };
  signal.addEventListener('abort', () => cancel(), { once: true });
  void connect();
}
