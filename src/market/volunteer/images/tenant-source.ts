// An image, or what fills volumes, that its tenant sends, in the compressed form in which the tenant keeps it; a layer goes on where it broke off.
import {
  contentsProtocol,
  type ImageResponse,
  imageProtocol,
  type LayerItem,
  layerProtocol,
} from '../../../overlay/protocols/images.ts';
import type { Overlay } from '../../../overlay/terms/overlay.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import type { ImageLimits } from '../../../runtime/images/manifest.ts';
import type { Arrival, ComingLayer, ContentSource, DescribedImage, ImageSource } from './image-source.ts';

export interface TenantSourceParts {
  readonly overlay: Pick<Overlay, 'request' | 'feed'>;
  readonly store: Pick<LayerStore, 'receive'>;
}

export class TenantSource implements ImageSource, ContentSource {
  readonly passing = [
    'PEER_SILENT',
    'PEER_UNREACHABLE',
    'BUDGET_SPENT',
    'IMAGE_LAYER_INCOMPLETE',
    'IMAGE_LAYER_MISSING',
  ];
  readonly silent = 'IMAGE_NOT_SENT';
  readonly saysSizes = true;
  readonly #parts: TenantSourceParts;
  readonly #tenant: string;
  readonly #leave: Uint8Array;
  #layers: readonly LayerItem[] = [];

  /** `leave` is what the tenant knows as the leave to read: the id of a lease, or of a push, for which it is asked for one thing. */
  constructor(parts: TenantSourceParts, tenant: string, leave: Uint8Array) {
    this.#parts = parts;
    this.#tenant = tenant;
    this.#leave = leave;
  }

  async describe(_: ImageLimits, signal: AbortSignal): Promise<DescribedImage> {
    const request = { leave: this.#leave };
    const answer: ImageResponse = await this.#parts.overlay.request(
      imageProtocol,
      this.#tenant,
      request,
      signal,
    );
    this.#layers = answer.layers;
    return answer;
  }

  async describeContents(signal: AbortSignal): Promise<readonly ComingLayer[]> {
    const request = { leave: this.#leave };
    const { contents } = await this.#parts.overlay.request(contentsProtocol, this.#tenant, request, signal);
    this.#layers = contents;
    return contents;
  }

  /** To have a layer it has to send it. */
  async vouches(): Promise<boolean> {
    return false;
  }

  async bring({ diffId }: ComingLayer, _: number, arrival: Arrival, signal: AbortSignal): Promise<void> {
    const { store, overlay } = this.#parts;
    const layer = this.#layers.find((each) => each.diffId === diffId);
    if (layer === undefined) throw new Error('a layer is asked for that was not described');
    const incoming = await store.receive(layer);
    arrival.from(incoming.offset);
    const { encoding } = layer;
    const request = { leave: this.#leave, diffId, encoding, offset: incoming.offset };
    const items = overlay.feed(layerProtocol, this.#tenant, request, signal);
    const pieces = async function* () {
      for await (const { bytes } of items) {
        arrival.came(bytes.byteLength);
        yield bytes;
      }
    };
    await incoming.take(pieces(), signal);
  }

  close(): void {}
}
