// Runs identify with every new connection. The name of its protocol contains the network, so a peer of another network
// fails here, and its connection is closed.
import type { Connection, Libp2p, PeerId } from '@libp2p/interface';
import type { Log } from '../../lib/log.ts';
import type { OverlayMetrics } from '../../metrics/overlay.ts';
import { GREETING_TIMEOUT_MS } from '../terms/parameters.ts';
import type { OverlayNode } from './node.ts';

/** What greeting needs of the overlay. */
export interface GreetingParts {
  /** Called once for every peer that was not connected before, when its protocols are known. */
  onGreeted(peer: string): void;
  /** Called for every peer that we dialled and that turned out to be of another network. */
  onForeign(peer: string): void;
  signal: AbortSignal;
  log: Log;
  metrics?: OverlayMetrics | undefined;
}

/** Greets every connection that opens until the signal aborts; the set returned holds those greeted and connected. */
export function greetConnections(node: OverlayNode, parts: GreetingParts): ReadonlySet<string> {
  const greeted = new Set<string>();
  const countPeers = () => parts.metrics?.connectedPeers.set(node.getPeers().length);
  const onOpen = async ({ detail: connection }: CustomEvent<Connection>) => {
    const peer = connection.remotePeer.toString();
    try {
      await identify(node, connection, parts.signal);
      if (greeted.has(peer) || !isConnected(node, connection.remotePeer)) return;
      greeted.add(peer);
      parts.onGreeted(peer);
    } catch (error) {
      parts.log.debug({ peer, err: error }, 'closed the connection to a peer that sent no greeting');
      if (isOfAnotherNetwork(error) && connection.direction === 'outbound') parts.onForeign(peer);
      connection.abort(new Error('the peer sent no greeting in time'));
    }
  };
  const onDisconnect = ({ detail }: CustomEvent<PeerId>) => {
    greeted.delete(detail.toString());
    countPeers();
  };
  const { signal } = parts;
  node.addEventListener('connection:open', onOpen, { signal });
  node.addEventListener('peer:connect', countPeers, { signal });
  node.addEventListener('peer:disconnect', onDisconnect, { signal });
  return greeted;
}

/** It answers, and does not know the protocol, whose name carries the network. */
function isOfAnotherNetwork(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnsupportedProtocolError';
}

async function identify(node: OverlayNode, connection: Connection, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(GREETING_TIMEOUT_MS)]);
  await node.services.identify.identify(connection, { signal: limit });
}

function isConnected(node: Libp2p, peer: PeerId): boolean {
  return node.getConnections(peer).length > 0;
}
