// Layers of an archive that passes by are staged as they pass: the image comes whole or not at all, as from a file.
import { readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { importImage } from '../../src/runtime/images/import-image.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import {
  imageOf,
  piecesOf,
  savedEntries,
  someLayer,
  type TarEntry,
  type TestImage,
  tarOf,
  temporaryStore,
} from '../support/images.ts';

const MAX_BYTES = 16 * MIB;
const LARGE = 1.5 * MIB;
const unbounded = new AbortController().signal;

const passing = (entries: readonly (TarEntry | Uint8Array)[]) => piecesOf(tarOf(entries), 50_000);

function bring(
  stream: AsyncIterable<Uint8Array>,
  store: LayerStore,
  { maxBytes = MAX_BYTES, signal = unbounded } = {},
) {
  return importImage({ stream }, store, { maxBytes }, signal);
}

async function expectHeld(store: LayerStore, image: TestImage): Promise<void> {
  for (const [i, { diffId }] of image.layers.entries())
    expect((await buffer(store.tar(diffId))).equals(image.tars[i] as Buffer)).toBe(true);
}

/** The archive with another body for the file of one layer. */
const withLayer = (image: TestImage, index: number, body: Buffer): TarEntry[] =>
  savedEntries(image).map((each) =>
    String(each.name).startsWith(String(index)) && String(each.name).endsWith('layer.tar')
      ? { ...each, body }
      : each,
  );

describe('an image whose layers are staged as they pass', () => {
  const image = imageOf([someLayer('low', LARGE), someLayer('small', 700), someLayer('high', LARGE)]);

  it('comes whole, and each large layer is read once', async () => {
    const { store, folder } = await temporaryStore(32 * MIB);
    const stage = vi.spyOn(store, 'stage');
    const { manifest } = await bring(passing(savedEntries(image)), store);
    expect(manifest).toMatchObject({ digest: image.digest, layers: image.layers });
    await expectHeld(store, image);
    expect(stage).toHaveBeenCalledTimes(3);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('comes with layers that are packed, with equal ones as links, and with files that are none of its layers', async () => {
    const [low, , high] = image.tars as [Buffer, Buffer, Buffer];
    const doubled = imageOf([low, low, high]);
    const entries = withLayer(doubled, 2, zstdCompressSync(high)).map((each) =>
      /^0.*layer\.tar$/.test(String(each.name)) ? { ...each, body: gzipSync(low) } : each,
    );
    const target = String(entries.find(({ name }) => /^0.*layer\.tar$/.test(String(name)))?.name);
    const linked = entries.map((each) =>
      /^1.*layer\.tar$/.test(String(each.name))
        ? { name: each.name, kind: '2', target: `../${target}` }
        : each,
    );
    const { store, folder } = await temporaryStore(32 * MIB);
    const { manifest } = await bring(
      passing([{ name: 'more', body: Buffer.alloc(LARGE, 'x') }, ...linked]),
      store,
    );
    expect(manifest.layers).toEqual(doubled.layers);
    await expectHeld(store, doubled);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('is not compressed again where the store has a layer of its size', async () => {
    const { store } = await temporaryStore(32 * MIB);
    await bring(passing(savedEntries(image)), store);
    const stage = vi.spyOn(store, 'stage');
    const next = imageOf([...image.tars, someLayer('top', LARGE)]);
    await bring(passing(savedEntries(next)), store);
    // It has the size of another, so that it is seen at the end not to be here
    expect(stage).toHaveBeenCalledTimes(1);
    await expectHeld(store, next);
  });

  it('leaves nothing where a layer is another, missing or damaged', async () => {
    const missing = savedEntries(image).filter(({ name }) => !/^2.*layer\.tar$/.test(String(name)));
    const damaged = gzipSync(image.tars[2] as Buffer).fill(0, 60_000, 60_100);
    for (const [entries, code] of [
      [withLayer(image, 2, someLayer('other', LARGE)), 'IMAGE_DIGEST_WRONG'],
      [missing, 'IMAGE_LAYER_MISSING'],
      [withLayer(image, 2, damaged), 'IMAGE_ARCHIVE_MALFORMED'],
    ] as const) {
      const { store, folder } = await temporaryStore(32 * MIB);
      await expect(bring(passing(entries), store)).rejects.toMatchObject({ code });
      expect(await readdir(folder)).toEqual([]);
      expect(store.usedBytes).toBe(0);
    }
  });

  it('leaves nothing where it is too large, plain or packed, or the store is full', async () => {
    const bomb = gzipSync(Buffer.alloc(40 * MIB));
    const packed = Buffer.concat([bomb, Buffer.alloc(LARGE)]);
    for (const [entries, maxBytes, storeBytes, code] of [
      [savedEntries(image), 2 * MIB, 32 * MIB, 'IMAGE_TOO_LARGE'],
      [withLayer(image, 2, packed), MAX_BYTES, 64 * MIB, 'IMAGE_TOO_LARGE'],
      [savedEntries(image), MAX_BYTES, 2 * MIB, 'IMAGE_STORE_FULL'],
    ] as const) {
      const { store, folder } = await temporaryStore(storeBytes);
      expect(await bring(passing(entries), store, { maxBytes }).then(() => 'brought', codeOf)).toBe(code);
      expect(await readdir(folder)).toEqual([]);
      expect(store.usedBytes).toBe(0);
    }
  });

  it('leaves nothing where it breaks off within a layer, or nobody wants it any more', async () => {
    const whole = tarOf(savedEntries(image));
    const { store, folder } = await temporaryStore(32 * MIB);
    await expect(bring(piecesOf(whole.subarray(0, LARGE)), store)).rejects.toMatchObject({
      code: 'IMAGE_ARCHIVE_MALFORMED',
    });
    const broken = new TallyError('ENGINE_UNREACHABLE');
    const leaving = new AbortController();
    async function* until(act: () => void) {
      yield whole.subarray(0, 2 * MIB);
      act();
      yield whole.subarray(2 * MIB);
    }
    const breaking = () => {
      throw broken;
    };
    await expect(bring(until(breaking), store)).rejects.toBe(broken);
    const gone = bring(
      until(() => leaving.abort(new Error('enough'))),
      store,
      { signal: leaving.signal },
    );
    await expect(gone).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
    expect(store.usedBytes).toBe(0);
  });
});
