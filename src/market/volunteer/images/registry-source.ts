// An image that this volunteer pulls from its registry, by itself and not by the engine: an engine follows redirects to anywhere, and
// unpacks without a limit what a manifest calls small. Layers go the way of those that tenants send.
import { codeOf, TallyError } from '../../../lib/errors.ts';
import { parseReference } from '../../../lib/image-reference.ts';
import type { PayloadPull } from '../../../records/payload.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import type { ImageLimits } from '../../../runtime/images/manifest.ts';
import {
  ENCODED_SLACK_BYTES,
  ENCODED_SLACK_SHARE,
  OWN_WINDOW_LOG,
} from '../../../runtime/images/parameters.ts';
import { unpacked } from '../../../runtime/images/unpack.ts';
import { RegistryClient } from '../../../runtime/registry/registry-client.ts';
import { findRegistryImage, type RegistryLayer } from '../../../runtime/registry/registry-image.ts';
import { blobIn, type Holdings } from './holdings.ts';
import type { Arrival, ComingLayer, DescribedImage, ImageSource } from './image-source.ts';

export interface RegistrySourceOptions {
  /** What the bid calls the image. */
  readonly name: string;
  readonly pull: PayloadPull;
  /** The registries that the offer names. */
  readonly allowed: readonly string[];
  readonly store: Pick<LayerStore, 'put'>;
  /** Which blobs of registries unpack to which layers. */
  readonly holdings: Pick<Holdings, 'has' | 'add'>;
}

export class RegistrySource implements ImageSource {
  readonly passing = ['REGISTRY_UNREACHABLE'];
  readonly silent = 'REGISTRY_UNREACHABLE';
  readonly saysSizes = false;
  readonly #client: RegistryClient;
  readonly #manifest: string;
  readonly #registry: string;
  readonly #store: Pick<LayerStore, 'put'>;
  readonly #holdings: Pick<Holdings, 'has' | 'add'>;
  #layers: readonly RegistryLayer[] = [];

  /** Throws REGISTRY_NOT_ALLOWED. */
  constructor({ name, pull, allowed, store, holdings }: RegistrySourceOptions) {
    const reference = parseReference(name);
    if (reference === undefined) throw new TallyError('REGISTRY_NOT_ALLOWED', { reason: 'it has no name' });
    this.#client = new RegistryClient({ reference, allowed, login: pull });
    this.#manifest = pull.manifest;
    this.#registry = reference.registry;
    this.#store = store;
    this.#holdings = holdings;
  }

  async describe({ architecture = '' }: ImageLimits, signal: AbortSignal): Promise<DescribedImage> {
    const { image, layers } = await findRegistryImage(this.#client, this.#manifest, architecture, signal);
    this.#layers = layers;
    return {
      config: image.config,
      layers: layers.map(({ diffId, encodedBytes }) => ({
        ...{ diffId, encodedBytes, sizeBytes: leastSizeOf(encodedBytes) },
      })),
    };
  }

  /** By the blob, which unpacked to that layer when it was pulled before, and which the registry gives to this login too. */
  async vouches({ diffId }: ComingLayer, signal: AbortSignal): Promise<boolean> {
    const layer = this.#layer(diffId);
    const isKnown = this.#holdings.has(blobIn(this.#registry, layer.digest), diffId);
    return isKnown && (await this.#client.gives(layer.digest, signal));
  }

  async bring(
    { diffId }: ComingLayer,
    maxBytes: number,
    arrival: Arrival,
    signal: AbortSignal,
  ): Promise<void> {
    const layer = this.#layer(diffId);
    arrival.from(0);
    const blob = this.#client.blob(layer.digest, layer.encodedBytes, signal);
    const pieces = async function* () {
      for await (const piece of blob) {
        arrival.came(piece.byteLength, 'in');
        yield piece;
      }
    };
    try {
      await this.#store.put({ diffId, maxBytes }, unpacked(pieces(), OWN_WINDOW_LOG), signal);
    } catch (cause) {
      const code = codeOf(cause);
      // The manifest says no size of a tar: it is the image that is larger than was bid
      if (code === 'IMAGE_LAYER_TOO_LARGE')
        throw new TallyError('IMAGE_TOO_LARGE', { diffId, maxBytes }, { cause });
      if (code !== 'IMAGE_ARCHIVE_MALFORMED') throw cause;
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId }, { cause });
    }
    await this.#holdings.add(blobIn(this.#registry, layer.digest), diffId);
  }

  close(): void {
    this.#client.close();
  }

  #layer(diffId: string): RegistryLayer {
    const layer = this.#layers.find((each) => each.diffId === diffId);
    if (layer === undefined) throw new Error('a layer is asked for that was not described');
    return layer;
  }
}

/** What cannot be made smaller grows a little when it is compressed. */
function leastSizeOf(encodedBytes: number): number {
  return Math.max(0, Math.floor(encodedBytes * (1 - 1 / ENCODED_SLACK_SHARE)) - ENCODED_SLACK_BYTES);
}
