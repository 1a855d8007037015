// Pushes against tenants that want a volunteer's disk for nothing, and volunteers that want images that are not for them.
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { OwnImages, type OwnImagesParts } from '../../src/market/tenant/own-images.ts';
import { Pushes, type PushesParts } from '../../src/market/tenant/pushes.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { FETCH_LOOK_MS, PUSH_PATIENCE_MS, PUSHES_KEPT } from '../../src/market/terms/parameters.ts';
import type { PushView } from '../../src/market/terms/views.ts';
import { TakenPushes, type TakenPushesParts } from '../../src/market/volunteer/images/taken-pushes.ts';
import type { PushRequest, PushResponse } from '../../src/overlay/protocols/images.ts';
import { parseId } from '../../src/records/id.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, someLayer, tarsOf, temporaryStore } from '../support/images.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('a volunteer', () => {
  let pushes: TakenPushes;
  /** What it lends to tenants; undefined: as much as they like. */
  let left: number | undefined;
  let hasLimit: boolean;
  let maxSentBytes: number;
  /** What leases take of the cache. */
  let leasedBytes: number;
  let engineHolds: boolean;
  let looked: number;
  /** What is fetched, and what becomes of it. */
  let ways: Map<string, PromiseWithResolvers<void>>;

  beforeEach(() => {
    [left, hasLimit, maxSentBytes, leasedBytes, engineHolds, looked] = [1_000, true, 10 * MIB, 0, false, 0];
    ways = new Map();
    pushes = new TakenPushes({
      ...{ log: silentLog, sourceOf: () => ({}), cacheBytes: 40 * MIB },
      store: { maxBytes: 40 * MIB },
      access: {
        has: async () => {
          looked += 1;
          return engineHolds;
        },
      },
      offers: { maxSentBytes: () => maxSentBytes },
      credit: { left: () => left, hasLimit: () => hasLimit },
      cache: { hasRoom: (more = 0) => leasedBytes + more <= 40 * MIB, used: async () => {} },
      fetching: {
        isUnderWay: (id: string) => ways.has(id),
        progress: (id: string) => (ways.has(id) ? { bytes: 3, ofBytes: 8 } : undefined),
        bring: ({ id }: { id: string }) => {
          const way = Promise.withResolvers<void>();
          ways.set(id, way);
          return way.promise.finally(() => ways.delete(id));
        },
      },
    } as unknown as TakenPushesParts);
  });

  const request = (change: Partial<PushRequest> = {}): PushRequest => ({
    ...{ push: randomBytes(32), digest: DIGEST, sizeBytes: MIB, ...change },
  });
  const take = (tenant: string, of = request()) => pushes.take(tenant, of).catch(codeOf);
  const COMING = { isHeld: 0, fetchedBytes: 3, ofBytes: 8 };

  it('takes an image of a tenant that it lends to, once however often it is asked, and says how far it is', async () => {
    const of = request();
    expect(await Promise.all([take('a', of), take('a', of)])).toEqual([COMING, COMING]);
    expect(ways.size).toBe(1);
    [...ways.values()][0]!.resolve();
    await vi.waitFor(() => expect(ways.size).toBe(0));
    // What has come has come, whatever is offered by then
    maxSentBytes = 0;
    expect(await take('a', of)).toEqual({ isHeld: 1, fetchedBytes: 0, ofBytes: 0 });
  });

  it('says of an image that its engine has that it is there', async () => {
    engineHolds = true;
    expect(await take('a')).toEqual({ isHeld: 1, fetchedBytes: 0, ofBytes: 0 });
    expect(ways.size).toBe(0);
  });

  it('takes none of strangers, however large the pool of newcomers is, and looks nothing up for them', async () => {
    hasLimit = false;
    engineHolds = true;
    expect(await take('a')).toBe('REFUSED_CREDIT');
    [left, hasLimit] = [0, true];
    expect(await take('a')).toBe('REFUSED_CREDIT');
    expect(looked).toBe(0);
    // Who lends to all, or to friends without a limit, does so here
    [left, hasLimit] = [undefined, false];
    expect(await take('a')).toMatchObject({ isHeld: 1 });
  });

  it('takes none that is larger than its offers take, or than a quarter of what images have', async () => {
    expect(await take('a', request({ sizeBytes: 10 * MIB + 1 }))).toBe('REFUSED_PUSH');
    maxSentBytes = 100 * MIB;
    expect(await take('a', request({ sizeBytes: 10 * MIB + 1 }))).toBe('REFUSED_PUSH');
    expect(await take('a', request({ sizeBytes: 10 * MIB }))).toEqual(COMING);
    // Paused, or without an offer
    maxSentBytes = 0;
    expect(await take('b', request({ sizeBytes: 1 }))).toBe('REFUSED_PUSH');
  });

  it('takes one at a time of a tenant and two in all, none into the room of leases, and none when it stops', async () => {
    expect(await take('a')).toEqual(COMING);
    expect(await take('a')).toBe('REFUSED_CAPACITY');
    leasedBytes = 38 * MIB;
    expect(await take('b', request({ sizeBytes: 2 * MIB }))).toBe('REFUSED_CAPACITY');
    expect(await take('b', request({ sizeBytes: MIB }))).toEqual(COMING);
    leasedBytes = 0;
    expect(await take('c')).toBe('REFUSED_CAPACITY');
    [...ways.values()][0]!.resolve();
    await vi.waitFor(() => expect(ways.size).toBe(1));
    expect(await take('c')).toEqual(COMING);
    pushes.close();
    expect(await take('d')).toBe('REFUSED_STOPPING');
  });

  it('tells why a push failed, to its tenant alone; one that the engine failed is begun anew', async () => {
    const of = request();
    await take('a', of);
    [...ways.values()][0]!.reject(new TallyError('IMAGE_DIGEST_WRONG'));
    await vi.waitFor(() => expect(ways.size).toBe(0));
    expect(await take('a', of)).toBe('IMAGE_DIGEST_WRONG');
    expect(await take('b', of)).toEqual(COMING);
    const next = request();
    expect(await take('a', next)).toEqual(COMING);
    [...ways.values()].at(-1)!.reject(new TallyError('ENGINE_UNREACHABLE'));
    await vi.waitFor(() => expect(ways.size).toBe(1));
    expect(await take('a', next)).toEqual(COMING);
  });
});

