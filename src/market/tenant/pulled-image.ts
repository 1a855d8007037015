// The image that a bid wants pulled: its name is resolved once, by asking its registry, and from then on digests alone count. A tag
// that moves afterwards moves nothing.
import { TallyError } from '../../lib/errors.ts';
import { type ImageReference, parseReference } from '../../lib/image-reference.ts';
import { namesRoot } from '../../runtime/image-user.ts';
import { RegistryClient } from '../../runtime/registry/registry-client.ts';
import { findRegistryImage, type RegistryImage } from '../../runtime/registry/registry-image.ts';
import type { BidInput } from '../terms/bid-input.ts';
import { PULLED_SIZE_FACTOR, PULLED_SIZE_MORE_BYTES, RESOLVE_TIMEOUT_MS } from '../terms/parameters.ts';
import type { ComingImage } from './bidding.ts';

/** What registries call the architecture of this machine. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Asks the registry in the name; of several architectures the image of the one in the bid is taken, else that of this machine's. A
 * digest may be that of the configuration, as bids have it, or that of a manifest or an index, as registries show it. Throws
 * BAD_REQUEST, REGISTRY_*, IMAGE_DIGEST_WRONG, IMAGE_CONFIG_INVALID, IMAGE_WRONG_ARCHITECTURE, IMAGE_TOO_MANY_LAYERS.
 */
export async function resolvePull({
  image: called,
  architecture = ARCHITECTURES[process.arch] ?? '',
  pull: { username = '', password = '', maxBytes } = {},
}: BidInput): Promise<ComingImage> {
  const [name = '', digest] = called.split('@');
  const reference = parseReference(name);
  if (reference === undefined)
    throw new TallyError('BAD_REQUEST', { field: 'image', reason: 'no registry has images of such a name' });
  const { registry } = reference;
  const login = { username, password };
  const client = new RegistryClient({ reference, allowed: [registry], login, isOwn: true });
  try {
    const found = await find(client, reference, digest, architecture);
    const { image, layers, manifestDigest } = found;
    if (image.architecture !== architecture)
      throw new TallyError('IMAGE_WRONG_ARCHITECTURE', { expected: architecture, got: image.architecture });
    const encodedBytes = layers.reduce((sum, layer) => sum + layer.encodedBytes, 0);
    const guess = PULLED_SIZE_FACTOR * encodedBytes + PULLED_SIZE_MORE_BYTES;
    return {
      ...{ name, digest: image.digest, architecture, needsRoot: namesRoot(image.settings.user) },
      comes: { way: 'pulled', maxBytes: maxBytes ?? guess },
      pull: { manifest: manifestDigest, username, password },
    };
  } finally {
    client.close();
  }
}

async function find(
  client: RegistryClient,
  { tag }: ImageReference,
  digest: string | undefined,
  architecture: string,
): Promise<RegistryImage> {
  const signal = AbortSignal.timeout(RESOLVE_TIMEOUT_MS);
  const byTag = () => findRegistryImage(client, tag, architecture, signal);
  if (digest === undefined) return byTag();
  const tagged = await byTag().catch((error: unknown) => {
    // The tag may be gone, and the image still there
    if (error instanceof TallyError && error.code === 'REGISTRY_REFUSED') return undefined;
    throw error;
  });
  if (tagged !== undefined && [tagged.image.digest, ...tagged.foundBy].includes(digest)) return tagged;
  try {
    return await findRegistryImage(client, digest, architecture, signal);
  } catch (cause) {
    if (tagged === undefined || !(cause instanceof TallyError) || cause.code !== 'REGISTRY_REFUSED')
      throw cause;
    throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest, got: tagged.image.digest }, { cause });
  }
}
