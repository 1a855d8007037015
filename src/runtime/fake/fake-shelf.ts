// The images that were loaded into the engine in memory, with the bytes of their layers.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { TallyError } from '../../lib/errors.ts';
import type { Image, ImageLoad, LoadableImage, LoadedImage } from '../engine.ts';
import { saveArchive, sharedLength } from '../image-archive.ts';

interface Loaded {
  readonly image: LoadableImage;
  readonly tars: ReadonlyMap<string, Uint8Array>;
  /** For whom. */
  readonly peers: Set<string>;
}

export class FakeShelf {
  readonly #images = new Map<string, Loaded>();

  find(digest: string): Image | undefined {
    const loaded = this.#images.get(digest);
    if (loaded === undefined) return undefined;
    const { image } = loaded;
    const { config } = JSON.parse(Buffer.from(image.config).toString()) as { config?: { User?: string } };
    const { architecture } = image;
    return {
      ...{ digest, names: [], architecture, user: config?.User ?? '', sizeBytes: sizeOf(image) },
      ...{ layers: diffIdsOf(image), isLoaded: true },
    };
  }

  export(digest: string): AsyncIterable<Uint8Array> {
    const loaded = this.#images.get(digest);
    if (loaded === undefined) throw new TallyError('IMAGE_NOT_HELD', { digest });
    const { image, tars } = loaded;
    return saveArchive({ image, tar: (diffId) => pieces(tars.get(diffId)) }, 0, []);
  }

  held(diffIds: readonly string[]): number {
    const images = [...this.#images.values()];
    return Math.max(0, ...images.map(({ image }) => sharedLength(diffIdsOf(image), diffIds)));
  }

  /** As engines do: what it lacks is read to its end, and checked against the configuration. */
  async load({ image, peer, tar }: ImageLoad, signal: AbortSignal): Promise<void> {
    const existing = this.#images.get(image.digest);
    if (existing !== undefined) {
      existing.peers.add(peer);
      return;
    }
    if (digestOf(image.config) !== image.digest)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: image.digest });
    const tars = this.#tarsOf(diffIdsOf(image).slice(0, this.held(diffIdsOf(image))));
    for (const { diffId, sizeBytes } of image.layers) {
      signal.throwIfAborted();
      if (tars.has(diffId)) continue;
      const bytes = await buffer(tar(diffId));
      if (digestOf(bytes) !== diffId || bytes.byteLength !== sizeBytes)
        throw new TallyError('IMAGE_DIGEST_WRONG', { expected: diffId });
      tars.set(diffId, bytes);
    }
    const layers = diffIdsOf(image).map((diffId) => ({
      diffId,
      sizeBytes: tars.get(diffId)?.byteLength ?? 0,
    }));
    this.#images.set(image.digest, { image: { ...image, layers }, tars, peers: new Set([peer]) });
  }

  loaded(peer: string): LoadedImage[] {
    const images = [...this.#images.values()].filter(({ peers }) => peers.has(peer));
    return images.map(({ image }) => ({ digest: image.digest, sizeBytes: sizeOf(image) }));
  }

  remove(peer: string, digest: string): void {
    const loaded = this.#images.get(digest);
    loaded?.peers.delete(peer);
    if (loaded?.peers.size === 0) this.#images.delete(digest);
  }

  clear(): void {
    this.#images.clear();
  }

  #tarsOf(diffIds: readonly string[]): Map<string, Uint8Array> {
    const all = new Map([...this.#images.values()].flatMap(({ tars }) => [...tars]));
    return new Map([...all].filter(([diffId]) => diffIds.includes(diffId)));
  }
}

async function* pieces(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (bytes !== undefined) yield bytes;
}

function diffIdsOf({ layers }: LoadableImage): readonly string[] {
  return layers.map(({ diffId }) => diffId);
}

function sizeOf({ layers }: LoadableImage): number {
  return layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
