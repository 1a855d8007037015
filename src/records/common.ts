// Shapes that several kinds of record share.
import { bytes, fields, int, text } from './shape.ts';

/** An Ed25519 public key, 32 bytes. */
export const KEY = bytes(32);
/** Random bytes that make a body, and so its id, unguessable: 16 bytes. */
export const SALT = bytes(16);
/** A SHA-256, 32 bytes. */
export const ID = bytes(32);
/** The name of a network, part of what is signed. */
export const NETWORK = text(32, /^[a-z0-9][a-z0-9-]*$/);
/** Milliseconds since 1970. */
export const TIME_MS = int(0);
/** A stretch of time, at most a hundred years. */
export const SPAN_MS = int(0, 3_155_760_000_000);
/** An amount in microcredits, up to a billion credits. */
export const MICROCREDITS = int(0, 1_000_000_000_000_000);
/** A digest as OCI writes it. */
export const DIGEST = text(71, /^sha256:[0-9a-f]{64}$/);
/** An image name as people type it, without a digest. */
export const IMAGE_NAME = text(256, /^[a-z0-9][A-Za-z0-9._:/-]*$/);
/** A word of a closed vocabulary that grows: architecture, region, runtime class. */
export const WORD = text(64, /^[A-Za-z0-9._/-]*$/);
/** Yes (1) or no (0). */
export const FLAG = int(0, 1);
/** What tenants can ask of a volunteer: `key=value`. */
export const LABEL = text(128, /^[a-z0-9.-]+=[A-Za-z0-9._/-]*$/);

/** What an offer still has; zero where all is taken. */
export const RESOURCES = fields({
  cpuMillis: int(0, 1_024_000),
  memoryBytes: int(0, 2 ** 50),
  diskBytes: int(0, 2 ** 50),
  gpus: int(0, 64),
});

/** What a bid asks for and a lease gives; all are hard limits of the container. */
export const RESERVED = fields({
  cpuMillis: int(10, 1_024_000),
  memoryBytes: int(8 * 2 ** 20, 2 ** 50),
  diskBytes: int(0, 2 ** 50),
  gpus: int(0, 64),
});

/** Resources as they stand in offers, bids and leases. */
export type Resources = ReturnType<typeof RESOURCES>;
