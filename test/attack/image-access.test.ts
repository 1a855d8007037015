// Tenants that know what an image or a layer is called, and do not have it. The volunteer has it, of another tenant or for itself, and
// neither runs it for them nor lets them find out.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { HOLDINGS_A_TENANT, HOLDINGS_KEPT } from '../../src/market/terms/parameters.ts';
import { Fetching, type FetchingParts, type Wanted } from '../../src/market/volunteer/images/fetching.ts';
import { Holdings } from '../../src/market/volunteer/images/holdings.ts';
import { ImageAccess } from '../../src/market/volunteer/images/image-access.ts';
import { TenantSource } from '../../src/market/volunteer/images/tenant-source.ts';
import type { LayerRequest } from '../../src/overlay/protocols/images.ts';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { folderWith, packed } from '../support/folders.ts';
import { HandClock } from '../support/hand-clock.ts';
import { digestOf, imageOf, piecesOf, someLayer, type TestImage, temporaryStore } from '../support/images.ts';
import { askingParts, sharedImages } from '../support/sharing.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;

let clock: HandClock;
let engine: ReturnType<typeof createFakeEngine>;
let rows: ReturnType<typeof memoryTable<{ shownAtMs: number }>>;
let holdings: Holdings;
let access: ImageAccess;
let store: LayerStore;
let fetching: Fetching;
/** What the offers say. */
let listed: string[];
let isAnyHeld: boolean;
let secret: TestImage;
let asked: LayerRequest[];
let count = 0;

beforeEach(async () => {
  clock = new HandClock();
  engine = createFakeEngine({ images: [] });
  ({ store } = await temporaryStore());
  [rows, asked, listed, isAnyHeld] = [memoryTable(), [], [], false];
  secret = imageOf([someLayer('base', 60_000), someLayer('secret', 30_000)]);
  await open();
});

/** The process, once more. */
async function open(): Promise<void> {
  holdings = new Holdings({ clock, rows });
  await holdings.load();
  const offers = { listed: () => listed, isAnyHeld: () => isAnyHeld };
  access = new ImageAccess({ engine, offers, holdings });
  fetching = new Fetching({
    ...{ peer: 'volunteer', clock, log: silentLog, engine, store, holdings, access },
    cache: { makeRoom: async () => {}, settled: () => {}, used: async () => {} },
    ...{ shared: sharedImages(store, clock, { sharedBytes: 0 }), traffic: new OwnTraffic() },
  } as unknown as FetchingParts);
}

/** A tenant that has these tars, and says of an image whatever it likes. */
async function sender(name: string, has: readonly Buffer[]) {
  const { store: own } = await temporaryStore();
  for (const tar of has)
    await own.put({ diffId: digestOf(tar), maxBytes: tar.length }, piecesOf(tar), SIGNAL);
  const formOf = (diffId: string, sizeBytes: number) =>
    own.find(diffId) ?? { diffId, sizeBytes, encodedBytes: 100, encoding: 'f'.repeat(32) };
  let described: TestImage | undefined;
  let contents: readonly { digest: string; sizeBytes: number }[] = [];
  const overlay = {
    request: async ({ id }: { id: string }) =>
      id.includes('contents')
        ? { contents: contents.map(({ digest, sizeBytes }) => ({ ...formOf(digest, sizeBytes) })) }
        : {
            config: described?.config,
            layers: described?.layers.map(({ diffId, sizeBytes }) => ({ ...formOf(diffId, sizeBytes) })),
            grants: [],
          },
    feed: async function* (_: unknown, __: string, request: LayerRequest) {
      asked.push(request);
      // What it lacks it makes up
      if (!own.has(request.diffId)) throw new TallyError('IMAGE_DIGEST_WRONG');
      for await (const bytes of own.read(request.diffId, request.offset)) yield { bytes };
    },
  } as unknown as Overlay;
  const wanted = (what: Omit<Wanted, 'id' | 'tenant'>): Wanted => ({
    id: `lease-${++count}`,
    tenant: name,
    ...what,
  });
  const source = () =>
    new TenantSource({ ...askingParts(clock), overlay, store }, name, new Uint8Array(32).fill(count));
  return {
    bring: (image: TestImage) => {
      described = image;
      const { digest } = image;
      return fetching
        .bring(wanted({ image: { digest, maxBytes: MIB, source: source() } }))
        .then(() => 'brought', codeOf);
    },
    fill: (digest: string, sizeBytes: number) => {
      contents = [{ digest, sizeBytes }];
      const allowed = { bytes: MIB, files: 100 };
      return fetching
        .bring(wanted({ contents: { contents, source: source(), allowed } }))
        .then(() => 'brought', codeOf);
    },
  };
}

const layersAsked = () => asked.map(({ diffId }) => diffId).sort();
const layersOf = ({ layers }: TestImage) => layers.map(({ diffId }) => diffId).sort();

