// What brings the image of a lease to the engine, against tenants that send it well, slowly, wrongly or not at all.
import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { FETCH_RETRY_MS, FETCH_STALL_MS } from '../../src/market/terms/parameters.ts';
import { Fetching, type FetchingParts, type Wanted } from '../../src/market/volunteer/images/fetching.ts';
import { Holdings } from '../../src/market/volunteer/images/holdings.ts';
import { TenantSource } from '../../src/market/volunteer/images/tenant-source.ts';
import type { ImageResponse, LayerPiece, LayerRequest } from '../../src/overlay/protocols/images.ts';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, piecesOf, someLayer, type TestImage, tarsOf, temporaryStore } from '../support/images.ts';
import { NOW_MS } from '../support/records.ts';
import { askingParts, sharedImages } from '../support/sharing.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;
const never = () => new Promise<never>(() => {});

let clock: HandClock;
let engine: ReturnType<typeof createFakeEngine>;
let image: TestImage;
/** The stores of the tenant and of the volunteer, and the folder of the second. */
let sending: LayerStore;
let store: LayerStore;
let folder: string;
let fetching: Fetching;
let traffic: OwnTraffic;
let holdings: Holdings;
/** Layers that the owner lists for everybody. */
let open: Set<string>;
/** What the tenant answers, and sends; what it was asked for. */
let describes: () => ImageResponse | Promise<ImageResponse>;
let sends: (request: LayerRequest) => AsyncIterable<Uint8Array>;
let asked: LayerRequest[];
/** How often a way broke off. */
let breaks: number;
let salt = 0;

beforeEach(async () => {
  clock = new HandClock(NOW_MS);
  traffic = new OwnTraffic();
  engine = createFakeEngine({ images: [] });
  image = imageOf([someLayer('base', 300_000), someLayer('app', 100_000)]);
  ({ store: sending } = await temporaryStore());
  ({ store, folder } = await temporaryStore());
  for (const [index, { diffId, sizeBytes }] of image.layers.entries())
    await sending.put({ diffId, maxBytes: sizeBytes }, piecesOf(image.tars[index]!), SIGNAL);
  [asked, breaks] = [[], 0];
  describes = () => ({
    config: image.config,
    layers: image.layers.map(({ diffId }) => ({ ...sending.find(diffId)! })),
    grants: [],
  });
  sends = ({ diffId, offset }) => sending.read(diffId, offset);
  [holdings, open] = [new Holdings({ clock, rows: memoryTable() }), new Set()];
  fetching = new Fetching({
    ...{ peer: 'volunteer', clock, engine, store, holdings },
    access: { openLayers: async () => open },
    log: {
      ...silentLog,
      debug: () => {
        breaks += 1;
      },
    },
    cache: { makeRoom: async () => {}, settled: () => {}, used: async () => {} },
    shared: sharedImages(store, clock, { sharedBytes: 0 }),
    traffic,
  } as unknown as FetchingParts);
});

const overlay = {
  request: async () => describes(),
  feed: (_: unknown, __: string, request: LayerRequest) => {
    asked.push(request);
    return piecesIn(sends(request));
  },
} as unknown as Overlay;

/** Bytes as they travel. */
async function* piecesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<LayerPiece> {
  for await (const each of bytes) yield { bytes: each };
}

/** The image, wanted for a lease; or what is said of it. */
function wantedImage(digest = image.digest, maxBytes = MIB, tenant = 'tenant'): Wanted {
  salt += 1;
  const leave = new Uint8Array(32).fill(salt);
  const source = new TenantSource({ ...askingParts(clock), overlay, store }, tenant, leave);
  return { id: `lease-${salt}`, tenant, image: { digest, maxBytes, source } };
}

const held = () => engine.image(image.digest, SIGNAL);
/** What became of bringing an image: `brought`, or the code. */
const outcome = (image = wantedImage()) => fetching.bring(image).then(() => 'brought', codeOf);

/** Lets time pass, a second at a time, with what files take between. */
async function passUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await clock.move(FETCH_RETRY_MS);
    await pause(1);
  }
}

