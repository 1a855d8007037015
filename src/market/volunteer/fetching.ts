// Fetching: brings an image to the engine. Only layers that the engine lacks travel, each checked before the engine sees it; a way
// that breaks off is gone on with, for as long as something comes.
import { atOnce } from '../../lib/at-once.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import { codeOf, type ErrorCode, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import type { Engine } from '../../runtime/engine.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import { type ImageLimits, type ImageManifest, openManifest } from '../../runtime/images/manifest.ts';
import {
  FETCH_LEAST_BYTES_PER_SECOND,
  FETCH_MOST_TIMES,
  FETCH_RETRY_MS,
  FETCH_STALL_MS,
} from '../terms/parameters.ts';
import type { FetchProgress } from '../terms/views.ts';
import type { ImageCache } from './image-cache.ts';
import type { ComingLayer, DescribedImage, ImageSource } from './image-source.ts';

export interface FetchingParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'facts' | 'heldLayers' | 'loadImage'>;
  readonly store: LayerStore;
  readonly cache: Pick<ImageCache, 'makeRoom' | 'settled' | 'used'>;
  readonly metrics?: MarketMetrics | undefined;
}

/** An image that is to come. */
export interface WantedImage {
  /** What it comes for, which nothing else comes for: the id of a lease, or of a push. */
  readonly id: string;
  readonly digest: string;
  /** The most that it may be, unpacked. */
  readonly maxBytes: number;
  readonly source: ImageSource;
  /** Whether it comes ahead of a lease: then it makes no room of what was used lately, and gives way to the images of leases. */
  readonly isAhead?: boolean;
}

/** Two keep the network busy while one of them is checked; more would only share it. */
const LAYERS_AT_ONCE = 2;

/** Why a layer of which nothing comes is broken off. */
const STALLED = 'PEER_SILENT';

/** What may pass whatever the source: a layer that stands still, and an engine that is started anew. */
const PASSING = [STALLED, 'ENGINE_UNREACHABLE'];

/** One way of an image to the engine. */
interface Way {
  readonly wanted: WantedImage;
  /** Aborted once nothing is to come for it any more. */
  readonly ending: AbortController;
  readonly signal: AbortSignal;
  /** When it began and when something came last, on the clock that never goes back. */
  readonly beganAtMs: number;
  cameAtMs: number;
  /** How much came in all, what came twice included. */
  cameBytes: number;
  /** Of each layer that the engine lacks, how much is here, compressed; and how much all of them are. */
  readonly here: Map<string, number>;
  ofBytes: number;
}

export class Fetching {
  readonly #parts: FetchingParts;
  readonly #ways = new Map<string, Way>();

  constructor(parts: FetchingParts) {
    this.#parts = parts;
  }

  /** How far an image is on its way; undefined while nothing brings it. */
  progress(id: string): FetchProgress | undefined {
    const way = this.#ways.get(id);
    if (way === undefined) return undefined;
    const bytes = [...way.here.values()].reduce((sum, each) => sum + each, 0);
    return { bytes, ofBytes: way.ofBytes };
  }

  isUnderWay(id: string): boolean {
    return this.#ways.has(id);
  }

  /** The lease is over, or a push gives way: nothing more comes for it. */
  cancel(id: string, code: ErrorCode = 'STOPPING'): void {
    this.#ways.get(id)?.ending.abort(new TallyError(code));
  }

