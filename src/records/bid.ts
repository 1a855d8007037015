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

/** The fields that every version has. */
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
  /** The time for which the container is to run. */
  durationMs: int(1_000, 3_155_760_000_000),
  /** How long the volunteer continues while the peer of the tenant is out of reach. */
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
    /** How the volunteer gets it: `held` by its engine, `pulled` from the registry in the name, `sent` by the tenant. */
    way: WORD,
    /** Its largest size, unpacked; 0 if it is held. */
    maxBytes: int(0, 2 ** 50),
  }),
  /** The time that the image may need to arrive, in addition to `durationMs`. */
  fetchMs: SPAN_MS,
  ports: list(fields({ port: PORT, protocol: WORD }), 16),
  /** The privilege that the container gets, `user` or `root`; empty: the one that the image asks for. */
  privileges: WORD,
  /** 1: the container has volumes, which the payload names. */
  volumes: FLAG,
  /** The class of egress that the container gets; empty: none. */
  egress: WORD,
  /** The most that the tenant pays for a GiB through the tunnels, and for a GiB of egress. */
  maxTraffic: fields({ tunnelGib: MICROCREDITS, egressGib: MICROCREDITS }),
  /** 1: the volunteer may be one that is reached only through a relay. */
  relayed: FLAG,
  /** 1: everybody may reach the ports. */
  public: FLAG,
});

/** Body of a bid. */
export type BidBody = ReturnType<typeof BODY>;

/** The newer fields of a bid that asks only for a container of an image that the volunteer already has. */
export const PLAIN_BID = {
  ...{ fetchMs: 0, privileges: '', volumes: 0, egress: '', relayed: 0, public: 0 },
  maxTraffic: { tunnelGib: 0, egressGib: 0 },
} as const;

/** The way of an image that the engine already has. */
export const HELD = { way: 'held', maxBytes: 0 } as const;

const BODY_V1 = fields({ ...COMMON, image: fields(IMAGE), ports: list(PORT, 16) });

/** Bodies of the first version: an image that the engine has, TCP ports, nothing else. */
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
