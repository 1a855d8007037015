// Images that the engine already holds, by name or by digest.

import type Docker from 'dockerode';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Image } from '../engine.ts';
import { IMAGES_REMEMBERED } from '../parameters.ts';
import type { DockerClient } from './client.ts';
import { isMark } from './image-load.ts';

/** An image with what a launch needs to know beside. */
export interface HeldImage extends Image {
  /** Paths that the image declares as volumes. */
  volumes: readonly string[];
  /** What it starts before the command. */
  entrypoint: readonly string[];
  /** What it starts where nobody names another command. */
  command: readonly string[];
  /** Its own health check. */
  health: Docker.HealthConfig | undefined;
}

// References become part of a path of the engine's API, and they come from strangers.
const REFERENCE = /^[a-z0-9](?:[a-z0-9._:/@-]|[A-Z])*$/;

/** Looks images up; what is known by digest is remembered, since it cannot change. */
export class ImageShelf {
  readonly #client: DockerClient;
  readonly #known = new BoundedMap<string, HeldImage>(IMAGES_REMEMBERED);

  constructor(client: DockerClient) {
    this.#client = client;
  }

  /** The image by name or digest; undefined when the engine does not hold it, or no image could be called so. */
  async find(reference: string, signal: AbortSignal): Promise<HeldImage | undefined> {
    if (!REFERENCE.test(reference) || reference.includes('..')) return undefined;
    const { docker } = this.#client;
    const found = await this.#client.find(signal, () => docker.getImage(reference).inspect());
    if (found === undefined) {
      this.#known.delete(reference);
      return undefined;
    }
    const image = describe(found);
    this.#known.set(image.digest, image);
    return image;
  }

  /** Asks again at the next question, for the image may be gone. */
  forget(digest: string): void {
    this.#known.delete(digest);
  }

  /** The image of that digest, without asking when it is known. IMAGE_NOT_FOUND when the engine lacks it. */
  async get(digest: string, signal: AbortSignal): Promise<HeldImage> {
    const image = this.#known.get(digest) ?? (await this.find(digest, signal));
    if (image === undefined) throw new TallyError('IMAGE_NOT_FOUND', { digest });
    return image;
  }
}

function describe(found: Docker.ImageInspectInfo): HeldImage {
  const called = [...(found.RepoTags ?? []), ...(found.RepoDigests ?? [])];
  return {
    digest: found.Id,
    names: (found.RepoTags ?? []).filter((name) => !isMark(name)),
    architecture: found.Architecture,
    user: found.Config?.User ?? '',
    sizeBytes: found.Size,
    layers: found.RootFS?.Layers ?? [],
    isLoaded: called.length > 0 && called.every(isMark),
    volumes: Object.keys(found.Config?.Volumes ?? {}),
    entrypoint: [found.Config?.Entrypoint ?? []].flat(),
    command: found.Config?.Cmd ?? [],
    health: found.Config?.Healthcheck,
  };
}
