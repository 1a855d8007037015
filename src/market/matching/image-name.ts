// Image names: a name stands for a digest only by what volunteers list, and is resolved once, into the bid.
import { TallyError } from '../../lib/errors.ts';
import type { Listing } from './constraints.ts';

/** A name and the digest it stands for. */
export interface ResolvedImage {
  readonly name: string;
  readonly digest: string;
}

/**
 * Resolves `name` or `name@sha256:…` against the images that offers list. Throws IMAGE_NOT_FOUND when none lists the
 * name, IMAGE_AMBIGUOUS when the same name stands for different digests, BAD_REQUEST for a name out of form.
 */
export function resolveImage(reference: string, listings: Iterable<Listing>): ResolvedImage {
  const [name = '', digest] = reference.split('@');
  if (!/^[a-z0-9][A-Za-z0-9._:/-]*$/.test(name)) {
    throw new TallyError('BAD_REQUEST', { field: 'image', reason: 'not a name, or name@sha256:…' });
  }
  if (digest !== undefined) return { name, digest: requireDigest(digest) };
  const digests = new Set<string>();
  for (const { offer } of listings) {
    for (const image of offer.images) if (sameName(image.name, name)) digests.add(image.digest);
  }
  const [only] = digests;
  if (only === undefined) throw new TallyError('IMAGE_NOT_FOUND', { image: name });
  if (digests.size > 1)
    throw new TallyError('IMAGE_AMBIGUOUS', { image: name, digests: [...digests].sort() });
  return { name, digest: only };
}

function requireDigest(digest: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new TallyError('BAD_REQUEST', {
    field: 'image',
    reason: 'the digest is not sha256: and 64 hex digits',
  });
}

/** `busybox` and `busybox:latest` are one name, as everywhere with containers. */
function sameName(a: string, b: string): boolean {
  return withTag(a) === withTag(b);
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}
