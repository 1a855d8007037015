// The images of tenants in a volunteer's engine, below their limit.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { PUSH_SPARES_MS } from '../../src/market/terms/parameters.ts';
import { ImageCache, type ImageCacheParts } from '../../src/market/volunteer/images/image-cache.ts';
import { HandClock } from '../support/hand-clock.ts';
import { example } from '../support/records.ts';
import { memoryTable } from '../support/table.ts';

const digest = (fill: string) => `sha256:${fill.repeat(64)}`;

let cache: ImageCache;
let clock: HandClock;
/** What the engine holds, by digest, and which of that containers use. */
let held: Map<string, number>;
let used: string[];
/** What other volunteers are not to have from here any more. */
let dropped: string[];
/** Images of live leases. */
let leased: { digest: string; maxBytes: number; tenant?: string }[];
/** What tenants have shown to have. */
let shown: Set<string>;

beforeEach(() => {
  clock = new HandClock();
  [held, used, dropped, leased] = [new Map(), [], [], []];
  shown = new Set();
  cache = new ImageCache({
    ...{ peer: 'volunteer', clock, log: silentLog, rows: memoryTable(), maxBytes: 100 },
    shared: { drop: async (each: string) => void dropped.push(each) },
    holdings: { has: (...holding: [string, string]) => shown.has(holding.join('/')) },
    engine: {
      loadedImages: async () => [...held].map(([each, sizeBytes]) => ({ digest: each, sizeBytes })),
      removeImage: async (_: string, each: string) => {
        if (used.includes(each)) throw new TallyError('IMAGE_IN_USE');
        held.delete(each);
      },
    },
    leases: {
      live: () =>
        leased.map(({ tenant = 'a', ...image }) => ({
          tenant,
          bid: example('bid', { image: { name: 'mine:1', way: 'sent', ...image } }),
        })),
    },
  } as unknown as ImageCacheParts);
});

/** An image comes into the engine. */
async function load(fill: string, bytes: number): Promise<void> {
  await cache.makeRoom(bytes, digest(fill));
  held.set(digest(fill), bytes);
  await cache.used(digest(fill));
  cache.settled(digest(fill));
  await clock.move(1_000);
}

describe('room for the images of leases', () => {
  it('is shared by tenants that have shown to have an image, and by no others: room would tell them', () => {
    const image = { digest: digest('1'), maxBytes: 50 };
    leased = [
      { ...image, tenant: 'a' },
      { ...image, tenant: 'a' },
      { ...image, tenant: 'b' },
    ];
    expect(cache.hasRoom()).toBe(true);
    leased.push({ ...image, tenant: 'c' });
    expect(cache.hasRoom()).toBe(false);
    shown = new Set(['a', 'b'].map((tenant) => `${tenant}/${digest('1')}`));
    expect(cache.hasRoom()).toBe(true);
  });
});

describe('room for an image', () => {
  it('is made by what nobody has used for longest, and by no more than is needed', async () => {
    await load('1', 40);
    await load('2', 40);
    await cache.used(digest('1'));
    await load('3', 40);
    expect([...held.keys()]).toEqual([digest('1'), digest('3')]);
  });

  it('is never made by what a lease is for, or a container was made from', async () => {
    await load('1', 40);
    await load('2', 40);
    leased = [{ digest: digest('1'), maxBytes: 40 }];
    used = [digest('2')];
    expect(await cache.makeRoom(40, digest('3')).catch(codeOf)).toBe('IMAGE_CACHE_FULL');
    expect(held.size).toBe(2);
    expect(dropped).toEqual([]);
    used = [];
    await load('3', 40);
    expect([...held.keys()]).toEqual([digest('1'), digest('3')]);
    // Nor is one that is gone shared with other volunteers
    expect(dropped).toEqual([digest('2')]);
  });

  it('is kept for an image that is on its way, and given back where it does not come', async () => {
    await cache.makeRoom(60, digest('1'));
    expect(await cache.makeRoom(60, digest('2')).catch(codeOf)).toBe('IMAGE_CACHE_FULL');
    // The same image for another lease takes no more
    await cache.makeRoom(60, digest('1'));
    cache.settled(digest('1'));
    await cache.makeRoom(60, digest('2'));
  });

  it('is there for a further lease as long as the images of all live leases fit', () => {
    leased = [
      { digest: digest('1'), maxBytes: 60 },
      { digest: digest('1'), maxBytes: 60 },
    ];
    expect(cache.hasRoom()).toBe(true);
    leased = [...leased, { digest: digest('2'), maxBytes: 60 }];
    expect(cache.hasRoom()).toBe(false);
  });
});

describe('room for an image that comes ahead of a lease', () => {
  const never = () => {
    throw new Error('it is not asked to give way');
  };

  it('is made by what was not used lately, and never by what was', async () => {
    await load('1', 40);
    await clock.move(PUSH_SPARES_MS);
    await load('2', 40);
    await cache.makeRoom(40, digest('3'), never);
    expect([...held.keys()]).toEqual([digest('2')]);
    expect(await cache.makeRoom(90, digest('4'), never).catch(codeOf)).toBe('IMAGE_CACHE_FULL');
    expect(held.size).toBe(1);
  });

  it('is given up for the image of a lease that needs it, and for no other that comes ahead', async () => {
    let gaveWay = 0;
    await cache.makeRoom(60, digest('1'), () => {
      gaveWay += 1;
    });
    expect(await cache.makeRoom(60, digest('2'), never).catch(codeOf)).toBe('IMAGE_CACHE_FULL');
    await cache.makeRoom(30, digest('3'));
    expect(gaveWay).toBe(0);
    await cache.makeRoom(60, digest('4'));
    expect(gaveWay).toBe(1);
  });
});

describe('the images in the engine', () => {
  it('are listed with their use, and removed by their owner unless a lease or a container uses them', async () => {
    await load('1', 40);
    await load('2', 30);
    leased = [{ digest: digest('2'), maxBytes: 30 }];
    const [first, second] = await cache.list();
    expect(first).toMatchObject({ digest: digest('1'), sizeBytes: 40, inUse: false });
    expect(second).toMatchObject({ digest: digest('2'), sizeBytes: 30, inUse: true });
    expect(first!.usedAtMs).toBeLessThan(second!.usedAtMs);
    expect(await cache.remove(digest('2')).catch(codeOf)).toBe('IMAGE_IN_USE');
    expect(await cache.remove(digest('3')).catch(codeOf)).toBe('IMAGE_NOT_KEPT');
    used = [digest('1')];
    expect(await cache.remove(digest('1')).catch(codeOf)).toBe('IMAGE_IN_USE');
    used = [];
    await cache.remove(digest('1'));
    expect([...held.keys()]).toEqual([digest('2')]);
  });
});
