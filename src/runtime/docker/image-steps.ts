// An image that comes layer by layer, as images that grow: an engine unpacks the layers of an archive only once it has all of it, so
// that what came first would wait for what comes last.
import type { ImageLoad, LoadableImage } from '../engine.ts';
import { digestOf } from '../images/digest.ts';
import { LOAD_STEP_BYTES } from '../parameters.ts';

/** One image on its way to the engine, above another. */
export interface LoadStep extends ImageLoad {
  /** So many of its lowest layers the engine holds, once `below` has resolved. */
  readonly held: number;
  readonly below: Promise<void>;
  /** All of it is sent, but for its end. */
  readonly sent: () => void;
}

/** Of a configuration, what an engine asks of an image that only others stand on. */
interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** The images below this one, from the smallest up, each larger than the one before by LOAD_STEP_BYTES at least; the lowest `held` layers are there. */
export function imagesBelow(image: LoadableImage, held: number): LoadableImage[] {
  const below: LoadableImage[] = [];
  let newBytes = 0;
  for (const [index, { sizeBytes }] of image.layers.slice(0, -1).entries()) {
    if (index < held) continue;
    newBytes += sizeBytes;
    if (newBytes < LOAD_STEP_BYTES) continue;
    below.push(lowestOf(image, index + 1));
    newBytes = 0;
  }
  return below;
}

/** An image of the lowest layers alone, from which nothing runs. */
function lowestOf(image: LoadableImage, count: number): LoadableImage {
  const { architecture, os, variant } = JSON.parse(Buffer.from(image.config).toString()) as Platform;
  const layers = image.layers.slice(0, count);
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = Buffer.from(JSON.stringify({ architecture, os, variant, config: {}, rootfs }));
  return { digest: digestOf(config), config, architecture: image.architecture, layers };
}

/** The pieces of an archive; the last of them, without which it is none, once the image below is loaded. */
export async function* endingAfter(
  archive: AsyncIterable<Uint8Array>,
  { below, sent }: LoadStep,
): AsyncGenerator<Uint8Array> {
  let ahead: Uint8Array | undefined;
  for await (const piece of archive) {
    if (ahead !== undefined) yield ahead;
    ahead = piece;
  }
  sent();
  await below;
  if (ahead !== undefined) yield ahead;
}
