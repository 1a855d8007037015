// What a volunteer pulls for a tenant, against registries and tenants that lie about it. The registry is on loopback, and named.
import { readdir } from 'node:fs/promises';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { KIB, MIB } from '../../src/lib/units.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { FETCH_RETRY_MS } from '../../src/market/terms/parameters.ts';
import { Fetching, type FetchingParts } from '../../src/market/volunteer/images/fetching.ts';
import { Holdings } from '../../src/market/volunteer/images/holdings.ts';
import { RegistrySource } from '../../src/market/volunteer/images/registry-source.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, someLayer, type TestImage, temporaryStore } from '../support/images.ts';
import { type Pushed, TestRegistry } from '../support/registry.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;

let clock: HandClock;
let engine: ReturnType<typeof createFakeEngine>;
let registry: TestRegistry;
let store: LayerStore;
let folder: string;
let fetching: Fetching;
let holdings: Holdings;
let image: TestImage;
/** What the cache was asked to make room for. */
let rooms: number[];
/** How much came of layers. */
let cameBytes: number;

const countBytes = (bytes: number) => {
  cameBytes += bytes;
};

beforeEach(async () => {
  clock = new HandClock();
  engine = createFakeEngine({ images: [] });
  registry = await TestRegistry.open();
  image = imageOf([someLayer('base', 300_000), someLayer('app', 100_000)]);
  ({ store, folder } = await temporaryStore());
  [rooms, cameBytes] = [[], 0];
  const cache = {
    makeRoom: async (bytes: number) => void rooms.push(bytes),
    settled: () => {},
    used: async () => {},
  };
  holdings = new Holdings({ clock, rows: memoryTable() });
  fetching = new Fetching({
    ...{ peer: 'volunteer', clock, engine, store, cache, holdings, traffic: new OwnTraffic() },
    access: { openLayers: async () => new Set() },
    // After each break the time passes until it is tried again
    metrics: {
      imageBytesTotal: { inc: (_: object, bytes: number) => countBytes(bytes) },
      imageFetchSeconds: { observe: () => {} },
    },
    log: { ...silentLog, debug: () => void setImmediate(() => clock.move(FETCH_RETRY_MS)) },
  } as unknown as FetchingParts);
});

interface Pull extends Partial<Pushed> {
  readonly digest?: string;
  readonly maxBytes?: number;
  readonly allowed?: readonly string[];
  readonly tenant?: string;
}

/** What became of pulling what was pushed: `pulled`, or the code. */
async function outcome(pushed: Pushed, change: Pull = {}): Promise<string> {
  const { name, manifest } = { ...pushed, ...change };
  const { allowed = [registry.host], digest = image.digest, maxBytes = MIB, tenant = 'tenant' } = change;
  try {
    const pull = { manifest, username: '', password: '' };
    const source = new RegistrySource({ name, pull, allowed, store, holdings });
    await fetching.bring({ id: 'lease', tenant, image: { digest, maxBytes, source } });
    return 'pulled';
  } catch (error) {
    return codeOf(error);
  }
}

const isHeld = async () => (await engine.image(image.digest, SIGNAL)) !== undefined;

