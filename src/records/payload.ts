// The sealed start payload, which only the chosen volunteer may see. The bid carries its hash; the salt in it prevents
// that short commands and guessable secrets are found by trying.
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from './codec.ts';
import { SALT } from './common.ts';
import { HEALTH_CHECK, IMAGE_CHECK, NO_CHECK, NO_RESTART, RESTART } from './health-check.ts';
import { sha256 } from './id.ts';
import { fields, list, text } from './shape.ts';

/** Size limit of an encoded payload. */
export const PAYLOAD_MAX_BYTES = 65_536;

const PAYLOAD = fields({
  salt: SALT,
  /** Empty: the image's own command. */
  command: list(text(8_192, /^\P{Cs}*$/u), 128),
  env: list(fields({ name: text(128, /^[A-Za-z_][A-Za-z0-9_]*$/), value: text(16_384, /^[^\0]*$/) }), 128),
  health: HEALTH_CHECK,
  restart: RESTART,
});

/** What payloads lack that were sealed before there was a choice, and what they mean by it. */
const BEFORE = { health: NO_CHECK, restart: NO_RESTART };

/** What to start. */
export type StartPayload = ReturnType<typeof PAYLOAD>;

/** The image as it is, without a salt. */
export const PLAIN_PAYLOAD: Omit<StartPayload, 'salt'> = {
  ...{ command: [], env: [], health: IMAGE_CHECK, restart: NO_RESTART },
};

/** The bytes of a payload and the hash that the bid commits to. Throws RECORD_MALFORMED, RECORD_TOO_LARGE. */
export function sealPayload(payload: StartPayload): { bytes: Uint8Array; hash: Uint8Array } {
  const bytes = encode(PAYLOAD(payload, 'payload'));
  if (bytes.length > PAYLOAD_MAX_BYTES) {
    throw new TallyError('RECORD_TOO_LARGE', {
      what: 'command and env',
      maxBytes: PAYLOAD_MAX_BYTES,
      got: bytes.length,
    });
  }
  return { bytes, hash: sha256(bytes) };
}

/** Decodes a payload, an older one too; throws RECORD_MALFORMED. */
export function openPayload(bytes: Uint8Array): StartPayload {
  const value = decode(bytes);
  return PAYLOAD(isMap(value) ? { ...BEFORE, ...value } : value, 'payload');
}

function isMap(value: Value): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}
