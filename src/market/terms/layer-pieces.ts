// A layer of the store, in pieces as they travel.
import { LAYER_PIECE_BYTES } from '../../overlay/protocols/images.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';

/** The compressed form from an offset on. Throws IMAGE_LAYER_MISSING, BAD_REQUEST for an offset behind its end. */
export async function* layerPieces(
  store: Pick<LayerStore, 'read'>,
  diffId: string,
  offset = 0,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of store.read(diffId, offset))
    for (let from = 0; from < chunk.byteLength; from += LAYER_PIECE_BYTES)
      yield chunk.subarray(from, from + LAYER_PIECE_BYTES);
}
