// Fetching: brings an image to the engine, and what fills volumes to the store. Only what is lacking travels, each part checked
// before the engine sees it; a way that breaks off is gone on with, for as long as something comes.
import { atOnce } from '../../../lib/at-once.ts';
import { type Clock, wait } from '../../../lib/clock.ts';
import { codeOf, type ErrorCode, TallyError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { MarketMetrics } from '../../../metrics/market.ts';
import type { PayloadContent } from '../../../records/payload.ts';
import type { DiskAllowance, Engine } from '../../../runtime/engine.ts';
import { FolderCount } from '../../../runtime/folders/folder-order.ts';
import { checkFolder } from '../../../runtime/folders/read-folder.ts';
import type { LayerStore } from '../../../runtime/images/layer-store.ts';
import { type ImageLimits, type ImageManifest, openManifest } from '../../../runtime/images/manifest.ts';
import type { OwnTraffic } from '../../terms/own-traffic.ts';
import {
  FETCH_LEAST_BYTES_PER_SECOND,
  FETCH_MOST_TIMES,
  FETCH_RETRY_MS,
  FETCH_STALL_MS,
} from '../../terms/parameters.ts';
import type { FetchProgress } from '../../terms/views.ts';
import { Arrivals } from './arrivals.ts';
import type { Holdings } from './holdings.ts';
import type { ImageAccess } from './image-access.ts';
import type { ImageCache } from './image-cache.ts';
import type {
  Arrival,
  ComingLayer,
  ContentSource,
  DescribedImage,
  ImageSource,
  LayerSource,
} from './image-source.ts';
import type { SharedImages } from './shared-images.ts';

export interface FetchingParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<Engine, 'facts' | 'heldLayers' | 'image' | 'loadImage'>;
  readonly store: LayerStore;
  readonly cache: Pick<ImageCache, 'makeRoom' | 'settled' | 'used'>;
  readonly shared: Pick<SharedImages, 'add'>;
  readonly traffic: Pick<OwnTraffic, 'begin'>;
  readonly holdings: Pick<Holdings, 'has' | 'add'>;
  readonly access: Pick<ImageAccess, 'openLayers'>;
  readonly metrics?: MarketMetrics | undefined;
}

/** What is to come, for a lease or a push. */
export interface Wanted {
  /** What it comes for, which nothing else comes for: the id of the lease, or of the push. */
  readonly id: string;
  /** For whom: what others have shown to have is not here for it. */
  readonly tenant: string;
  readonly image?: WantedImage | undefined;
  readonly contents?: WantedContents | undefined;
}

/** An image that is to come. */
export interface WantedImage {
  readonly digest: string;
  /** The most that it may be, unpacked. */
  readonly maxBytes: number;
  readonly source: ImageSource;
  /** Whether it comes ahead of a lease: then it makes no room of what was used lately, and gives way to the images of leases. */
  readonly isAhead?: boolean;
}

/** What is to fill volumes. */
export interface WantedContents {
  /** Each once. */
  readonly contents: readonly PayloadContent[];
  readonly source: ContentSource;
  /** How much all of them may take on the disk. */
  readonly allowed: DiskAllowance;
}

/** Two keep the network busy while one of them is checked; more would only share it. */
const LAYERS_AT_ONCE = 2;

/** Why a layer of which nothing comes is broken off. */
const STALLED = 'PEER_SILENT';

/** What may pass whatever the source: a layer that stands still, and an engine that is started anew. */
const PASSING = [STALLED, 'ENGINE_UNREACHABLE'];

/** One way of an image to the engine, and of contents to the store. */
interface Way {
  readonly wanted: Wanted;
  readonly sources: readonly LayerSource[];
  /** Aborted once nothing is to come for it any more. */
  readonly ending: AbortController;
  readonly signal: AbortSignal;
  /** When it began and when something came last, on the clock that never goes back. */
  readonly beganAtMs: number;
  cameAtMs: number;
  /** How much came in all, what came twice included. */
  cameBytes: number;
  /** Of each content, and each layer that the engine lacks, how much is here, compressed; and how much each is. */
  readonly here: Map<string, number>;
  readonly of: Map<string, number>;
  /** How often it was tried, this time included. */
  attempts: number;
}

export class Fetching {
  readonly #parts: FetchingParts;
  readonly #ways = new Map<string, Way>();

  constructor(parts: FetchingParts) {
    this.#parts = parts;
  }

