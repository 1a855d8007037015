// Images that go into a Docker engine and out of it again: as archives of `docker save`, without the layers that it holds.
import { addAbortSignal, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { ImageLoad, LoadableImage, LoadedImage } from '../engine.ts';
import { saveArchive, sharedLength } from '../image-archive.ts';
import { digitsOf, isDigest } from '../images/digest.ts';
import { CALL_TIMEOUT_MS, IMAGES_REMEMBERED, LOAD_AHEAD_BYTES } from '../parameters.ts';
import type { DockerClient } from './client.ts';
import { statusOf } from './client.ts';
import { endingAfter, imagesBelow, type LoadStep } from './image-steps.ts';

/** The repository of a name that we give; the tag in it is the peer for whom the image was loaded. */
const OURS = 'tallymesh/';
const SAFE_PEER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Whether a name was given by a peer, and not by a person. */
export function isMark(name: string): boolean {
  return name.startsWith(OURS);
}

/** Loads images for peers; all that it has done is found by their names. */
export class ImageLoader {
  readonly #client: DockerClient;
  /** The layers of images by digest; they never change. */
  readonly #layers = new BoundedMap<string, readonly string[]>(IMAGES_REMEMBERED);

  constructor(client: DockerClient) {
    this.#client = client;
  }

  async export(digest: string, signal: AbortSignal): Promise<Readable> {
    const isHeld = isDigest(digest) && (await this.#inspect(digest, signal)) !== undefined;
    if (!isHeld) throw new TallyError('IMAGE_NOT_HELD', { digest });
    const image = this.#client.docker.getImage(digest);
    return this.#client.open(signal, async () => {
      const stream = (await image.get()) as Readable;
      // Nobody waits for it any more where it comes late
      return signal.aborted ? stream.destroy() : addAbortSignal(signal, stream);
    });
  }

  async held(diffIds: readonly string[], signal: AbortSignal): Promise<number> {
    const images = await this.#client.call(signal, (call) => this.#client.docker.listImages({ ...call }));
    const ids = [...new Set(images.map(({ Id }) => Id))].slice(0, IMAGES_REMEMBERED);
    const held = await Promise.all(ids.map((id) => this.#layersOf(id, signal)));
    return Math.max(0, ...held.map((layers) => sharedLength(layers, diffIds)));
  }

  /** Whether the engine holds just this image, and nothing else under its digest. Throws IMAGE_DIGEST_WRONG. */
  async verify(image: LoadableImage, signal: AbortSignal): Promise<boolean> {
    const found = await this.#inspect(image.digest, signal);
    if (found === undefined) return false;
    const layers = found.RootFS?.Layers ?? [];
    const diffIds = image.layers.map(({ diffId }) => diffId);
    const isSame = layers.length === diffIds.length && sharedLength(layers, diffIds) === layers.length;
    if (found.Id === image.digest && found.Architecture === image.architecture && isSame) return true;
    throw new TallyError('IMAGE_DIGEST_WRONG', { expected: image.digest, got: found.Id });
  }

  /** Takes layers as they come: those that are here are unpacked while others are on their way. */
  async load(load: ImageLoad, signal: AbortSignal): Promise<void> {
    const { image, peer } = load;
    if (await this.verify(image, signal)) return this.#mark(image.digest, peer, signal);
    const held = await this.held(
      image.layers.map(({ diffId }) => diffId),
      signal,
    );
    const below = imagesBelow(image, held);
    try {
      await this.#loadAll([...below, image], load, held, signal);
      await this.#requireLoaded(load, signal);
    } finally {
      // Those that a try before this one left behind, too
      await Promise.all(imagesBelow(image, 0).map(({ digest }) => this.#letGo(markOf(peer, digest))));
    }
  }

  /** Images that stand one on the other: one goes to the engine while that unpacks the one below. */
  async #loadAll(
    images: readonly LoadableImage[],
    { peer, tar }: ImageLoad,
    heldFirst: number,
    signal: AbortSignal,
  ): Promise<void> {
    let [held, below] = [heldFirst, Promise.resolve()];
    for (const image of images) {
      const { promise: sent, resolve } = Promise.withResolvers<void>();
      const loaded = this.#loadOne({ image, peer, tar, held, below, sent: resolve }, signal);
      await Promise.race([sent, loaded]);
      [held, below] = [image.layers.length, loaded];
    }
    await below;
  }

  async #loadOne(step: LoadStep, signal: AbortSignal): Promise<void> {
    try {
      await this.#send(step, signal);
    } catch (error) {
      // An engine may insist on all layers, or have let some go since it was asked
      if (step.held === 0 || codeOf(error) !== 'ENGINE_FAILED') throw error;
      await this.#send({ ...step, held: 0 }, signal).catch((second: unknown) => {
        throw codeOf(second) === 'IMAGE_LAYER_MISSING' ? error : second;
      });
    }
  }

  async #requireLoaded({ image, peer }: ImageLoad, signal: AbortSignal): Promise<void> {
    try {
      if (await this.verify(image, signal)) return;
      throw new TallyError('IMAGE_DIGEST_WRONG', {
        expected: image.digest,
        reason: 'the engine gives images other digests, as one with the containerd image store does',
      });
    } catch (error) {
      await this.#unmark(markOf(peer, image.digest), signal);
      throw error;
    }
  }

  /** An image that others stand on goes when they do; one that stays is the oldest of the cache. */
  async #letGo(mark: string): Promise<void> {
    await this.#unmark(mark, AbortSignal.timeout(CALL_TIMEOUT_MS)).catch(() => {});
  }

  async loaded(peer: string, signal: AbortSignal): Promise<LoadedImage[]> {
    const filters = { reference: [`${OURS}*:${safePeer(peer)}`] };
    const images = await this.#client.call(signal, (call) =>
      this.#client.docker.listImages({ filters, ...call }),
    );
    return images
      .filter(({ Id, RepoTags }) => RepoTags?.includes(markOf(peer, Id)))
      .map(({ Id, Size }) => ({ digest: Id, sizeBytes: Size }));
  }

  async remove(peer: string, digest: string, signal: AbortSignal): Promise<void> {
    const mark = markOf(peer, digest);
    if ((await this.#inspect(mark, signal)) === undefined) return;
    const filters = { ancestor: [digest] };
    const users = await this.#client.call(signal, (call) =>
      this.#client.docker.listContainers({ all: true, filters, ...call }),
    );
    if (users.length > 0) throw new TallyError('IMAGE_IN_USE', { digest, containers: users.length });
    try {
      await this.#unmark(mark, signal);
    } catch (error) {
      if (statusOf(error) === 409) throw new TallyError('IMAGE_IN_USE', { digest }, { cause: error });
      throw error;
    }
  }

  async #layersOf(id: string, signal: AbortSignal): Promise<readonly string[]> {
    const known = this.#layers.get(id);
    if (known !== undefined) return known;
    const found = await this.#inspect(id, signal);
    const layers = found?.RootFS?.Layers ?? [];
    if (found !== undefined) this.#layers.set(id, layers);
    return layers;
  }

  #inspect(reference: string, signal: AbortSignal): Promise<Docker.ImageInspectInfo | undefined> {
    return this.#client.find(signal, () => this.#client.docker.getImage(reference).inspect());
  }

  async #mark(digest: string, peer: string, signal: AbortSignal): Promise<void> {
    const [repo, tag] = [`${OURS}${digitsOf(digest)}`, peer];
    await this.#client.call(signal, () => this.#client.docker.getImage(digest).tag({ repo, tag }));
  }

  async #unmark(mark: string, signal: AbortSignal): Promise<void> {
    await this.#client.find(signal, () => this.#client.docker.getImage(mark).remove());
  }

  /** Sends an archive with the layers that are not held. Throws ENGINE_FAILED with the engine's words, and what `tar` throws. */
  async #send(step: LoadStep, signal: AbortSignal): Promise<void> {
    const send = async (archive: Readable, call: object) => {
      const answer = await this.#client.docker.loadImage(archive, { quiet: true, ...call });
      const words = errorIn(await text(answer));
      if (words !== undefined) throw refusalOf(words, step.image);
    };
    const archive = saveArchive(step, step.held, [markOf(step.peer, step.image.digest)]);
    await this.#client.send(endingAfter(archive, step), signal, send, LOAD_AHEAD_BYTES);
  }
}

/** What went wrong, in an answer of one JSON a line, whose status says that all went well. */
function errorIn(answer: string): string | undefined {
  for (const line of answer.split('\n')) {
    const [, words] = /"error":"((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
    if (words !== undefined) return words;
  }
  return undefined;
}

/** The engine checks each layer against the configuration, as we did; who meddled with either is not told apart. */
function refusalOf(words: string, { digest }: LoadableImage): Error {
  const cause = new Error(words);
  return /invalid diffID/i.test(words)
    ? new TallyError('IMAGE_DIGEST_WRONG', { expected: digest }, { cause })
    : cause;
}

function markOf(peer: string, digest: string): string {
  return `${OURS}${digitsOf(digest)}:${safePeer(peer)}`;
}

/** It becomes part of a path of the engine's API. Throws BAD_REQUEST. */
function safePeer(peer: string): string {
  if (!SAFE_PEER.test(peer)) throw new TallyError('BAD_REQUEST', { peer });
  return peer;
}