  /** Nothing comes any more. */
  stop(): void {
    for (const id of this.#ways.keys()) this.cancel(id);
  }

  /**
   * Resolves once the engine holds the image. Throws the source's code for silence when nothing came for FETCH_STALL_MS, what is
   * wrong with the image (IMAGE_DIGEST_WRONG, IMAGE_TOO_LARGE, IMAGE_WRONG_ARCHITECTURE, …), and what the engine throws.
   */
  async bring(wanted: WantedImage): Promise<void> {
    const ending = new AbortController();
    const nowMs = this.#parts.clock.monotonicMs();
    const way: Way = {
      ...{ wanted, ending, signal: ending.signal, beganAtMs: nowMs, cameAtMs: nowMs },
      ...{ cameBytes: 0, here: new Map(), ofBytes: 0 },
    };
    this.#ways.set(wanted.id, way);
    try {
      await this.#persist(way, () => this.#bringOnce(way));
      this.#parts.metrics?.imageFetchSeconds.observe((this.#parts.clock.monotonicMs() - nowMs) / 1_000);
    } finally {
      this.#ways.delete(wanted.id);
      wanted.source.close();
    }
  }

  /** Tries again after what may pass, until nothing has come for too long. */
  async #persist(way: Way, attempt: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#parts;
    const { id, source } = way.wanted;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        way.signal.throwIfAborted();
        const code = codeOf(error);
        if (!PASSING.includes(code) && !source.passing.includes(code)) throw error;
        if (isGivenUp(way, clock.monotonicMs())) throw givenUp(way.wanted, error);
        log.debug({ code, for: id }, 'an image does not come at the moment');
        await wait(clock, FETCH_RETRY_MS, way.signal);
        way.signal.throwIfAborted();
      }
    }
  }

  async #bringOnce(way: Way): Promise<void> {
    const { engine, cache, store, peer } = this.#parts;
    const { id, digest, maxBytes, source, isAhead = false } = way.wanted;
    const giveWay = isAhead ? () => this.cancel(id, 'REFUSED_CAPACITY') : undefined;
    const { architecture } = await engine.facts(way.signal);
    const limits = { maxBytes, architecture };
    const described = await source.describe(limits, way.signal);
    const announced = this.#open(way.wanted, described, limits);
    const names = announced.layers.map(({ diffId }) => diffId);
    const unpin = store.pin(names);
    try {
      const held = await engine.heldLayers(names, way.signal);
      // A layer can come twice in an image
      const lacking = [
        ...new Map(described.layers.slice(held).map((layer) => [layer.diffId, layer])).values(),
      ];
      way.ofBytes = sumOf(lacking);
      await cache.makeRoom(announced.sizeBytes, digest, giveWay);
      await atOnce(lacking, LAYERS_AT_ONCE, (layer) => this.#bringLayer(way, layer, announced));
      const image = this.#open(way.wanted, described, limits);
      // A source that says no sizes: now they are known
      if (image.sizeBytes !== announced.sizeBytes) await cache.makeRoom(image.sizeBytes, digest, giveWay);
      await engine.loadImage({ peer, image, tar: (diffId) => store.tar(diffId) }, way.signal);
      await cache.used(digest);
    } finally {
      cache.settled(digest);
      unpin();
    }
    // The engine holds them now
    await store.removeUnpinned(names);
  }

  /** What the image is made of, checked against the digest and the size that were asked for; with the sizes of layers that are here. */
  #open({ digest }: WantedImage, { config, layers }: DescribedImage, limits: ImageLimits): ImageManifest {
    const sized = layers.map(({ diffId, sizeBytes }) => ({
      ...{ diffId, sizeBytes: this.#parts.store.find(diffId)?.sizeBytes ?? sizeBytes },
    }));
    const manifest = openManifest(config, sized, limits);
    if (manifest.digest !== digest)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest, got: manifest.digest });
    return manifest;
  }

  /**
   * One layer, from where it broke off. No lease waits for a layer that another one brings: its tenant could be slow on purpose.
   */
  async #bringLayer(way: Way, layer: ComingLayer, { sizeBytes }: ImageManifest): Promise<void> {
    const { store, metrics, clock } = this.#parts;
    const { diffId, encodedBytes } = layer;
    // It came before a break, or for another lease
    if (store.has(diffId)) {
      way.here.set(diffId, encodedBytes);
      return;
    }
    const stalled = new AbortController();
    const signal = AbortSignal.any([way.signal, stalled.signal]);
    const arrival = {
      from: (offsetBytes: number) => void way.here.set(diffId, offsetBytes),
      came: (bytes: number) => {
        way.cameAtMs = clock.monotonicMs();
        way.cameBytes += bytes;
        way.here.set(diffId, (way.here.get(diffId) ?? 0) + bytes);
        metrics?.imageBytesTotal.inc({ direction: 'in' }, bytes);
      },
    };
    const unwatch = this.#watchStall(way, stalled);
    try {
      const { maxBytes, source } = way.wanted;
      // The others take at least what they are known to
      await source.bring(layer, maxBytes - sizeBytes + layer.sizeBytes, arrival, signal);
    } finally {
      unwatch();
    }
  }

  /** Breaks off a layer of which nothing has come for a while, to ask anew, or too little: to end it. */
  #watchStall(way: Way, stalled: AbortController): () => void {
    const { clock } = this.#parts;
    let cancel = () => {};
    const look = () => {
      const nowMs = clock.monotonicMs();
      if (nowMs > way.cameAtMs + FETCH_STALL_MS / 4 || isGivenUp(way, nowMs))
        return stalled.abort(new TallyError(STALLED, { reason: 'nothing comes' }));
      cancel = clock.after(FETCH_RETRY_MS, look);
    };
    look();
    return () => cancel();
  }
}

/**
 * Nothing came for too long, too little in all, or the same again and again: capacity is held for it and nobody pays meanwhile.
 */
function isGivenUp({ beganAtMs, cameAtMs, cameBytes, ofBytes }: Way, nowMs: number): boolean {
  if (ofBytes > 0 && cameBytes > FETCH_MOST_TIMES * ofBytes) return true;
  const slowestMs = (cameBytes / FETCH_LEAST_BYTES_PER_SECOND) * 1_000;
  return nowMs > cameAtMs + FETCH_STALL_MS || nowMs > beganAtMs + FETCH_STALL_MS + slowestMs;
}

function givenUp({ id, source }: WantedImage, error: unknown): unknown {
  const isTheReason = codeOf(error) === source.silent || codeOf(error) === 'ENGINE_UNREACHABLE';
  if (isTheReason) return error;
  return new TallyError(source.silent, { for: id, reason: codeOf(error) }, { cause: error });
}

function sumOf(layers: readonly ComingLayer[]): number {
  return layers.reduce((sum, { encodedBytes }) => sum + encodedBytes, 0);
}