describe('an image that is pulled', () => {
  it('is in the engine, its layers checked, and not in the store any more; room is made for its true size', async () => {
    const pushed = registry.push('app', '1', image);
    expect(await outcome(pushed)).toBe('pulled');
    expect(await isHeld()).toBe(true);
    expect(await readdir(folder)).toEqual([]);
    expect(rooms.at(-1)).toBe(image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  });

  it('comes plain, by gzip and by zstd, with a layer that it has twice', async () => {
    for (const packing of [(tar: Buffer) => tar, gzipSync, (tar: Buffer) => zstdCompressSync(tar)]) {
      engine.forgetImages();
      const [base, app] = [someLayer('base', 50_000), someLayer('app', 5_000)];
      image = imageOf([base, app, base]);
      expect(await outcome(registry.push('app', '1', image, packing))).toBe('pulled');
      expect(await isHeld()).toBe(true);
    }
  });

  it('leaves out the layers that the engine holds', async () => {
    const before = imageOf([image.tars[0]!, someLayer()]);
    expect(await outcome(registry.push('app', '0', before), { digest: before.digest })).toBe('pulled');
    registry.asked.length = 0;
    const pushed = registry.push('app', '1', image);
    expect(await outcome(pushed)).toBe('pulled');
    expect(registry.blobsAsked).not.toContain(pushed.blobs[0]);
    expect(registry.blobsAsked).toContain(pushed.blobs[1]);
  });

  it('is the one that was bid for: a tag that was moved changes nothing, another manifest is refused', async () => {
    const pushed = registry.push('app', '1', image);
    const other = registry.push('app', '1', imageOf([someLayer('evil')]));
    expect(await outcome(pushed)).toBe('pulled');
    engine.forgetImages();
    expect(await outcome(pushed, { manifest: other.manifest })).toBe('IMAGE_DIGEST_WRONG');
    expect(registry.blobsAsked).not.toContain(other.blobs[0]);
    expect(await engine.loadedImages('volunteer', SIGNAL)).toEqual([]);
  });

  it('for another architecture is refused before a layer comes', async () => {
    image = imageOf([...image.tars], { architecture: 'arm64' });
    const pushed = registry.push('app', '1', image);
    expect(await outcome(pushed)).toBe('IMAGE_WRONG_ARCHITECTURE');
    for (const each of pushed.blobs) expect(registry.blobsAsked).not.toContain(each);
  });

  it('comes from no registry that the offer does not name', async () => {
    const pushed = registry.push('app', '1', image);
    for (const allowed of [[], ['*'], ['docker.io'], [registry.host.replace(/\d+$/, '1')]])
      expect(await outcome(pushed, { allowed })).toBe('REGISTRY_NOT_ALLOWED');
    expect(registry.asked).toEqual([]);
  });

  it('is asked for again after what may pass, and layers that came are not', async () => {
    const pushed = registry.push('app', '1', image);
    let failures = 0;
    registry.trick = ({ url = '' }, response) => {
      if (!url.endsWith(pushed.blobs[1]!) || failures === 3) return false;
      failures += 1;
      response.writeHead(503).end();
      return true;
    };
    expect(await outcome(pushed)).toBe('pulled');
    expect(failures).toBe(3);
    expect(registry.blobsAsked.filter((each) => each === pushed.blobs[0])).toHaveLength(1);
  });
});

describe('an image that was pulled for one tenant', () => {
  /** Refuses to give these blobs, as to a login without leave. */
  const refuse = (blobs: readonly string[]) => {
    registry.trick = ({ url = '' }, response) => {
      const isRefused = blobs.some((blob) => url.endsWith(blob));
      if (isRefused) response.writeHead(403).end('{}');
      return isRefused;
    };
  };
  let pushed: Pushed;

  beforeEach(async () => {
    pushed = registry.push('app', '1', image);
    expect(await outcome(pushed, { tenant: 'owner' })).toBe('pulled');
    registry.asked.length = 0;
  });

  it('is another’s once the registry gives it to that one too, and none of its layers travels again', async () => {
    const bytes = cameBytes;
    expect(await outcome(pushed, { tenant: 'other' })).toBe('pulled');
    expect(registry.asked.map(({ path }) => path)).toContain(`/v2/app/manifests/${pushed.manifest}`);
    expect(cameBytes).toBe(bytes);
    expect(holdings.has('other', image.digest)).toBe(true);
  });

  it('is not another’s whom the registry refuses the image, or a layer of it', async () => {
    for (const refused of [pushed.blobs.slice(1), [pushed.manifest]]) {
      refuse(refused);
      expect(await outcome(pushed, { tenant: 'thief' })).toBe('REGISTRY_REFUSED');
      expect(holdings.has('thief', image.digest)).toBe(false);
    }
  });

  it('is not another’s by a registry of its own that says to have the same blobs, or by a manifest that names others', async () => {
    const own = await TestRegistry.open();
    const copied = own.push('app', '1', image);
    expect(copied.blobs).toEqual(pushed.blobs);
    for (const blob of copied.blobs) own.blob(Buffer.from('nothing'), blob);
    const allowed = [own.host];
    expect(await outcome(copied, { tenant: 'thief', allowed })).not.toBe('pulled');
    const forged = registry.push('thief', '1', image, (tar) => gzipSync(tar.subarray(0, 100)));
    expect(await outcome(forged, { tenant: 'thief' })).toBe('IMAGE_DIGEST_WRONG');
    expect(holdings.has('thief', image.digest)).toBe(false);
  });
});

describe('a registry', () => {
  it('that sends nearly all of a layer again and again, to have capacity held for nothing, is given up', async () => {
    const pushed = registry.push('app', '1', image, (tar) => tar);
    const [lowest] = image.tars;
    let sent = 0;
    registry.trick = ({ url = '', headers: { range } }, response) => {
      if (!url.endsWith(pushed.blobs[0]!)) return false;
      if (range === undefined) {
        sent += 1;
        response.writeHead(200, { 'content-length': lowest!.length });
        response.write(lowest!.subarray(0, -10), () => response.destroy());
      } else response.destroy();
      return true;
    };
    expect(await outcome(pushed)).toBe('REGISTRY_UNREACHABLE');
    expect(sent).toBeGreaterThan(1);
    expect(sent).toBeLessThan(10);
    expect(await isHeld()).toBe(false);
  });

  it('that compresses one layer in two ways gives it by the first', async () => {
    const base = someLayer('base', 50_000);
    image = imageOf([base, base]);
    const layers = [gzipSync(base, { level: 9 }), base].map((each) => registry.blob(each));
    const config = registry.blob(Buffer.from(image.config));
    const manifest = registry.manifest('app', '1', { schemaVersion: 2, config, layers });
    const blobs = layers.map(({ digest }) => digest);
    expect(await outcome({ name: `${registry.host}/app:1`, manifest, blobs })).toBe('pulled');
    expect(registry.blobsAsked).toContain(blobs[0]);
    expect(registry.blobsAsked).not.toContain(blobs[1]);
  });
});

describe('a layer that lies', () => {
  it('and is a bomb is stopped at the size of the bid, whatever the manifest says, and nothing of it stays', async () => {
    const bomb = Buffer.alloc(32 * MIB);
    image = imageOf([bomb]);
    for (const packing of [gzipSync, (tar: Buffer) => zstdCompressSync(tar)]) {
      const pushed = registry.push('app', '1', image, packing);
      expect(await outcome(pushed, { maxBytes: MIB })).toBe('IMAGE_TOO_LARGE');
      expect(await readdir(folder)).toEqual([]);
    }
    expect(await isHeld()).toBe(false);
    // The control: it is its size alone that was refused
    expect(await outcome(registry.push('app', '1', image), { maxBytes: 40 * MIB })).toBe('pulled');
  });

  it('in sum with others is stopped, too', async () => {
    image = imageOf([Buffer.alloc(600 * KIB, 1), Buffer.alloc(600 * KIB, 2), Buffer.alloc(600 * KIB, 3)]);
    const pushed = registry.push('app', '1', image);
    expect(await outcome(pushed, { maxBytes: 1_700 * KIB })).toBe('IMAGE_TOO_LARGE');
    expect(await isHeld()).toBe(false);
    expect(await outcome(pushed, { maxBytes: 1_800 * KIB })).toBe('pulled');
  });

  it('about its size is refused before it comes, where it cannot be so small', async () => {
    const pushed = registry.push('app', '1', image);
    expect(await outcome(pushed, { maxBytes: 100_000 })).toBe('IMAGE_TOO_LARGE');
    for (const each of pushed.blobs) expect(registry.blobsAsked).not.toContain(each);
  });

  it('with other bytes, cut bytes or none that decode is refused, and nothing of it stays', async () => {
    const good = gzipSync(image.tars[1]!);
    const damaged = Buffer.from(good);
    damaged.fill(7, 5_000, 6_000);
    const lies = [gzipSync(someLayer('evil')), good.subarray(0, 40_000), damaged, Buffer.from('no tar')];
    for (const lie of lies) {
      const pushed = registry.push('app', '1', image, (tar) => (tar === image.tars[1] ? lie : gzipSync(tar)));
      expect(await outcome(pushed)).toBe('IMAGE_DIGEST_WRONG');
      expect(await isHeld()).toBe(false);
    }
  });

  it('and wants more memory than a stranger may take is refused', async () => {
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 };
    image = imageOf([Buffer.alloc(20 * MIB, 'x')]);
    // Without the size in its header the window is what the frame says
    const wide = (tar: Buffer) =>
      zstdCompressSync(tar, { params: { ...params, [constants.ZSTD_c_contentSizeFlag]: 0 } });
    const pushed = registry.push('app', '1', image, wide);
    expect(await outcome(pushed, { maxBytes: 30 * MIB })).toBe('IMAGE_DIGEST_WRONG');
  });
});