describe('an image that came for a tenant', () => {
  beforeEach(async () => {
    const owner = await sender('owner', secret.tars);
    expect(await owner.bring(secret)).toBe('brought');
    expect(await access.has('owner', secret.digest)).toBe(true);
    asked = [];
  });

  it('is not there for a tenant that knows its digest, nor for one that knows its configuration too', async () => {
    expect(await access.has('thief', secret.digest)).toBe(false);
    const thief = await sender('thief', []);
    expect(await thief.bring(secret)).toBe('IMAGE_DIGEST_WRONG');
    expect(asked.length).toBeGreaterThan(0);
    expect(await access.has('thief', secret.digest)).toBe(false);
    expect(await access.has('owner', secret.digest)).toBe(true);
  });

  it('gives none of its layers to an image that another tenant writes around them', async () => {
    const [, inner] = secret.tars as [Buffer, Buffer];
    for (const has of [[], [someLayer('own', 5_000)]]) {
      const forged = imageOf([...secret.tars, ...has], { config: { Cmd: ['/bin/cat', '/secret'] } });
      const thief = await sender('thief', has);
      expect(await thief.bring(forged)).toBe('IMAGE_DIGEST_WRONG');
      expect(asked.map(({ diffId }) => diffId)).toContain(digestOf(secret.tars[0]!));
      expect(await engine.image(forged.digest, SIGNAL)).toBeUndefined();
      expect(await access.has('thief', forged.digest)).toBe(false);
    }
    expect(holdings.has('thief', digestOf(inner))).toBe(false);
  });

  it('is there for another that sends all of it, and from then on also for what it builds on it', async () => {
    const next = imageOf([...secret.tars, someLayer()]);
    const other = await sender('other', next.tars);
    expect(await other.bring(secret)).toBe('brought');
    expect(layersAsked()).toEqual(layersOf(secret));
    expect(await access.has('other', secret.digest)).toBe(true);
    expect(store.list()).toEqual([]);
    asked = [];
    expect(await other.bring(next)).toBe('brought');
    expect(layersAsked()).toEqual([next.layers[2]!.diffId]);
    expect(await access.has('owner', next.digest)).toBe(false);
  });
  it('is there for its tenant, and no other, also in the next process, and after it was evicted and came again', async () => {
    await open();
    expect(await access.has('owner', secret.digest)).toBe(true);
    expect(await access.has('thief', secret.digest)).toBe(false);
    await engine.removeImage('volunteer', secret.digest, SIGNAL);
    expect(await access.has('owner', secret.digest)).toBe(false);
    const other = await sender('other', secret.tars);
    expect(await other.bring(secret)).toBe('brought');
    expect(await access.has('owner', secret.digest)).toBe(true);
    expect(await access.has('thief', secret.digest)).toBe(false);
  });

  it('is not the owner’s to everybody, though the offer is for every image of the engine; one that is listed is', async () => {
    isAnyHeld = true;
    expect(await access.has('thief', secret.digest)).toBe(false);
    listed = [secret.digest];
    expect(await access.has('thief', secret.digest)).toBe(true);
    const onIt = imageOf([...secret.tars, someLayer('top')]);
    const tenant = await sender('tenant', onIt.tars.slice(-1));
    expect(await tenant.bring(onIt)).toBe('brought');
    expect(layersAsked()).toEqual([onIt.layers[2]!.diffId]);
  });
});

describe('an image that the owner of the engine has', () => {
  const digest = `sha256:${'5'.repeat(64)}`;
  beforeEach(async () => {
    engine = createFakeEngine({ images: [{ digest, names: ['private:1'], run: () => ({}) }] });
    await open();
  });

  it('runs for nobody unless it is offered', async () => {
    expect(await access.has('thief', digest)).toBe(false);
    isAnyHeld = true;
    expect(await access.has('thief', digest)).toBe(true);
    [isAnyHeld, listed] = [false, [digest]];
    expect(await access.has('thief', digest)).toBe(true);
  });
});

describe('what is on its way, or is kept for the peer itself,', () => {
  it('is no layer of another tenant’s image, and fills no volume of another', async () => {
    for (const tar of secret.tars)
      await store.put({ diffId: digestOf(tar), maxBytes: tar.length }, piecesOf(tar), SIGNAL);
    const unpin = store.pin(layersOf(secret));
    const thief = await sender('thief', []);
    expect(await thief.bring(secret)).toBe('IMAGE_DIGEST_WRONG');
    expect(await engine.image(secret.digest, SIGNAL)).toBeUndefined();
    const content = await packed(await folderWith({ key: 'secret' }));
    const digest = digestOf(content);
    await store.put({ diffId: digest, maxBytes: content.length }, piecesOf(content), SIGNAL);
    expect(await thief.fill(digest, content.length)).toBe('IMAGE_DIGEST_WRONG');
    const honest = await sender('honest', [...secret.tars, content]);
    expect(await honest.bring(secret)).toBe('brought');
    expect(await honest.fill(digest, content.length)).toBe('brought');
    expect(store.has(layersOf(secret)[0]!)).toBe(true);
    unpin();
  });
});

describe('what tenants have shown', () => {
  const digest = (index: number) => `sha256:${index.toString(16).padStart(64, '0')}`;

  it('is remembered within bounds, the latest of each, and no tenant pushes out what others have', async () => {
    await holdings.add('honest', secret.digest);
    for (let index = 0; index <= HOLDINGS_A_TENANT; index += 1) {
      await clock.move(1);
      await holdings.add('flood', digest(index));
    }
    expect(holdings.has('flood', digest(0))).toBe(false);
    expect(holdings.has('flood', digest(1))).toBe(true);
    await open();
    expect(holdings.has('honest', secret.digest)).toBe(true);
    expect(holdings.has('flood', digest(0))).toBe(false);
    expect(holdings.has('flood', digest(HOLDINGS_A_TENANT))).toBe(true);
  });

  it('of many tenants together is bounded, too', async () => {
    for (let index = 0; index <= HOLDINGS_KEPT; index += 1)
      await holdings.add(`tenant-${index % 64}`, digest(index));
    expect(holdings.has('tenant-0', digest(0))).toBe(false);
    expect(holdings.has('tenant-1', digest(1))).toBe(true);
    let kept = 0;
    for await (const _ of rows.entries()) kept += 1;
    expect(kept).toBe(HOLDINGS_KEPT);
  });
});
