// Offer: a volunteer's signed, priced, firm promise of resources. Tombstone: its end.
import {
  DIGEST,
  FLAG,
  ID,
  IMAGE_NAME,
  KEY,
  LABEL,
  MICROCREDITS,
  NETWORK,
  RESOURCES,
  SALT,
  SPAN_MS,
  TIME_MS,
  WORD,
} from './common.ts';
import { bytes, fields, int, list, text } from './shape.ts';

/** Microcredits per reserved unit and hour. */
export const PRICES = fields({
  cpuHour: MICROCREDITS,
  memoryGibHour: MICROCREDITS,
  diskGibHour: MICROCREDITS,
  gpuHour: MICROCREDITS,
});

/** Price list of an offer. */
export type Prices = ReturnType<typeof PRICES>;

/** The host of a registry, with its port if it has one; `*` is any host. */
export const REGISTRY = text(255, /^(?:\*|[a-z0-9][a-z0-9.-]*(?::\d{1,5})?)$/);

/** The ways in which the volunteer gets an image that the offer does not list. */
const IMAGE_WAYS = fields({
  /** 1: every other image of the engine may run too. */
  anyHeld: FLAG,
  /** Registries that the volunteer pulls from. */
  pulls: list(REGISTRY, 16),
  /** The largest size, unpacked, of an image that the tenant sends; 0: the volunteer accepts none. */
  maxSentBytes: int(0, 2 ** 50),
});

/** How the disk limit of a lease is enforced, and whether there are volumes that live as long as the lease. */
const STORAGE = fields({
  /** `memory` (a tmpfs), `quota`, `file` (a file system in a file), `watched` (the lease ends when it is over the limit). */
  limit: WORD,
  volumes: FLAG,
});

/** Microcredits per GiB: through the tunnels to published ports, of egress, and relayed for others. */
const TRAFFIC_PRICES = fields({ tunnelGib: MICROCREDITS, egressGib: MICROCREDITS, relayGib: MICROCREDITS });

const MINUTES_A_WEEK = 7 * 24 * 60;

/** A part of every week, in minutes from Monday 00:00 UTC; if it ends before it begins, it continues over the end of Sunday. */
const HOURS = fields({ fromMinute: int(0, MINUTES_A_WEEK - 1), toMinute: int(1, MINUTES_A_WEEK) });

const BODY = fields({
  volunteer: KEY,
  network: NETWORK,
  salt: SALT,
  /** Stable over all revisions of one offer. */
  series: bytes(16),
  /** Grows with every revision; starts from the clock, so that a restored volunteer is not mute. */
  seq: int(1),
  issuedAtMs: TIME_MS,
  /** How long the offer is valid without a sign of life. */
  lifetimeMs: int(1_000, 86_400_000),
  /** Every so often the next preimage shows that the offer still lives (liveness.ts). */
  beatMs: int(500, 86_400_000),
  /** How many preimages the chain has. */
  beats: int(1, 4_096),
  /** End of the hash chain, the one thing about it that is signed. */
  tip: ID,
  /** Where the volunteer can be dialled, as multiaddrs. */
  addresses: list(text(256, /^\/[\x21-\x7e]+$/), 8),
  /** How the volunteer is reached: `direct`, `mapped` by its router, `relayed`; empty: it does not know. */
  reach: list(WORD, 4),
  resources: RESOURCES,
  prices: PRICES,
  traffic: TRAFFIC_PRICES,
  runtimeClasses: list(WORD, 8),
  architecture: WORD,
  region: WORD,
  labels: list(LABEL, 16),
  images: list(fields({ name: IMAGE_NAME, digest: DIGEST }), 32),
  imageWays: IMAGE_WAYS,
  /** Privileges that a container can have: `user`, `root`. */
  privileges: list(WORD, 8),
  storage: STORAGE,
  /** Classes of egress that a container can have; empty: no egress. */
  egress: list(WORD, 8),
  terms: fields({
    longestLeaseMs: SPAN_MS,
    firstEpochMs: int(1_000, 86_400_000),
    maxEpochMs: int(1_000, 86_400_000),
    maxAwayMs: SPAN_MS,
    /** The notice with which the owner may end a lease without a breach; 0: never. */
    noticeMs: SPAN_MS,
    /** When leases run; empty: always. */
    hours: list(HOURS, 28),
    /** 1: leases pause while the owner uses the machine. */
    onlyIdle: FLAG,
    /** The standing, in millionths, and the credit at this volunteer that a tenant must have at least. */
    leastStandingPpm: int(0, 1_000_000),
    leastCreditMicrocredits: MICROCREDITS,
  }),
});

/** Body of an offer. */
export type OfferBody = ReturnType<typeof BODY>;

/** The newer fields of an offer that only runs the images that it lists. */
export const PLAIN_OFFER = {
  reach: [],
  traffic: { tunnelGib: 0, egressGib: 0, relayGib: 0 },
  imageWays: { anyHeld: 0, pulls: [], maxSentBytes: 0 },
  privileges: ['user'],
  storage: { limit: 'memory', volumes: 0 },
  egress: [],
} as const;

/** The terms of an offer whose owner does not limit when leases run and for whom. */
export const PLAIN_TERMS = {
  ...{ noticeMs: 0, hours: [], onlyIdle: 0, leastStandingPpm: 0, leastCreditMicrocredits: 0 },
} as const;

export const offerKind = {
  version: 2,
  maxBytes: 13_312,
  shape: BODY,
  authors: (body: OfferBody) => [body.volunteer],
};

const TOMBSTONE = fields({
  volunteer: KEY,
  network: NETWORK,
  salt: SALT,
  series: bytes(16),
  /** Higher than the seq of the revision that it ends. */
  seq: int(1),
  issuedAtMs: TIME_MS,
  /** No revision that it ends can live longer than this; afterwards the tombstone may be forgotten. */
  forgetAtMs: TIME_MS,
});

/** Body of a tombstone. */
export type TombstoneBody = ReturnType<typeof TOMBSTONE>;

export const tombstoneKind = {
  version: 1,
  maxBytes: 512,
  shape: TOMBSTONE,
  authors: (body: TombstoneBody) => [body.volunteer],
};
