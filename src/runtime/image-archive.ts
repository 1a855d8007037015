// The archive in which engines take an image: that of `docker save` in its older form, made while it is sent.
import { TallyError } from '../lib/errors.ts';
import type { ImageLoad } from './engine.ts';
import { digitsOf } from './images/digest.ts';
import { encodeTarHeader, TAR_END, tarPadding } from './tar-header.ts';

/**
 * The archive of an image under these names, piece by piece, without the files of the lowest `held` layers. A layer that comes
 * twice is in it once. Throws what `tar` throws, IMAGE_DIGEST_WRONG for a layer of another size.
 */
export async function* saveArchive(
  { image, tar }: Pick<ImageLoad, 'image' | 'tar'>,
  held: number,
  names: readonly string[],
): AsyncGenerator<Uint8Array> {
  const config = `${digitsOf(image.digest)}.json`;
  yield* fileOf(config, image.config.byteLength, [image.config]);
  const sent = new Set(image.layers.slice(0, held).map(({ diffId }) => diffId));
  for (const { diffId, sizeBytes } of image.layers) {
    if (sent.has(diffId)) continue;
    sent.add(diffId);
    yield* fileOf(pathOf(diffId), sizeBytes, tar(diffId));
  }
  const layers = image.layers.map(({ diffId }) => pathOf(diffId));
  const manifest = Buffer.from(JSON.stringify([{ Config: config, RepoTags: names, Layers: layers }]));
  yield* fileOf('manifest.json', manifest.byteLength, [manifest]);
  yield TAR_END;
}

/** How many entries two lists have in common from their beginning on. */
export function sharedLength(a: readonly string[], b: readonly string[]): number {
  const differs = b.findIndex((each, i) => each !== a[i]);
  return differs < 0 ? b.length : differs;
}

async function* fileOf(
  name: string,
  sizeBytes: number,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield encodeTarHeader(name, sizeBytes);
  let left = sizeBytes;
  for await (const piece of bytes) {
    left -= piece.byteLength;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0) throw new TallyError('IMAGE_DIGEST_WRONG', { name, reason: 'its size is another' });
  yield new Uint8Array(tarPadding(sizeBytes));
}

function pathOf(diffId: string): string {
  return `${digitsOf(diffId)}.tar`;
}
