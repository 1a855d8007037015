// Digests as images name things by: `sha256:` and 64 digits.
import { createHash } from 'node:crypto';
import { TallyError } from '../../lib/errors.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether a text is a digest. Only such a text becomes part of a file's name. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && DIGEST.test(text);
}

/** The digits of a digest. Throws BAD_REQUEST for a text that is none. */
export function digitsOf(digest: string): string {
  if (!isDigest(digest)) throw new TallyError('BAD_REQUEST', { digest });
  return digest.slice('sha256:'.length);
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