  /** How far all that is wanted is on its way; undefined while nothing brings it. */
  progress(id: string): FetchProgress | undefined {
    const way = this.#ways.get(id);
    return way && { bytes: sumOf(way.here), ofBytes: sumOf(way.of) };
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
   * Resolves once the engine holds the image, and the store the contents, which the caller keeps pinned. Throws the source's code
   * for silence when nothing came for FETCH_STALL_MS, what is wrong with the image (IMAGE_DIGEST_WRONG, IMAGE_TOO_LARGE,
   * IMAGE_WRONG_ARCHITECTURE, …) or a content (VOLUME_CONTENT_INVALID, VOLUME_CONTENT_TOO_LARGE), and what the engine throws.
   */
  async bring(wanted: Wanted): Promise<void> {
    const ending = new AbortController();
    const nowMs = this.#parts.clock.monotonicMs();
    const sources = [wanted.contents?.source, wanted.image?.source].filter((each) => each !== undefined);
    const way: Way = {
      ...{ wanted, sources, ending, signal: ending.signal, beganAtMs: nowMs, cameAtMs: nowMs },
      ...{ cameBytes: 0, here: new Map(), of: new Map(), attempts: 0 },
    };
    this.#ways.set(wanted.id, way);
    const done = this.#parts.traffic.begin();
    try {
      await this.#persist(way);
      if (wanted.image !== undefined)
        this.#parts.metrics?.imageFetchSeconds.observe((this.#parts.clock.monotonicMs() - nowMs) / 1_000);
    } finally {
      this.#ways.delete(wanted.id);
      done();
      for (const source of sources) source.close();
    }
  }

  /** Tries again after what may pass, until nothing has come for too long. */
  async #persist(way: Way): Promise<void> {
    const { clock, log } = this.#parts;
    const passing = [...PASSING, ...way.sources.flatMap((source) => source.passing)];
    for (;;) {
      way.attempts += 1;
      try {
        return await this.#bringOnce(way);
      } catch (error) {
        way.signal.throwIfAborted();
        const code = codeOf(error);
        if (!passing.includes(code)) throw error;
        if (isGivenUp(way, clock.monotonicMs())) throw givenUp(way, error);
        log.debug({ code, for: way.wanted.id }, 'an image or a content does not come at the moment');
        await wait(clock, FETCH_RETRY_MS, way.signal);
        way.signal.throwIfAborted();
      }
    }
  }

