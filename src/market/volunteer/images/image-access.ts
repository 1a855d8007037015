// Which images of the engine a tenant may use: those that the owner offers to all, and those that the tenant has shown to have. Of
// others it is told nothing, and is treated as if they were not here.
import type { Engine, Image } from '../../../runtime/engine.ts';
import { LOOK_TIMEOUT_MS } from '../../terms/parameters.ts';
import type { OwnOffers } from '../offers/own-offers.ts';
import type { Holdings } from './holdings.ts';

export interface ImageAccessParts {
  readonly engine: Pick<Engine, 'image'>;
  readonly offers: Pick<OwnOffers, 'listed' | 'isAnyHeld'>;
  readonly holdings: Pick<Holdings, 'has'>;
}

export class ImageAccess {
  readonly #parts: ImageAccessParts;

  constructor(parts: ImageAccessParts) {
    this.#parts = parts;
  }

  /** Whether the engine holds an image that this tenant may use. Throws ENGINE_UNREACHABLE, ENGINE_FAILED. */
  async has(tenant: string, digest: string): Promise<boolean> {
    const image = await this.#parts.engine.image(digest, AbortSignal.timeout(LOOK_TIMEOUT_MS));
    return image !== undefined && (this.#isOpen(image) || this.#parts.holdings.has(tenant, digest));
  }

  /** The layers of the images that the owner lists: everybody may build on them. */
  async openLayers(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { engine, offers } = this.#parts;
    const images = await Promise.all(offers.listed().map((digest) => engine.image(digest, signal)));
    return new Set(images.flatMap((image) => image?.layers ?? []));
  }

  /** What came for a tenant is not the owner's to offer, unless the owner lists it. */
  #isOpen({ digest, isLoaded }: Image): boolean {
    const { offers } = this.#parts;
    return offers.listed().includes(digest) || (offers.isAnyHeld() && !isLoaded);
  }
}
