// The layers that this machine keeps, compressed, in one folder: whole and checked, or not there. It serves both sides, the one
// that reads an image and sends it, and the one that it is sent to. One process at a time has a folder open.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import { type Bytes, Pushback } from './bytes.ts';
import { IncomingLayer } from './incoming-layer.ts';
import { type Expected, LayerCheck } from './layer-check.ts';
import { LayerFile, onDisk, readRange } from './layer-file.ts';
import {
  type EncodedLayer,
  isPartName,
  isPartOf,
  isStoreName,
  newName,
  partName,
  readWholeName,
  wholeName,
} from './layer-names.ts';
import { oneFrame } from './one-frame.ts';
import {
  COMPRESSION,
  ENCODED_SLACK_BYTES,
  ENCODED_SLACK_SHARE,
  OWN_WINDOW_LOG,
  PART_KEPT_MS,
} from './parameters.ts';
import { Room } from './room.ts';
import { decoded, zstdDecoder } from './unpack.ts';

export interface LayerStoreOptions {
  readonly folder: string;
  /** All files together. */
  readonly maxBytes: number;
  readonly clock?: Clock;
}

/** A layer that was checked and is not in the store yet. One of the two has to be called. */
export interface StagedLayer {
  readonly layer: EncodedLayer;
  keep(): Promise<EncodedLayer>;
  discard(): Promise<void>;
}

/** Opens the store in a folder, which is made if need be; what a kill left is removed, but for what can go on. */
export async function openLayerStore(options: LayerStoreOptions): Promise<LayerStore> {
  const store = new LayerStore(options);
  await store.recover();
  return store;
}

/** A file that was there before. */
interface Found {
  readonly name: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

export class LayerStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #room: Room;
  /** The least recently used first. */
  readonly #layers = new Map<string, EncodedLayer>();
  /** How many want a layer to stay. */
  readonly #pins = new Map<string, number>();
  /** What came of layers that are not whole here, and nobody adds to, by the name of its file, and how many bytes; the oldest first. */
  readonly #parts = new Map<string, number>();
  /** Parts that somebody adds to. */
  readonly #claimed = new Set<string>();
  readonly #keeping = new KeyedSerial();

  constructor({ folder, maxBytes, clock = systemClock }: LayerStoreOptions) {
    this.#folder = folder;
    this.#clock = clock;
    this.#room = new Room(maxBytes, () => this.#evict());
  }

  /** What all files take, those that are being written included. */
  get usedBytes(): number {
    return this.#room.usedBytes;
  }

  get maxBytes(): number {
    return this.#room.maxBytes;
  }

  has(diffId: string): boolean {
    return this.#layers.has(diffId);
  }

  /** The layer as it is kept; undefined when it is not. */
  find(diffId: string): EncodedLayer | undefined {
    return this.#layers.get(diffId);
  }

