// Bid: a tenant's signed request for resources, with its limits. What is to be run is only committed to by a
// salted hash: command, environment and files go to the chosen volunteer alone, with Start.
import {
  DIGEST,
  FLAG,
  ID,
  IMAGE_NAME,
  KEY,
  LABEL,
  MICROCREDITS,
  NETWORK,
  RESERVED,
  SALT,
  SPAN_MS,
  TIME_MS,
  WORD,
} from './common.ts';
import type { Former } from './kind.ts';
import { fields, int, list } from './shape.ts';

const PORT = int(1, 65_535);
const IMAGE = { name: IMAGE_NAME, digest: DIGEST };

/** What every version has. */
const COMMON = {
  tenant: KEY,
  network: NETWORK,
  /** Random; it is also the bid's nonce: two bids for the same thing have different ids. */
  salt: SALT,
  issuedAtMs: TIME_MS,
  expiresAtMs: TIME_MS,
  resources: RESERVED,
  /** The most the tenant pays for all the resources together. */
  maxPriceMicrocreditsPerHour: MICROCREDITS,
  /** How long it shall run. */
  durationMs: int(1_000, 3_155_760_000_000),
  /** How long the volunteer shall go on while the tenant's peer cannot be reached. */
  awayMs: SPAN_MS,
  /** Empty text: any. */
  architecture: WORD,
  region: WORD,
  runtimeClass: WORD,
  labels: list(LABEL, 16),
  /** SHA-256 of the start payload (payload.ts), which holds its own salt. */
  payloadHash: ID,
};

const BODY = fields({
  ...COMMON,
  image: fields({
    ...IMAGE,
    /** How it gets there: `held` by the engine, `pulled` from the registry in its name, `sent` by the tenant. */
    way: WORD,
    /** How large it is at most, unpacked; 0 where it is held. */
    maxBytes: int(0, 2 ** 50),
  }),
  /** How long it may take to get there, beside what it shall run. */
  fetchMs: SPAN_MS,
  ports: list(fields({ port: PORT, protocol: WORD }), 16),
  /** Which rights the container is to have inside, `user` or `root`; empty: those that the image asks for. */
  privileges: WORD,
  /** 1: it has volumes, which the payload names. */
  volumes: FLAG,
  /** Which class of a way out it is to have; empty: none. */
  egress: WORD,
  /** The most the tenant pays for a GiB through the tunnels, and for one that goes out. */
  maxTraffic: fields({ tunnelGib: MICROCREDITS, egressGib: MICROCREDITS }),
  /** 1: a volunteer that is reached through a relay alone will do. */
  relayed: FLAG,
  /** 1: whoever comes may reach the ports. */
  public: FLAG,
});

/** Body of a bid. */
export type BidBody = ReturnType<typeof BODY>;

/** What a bid says that wants nothing beyond a container for an image that is there. */
export const PLAIN_BID = {
  ...{ fetchMs: 0, privileges: '', volumes: 0, egress: '', relayed: 0, public: 0 },
  maxTraffic: { tunnelGib: 0, egressGib: 0 },
} as const;

/** How an image gets there that the engine holds. */
export const HELD = { way: 'held', maxBytes: 0 } as const;

const BODY_V1 = fields({ ...COMMON, image: fields(IMAGE), ports: list(PORT, 16) });

/** Of the first version: an image that is held, ports of TCP, nothing else. */
const former: Former<BidBody> = {
  maxBytes: 4_096,
  read(value, path) {
    const body = BODY_V1(value, path);
    return {
      ...{ ...body, ...PLAIN_BID },
      image: { ...body.image, ...HELD },
      ports: body.ports.map((port) => ({ port, protocol: 'tcp' })),
    };
  },
};

export const bidKind = {
  version: 2,
  maxBytes: 5_120,
  shape: BODY,
  former: { 1: former },
  authors: (body: BidBody) => [body.tenant],
};
