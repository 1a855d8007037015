// Bid: a tenant's signed request for resources, with its limits. What is to be run is only committed to by a
// salted hash: command, environment and files go to the chosen volunteer alone, with Start.
import {
  DIGEST,
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
import { fields, int, list } from './shape.ts';

const BODY = fields({
  tenant: KEY,
  network: NETWORK,
  /** Random; it is also the bid's nonce: two bids for the same thing have different ids. */
  salt: SALT,
  issuedAtMs: TIME_MS,
  expiresAtMs: TIME_MS,
  resources: RESERVED,
  image: fields({ name: IMAGE_NAME, digest: DIGEST }),
  ports: list(int(1, 65_535), 16),
  /** The most the tenant pays for all the resources together. */
  maxPriceMicrocreditsPerHour: MICROCREDITS,
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
});

/** Body of a bid. */
export type BidBody = ReturnType<typeof BODY>;

export const bidKind = { maxBytes: 4_096, shape: BODY, authors: (body: BidBody) => [body.tenant] };