describe('a tenant', () => {
  const image = imageOf([someLayer('base', 20_000)]);
  const other = imageOf([someLayer('secret', 10_000)]);
  let clock: HandClock;
  let rows: ReturnType<typeof memoryTable>;
  let pushes: Pushes;
  let images: OwnImages;
  /** What the volunteer answers. */
  let answers: (request: PushRequest) => PushResponse | Promise<PushResponse>;
  let asked: { volunteer: string; request: PushRequest }[];

  beforeEach(async () => {
    clock = new HandClock();
    rows = memoryTable();
    asked = [];
    answers = () => ({ isHeld: 0, fetchedBytes: 0, ofBytes: 0 });
    pushes = await opened();
    const engine = createFakeEngine({ images: [] });
    for (const each of [image, other])
      await engine.loadImage({ peer: 'me', image: each, tar: tarsOf(each) }, SIGNAL);
    const { store } = await temporaryStore();
    images = new OwnImages({
      ...{ clock, rows: memoryTable(), store, engine, pushes },
      deployments: { byLease: () => undefined, all: () => [], onChange: () => {} },
      contents: { isFor: () => false },
      ...{ granting: { grantsFor: () => [] }, traffic: new OwnTraffic() },
    } as unknown as OwnImagesParts);
    for (const [name, each] of [['mine:1', image] as const, ['other:1', other] as const])
      await images.add({ engine: each.digest, name }, SIGNAL);
  });

  async function opened(): Promise<Pushes> {
    const made = new Pushes({
      ...{ clock, log: silentLog, rows, isKept: (digest: string) => images.has(digest) },
      calls: {
        request: async (_: unknown, volunteer: string, request: PushRequest) => {
          asked.push({ volunteer, request });
          return answers(request);
        },
      },
    } as unknown as PushesParts);
    await made.load();
    return made;
  }

  const begin = (volunteer = 'lender') => pushes.begin(image.digest, 20_000, volunteer);
  const read = (volunteer: string, { id }: PushView) => {
    try {
      return images.describe(volunteer, parseId(id)).layers.length;
    } catch (error) {
      return codeOf(error);
    }
  };
  const only = () => pushes.list()[0]!;

  it('shows what it pushes to that volunteer alone, that one image, and only while it is pushed', async () => {
    const push = await begin();
    expect(read('lender', push)).toBe(1);
    expect(read('stranger', push)).toBe('LEASE_UNKNOWN');
    const layer = async (diffId: string) => {
      const request = { leave: parseId(push.id), diffId, encoding: 'a'.repeat(32), offset: 0 };
      return images
        .layer('lender', request)
        .next()
        .then(() => 'sent', codeOf);
    };
    expect(await layer(other.layers[0]!.diffId)).toBe('IMAGE_LAYER_MISSING');
    answers = () => ({ isHeld: 1, fetchedBytes: 0, ofBytes: 0 });
    await clock.move(FETCH_LOOK_MS);
    expect(only().state).toBe('held');
    expect(read('lender', push)).toBe('LEASE_UNKNOWN');
    expect(pushes.isHeldBy('lender', image.digest)).toBe(true);
    expect(pushes.isHeldBy('stranger', image.digest)).toBe(false);
  });

  it('gives no leave any more once a push is ended', async () => {
    const push = await begin();
    await pushes.end(push.id);
    expect(read('lender', push)).toBe('LEASE_UNKNOWN');
    expect(await pushes.end(push.id).catch(codeOf)).toBe('PUSH_UNKNOWN');
    const before = asked.length;
    await clock.move(10 * FETCH_LOOK_MS);
    expect(asked).toHaveLength(before);
  });

  it('goes on with a push when a new build takes the name of its image, which goes once the push is over', async () => {
    await images.load();
    const push = await begin();
    await images.add({ engine: other.digest, name: 'mine:1' }, SIGNAL);
    await clock.move(FETCH_LOOK_MS);
    expect(read('lender', push)).toBe(1);
    expect(images.has(image.digest)).toBe(true);
    answers = () => ({ isHeld: 1, fetchedBytes: 0, ofBytes: 0 });
    await clock.move(FETCH_LOOK_MS);
    expect(only().state).toBe('held');
    await vi.waitFor(() => expect(images.has(image.digest)).toBe(false));
  });

  it('says of a push whose image is removed that it has no such image', async () => {
    await begin();
    await clock.move(FETCH_LOOK_MS);
    await images.remove('mine:1');
    await clock.move(FETCH_LOOK_MS);
    expect(only()).toMatchObject({ state: 'failed', code: 'IMAGE_NOT_KEPT' });
  });

  it('begins a push once, and goes on with it in the next process', async () => {
    const push = await begin();
    expect((await begin()).id).toBe(push.id);
    await pushes.stop();
    asked = [];
    pushes = await opened();
    expect(read('lender', push)).toBe(1);
    await pushes.start();
    await clock.move(0);
    expect(asked).toMatchObject([{ volunteer: 'lender', request: { digest: image.digest } }]);
    expect(asked[0]!.request.push).toEqual(parseId(push.id));
  });

  it('waits for a volunteer that starts anew, and not for ever; what is refused is told with its code', async () => {
    answers = () => {
      throw new TallyError('PEER_UNREACHABLE');
    };
    await begin();
    await clock.move(PUSH_PATIENCE_MS / 2);
    expect(only().state).toBe('waiting');
    await clock.move(PUSH_PATIENCE_MS);
    expect(only()).toMatchObject({ state: 'failed', code: 'PEER_UNREACHABLE' });
    answers = () => {
      throw new TallyError('REFUSED_CREDIT');
    };
    await begin('other');
    await clock.move(0);
    expect(pushes.list().at(-1)).toMatchObject({ state: 'failed', code: 'REFUSED_CREDIT' });
  });

  it('remembers a bounded number of pushes, and forgets none that is under way', async () => {
    const first = await begin('first');
    answers = () => {
      throw new TallyError('REFUSED_PUSH');
    };
    for (let i = 0; i < PUSHES_KEPT + 10; i += 1) {
      await begin(`lender-${i}`);
      await clock.move(0);
    }
    expect(pushes.list()).toHaveLength(PUSHES_KEPT);
    expect(pushes.list()[0]!.id).toBe(first.id);
  });
});
