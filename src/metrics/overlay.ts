// Metrics of the overlay.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { fromZero } from './closed-labels.ts';

/** Gossip topics and verdicts: the closed sets of the overlay's interface. */
const TOPICS = ['offer', 'tombstone', 'liveness', 'vouch', 'outcome', 'fork-proof'];
export const VERDICTS = ['accept', 'reject', 'ignore'];

export type OverlayMetrics = ReturnType<typeof overlayMetrics>;

/** Registers the overlay's metrics. */
export function overlayMetrics(registry: Registry) {
  const registers = [registry];
  return {
    connectedPeers: new Gauge({
      name: 'tallymesh_overlay_connected_peers',
      help: 'Peers to which this peer is connected',
      registers,
    }),
    gossipMessagesTotal: fromZero(
      new Counter({
        name: 'tallymesh_overlay_gossip_messages_total',
        help: 'Gossip messages that arrived, by topic and verdict',
        labelNames: ['topic', 'verdict'] as const,
        registers,
      }),
      { topic: TOPICS, verdict: VERDICTS },
    ),
    gossipPeers: new Gauge({
      name: 'tallymesh_overlay_gossip_peers',
      help: 'Peers that gossip with this peer, by their score: fine, faulty or ignored',
      labelNames: ['score'] as const,
      registers,
    }),
    requestsTotal: new Counter({
      name: 'tallymesh_overlay_requests_total',
      help: 'Requests, feeds and pipes by protocol, direction and outcome',
      labelNames: ['protocol', 'direction', 'outcome'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'tallymesh_overlay_request_seconds',
      help: 'Time from a call of this peer to the last byte of its answer, by protocol',
      labelNames: ['protocol'] as const,
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    dhtLookupsTotal: fromZero(
      new Counter({
        name: 'tallymesh_overlay_dht_lookups_total',
        help: 'Lookups in the DHT for peers that did not answer at their known addresses, by outcome',
        labelNames: ['outcome'] as const,
        registers,
      }),
      { outcome: ['found', 'absent'] },
    ),
    openPipes: new Gauge({
      name: 'tallymesh_overlay_open_pipes',
      help: 'Pipes that are open, in either direction',
      registers,
    }),
    pipesResetTotal: new Counter({
      name: 'tallymesh_overlay_pipes_reset_total',
      help: 'Pipes that were reset because too much waited in all those of their owner',
      registers,
    }),
    tunnelBytesTotal: fromZero(
      new Counter({
        name: 'tallymesh_overlay_tunnel_bytes_total',
        help: 'Bytes that passed through pipes, by direction',
        labelNames: ['direction'] as const,
        registers,
      }),
      { direction: ['in', 'out'] },
    ),
  };
}