  /** All layers, the least recently used first. */
  list(): EncodedLayer[] {
    return [...this.#layers.values()];
  }

  /** Keeps these layers, and those of them that are still to come, from being evicted. The function returned lets them go. */
  pin(diffIds: readonly string[]): () => void {
    const pinned = new Set(diffIds);
    for (const diffId of pinned) this.#pins.set(diffId, this.#pinsOf(diffId) + 1);
    return () => {
      for (const diffId of pinned) this.#unpin(diffId);
      pinned.clear();
    };
  }

  /**
   * Compresses a tar, checked while it is read. Nothing is in the store before `keep`. Throws IMAGE_DIGEST_WRONG,
   * IMAGE_LAYER_TOO_LARGE, IMAGE_STORE_FULL, IMAGE_STORE_DISK_FULL, what the tar throws, the signal's reason; and leaves nothing.
   */
  async stage(expected: Expected, tar: Bytes, signal: AbortSignal): Promise<StagedLayer> {
    const encoding = newEncoding();
    const file = await LayerFile.open(this.#newPath(), this.#room);
    const check = new LayerCheck(expected);
    try {
      const compressing = createZstdCompress(COMPRESSION);
      await pipeline(check.passing(tar), compressing, oneFrame, (bytes: Bytes) => file.writeAll(bytes), {
        signal,
      });
      await file.settle();
    } catch (error) {
      await file.discard();
      signal.throwIfAborted();
      throw error;
    }
    const layer = { diffId: check.diffId, sizeBytes: check.bytes, encodedBytes: file.bytes, encoding };
    return { layer, keep: () => this.#keep(file, layer), discard: () => file.discard() };
  }

  /** The same, kept at once. */
  async put(expected: Expected, tar: Bytes, signal: AbortSignal): Promise<EncodedLayer> {
    const staged = await this.stage(expected, tar, signal);
    return staged.keep();
  }

  /**
   * Begins to take a layer in the form in which another store has it, or goes on where that broke off: with the bytes from
   * `offset` on of just that form. Nothing is written yet. Whoever begins calls `take` or `close`. The size of the tar is to be
   * the manifest's word, which the limit of an image bounds, not the sender's. Throws BAD_REQUEST for an announcement that is
   * none, IMAGE_LAYER_TOO_LARGE for a form that is larger than any of this tar, IMAGE_STORE_FULL.
   */
  async receive(announced: EncodedLayer): Promise<IncomingLayer> {
    const name = partName(announced);
    requireSizes(announced);
    const takeBack = this.#room.promise(announced.encodedBytes, this.#pinnedBytes());
    try {
      return await this.#open(name, announced, takeBack);
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  /** The compressed form from an offset on, also once the layer is removed meanwhile. Throws IMAGE_LAYER_MISSING, BAD_REQUEST for an offset behind its end. */
  async *read(diffId: string, offset = 0): AsyncGenerator<Uint8Array> {
    const layer = this.#get(diffId);
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > layer.encodedBytes)
      throw new TallyError('BAD_REQUEST', { offset, encodedBytes: layer.encodedBytes });
    const handle = await this.#openWhole(layer);
    try {
      await this.#touch(layer);
      yield* readRange(handle, offset, layer.encodedBytes);
    } finally {
      await handle.close();
    }
  }

  /**
   * The tar, checked again. Throws IMAGE_LAYER_MISSING where there is none; a file that the disk has damaged is removed, and the
   * same is thrown.
   */
  async *tar(diffId: string): AsyncGenerator<Uint8Array> {
    const layer = this.#get(diffId);
    const source = new Pushback(this.read(diffId));
    const check = new LayerCheck({ diffId, maxBytes: layer.sizeBytes });
    try {
      yield* check.passing(decoded(source, zstdDecoder(OWN_WINDOW_LOG)));
    } catch (cause) {
      if (cause instanceof TallyError) await this.remove(diffId);
      throw new TallyError('IMAGE_LAYER_MISSING', { diffId }, { cause });
    } finally {
      await source.close();
    }
  }

  /** Removes those of these layers that nobody wants to stay. */
  async removeUnpinned(diffIds: readonly string[]): Promise<void> {
    for (const diffId of diffIds) if (this.#pinsOf(diffId) === 0) await this.remove(diffId);
  }

  /** Removes a layer, if it is there; who reads it reads on. */
  async remove(diffId: string): Promise<void> {
    const layer = this.#layers.get(diffId);
    if (layer === undefined) return;
    this.#layers.delete(diffId);
    this.#room.give(layer.encodedBytes);
    await rm(this.#pathOf(layer), { force: true });
  }

  /** A file without a name, for what has to be looked at before anything is kept; the system frees it when it is closed. */
  async scratch(): Promise<FileHandle> {
    const path = this.#newPath();
    const handle = await onDisk(() => open(path, 'wx+', 0o600));
    await rm(path);
    return handle;
  }

  /** Takes up what is in the folder; only for `openLayerStore`. Files that are not the store's are left alone. */
  async recover(): Promise<void> {
    await onDisk(() => mkdir(this.#folder, { recursive: true, mode: 0o700 }));
    const names = (await readdir(this.#folder)).filter(isStoreName);
    const found = await Promise.all(names.map((name) => foundAt(this.#folder, name)));
    for (const file of found.sort((a, b) => a.usedAtMs - b.usedAtMs)) await this.#takeUp(file);
    for (const diffId of this.#layers.keys()) this.#dropParts(diffId);
  }

  async #takeUp({ name, bytes, usedAtMs }: Found): Promise<void> {
    const whole = readWholeName(name);
    const isFresh = isPartName(name) && bytes > 0 && this.#clock.nowMs() - usedAtMs < PART_KEPT_MS;
    const isWanted = whole === undefined ? isFresh : !this.has(whole.diffId);
    if (!isWanted || bytes > this.maxBytes) return rm(join(this.#folder, name), { force: true });
    // Nothing is pinned yet: of a limit that was lowered the least recently used go
    this.#room.take(bytes);
    if (whole === undefined) this.#parts.set(name, bytes);
    else this.#layers.set(whole.diffId, { ...whole, encodedBytes: bytes });
  }

  async #open(name: string, announced: EncodedLayer, takeBack: () => void): Promise<IncomingLayer> {
    // Who comes second writes to a file of its own, that a slow or false sender cannot keep others from sending
    const isFirst = !this.#claimed.has(name);
    if (isFirst) this.#claimed.add(name);
    try {
      if (isFirst) this.#dropOtherParts(announced, name);
      const file = isFirst ? await this.#goOn(name) : await LayerFile.open(this.#newPath(), this.#room);
      return new IncomingLayer(announced, file, {
        keep: () => this.#keep(file, announced),
        leave: async () => {
          await file.close();
          if (!isFirst || file.bytes === 0 || this.has(announced.diffId)) await file.discard();
          else this.#parts.set(name, file.bytes);
        },
        released: () => {
          takeBack();
          if (isFirst) this.#claimed.delete(name);
        },
      });
    } catch (error) {
      if (isFirst) this.#claimed.delete(name);
      throw error;
    }
  }

  /** Parts of other forms of the layer are of no use any more, nor is one that is longer than what was announced. */
  #dropOtherParts({ diffId, encodedBytes }: EncodedLayer, name: string): void {
    this.#dropParts(diffId, (part, bytes) => part !== name || bytes > encodedBytes);
  }

  /** Of a layer's parts, but for those that somebody adds to. They are gone when this returns, as with `#evict`. */
  #dropParts(diffId: string, isDropped: (part: string, bytes: number) => boolean = () => true): void {
    for (const [part, bytes] of this.#parts) {
      if (!isPartOf(part, diffId) || !isDropped(part, bytes)) continue;
      this.#parts.delete(part);
      this.#room.give(bytes);
      rmSync(join(this.#folder, part), { force: true });
    }
  }

  /** The file of what came earlier, which from now on nobody evicts; a new one where there is none. */
  async #goOn(name: string): Promise<LayerFile> {
    const bytes = this.#parts.get(name) ?? 0;
    this.#parts.delete(name);
    try {
      return await LayerFile.open(join(this.#folder, name), this.#room, bytes);
    } catch (error) {
      this.#room.give(bytes);
      await rm(join(this.#folder, name), { force: true });
      throw error;
    }
  }

  /** One at a time: of two that bring the same layer the second finds it there. */
  #keep(file: LayerFile, layer: EncodedLayer): Promise<EncodedLayer> {
    return this.#keeping.run(layer.diffId, async () => {
      const existing = this.#layers.get(layer.diffId);
      try {
        if (existing === undefined) await file.moveTo(this.#pathOf(layer));
      } catch (error) {
        await file.discard();
        throw error;
      }
      if (existing === undefined) this.#layers.set(layer.diffId, layer);
      else await file.discard();
      this.#dropParts(layer.diffId);
      return existing ?? layer;
    });
  }

  /**
   * The next to go: what came of a layer that nobody goes on with, then the layer that nobody has used for longest. It is gone
   * when this returns, for somebody may bring it again under the same name.
   */
  #evict(): number | undefined {
    for (const [name, bytes] of this.#parts) {
      this.#parts.delete(name);
      rmSync(join(this.#folder, name), { force: true });
      return bytes;
    }
    for (const [diffId, layer] of this.#layers) {
      if (this.#pinsOf(diffId) > 0) continue;
      this.#layers.delete(diffId);
      rmSync(this.#pathOf(layer), { force: true });
      return layer.encodedBytes;
    }
    return undefined;
  }

  /** Throws IMAGE_LAYER_MISSING where somebody took the file away. */
  async #openWhole(layer: EncodedLayer): Promise<FileHandle> {
    try {
      return await open(this.#pathOf(layer), 'r');
    } catch (cause) {
      await this.remove(layer.diffId);
      throw new TallyError('IMAGE_LAYER_MISSING', { diffId: layer.diffId }, { cause });
    }
  }

  /** Makes it the most recently used, also for the next process. */
  async #touch(layer: EncodedLayer): Promise<void> {
    if (this.#layers.get(layer.diffId) !== layer) return;
    this.#layers.delete(layer.diffId);
    this.#layers.set(layer.diffId, layer);
    const now = new Date(this.#clock.nowMs());
    await utimes(this.#pathOf(layer), now, now).catch(() => {});
  }

  #get(diffId: string): EncodedLayer {
    const layer = this.#layers.get(diffId);
    if (layer === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId });
    return layer;
  }

  #pinsOf(diffId: string): number {
    return this.#pins.get(diffId) ?? 0;
  }

  #unpin(diffId: string): void {
    const left = this.#pinsOf(diffId) - 1;
    if (left > 0) this.#pins.set(diffId, left);
    else this.#pins.delete(diffId);
  }

  #pinnedBytes(): number {
    const pinned = this.list().filter(({ diffId }) => this.#pinsOf(diffId) > 0);
    return pinned.reduce((sum, { encodedBytes }) => sum + encodedBytes, 0);
  }

  #pathOf(layer: EncodedLayer): string {
    return join(this.#folder, wholeName(layer));
  }

  #newPath(): string {
    return join(this.#folder, newName(newEncoding()));
  }
}

function newEncoding(): string {
  return randomBytes(16).toString('hex');
}

async function foundAt(folder: string, name: string): Promise<Found> {
  const { size, mtimeMs } = await stat(join(folder, name));
  return { name, bytes: size, usedAtMs: mtimeMs };
}

/** Sizes that can be true of a layer and its compressed form. */
function requireSizes({ diffId, sizeBytes, encodedBytes }: EncodedLayer): void {
  for (const size of [sizeBytes, encodedBytes])
    if (!Number.isSafeInteger(size) || size < 0) throw new TallyError('BAD_REQUEST', { diffId, size });
  const maxBytes = sizeBytes + sizeBytes / ENCODED_SLACK_SHARE + ENCODED_SLACK_BYTES;
  if (encodedBytes > maxBytes) throw new TallyError('IMAGE_LAYER_TOO_LARGE', { diffId, encodedBytes });
}
