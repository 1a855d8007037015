// An image, or what fills volumes, that its tenant sends, in the compressed form in which the tenant keeps it; a layer goes on where it
// broke off. Layers of an image come from other volunteers where the tenant grants that, and from the tenant where they do not.
import { codeOf } from '../../../lib/errors.ts';
import {
  contentsProtocol,
  type ImageResponse,
  imageProtocol,
  type LayerItem,
  layerProtocol,
} from '../../../overlay/protocols/images.ts';
import type { Overlay } from '../../../overlay/terms/overlay.ts';
import type { IncomingLayer } from '../../../runtime/images/incoming-layer.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import type { ImageLimits } from '../../../runtime/images/manifest.ts';
import { type Holder, Holders, type HoldersParts } from './holders.ts';
import type { Arrival, ComingLayer, ContentSource, DescribedImage, ImageSource } from './image-source.ts';

export interface TenantSourceParts extends Omit<HoldersParts, 'overlay'> {
  readonly overlay: Pick<Overlay, 'request' | 'feed' | 'learn'>;
  readonly store: Pick<LayerStore, 'receive'>;
}

/** What is said of bytes that are not those of the layer. */
const WRONG = ['IMAGE_DIGEST_WRONG', 'IMAGE_LAYER_TOO_LARGE'];

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
  readonly tenant: string;
  readonly #parts: TenantSourceParts;
  readonly #holders: Holders;
  readonly #leave: Uint8Array;
  #layers: readonly LayerItem[] = [];

  /** `leave` is what the tenant knows as the leave to read: the id of a lease, or of a push, for which it is asked for one thing. */
  constructor(parts: TenantSourceParts, tenant: string, leave: Uint8Array) {
    this.tenant = tenant;
    this.#parts = parts;
    this.#holders = new Holders(parts);
    this.#leave = leave;
  }

  async describe(_: ImageLimits, signal: AbortSignal): Promise<DescribedImage> {
    const request = { leave: this.#leave };
    const answer: ImageResponse = await this.#parts.overlay.request(
      imageProtocol,
      this.tenant,
      request,
      signal,
    );
    this.#layers = answer.layers;
    this.#holders.named(answer.grants);
    return answer;
  }

  async describeContents(signal: AbortSignal): Promise<readonly ComingLayer[]> {
    const request = { leave: this.#leave };
    const { contents } = await this.#parts.overlay.request(contentsProtocol, this.tenant, request, signal);
    this.#layers = contents;
    return contents;
  }

  /** To have a layer it has to send it. */
  async vouches(): Promise<boolean> {
    return false;
  }

  async bring({ diffId }: ComingLayer, _: number, arrival: Arrival, signal: AbortSignal): Promise<void> {
    const layer = this.#layers.find((each) => each.diffId === diffId);
    if (layer === undefined) throw new Error('a layer is asked for that was not described');
    const asked = new Set<Holder>();
    let isSpoilt = false;
    for (;;) {
      const incoming = await this.#parts.store.receive(layer);
      const isBegun = incoming.offset > 0;
      arrival.from(incoming.offset);
      // What has come is not given into the hands of another stranger: its tenant goes on with it
      const holder = isBegun || isSpoilt ? undefined : this.#holders.next(asked);
      try {
        if (holder === undefined) return await this.#takeFromTenant(layer, incoming, arrival, signal);
        return await this.#holders.take(holder, layer, incoming, arrival, signal);
      } catch (error) {
        signal.throwIfAborted();
        // Who sent the wrong part of it nobody can tell; nothing of it is left now, and its tenant sends all of it
        if (isBegun && WRONG.includes(codeOf(error))) isSpoilt = true;
        else if (holder === undefined) throw error;
      }
    }
  }

  async #takeFromTenant(
    { diffId, encoding }: LayerItem,
    incoming: IncomingLayer,
    arrival: Arrival,
    signal: AbortSignal,
  ): Promise<void> {
    const request = { leave: this.#leave, diffId, encoding, offset: incoming.offset };
    const items = this.#parts.overlay.feed(layerProtocol, this.tenant, request, signal);
    const pieces = async function* () {
      for await (const { bytes } of items) {
        arrival.came(bytes.byteLength, 'in');
        yield bytes;
      }
    };
    await incoming.take(pieces(), signal);
  }

  close(): void {}
}