describe('an image that a tenant sends', () => {
  it('is in the engine, layer by layer checked, and not in the store any more', async () => {
    expect(await outcome()).toBe('brought');
    expect(await held()).toMatchObject({ digest: image.digest });
    const names = image.layers.map(({ diffId }) => diffId);
    // Two come side by side
    expect(asked.map(({ diffId }) => diffId).sort()).toEqual(names.sort());
    expect(store.list()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is handed to the engine while it comes, each layer as soon as it is here', async () => {
    const [base, app] = image.layers;
    const { loadImage } = engine;
    const taken = Promise.withResolvers<void>();
    engine.loadImage = (load, signal) =>
      loadImage.call(
        engine,
        {
          ...load,
          tar: async function* (diffId: string) {
            yield* load.tar(diffId);
            if (diffId === base!.diffId) taken.resolve();
          },
        },
        signal,
      );
    const honest = sends;
    sends = async function* (request) {
      if (request.diffId === app!.diffId) await taken.promise;
      yield* honest(request);
    };
    expect(await outcome()).toBe('brought');
    expect(await held()).toMatchObject({ digest: image.digest });
  });

  it('leaves out what the engine holds', async () => {
    const before = imageOf([image.tars[0]!, someLayer()]);
    await engine.loadImage({ peer: 'volunteer', image: before, tar: tarsOf(before) }, SIGNAL);
    await holdings.add('tenant', image.layers[0]!.diffId);
    expect(await outcome()).toBe('brought');
    expect(asked.map(({ diffId }) => diffId)).toEqual([image.layers[1]!.diffId]);
  });

  it('leaves out what the engine holds, also where a layer comes twice', async () => {
    const [base, app] = image.tars as [Buffer, Buffer];
    const before = imageOf([base, base, someLayer()]);
    await engine.loadImage({ peer: 'volunteer', image: before, tar: tarsOf(before) }, SIGNAL);
    open = new Set(before.layers.map(({ diffId }) => diffId));
    image = imageOf([base, base, app, app]);
    expect(await outcome()).toBe('brought');
    expect(asked.map(({ diffId }) => diffId)).toEqual([image.layers[2]!.diffId]);
  });

  it('goes on where it broke off', async () => {
    sends = async function* ({ diffId, offset }) {
      const isToBreak = breaks < 3 && diffId === image.layers[0]!.diffId;
      for await (const piece of sending.read(diffId, offset)) {
        yield isToBreak ? piece.subarray(0, 40_000) : piece;
        if (isToBreak) throw new TallyError('PEER_SILENT');
      }
    };
    const given = wantedImage();
    const whole = image.layers.reduce((sum, { diffId }) => sum + sending.find(diffId)!.encodedBytes, 0);
    let seen: unknown;
    const { loadImage } = engine;
    engine.loadImage = (...args) => {
      seen = fetching.progress(given.id);
      return loadImage.apply(engine, args);
    };
    const bringing = outcome(given);
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(breaks).toBe(count), { timeout: 20_000, interval: 2 });
      await clock.move(FETCH_RETRY_MS);
    }
    expect(await bringing).toBe('brought');
    const offsets = asked
      .filter(({ diffId }) => diffId === image.layers[0]!.diffId)
      .map(({ offset }) => offset);
    expect(offsets).toEqual([0, 40_000, 80_000, 120_000]);
    // Nothing is counted twice
    expect(seen).toEqual({ bytes: whole, ofBytes: whole });
  });

  it('comes although another tenant sends the same layers, and is slow on purpose', async () => {
    const honest = sends;
    const slow = wantedImage();
    const slowSalt = salt;
    sends = async function* (request) {
      if (request.leave[0] === slowSalt) await never();
      yield* honest(request);
    };
    const stuck = outcome(slow);
    await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 20_000, interval: 2 });
    expect(await outcome()).toBe('brought');
    fetching.cancel(slow.id);
    expect(await stuck).toBe('STOPPING');
  });
});