  async #bringOnce(way: Way): Promise<void> {
    const { image, contents } = way.wanted;
    if (contents !== undefined) await this.#bringContents(way, contents);
    if (image !== undefined) await this.#bringImage(way, image);
  }

  /** All of them are within what the lease may have on the disk, before the engine sees any. */
  async #bringContents(way: Way, { contents, source, allowed }: WantedContents): Promise<void> {
    const { store } = this.#parts;
    const described = await source.describeContents(way.signal);
    const lacking = contents.map(({ digest, sizeBytes }) => {
      const found = described.find(({ diffId }) => diffId === digest);
      if (found === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId: digest });
      if (found.sizeBytes !== sizeBytes) throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest });
      return found;
    });
    expect(way, lacking);
    await atOnce(lacking, LAYERS_AT_ONCE, (content) =>
      this.#bringLayer(way, source, content, content.sizeBytes),
    );
    const count = new FolderCount(allowed);
    for (const { digest } of contents) await checkFolder(store.tar(digest), count);
  }

  async #bringImage(way: Way, wanted: WantedImage): Promise<void> {
    const { engine, cache, store, shared, holdings } = this.#parts;
    const { digest, maxBytes, source, isAhead = false } = wanted;
    const giveWay = isAhead ? () => this.cancel(way.wanted.id, 'REFUSED_CAPACITY') : undefined;
    const { architecture } = await engine.facts(way.signal);
    const limits = { maxBytes, architecture };
    const described = await source.describe(limits, way.signal);
    const announced = this.#open(way, wanted, described, limits);
    const names = announced.layers.map(({ diffId }) => diffId);
    const unpin = store.pin(names);
    try {
      const held = await engine.heldLayers(names, way.signal);
      const shown = await this.#shown(way, source, described.layers);
      const isWanted = ({ diffId }: ComingLayer, index: number) => index >= held || !shown.has(diffId);
      // A layer can come twice in an image
      const lacking = [
        ...new Map(described.layers.filter(isWanted).map((layer) => [layer.diffId, layer])).values(),
      ];
      expect(way, lacking);
      await cache.makeRoom(announced.sizeBytes, digest, giveWay);
      const arrivals = new Arrivals(lacking.map(({ diffId }) => diffId));
      const coming = atOnce(lacking, LAYERS_AT_ONCE, async (layer) => {
        // The others take at least what they are known to
        await this.#bringLayer(way, source, layer, maxBytes - announced.sizeBytes + layer.sizeBytes);
        arrivals.came(layer.diffId);
      });
      coming.catch((error: unknown) => arrivals.failed(error));
      const load = (image: ImageManifest) => this.#load(way, image, arrivals);
      // The engine takes each layer as soon as it is here; but what breaks off often does not make it begin as often, and of layers that
      // it has of others it makes no image before they are shown
      const isOnlyNew = names.slice(0, held).every((diffId) => shown.has(diffId));
      if (source.saysSizes && way.attempts === 1 && isOnlyNew) await both(coming, load(announced));
      else {
        await coming;
        const image = this.#open(way, wanted, described, limits);
        // A source that says no sizes: now they are known
        if (image.sizeBytes !== announced.sizeBytes) await cache.makeRoom(image.sizeBytes, digest, giveWay);
        await load(image);
      }
      await holdings.add(way.wanted.tenant, digest);
      await cache.used(digest);
    } finally {
      cache.settled(digest);
      unpin();
    }
    // The engine holds them now
    if (source.tenant === undefined) await store.removeUnpinned(names);
    else await shared.add(source.tenant, digest, names);
  }

  /** The layers that need not come again: the tenant has shown to have them, its source does, or they are everybody's. */
  async #shown(
    { wanted: { tenant }, signal }: Way,
    source: ImageSource,
    layers: readonly ComingLayer[],
  ): Promise<ReadonlySet<string>> {
    const { holdings, access } = this.#parts;
    const shown = new Set(await access.openLayers(signal));
    await atOnce(layers, LAYERS_AT_ONCE, async (layer) => {
      const { diffId } = layer;
      const isNews = !shown.has(diffId) && !holdings.has(tenant, diffId);
      if (isNews && !(await source.vouches(layer, signal))) return;
      if (isNews) await holdings.add(tenant, diffId);
      shown.add(diffId);
    });
    return shown;
  }

  /** Into the engine; what its owner has there stays the owner's alone. */
  async #load({ signal }: Way, image: ImageManifest, arrivals: Arrivals): Promise<void> {
    const { engine, store, peer } = this.#parts;
    const here = await engine.image(image.digest, signal);
    if (here !== undefined && !here.isLoaded) return;
    await engine.loadImage({ peer, image, tar: (diffId) => arrivedTar(store, arrivals, diffId) }, signal);
  }

  /** Whether it is in the store for this tenant: it came before a break, or for another lease. */
  #isHere({ wanted: { tenant } }: Way, diffId: string): boolean {
    return this.#parts.store.has(diffId) && this.#parts.holdings.has(tenant, diffId);
  }

  /** What the image is made of, checked against the digest and the size that were asked for; with the sizes of layers that are here. */
  #open(
    way: Way,
    { digest }: WantedImage,
    { config, layers }: DescribedImage,
    limits: ImageLimits,
  ): ImageManifest {
    const sizeOf = ({ diffId, sizeBytes }: ComingLayer) =>
      (this.#isHere(way, diffId) ? this.#parts.store.find(diffId)?.sizeBytes : undefined) ?? sizeBytes;
    const sized = layers.map((layer) => ({ diffId: layer.diffId, sizeBytes: sizeOf(layer) }));
    const manifest = openManifest(config, sized, limits);
    if (manifest.digest !== digest)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest, got: manifest.digest });
    return manifest;
  }

  /**
   * One layer, from where it broke off. No lease waits for a layer that another one brings: its tenant could be slow on purpose.
   */
  async #bringLayer(way: Way, source: LayerSource, layer: ComingLayer, maxBytes: number): Promise<void> {
    const { holdings, metrics, clock } = this.#parts;
    const { diffId, encodedBytes } = layer;
    if (this.#isHere(way, diffId)) {
      way.here.set(diffId, encodedBytes);
      return;
    }
    const stalled = new AbortController();
    const signal = AbortSignal.any([way.signal, stalled.signal]);
    const arrival: Arrival = {
      from: (offsetBytes) => void way.here.set(diffId, offsetBytes),
      came: (bytes, direction) => {
        way.cameAtMs = clock.monotonicMs();
        way.cameBytes += bytes;
        way.here.set(diffId, (way.here.get(diffId) ?? 0) + bytes);
        metrics?.imageBytesTotal.inc({ direction }, bytes);
      },
    };
    const unwatch = this.#watchStall(way, stalled);
    try {
      await source.bring(layer, maxBytes, arrival, signal);
      await holdings.add(way.wanted.tenant, diffId);
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
function isGivenUp({ beganAtMs, cameAtMs, cameBytes, of }: Way, nowMs: number): boolean {
  const ofBytes = sumOf(of);
  if (ofBytes > 0 && cameBytes > FETCH_MOST_TIMES * ofBytes) return true;
  const slowestMs = (cameBytes / FETCH_LEAST_BYTES_PER_SECOND) * 1_000;
  return nowMs > cameAtMs + FETCH_STALL_MS || nowMs > beganAtMs + FETCH_STALL_MS + slowestMs;
}

function givenUp({ wanted, sources }: Way, error: unknown): unknown {
  const code = codeOf(error);
  const silent = sources.map((source) => source.silent);
  if (silent.some((each) => each === code) || code === 'ENGINE_UNREACHABLE') return error;
  return new TallyError(
    silent.at(-1) ?? 'IMAGE_NOT_SENT',
    { for: wanted.id, reason: code },
    { cause: error },
  );
}

async function* arrivedTar(
  store: Pick<LayerStore, 'tar'>,
  arrivals: Arrivals,
  diffId: string,
): AsyncGenerator<Uint8Array> {
  await arrivals.until(diffId);
  yield* store.tar(diffId);
}

/** Waits until both are over; where both fail, the first says why. */
async function both(first: Promise<void>, second: Promise<unknown>): Promise<void> {
  for (const each of await Promise.allSettled([first, second]))
    if (each.status === 'rejected') throw each.reason;
}

/** These are to come. */
function expect({ of }: Way, layers: readonly ComingLayer[]): void {
  for (const each of layers) of.set(each.diffId, each.encodedBytes);
}

function sumOf(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, each) => sum + each, 0);
}
