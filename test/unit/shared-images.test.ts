// What a volunteer keeps of images for others: so much, so long, and over restarts.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { SHARED_IMAGES_KEPT, SHARED_MS } from '../../src/market/terms/parameters.ts';
import type { SharedImages } from '../../src/market/volunteer/images/shared-images.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, piecesOf, someLayer, type TestImage, temporaryStore } from '../support/images.ts';
import { sharedImages } from '../support/sharing.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;

let clock: HandClock;
let store: LayerStore;
let rows: ReturnType<typeof memoryTable>;
let shared: SharedImages;

beforeEach(async () => {
  clock = new HandClock();
  ({ store } = await temporaryStore(200_000));
  rows = memoryTable();
  shared = opened();
});

function opened(sharedBytes = 100_000): SharedImages {
  return sharedImages(store, clock, { rows, sharedBytes } as object);
}

const diffIds = ({ layers }: TestImage) => layers.map(({ diffId }) => diffId);

/** An image of layers of this size comes, and is in the engine. */
async function come(tars: readonly Buffer[], tenant = 'tenant'): Promise<TestImage> {
  const image = imageOf(tars);
  for (const [index, { diffId, sizeBytes }] of image.layers.entries())
    if (!store.has(diffId)) await store.put({ diffId, maxBytes: sizeBytes }, piecesOf(tars[index]!), SIGNAL);
  await shared.add(tenant, image.digest, diffIds(image));
  await clock.move(1_000);
  return image;
}

const isHere = (image: TestImage) => diffIds(image).every((diffId) => store.has(diffId));
const kept = async () => {
  const found: string[] = [];
  for await (const [key] of rows.entries()) found.push(key);
  return found;
};

describe('the layers of an image that came', () => {
  it('are kept within a limit: those that came first go first', async () => {
    const images: TestImage[] = [];
    for (const name of ['a', 'b', 'c']) images.push(await come([someLayer(name, 40_000)]));
    expect(images.map(isHere)).toEqual([false, true, true]);
    expect(await kept()).toHaveLength(2);
  });

  it('are not kept where one image is more than the limit, or where the owner keeps none', async () => {
    expect(isHere(await come([someLayer('large', 120_000)]))).toBe(false);
    shared = opened(0);
    expect(isHere(await come([someLayer('small', 1_000)]))).toBe(false);
    expect(await kept()).toEqual([]);
  });

  it('are kept for a while, and as long again where the image comes again', async () => {
    const image = await come([someLayer('a', 10_000)]);
    const other = await come([someLayer('b', 10_000)]);
    await clock.move(SHARED_MS / 2);
    await come([...image.tars]);
    await clock.move(SHARED_MS / 2);
    await shared.trim();
    expect([image, other].map(isHere)).toEqual([true, false]);
    await clock.move(SHARED_MS);
    await shared.trim();
    expect(isHere(image)).toBe(false);
    expect(await kept()).toEqual([]);
  });

  it('stay as long as one image is made of them', async () => {
    const base = someLayer('base', 30_000);
    const first = await come([base, someLayer('first', 10_000)]);
    const second = await come([base, someLayer('second', 10_000)]);
    await shared.drop(first.digest);
    expect([first, second].map(isHere)).toEqual([false, true]);
    await shared.drop(second.digest);
    expect(store.list()).toEqual([]);
  });

  it('give way to whatever this peer needs the room of the store for', async () => {
    const image = await come([someLayer('a', 90_000)]);
    const own = imageOf([someLayer('own', 150_000)]);
    const [{ diffId, sizeBytes }] = own.layers as [TestImage['layers'][number]];
    await store.put({ diffId, maxBytes: sizeBytes }, piecesOf(own.tars[0]!), SIGNAL);
    expect(isHere(own)).toBe(true);
    expect(isHere(image)).toBe(false);
  });

  it('are found again by the next process, which forgets what is too old or too much by then', async () => {
    const old = await come([someLayer('a', 10_000)]);
    await clock.move(SHARED_MS / 2);
    const [first, second] = [await come([someLayer('b', 30_000)]), await come([someLayer('c', 30_000)])];
    await clock.move(SHARED_MS / 2);
    shared = opened();
    await shared.load();
    expect([old, first, second].map(isHere)).toEqual([false, true, true]);
    shared = opened(40_000);
    await shared.load();
    expect([first, second].map(isHere)).toEqual([false, true]);
    shared = opened(0);
    await shared.load();
    expect(store.list()).toEqual([]);
    expect(await kept()).toEqual([]);
  });

  it('go at once, all of them, when a disk is full, although no row can be written then', async () => {
    const image = await come([someLayer('a', 10_000)]);
    rows.change = async () => {
      throw new TallyError('LEDGER_DISK_FULL');
    };
    expect(await shared.clear().then(() => 'cleared', codeOf)).toBe('LEDGER_DISK_FULL');
    expect(isHere(image)).toBe(false);
    expect(store.usedBytes).toBe(0);
  });

  it('are of a bounded number of images, however small', async () => {
    const tar = someLayer('tiny', 10);
    for (let i = 0; i < SHARED_IMAGES_KEPT + 5; i += 1) await come([tar], `tenant-${i}`);
    expect(await kept()).toHaveLength(SHARED_IMAGES_KEPT);
  });
});