describe('a tenant', () => {
  it('that sends nothing is given up, and its lease with it', async () => {
    sends = async function* () {
      yield* [];
      await never();
    };
    const bringing = outcome();
    const endMs = clock.monotonicMs() + FETCH_STALL_MS + 2 * FETCH_RETRY_MS;
    await passUntil(() => clock.monotonicMs() > endMs);
    expect(await bringing).toBe('IMAGE_NOT_SENT');
    expect(await held()).toBeUndefined();
  });

  it('that does not answer at all is given up', async () => {
    describes = () => {
      throw new TallyError('PEER_SILENT');
    };
    const bringing = outcome();
    const endMs = clock.monotonicMs() + FETCH_STALL_MS + 2 * FETCH_RETRY_MS;
    await passUntil(() => clock.monotonicMs() > endMs);
    expect(await bringing).toBe('IMAGE_NOT_SENT');
  });

  it('that sends a byte now and then holds capacity for no longer than what it sent is worth', async () => {
    sends = async function* ({ diffId, offset }) {
      for await (const piece of sending.read(diffId, offset))
        for (const byte of piece) {
          yield Uint8Array.of(byte);
          await new Promise<void>((resolve) => clock.after(5_000, resolve));
        }
    };
    const bringing = outcome();
    const startMs = clock.monotonicMs();
    let end = '';
    bringing.then((code) => {
      end = code;
    });
    await passUntil(() => end !== '');
    expect(end).toBe('IMAGE_NOT_SENT');
    // What it sent, a byte in five seconds, would take weeks; the clock runs on while files are written
    const mostMs = 20 * FETCH_STALL_MS;
    expect(clock.monotonicMs() - startMs).toBeLessThan(mostMs);
    // Those that still wait to send the next byte see that nobody reads it
    await clock.move(5_000);
  });

  it('that sends other bytes is found out, and nothing of them is kept', async () => {
    sends = async function* ({ diffId, offset }) {
      for await (const piece of sending.read(diffId, offset)) yield piece.map((byte) => byte ^ 1);
    };
    expect(await outcome()).toBe('IMAGE_DIGEST_WRONG');
    expect(await held()).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('that sends more than it announced is cut off', async () => {
    sends = async function* ({ diffId }) {
      yield* sending.read(diffId);
      for (;;) yield new Uint8Array(100_000);
    };
    describes = () => {
      const layers = image.layers.map(({ diffId }) => ({ ...sending.find(diffId)! }));
      return {
        config: image.config,
        layers: layers.map((each) => ({ ...each, encodedBytes: each.encodedBytes - 10 })),
        grants: [],
      };
    };
    expect(await outcome()).toBe('IMAGE_LAYER_TOO_LARGE');
    expect(await readdir(folder)).toEqual([]);
  });

  it('that describes another image, a larger one, or one for another machine is refused before a layer comes', async () => {
    const other = imageOf([someLayer()]);
    describes = () => ({
      config: other.config,
      layers: other.layers.map((each) => ({ ...each, encodedBytes: 10, encoding: '0'.repeat(32) })),
      grants: [],
    });
    expect(await outcome()).toBe('IMAGE_DIGEST_WRONG');
    describes = () => ({
      config: image.config,
      layers: image.layers.map(({ diffId }) => ({ ...sending.find(diffId)! })),
      grants: [],
    });
    expect(await outcome(wantedImage(image.digest, 300_000))).toBe('IMAGE_TOO_LARGE');
    image = imageOf([...image.tars], { architecture: 'arm64' });
    expect(await outcome()).toBe('IMAGE_WRONG_ARCHITECTURE');
    expect(asked).toEqual([]);
  });
});

describe('a lease that ends', () => {
  it('ends the way of its image, which was this peer’s own traffic until then', async () => {
    sends = async function* () {
      yield* [];
      await never();
    };
    const given = wantedImage();
    const bringing = outcome(given);
    await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 20_000, interval: 2 });
    expect(fetching.isUnderWay(given.id)).toBe(true);
    expect(traffic.isUnderWay).toBe(true);
    fetching.cancel(given.id);
    expect(await bringing).toBe('STOPPING');
    expect(traffic.isUnderWay).toBe(false);
    expect(fetching.isUnderWay(given.id)).toBe(false);
    expect(fetching.progress(given.id)).toBeUndefined();
  });
});

describe('an engine', () => {
  it('that is started anew is waited for, and what has come is not asked for again', async () => {
    const load = engine.loadImage.bind(engine);
    let isFirst = true;
    engine.loadImage = async (image, signal) => {
      if (isFirst) engine.goDown();
      isFirst = false;
      return load(image, signal);
    };
    const bringing = outcome();
    await passUntil(() => breaks > 3);
    expect(fetching.isUnderWay(`lease-${salt}`)).toBe(true);
    engine.comeUp();
    await clock.move(FETCH_RETRY_MS);
    expect(await bringing).toBe('brought');
    expect(asked).toHaveLength(image.layers.length);
  });

  it('that does not come back is given up, with its own code', async () => {
    engine.goDown();
    let end = '';
    void outcome().then((code) => {
      end = code;
    });
    await passUntil(() => end !== '');
    expect(end).toBe('ENGINE_UNREACHABLE');
    expect(asked).toEqual([]);
  });
});
