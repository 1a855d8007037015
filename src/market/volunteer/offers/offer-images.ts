// The images of an offer, as the engine has them. An offer follows the engine, because somebody can remove an image
// there, or give its name to another image, without telling the peer.
import { TallyError } from '../../../lib/errors.ts';
import type { Engine, EngineFacts, Image } from '../../../runtime/engine.ts';
import { namesRoot } from '../../../runtime/image-user.ts';

/** An image by the name under which it is offered, and the digest that the engine holds under it. */
export interface OfferedImage {
  readonly name: string;
  readonly digest: string;
}

/** The engine whose images they are, and what it is. */
export interface ImageHost {
  readonly engine: Pick<Engine, 'image'>;
  readonly facts: EngineFacts;
}

const LOOK_TIMEOUT_MS = 5_000;

/** Why the host cannot run an image; undefined: it can. One that names no architecture is taken at its word. */
function faultOf(name: string, image: Image | undefined, host: ImageHost): TallyError | undefined {
  if (image === undefined) return new TallyError('IMAGE_NOT_HELD', { image: name });
  const { architecture, user } = image;
  if (architecture !== '' && architecture !== host.facts.architecture)
    return new TallyError('IMAGE_WRONG_ARCHITECTURE', {
      ...{ image: name, architecture, engine: host.facts.architecture },
    });
  if (namesRoot(user) && !host.facts.isRootGranted)
    return new TallyError('OFFER_NEEDS_ROOT', { image: name, user });
  return undefined;
}

/** These images as the host holds them now, each with what keeps it from running there. */
async function lookUp(host: ImageHost, names: readonly string[]) {
  const looks = names.map(async (name) => {
    const image = await host.engine.image(name, AbortSignal.timeout(LOOK_TIMEOUT_MS));
    return { offered: { name, digest: image?.digest ?? '' }, fault: faultOf(name, image, host) };
  });
  return Promise.all(looks);
}

/** Those of these images that the host holds now, and can run. */
export async function heldImages(host: ImageHost, names: readonly string[]): Promise<OfferedImage[]> {
  const found = await lookUp(host, names);
  return found.filter(({ fault }) => fault === undefined).map(({ offered }) => offered);
}

/** All of these images. Throws IMAGE_NOT_HELD, IMAGE_WRONG_ARCHITECTURE, OFFER_NEEDS_ROOT. */
export async function requireImages(host: ImageHost, names: readonly string[]): Promise<OfferedImage[]> {
  const found = await lookUp(host, names);
  const [first] = found.flatMap(({ fault }) => fault ?? []);
  if (first !== undefined) throw first;
  return found.map(({ offered }) => offered);
}
