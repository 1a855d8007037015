// Image names: only the lists of volunteers give a name its digest, and the name is resolved once, into the bid. Anybody
// can list any digest under a name, so an offer that the bid rules out otherwise has no say, and the number of keys
// decides nothing.
import { TallyError } from '../../lib/errors.ts';
import { PROVEN_QUALITY } from '../terms/parameters.ts';
import type { Listing } from './constraints.ts';
import type { Rate } from './match.ts';

/** A name and the digest it stands for; an empty digest where nobody lists the name. */
export interface ResolvedImage {
  readonly name: string;
  readonly digest: string;
  /** How it gets to a volunteer that does not have it, and its largest size, unpacked; undefined: a volunteer has it. */
  readonly comes?: { readonly way: 'sent' | 'pulled'; readonly maxBytes: number };
}

/** What decides between digests that stand for one name. */
export interface Resolving {
  readonly listings: Iterable<Listing>;
  /** Whether an offer fits the bid, if the name stands for this digest. */
  readonly fits: (listing: Listing, digest: string) => boolean;
  readonly rate: Rate;
}

/**
 * Resolves `name` or `name@sha256:…`. Where offers list different digests under the name, those that fit the bid otherwise
 * decide; where these differ too, those of volunteers that proved themselves, if these agree. Throws IMAGE_AMBIGUOUS with
 * the digests and who lists them where they do not, BAD_REQUEST for a name out of form.
 */
export function resolveImage(reference: string, { listings, fits, rate }: Resolving): ResolvedImage {
  const [name = '', digest] = reference.split('@');
  if (!/^[a-z0-9][A-Za-z0-9._:/-]*$/.test(name)) {
    throw new TallyError('BAD_REQUEST', { field: 'image', reason: 'write a name, or name@sha256:…' });
  }
  if (digest !== undefined) return { name, digest: requireDigest(digest) };
  const listed = listedUnder(name, listings);
  const fitting = listed.filter((each) => fits(each.listing, each.digest));
  const proven = fitting.filter(({ listing }) => {
    const { quality, isKnown } = rate(listing.volunteer);
    return isKnown && quality >= PROVEN_QUALITY;
  });
  const [first] = fitting;
  // What nothing fits anyway matches nothing, whichever it is
  if (first === undefined) return { name, digest: digestsOf(listed)[0] ?? '' };
  const agreed = [fitting, proven].map(digestsOf).find((digests) => digests.length === 1);
  if (agreed?.[0] === undefined) throw new TallyError('IMAGE_AMBIGUOUS', ambiguity(name, fitting));
  return { name, digest: agreed[0] };
}

/** An offer that lists the name, and what it says that it stands for. */
interface Listed {
  readonly listing: Listing;
  readonly digest: string;
}

function listedUnder(name: string, listings: Iterable<Listing>): Listed[] {
  const listed: Listed[] = [];
  for (const listing of listings)
    for (const image of listing.offer.images)
      if (sameName(image.name, name)) listed.push({ listing, digest: image.digest });
  return listed;
}

function digestsOf(listed: readonly Listed[]): string[] {
  return [...new Set(listed.map(({ digest }) => digest))].sort();
}

/** Volunteers that are named for one digest: more do not help to choose. */
const MOST_NAMED = 4;

function ambiguity(image: string, fitting: readonly Listed[]) {
  const digests = digestsOf(fitting).map((digest) => {
    const volunteers = fitting
      .filter((each) => each.digest === digest)
      .map(({ listing }) => listing.volunteer);
    return { digest, volunteers: [...new Set(volunteers)].sort().slice(0, MOST_NAMED) };
  });
  return { image, digests };
}

function requireDigest(digest: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new TallyError('BAD_REQUEST', {
    field: 'image',
    reason: 'the digest must be sha256: and 64 hexadecimal digits',
  });
}

/** `busybox` and `busybox:latest` are one name, as everywhere with containers. */
export function sameName(a: string, b: string): boolean {
  return withTag(a) === withTag(b);
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}
