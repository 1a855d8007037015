// Fetching: brings the image of a lease to the engine, and what fills its volumes to the store. Only what is lacking travels, each part
// checked before the engine sees it; a way that breaks off is gone on with, for as long as something comes.
import { atOnce } from '../../lib/at-once.ts';
import { type Clock, wait } from '../../lib/clock.ts';
import { codeOf, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MarketMetrics } from '../../metrics/market.ts';
import {
  contentsProtocol,
  type ImageResponse,
  imageProtocol,
  type LayerItem,
  layerProtocol,
} from '../../overlay/protocols/images.ts';
import type { Overlay } from '../../overlay/terms/overlay.ts';
import type { PayloadContent } from '../../records/payload.ts';
import type { Engine } from '../../runtime/engine.ts';
import { FolderCount } from '../../runtime/folders/folder-order.ts';
import { checkFolder } from '../../runtime/folders/read-folder.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import { type ImageManifest, openManifest } from '../../runtime/images/manifest.ts';
import { allowanceOf } from '../terms/disk-allowance.ts';
import { FETCH_LEAST_BYTES_PER_SECOND, FETCH_RETRY_MS, FETCH_STALL_MS } from '../terms/parameters.ts';
import type { FetchProgress } from '../terms/views.ts';
import type { GivenLease } from './given-lease.ts';
import type { ImageCache } from './image-cache.ts';

export interface FetchingParts {
  readonly peer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly overlay: Pick<Overlay, 'request' | 'feed'>;
  readonly engine: Pick<Engine, 'facts' | 'heldLayers' | 'loadImage'>;
  readonly store: LayerStore;
  readonly cache: ImageCache;
  readonly metrics?: MarketMetrics | undefined;
}

/** What a broken way or a slow sender leaves, and what can be asked for again; anything else will not become better. */
const PASSING = [
  'PEER_SILENT',
  'PEER_UNREACHABLE',
  'BUDGET_SPENT',
  'IMAGE_LAYER_INCOMPLETE',
  'IMAGE_LAYER_MISSING',
];

/** Two keep the network busy while one of them is checked; more would only share it. */
const LAYERS_AT_ONCE = 2;

/** What a lease lacks. */
export interface Wanted {
  readonly image: boolean;
  /** Of volumes, each once. */
  readonly contents: readonly PayloadContent[];
}

/** One way of an image to the engine, and of contents to the store. */
interface Way {
  readonly given: GivenLease;
  readonly wanted: Wanted;
  /** Aborted once nothing is to come for it any more. */
  readonly ending: AbortController;
  readonly signal: AbortSignal;
  /** When it began and when something came last, on the clock that never goes back. */
  readonly beganAtMs: number;
  cameAtMs: number;
  /** How much came in all, what came twice included. */
  cameBytes: number;
  /** Of each layer and each content that is lacking, how much is here, compressed; and how much all of them are. */
  readonly here: Map<string, number>;
  ofBytes: number;
}

export class Fetching {
  readonly #parts: FetchingParts;
  readonly #ways = new Map<string, Way>();

  constructor(parts: FetchingParts) {
    this.#parts = parts;
  }

  /** How far the image of a lease is on its way; undefined while nothing brings it. */
  progress(lease: string): FetchProgress | undefined {
    const way = this.#ways.get(lease);
    if (way === undefined) return undefined;
    const bytes = [...way.here.values()].reduce((sum, each) => sum + each, 0);
    return { bytes, ofBytes: way.ofBytes };
  }

  isUnderWay(lease: string): boolean {
    return this.#ways.has(lease);
  }

  /** The lease is over: nothing more comes for it. */
  cancel(lease: string): void {
    this.#ways.get(lease)?.ending.abort(new TallyError('STOPPING'));
  }

