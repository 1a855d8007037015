// An image as a registry has it: what its manifest and its configuration say, each checked against the digest that names it.
import { TallyError } from '../../lib/errors.ts';
import { digestOf, isDigest } from '../images/digest.ts';
import { type ImageConfig, parseConfig } from '../images/manifest.ts';
import {
  type Descriptor,
  distinct,
  ofArchitecture,
  readIndex,
  readManifest,
} from '../images/oci-manifest.ts';
import { INDEX_DEPTH } from '../images/parameters.ts';
import { objectAt, parseJson } from '../images/shape.ts';
import { malformed, type RegistryClient } from './registry-client.ts';

/** A layer in the compressed form that the registry has. */
export interface RegistryLayer {
  readonly diffId: string;
  readonly digest: string;
  readonly encodedBytes: number;
}

export interface RegistryImage {
  /** Names the manifest of this one image, whatever tag or index led to it. */
  readonly manifestDigest: string;
  /** Every digest that led to it: of the index where there is one, and of the manifest. */
  readonly foundBy: readonly string[];
  readonly image: ImageConfig;
  /** From the lowest up. */
  readonly layers: readonly RegistryLayer[];
}

/**
 * The image under a tag or the digest of a manifest or an index; of several that of the architecture. Throws what the client
 * throws, REGISTRY_MALFORMED, IMAGE_DIGEST_WRONG, IMAGE_WRONG_ARCHITECTURE, IMAGE_CONFIG_INVALID, IMAGE_TOO_MANY_LAYERS.
 */
export async function findRegistryImage(
  client: Pick<RegistryClient, 'manifest' | 'description'>,
  tagOrDigest: string,
  architecture: string,
  signal: AbortSignal,
): Promise<RegistryImage> {
  const foundBy: string[] = [];
  let next = tagOrDigest;
  for (let depth = 0; depth < INDEX_DEPTH; depth += 1) {
    const bytes = checked(await client.manifest(next, signal), next);
    foundBy.push(digestOf(bytes));
    const body = objectAt(parseJson(bytes, malformed), 'manifest', malformed);
    if (body.manifests === undefined) {
      const { config, layers } = readManifest(body, malformed);
      const image = parseConfig(checked(await client.description(config.digest, signal), config.digest));
      return { manifestDigest: digestOf(bytes), foundBy, image, layers: named(image, layers) };
    }
    next = theOne(readIndex(body, malformed), architecture).digest;
  }
  throw malformed('indexes name indexes');
}

/** The manifest of an architecture; the first where an index has variants of one. */
function theOne(listed: readonly Descriptor[], architecture: string): Descriptor {
  const [first] = distinct(ofArchitecture(listed, architecture));
  if (first === undefined) throw malformed('an index names nothing');
  return first;
}

/** The bytes, if they are those that a digest names; a tag names any. */
function checked(bytes: Buffer, tagOrDigest: string): Buffer {
  const got = digestOf(bytes);
  if (isDigest(tagOrDigest) && got !== tagOrDigest)
    throw new TallyError('IMAGE_DIGEST_WRONG', { expected: tagOrDigest, got });
  return bytes;
}

/** Each layer by a blob; one that comes twice by its first, however it is compressed the second time. */
function named({ diffIds }: ImageConfig, layers: readonly Descriptor[]): readonly RegistryLayer[] {
  if (diffIds.length !== layers.length)
    throw malformed('the manifest lists another number of layers than the configuration');
  const blobs = new Map<string, RegistryLayer>();
  for (const [index, { digest, sizeBytes }] of layers.entries()) {
    const diffId = diffIds[index] ?? '';
    if (!blobs.has(diffId)) blobs.set(diffId, { diffId, digest, encodedBytes: sizeBytes });
  }
  return diffIds.flatMap((diffId) => blobs.get(diffId) ?? []);
}
