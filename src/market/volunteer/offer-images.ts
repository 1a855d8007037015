// The images of an offer, as the engine holds them: an offer follows the engine, for images are removed there, and their
// names given to others, without a word.
import { TallyError } from '../../lib/errors.ts';
import type { Engine, EngineFacts, Image } from '../../runtime/engine.ts';

/** An image by the name under which it is offered, and the digest that the engine holds under it. */
export interface OfferedImage {
  readonly name: string;
  readonly digest: string;
}

const LOOK_TIMEOUT_MS = 5_000;

/** Whether the engine's machine can run an image; one that names no architecture is taken at its word. */
function runsOn({ architecture }: Image, facts: EngineFacts): boolean {
  return architecture === '' || architecture === facts.architecture;
}

/** These images as the engine holds them now; undefined where it holds none of that name. */
async function* lookUp(
  engine: Pick<Engine, 'image'>,
  names: readonly string[],
): AsyncGenerator<{ name: string; image: Image | undefined }> {
  for (const name of names)
    yield { name, image: await engine.image(name, AbortSignal.timeout(LOOK_TIMEOUT_MS)) };
}

/** Those of these images that the engine holds now, and can run. */
export async function heldImages(
  engine: Pick<Engine, 'image'>,
  facts: EngineFacts,
  names: readonly string[],
): Promise<OfferedImage[]> {
  const held: OfferedImage[] = [];
  for await (const { name, image } of lookUp(engine, names))
    if (image !== undefined && runsOn(image, facts)) held.push({ name, digest: image.digest });
  return held;
}

/** All of these images. Throws IMAGE_NOT_FOUND, IMAGE_WRONG_ARCHITECTURE. */
export async function requireImages(
  engine: Pick<Engine, 'image'>,
  facts: EngineFacts,
  names: readonly string[],
): Promise<OfferedImage[]> {
  for await (const { name, image } of lookUp(engine, names)) {
    if (image === undefined) throw new TallyError('IMAGE_NOT_FOUND', { image: name });
    const { architecture } = image;
    if (!runsOn(image, facts))
      throw new TallyError('IMAGE_WRONG_ARCHITECTURE', {
        image: name,
        architecture,
        engine: facts.architecture,
      });
  }
  return heldImages(engine, facts, names);
}
