// Offer: a volunteer's signed, priced, firm promise of resources. Tombstone: its end.
import {
  DIGEST,
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
  resources: RESOURCES,
  prices: PRICES,
  runtimeClasses: list(WORD, 8),
  architecture: WORD,
  region: WORD,
  labels: list(LABEL, 16),
  images: list(fields({ name: IMAGE_NAME, digest: DIGEST }), 32),
  terms: fields({
    longestLeaseMs: SPAN_MS,
    firstEpochMs: int(1_000, 86_400_000),
    maxEpochMs: int(1_000, 86_400_000),
    maxAwayMs: SPAN_MS,
  }),
});

/** Body of an offer. */
export type OfferBody = ReturnType<typeof BODY>;

export const offerKind = { maxBytes: 12_288, shape: BODY, authors: (body: OfferBody) => [body.volunteer] };

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
  maxBytes: 512,
  shape: TOMBSTONE,
  authors: (body: TombstoneBody) => [body.volunteer],
};
