// Metrics of the market.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { fromZero } from './closed-labels.ts';
import { SIDES } from './ledger.ts';

/** Why a lease that this peer gave can end: as it should, by what went wrong, or because its container did not start. */
const LEASE_CAUSES = [
  ...['EXITED', 'TENANT_STOPPED', 'TERM_OVER', 'RESERVATION_EXPIRED', 'ENDED_UNSEEN'],
  ...['INSTANCE_KILLED', 'ENGINE_STOPPED', 'ENGINE_SHRANK', 'EVICTED'],
  ...[
    'CREDIT_SPENT',
    'RECALLED',
    'OUT_OF_MEMORY',
    'LOG_FLOOD',
    'DISK_EXCEEDED',
    'UNHEALTHY',
    'RESTARTS_SPENT',
    'INSTANCE_LOST',
    'TENANT_REFUSED',
    'TENANT_AWAY',
    'UNDERPAID',
    'SUPERSEDED',
  ],
  ...[
    'IMAGE_NOT_SENT',
    'IMAGE_DIGEST_WRONG',
    'IMAGE_TOO_LARGE',
    'IMAGE_WRONG_ARCHITECTURE',
    'IMAGE_CACHE_FULL',
  ],
  ...['INSTANCE_START_FAILED', 'IMAGE_NOT_FOUND', 'IMAGE_NEEDS_ROOT', 'NETWORK_POOL_EXHAUSTED'],
  ...['ENGINE_FAILED', 'ENGINE_UNREACHABLE', 'ENGINE_OPTION_DROPPED', 'INTERNAL'],
];

/** Why a container is started once more. */
const RESTART_CAUSES = ['EXITED', 'OUT_OF_MEMORY', 'ENDED_UNSEEN', 'ENGINE_STOPPED', 'UNHEALTHY'];

export type MarketMetrics = ReturnType<typeof marketMetrics>;

/** Registers the market's metrics. */
export function marketMetrics(registry: Registry) {
  const registers = [registry];
  return {
    offersKnown: new Gauge({
      name: 'tallymesh_market_offers_known',
      help: 'Entries of the order book',
      registers,
    }),
    reconciledTotal: new Counter({
      name: 'tallymesh_market_reconciled_total',
      help: 'Offers, tombstones and beats that came by reconciliation',
      registers,
    }),
    matchSeconds: new Histogram({
      name: 'tallymesh_market_match_seconds',
      help: 'Time of one match over the whole book',
      buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
      registers,
    }),
    matchesTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_matches_total',
        help: 'Matches, by whether any offer fitted',
        labelNames: ['outcome'] as const,
        registers,
      }),
      { outcome: ['matched', 'none'] },
    ),
    reservationsTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_reservations_total',
        help: 'Reserve calls, by side and outcome',
        labelNames: ['side', 'outcome'] as const,
        registers,
      }),
      { side: SIDES, outcome: ['leased', 'refused'] },
    ),
    bidToRunningSeconds: new Histogram({
      name: 'tallymesh_market_bid_to_running_seconds',
      help: 'Time from the arrival of a bid until its container runs, as the tenant sees it',
      buckets: [0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30],
      registers,
    }),
    imageBytesTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_image_bytes_total',
        help: 'Bytes of image layers that travelled, compressed; shared: between volunteers, with a grant of the tenant',
        labelNames: ['direction'] as const,
        registers,
      }),
      { direction: ['in', 'out', 'shared-in', 'shared-out'] },
    ),
    imageFetchSeconds: new Histogram({
      name: 'tallymesh_market_image_fetch_seconds',
      help: 'Time that an image took from its tenant or its registry into the engine',
      buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800],
      registers,
    }),
    imageCacheBytes: new Gauge({
      name: 'tallymesh_market_image_cache_bytes',
      help: 'Size of the images in the engine that came for tenants, unpacked',
      registers,
    }),
    imagesEvictedTotal: new Counter({
      name: 'tallymesh_market_images_evicted_total',
      help: 'Images of tenants removed from the engine, to make room or by its owner',
      registers,
    }),
    leases: new Gauge({
      name: 'tallymesh_market_leases',
      help: 'Leases that this peer gave, by state',
      labelNames: ['state'] as const,
      registers,
    }),
    leasesEndedTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_leases_ended_total',
        help: 'Leases of this peer as volunteer that ended, by cause',
        labelNames: ['cause'] as const,
        registers,
      }),
      { cause: LEASE_CAUSES },
    ),
    restartsTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_restarts_total',
        help: 'Containers that this peer as volunteer started once more in their lease, by how the run before ended',
        labelNames: ['cause'] as const,
        registers,
      }),
      { cause: RESTART_CAUSES },
    ),
    chargedMicrocreditsTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_charged_microcredits_total',
        help: 'Charges that both sides signed, by the side of this peer',
        labelNames: ['side'] as const,
        registers,
      }),
      { side: SIDES },
    ),
    unsignedMicrocredits: new Gauge({
      name: 'tallymesh_market_unsigned_microcredits',
      help: 'Charges that tenants have not signed yet',
      registers,
    }),
    deployments: new Gauge({
      name: 'tallymesh_market_deployments',
      help: 'Deployments of this peer, by state',
      labelNames: ['state'] as const,
      registers,
    }),
    instances: new Gauge({
      name: 'tallymesh_market_instances',
      help: 'Copies of the deployments of this peer that have not ended, by state',
      labelNames: ['state'] as const,
      registers,
    }),
    instanceHealth: new Gauge({
      name: 'tallymesh_market_instance_health',
      help: 'Copies of the deployments of this peer that run, by what their health check says; none: they have no check',
      labelNames: ['health'] as const,
      registers,
    }),
    instancesLostTotal: new Counter({
      name: 'tallymesh_market_instances_lost_total',
      help: 'Copies that were out of reach for longer than the grace of their deployment',
      registers,
    }),
    replacementsTotal: fromZero(
      new Counter({
        name: 'tallymesh_market_replacements_total',
        help: 'Attempts to replace a copy, by whether a volunteer gave a lease',
        labelNames: ['outcome'] as const,
        registers,
      }),
      { outcome: ['placed', 'none'] },
    ),
  };
}
