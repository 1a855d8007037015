// The sealed start payload, which only the chosen volunteer may see. The bid carries its hash; the salt in it prevents
// that short commands and guessable secrets are found by trying.
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from './codec.ts';
import { DIGEST, SALT } from './common.ts';
import { sha256 } from './id.ts';
import { fields, list, text } from './shape.ts';

/** Size limit of an encoded payload. */
export const PAYLOAD_MAX_BYTES = 65_536;

/** Where in its registry the volunteer finds an image that it pulls, and a login for just that; empty texts: none. */
const PULL = fields({
  /** Of the manifest of the image that the bid names. */
  manifest: DIGEST,
  username: text(256),
  password: text(16_384, /^[^\0]*$/),
});
export type PayloadPull = ReturnType<typeof PULL>;

const PAYLOAD = fields({
  salt: SALT,
  /** Empty: the image's own command. */
  command: list(text(8_192, /^\P{Cs}*$/u), 128),
  env: list(fields({ name: text(128, /^[A-Za-z_][A-Za-z0-9_]*$/), value: text(16_384, /^[^\0]*$/) }), 128),
  /** One where the bid says that the image is pulled. */
  pull: list(PULL, 1),
});

/** What to start. */
export type StartPayload = ReturnType<typeof PAYLOAD>;

/** The fields that payloads up to 0.2.0 lack, which tenants still have on disk. */
const NEWER = { pull: [] } as const;
type Newer = keyof typeof NEWER;

/** A payload to seal; what it says nothing of is empty. */
export type PayloadInput = Omit<StartPayload, Newer> & Partial<Pick<StartPayload, Newer>>;

/** The bytes of a payload and the hash that the bid commits to. Throws RECORD_MALFORMED, RECORD_TOO_LARGE. */
export function sealPayload(payload: PayloadInput): { bytes: Uint8Array; hash: Uint8Array } {
  const bytes = encode(PAYLOAD({ ...NEWER, ...payload }, 'payload'));
  if (bytes.length > PAYLOAD_MAX_BYTES) {
    throw new TallyError('RECORD_TOO_LARGE', {
      what: 'command and env',
      maxBytes: PAYLOAD_MAX_BYTES,
      got: bytes.length,
    });
  }
  return { bytes, hash: sha256(bytes) };
}

/** Decodes a payload; throws RECORD_MALFORMED. */
export function openPayload(bytes: Uint8Array): StartPayload {
  const value: Value = decode(bytes);
  const isMap = typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
  return PAYLOAD(isMap ? { ...NEWER, ...value } : value, 'payload');
}
