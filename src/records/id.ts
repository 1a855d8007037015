// Ids: SHA-256 over what is signed, shown in base32 (RFC 4648, lower case, no padding).
import { hash } from 'node:crypto';
import { base32 } from 'multiformats/bases/base32';
import { TallyError } from '../lib/errors.ts';

/** SHA-256 of the bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}

/** An id or a hash as text: 52 characters for 32 bytes. */
export function showId(id: Uint8Array): string {
  return base32.baseEncode(id);
}

/** The 32 bytes of an id's text; throws BAD_REQUEST when it is none. */
export function parseId(text: string): Uint8Array {
  if (!/^[a-z2-7]{51}[aq]$/.test(text))
    throw new TallyError('BAD_REQUEST', { reason: 'not an id of 52 base32 characters' });
  return base32.baseDecode(text);
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
