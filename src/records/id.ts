// Ids: SHA-256 over what is signed, shown in base32 (RFC 4648, lower case, no padding).
import { hash } from 'node:crypto';
import { base32 } from 'multiformats/bases/base32';
import { TallyError } from '../lib/errors.ts';

/** SHA-256 of the bytes, 32 bytes. The platform hands a hash over as text in half the time that a buffer of its own takes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary');
  const hashed = new Uint8Array(32);
  for (let i = 0; i < 32; i += 1) hashed[i] = text.charCodeAt(i);
  return hashed;
}

const BASE32 = Buffer.from('abcdefghijklmnopqrstuvwxyz234567');
const MAX_SHOWN_BYTES = 64;
const shown = Buffer.alloc(2 * MAX_SHOWN_BYTES);

/**
 * An id or a hash, of at most 64 bytes, as text: 52 characters for 32 bytes. Every row of the database is named by some,
 * and text that is put together a character at a time was a sixth of all memory that a receipt took.
 */
export function showId(id: Uint8Array): string {
  let length = 0;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < id.length; i += 1) {
    held = (held << 8) | (id[i] ?? 0);
    for (bits += 8; bits >= 5; bits -= 5) shown[length++] = BASE32[(held >> (bits - 5)) & 31] ?? 0;
  }
  if (bits > 0) shown[length++] = BASE32[(held << (5 - bits)) & 31] ?? 0;
  return shown.toString('latin1', 0, length);
}

/** The 32 bytes of an id's text; throws BAD_REQUEST when it is none. */
export function parseId(text: string): Uint8Array {
  if (!/^[a-z2-7]{51}[aq]$/.test(text))
    throw new TallyError('BAD_REQUEST', { reason: 'it is not an id of 52 base32 characters' });
  return base32.baseDecode(text);
}

/** Bytes as a name in a map that is kept in memory: text of as many characters, not for people. */
export function nameOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