  /** Nothing comes any more. */
  stop(): void {
    for (const lease of this.#ways.keys()) this.cancel(lease);
  }

  /**
   * Resolves once the engine holds the image, and the store the contents, which the caller keeps pinned. Throws IMAGE_NOT_SENT when
   * nothing came for FETCH_STALL_MS, what is wrong with the image (IMAGE_DIGEST_WRONG, IMAGE_TOO_LARGE, IMAGE_WRONG_ARCHITECTURE, …)
   * or a content (VOLUME_CONTENT_INVALID, VOLUME_CONTENT_TOO_LARGE), and what the engine throws.
   */
  async bring(given: GivenLease, wanted: Wanted): Promise<void> {
    const ending = new AbortController();
    const nowMs = this.#parts.clock.monotonicMs();
    const way: Way = {
      ...{ given, wanted, ending, signal: ending.signal, beganAtMs: nowMs, cameAtMs: nowMs },
      ...{ cameBytes: 0, here: new Map(), ofBytes: 0 },
    };
    this.#ways.set(given.id, way);
    try {
      await this.#persist(way, () => this.#bringOnce(way));
      if (wanted.image)
        this.#parts.metrics?.imageFetchSeconds.observe((this.#parts.clock.monotonicMs() - nowMs) / 1_000);
    } finally {
      this.#ways.delete(given.id);
    }
  }

  /** Tries again after what may pass, until nothing has come for too long. */
  async #persist(way: Way, attempt: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#parts;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        way.signal.throwIfAborted();
        const code = codeOf(error);
        if (!PASSING.includes(code)) throw error;
        if (isGivenUp(way, clock.monotonicMs()))
          throw new TallyError('IMAGE_NOT_SENT', { lease: way.given.id, reason: code }, { cause: error });
        log.debug({ code, lease: way.given.id }, 'an image does not come at the moment');
        await wait(clock, FETCH_RETRY_MS, way.signal);
        way.signal.throwIfAborted();
      }
    }
  }

  async #bringOnce(way: Way): Promise<void> {
    way.ofBytes = 0;
    if (way.wanted.contents.length > 0) await this.#bringContents(way);
    if (way.wanted.image) await this.#bringImage(way);
  }

  /** All of them are within what the lease may have on the disk, before the engine sees any. */
  async #bringContents(way: Way): Promise<void> {
    const { store } = this.#parts;
    const { given, wanted } = way;
    const encoded = await this.#describeContents(way);
    way.ofBytes += sumOf(encoded);
    await atOnce(encoded, LAYERS_AT_ONCE, (content) => this.#bringLayer(way, content));
    const count = new FolderCount(allowanceOf(given.lease.body.resources));
    for (const { digest } of wanted.contents) await checkFolder(store.tar(digest), count);
  }

  /** In which form each content comes, checked against what the payload names; its size bounds what it unpacks to. */
  async #describeContents({ given, wanted, signal }: Way): Promise<LayerItem[]> {
    const request = { lease: given.lease.id };
    const { contents } = await this.#parts.overlay.request(contentsProtocol, given.tenant, request, signal);
    return wanted.contents.map(({ digest, sizeBytes }) => {
      const found = contents.find(({ diffId }) => diffId === digest);
      if (found === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId: digest });
      if (found.sizeBytes !== sizeBytes) throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest });
      return found;
    });
  }

  async #bringImage(way: Way): Promise<void> {
    const { engine, cache, store } = this.#parts;
    const { image } = way.given.bid.body;
    const { manifest, encoded } = await this.#describe(way);
    const unpin = store.pin(manifest.layers.map(({ diffId }) => diffId));
    try {
      const names = manifest.layers.map(({ diffId }) => diffId);
      const held = await engine.heldLayers(names, way.signal);
      // A layer can come twice in an image
      const lacking = [...new Map(encoded.slice(held).map((layer) => [layer.diffId, layer])).values()];
      way.ofBytes += sumOf(lacking);
      await cache.makeRoom(manifest.sizeBytes, image.digest);
      await atOnce(lacking, LAYERS_AT_ONCE, (layer) => this.#bringLayer(way, layer));
      await engine.loadImage(
        { peer: this.#parts.peer, image: manifest, tar: (diffId) => store.tar(diffId) },
        way.signal,
      );
      await cache.used(image.digest);
    } finally {
      cache.settled(image.digest);
      unpin();
    }
    // The engine holds them now
    await store.removeUnpinned(manifest.layers.map(({ diffId }) => diffId));
  }

  /** What the image is made of, as its tenant says, checked against the digest and the size that were bid for. */
  async #describe(way: Way): Promise<{ manifest: ImageManifest; encoded: readonly LayerItem[] }> {
    const { overlay, engine } = this.#parts;
    const { bid, lease, tenant } = way.given;
    const { digest, maxBytes } = bid.body.image;
    const answer: ImageResponse = await overlay.request(
      imageProtocol,
      tenant,
      { lease: lease.id },
      way.signal,
    );
    const { architecture } = await engine.facts(way.signal);
    const manifest = openManifest(answer.config, answer.layers, { maxBytes, architecture });
    if (manifest.digest !== digest)
      throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest, got: manifest.digest });
    return { manifest, encoded: answer.layers };
  }

  /**
   * One layer, from where it broke off. No lease waits for a layer that another one brings: its tenant could be slow on purpose.
   */
  async #bringLayer(way: Way, layer: LayerItem): Promise<void> {
    const { store, overlay, metrics } = this.#parts;
    const { diffId, encoding, encodedBytes } = layer;
    // It came before a break, or for another lease
    if (store.has(diffId)) {
      way.here.set(diffId, encodedBytes);
      return;
    }
    const incoming = await store.receive(layer);
    way.here.set(diffId, incoming.offset);
    const request = { lease: way.given.lease.id, diffId, encoding, offset: incoming.offset };
    const stalled = new AbortController();
    const signal = AbortSignal.any([way.signal, stalled.signal]);
    const pieces = overlay.feed(layerProtocol, way.given.tenant, request, signal);
    const counted = async function* (this: Fetching) {
      for await (const { bytes: piece } of pieces) {
        way.cameAtMs = this.#parts.clock.monotonicMs();
        way.cameBytes += piece.byteLength;
        way.here.set(diffId, (way.here.get(diffId) ?? 0) + piece.byteLength);
        metrics?.imageBytesTotal.inc({ direction: 'in' }, piece.byteLength);
        yield piece;
      }
    };
    const watch = this.#watchStall(way, stalled);
    try {
      await incoming.take(counted.call(this), signal);
    } finally {
      watch();
    }
  }

  /** Breaks off a layer of which nothing has come for a while, to ask anew, or too little: to end it. */
  #watchStall(way: Way, stalled: AbortController): () => void {
    const { clock } = this.#parts;
    let cancel = () => {};
    const look = () => {
      const nowMs = clock.monotonicMs();
      if (nowMs > way.cameAtMs + FETCH_STALL_MS / 4 || isGivenUp(way, nowMs))
        return stalled.abort(new TallyError('PEER_SILENT', { reason: 'nothing comes' }));
      cancel = clock.after(FETCH_RETRY_MS, look);
    };
    look();
    return () => cancel();
  }
}

/** Nothing came for too long, or too little in all: capacity is held for it and nobody pays meanwhile. */
function isGivenUp({ beganAtMs, cameAtMs, cameBytes }: Way, nowMs: number): boolean {
  const slowestMs = (cameBytes / FETCH_LEAST_BYTES_PER_SECOND) * 1_000;
  return nowMs > cameAtMs + FETCH_STALL_MS || nowMs > beganAtMs + FETCH_STALL_MS + slowestMs;
}

function sumOf(layers: readonly LayerItem[]): number {
  return layers.reduce((sum, { encodedBytes }) => sum + encodedBytes, 0);
}
