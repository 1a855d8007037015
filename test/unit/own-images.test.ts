// The names of a tenant's own images: several for one image, and each for one image only.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import type { Deployment } from '../../src/market/tenant/deployment.ts';
import { OWN_IMAGE_ROW, OwnImages, type OwnImagesParts } from '../../src/market/tenant/own-images.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, someLayer, type TestImage, tarsOf, temporaryStore } from '../support/images.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;
const base = someLayer('base');
const old = imageOf([base, someLayer('old')]);
const built = imageOf([base, someLayer('new')]);

type Row = ReturnType<typeof OWN_IMAGE_ROW>;

let engine: FakeEngine;
let store: LayerStore;
let rows: ReturnType<typeof memoryTable<Row>>;
let deployments: Deployment[];
let changed: (deployment: Deployment) => void;
/** Images that are pushed; and says that a push is over. */
let pushed: string[];
let pushEnded: () => void;
let images: OwnImages;

beforeEach(async () => {
  engine = createFakeEngine({ images: [] });
  for (const each of [old, built])
    await engine.loadImage({ peer: 'me', image: each, tar: tarsOf(each) }, SIGNAL);
  ({ store } = await temporaryStore());
  rows = memoryTable();
  [deployments, pushed] = [[], []];
  images = await opened();
});

/** The images as a peer that starts finds them. */
async function opened(): Promise<OwnImages> {
  const made = new OwnImages({
    ...{ clock: new HandClock(), rows, store, engine, log: { warn: () => {} } },
    contents: { isFor: () => false },
    ...{ granting: { grantsFor: () => [] }, traffic: new OwnTraffic() },
    pushes: {
      imageFor: () => undefined,
      isUnderWay: (digest: string) => pushed.includes(digest),
      onEnd: (listener: () => void) => {
        pushEnded = listener;
      },
    },
    deployments: {
      all: () => deployments,
      byLease: () => undefined,
      onChange: (listener: typeof changed) => {
        changed = listener;
      },
    },
  } as unknown as OwnImagesParts);
  await made.load();
  return made;
}

const add = (image: TestImage, name: string) => images.add({ engine: image.digest, name }, SIGNAL);
const listed = (from = images) =>
  from
    .list()
    .map(({ name, digest }) => `${name} ${digest === old.digest ? 'old' : 'new'}`)
    .sort();

describe('an image of a tenant', () => {
  it('has every name under which it was added, also after a restart', async () => {
    await add(old, 'first:1');
    expect(await add(old, 'second:1')).toMatchObject({ name: 'second:1', digest: old.digest });
    expect(listed()).toEqual(['first:1 old', 'second:1 old']);
    expect(images.find('first:1')).toMatchObject({ name: 'first:1', digest: old.digest });
    expect(listed(await opened())).toEqual(['first:1 old', 'second:1 old']);
  });

  it('loses a name that another image gets, and what is found by the name is the new one', async () => {
    await add(old, 'first');
    await add(old, 'second:1');
    await add(built, 'other:1');
    await add(built, 'first:latest');
    expect(listed()).toEqual(['first:latest new', 'other:1 new', 'second:1 old']);
    expect(images.find('first')).toMatchObject({ digest: built.digest });
    expect(images.find('second:1')).toMatchObject({ digest: old.digest });
    expect(listed(await opened())).toEqual(listed());
  });

  it('goes with its last name where no deployment needs it, and its own layers with it', async () => {
    await add(old, 'mine:1');
    await add(built, 'mine:1');
    expect(listed()).toEqual(['mine:1 new']);
    expect(store.has(old.layers[1]!.diffId)).toBe(false);
    expect(store.has(built.layers[0]!.diffId)).toBe(true);
    expect(await rows.get(old.digest)).toBeUndefined();
  });

  it('stays without a name as long as a deployment needs it', async () => {
    const deployment = wanted({ imageDigest: old.digest });
    deployments = [deployment];
    await add(old, 'mine:1');
    await add(built, 'mine:1');
    expect(listed()).toEqual([' old', 'mine:1 new']);
    expect(images.find(old.digest)).toMatchObject({ name: old.digest, digest: old.digest });
    images = await opened();
    expect(listed()).toEqual([' old', 'mine:1 new']);
    deployment.row = { ...deployment.row, end: 'ended' };
    changed(deployment);
    await add(built, 'mine:1');
    expect(listed()).toEqual(['mine:1 new']);
    expect(await rows.get(old.digest)).toBeUndefined();
  });

  it('stays without a name as long as it is pushed, over a restart too', async () => {
    await add(old, 'app');
    pushed = [old.digest];
    await add(built, 'app');
    expect(listed()).toEqual([' old', 'app new']);
    images = await opened();
    expect(listed()).toEqual([' old', 'app new']);
    pushed = [];
    pushEnded();
    await vi.waitFor(() => expect(listed()).toEqual(['app new']));
  });

  it('loses the name that is removed, and goes with the last one, or by its digest with all', async () => {
    for (const name of ['a:1', 'b:1', 'c:1']) await add(old, name);
    await images.remove('a:1');
    expect(listed()).toEqual(['b:1 old', 'c:1 old']);
    await expect(images.remove('a:1')).rejects.toSatisfy((error) => codeOf(error) === 'IMAGE_NOT_KEPT');
    await expect(images.remove(`a:1@${old.digest}`)).rejects.toThrow();
    await images.remove(`b:1@${old.digest}`);
    await images.remove('c:1');
    expect(images.list()).toEqual([]);
    expect(store.has(old.layers[0]!.diffId)).toBe(false);
    for (const name of ['a:1', 'b:1']) await add(old, name);
    await images.remove(old.digest);
    expect(images.list()).toEqual([]);
  });

  it('takes at most 128 names, and keeps them when one more is refused', async () => {
    for (let index = 0; index < 128; index += 1) await add(old, `name:${index}`);
    await expect(add(old, 'one-more:1')).rejects.toSatisfy((error) => codeOf(error) === 'BAD_REQUEST');
    await add(old, 'name:0');
    expect(images.list().length).toBe(128);
  });

  it('is named once where two names come at the same time', async () => {
    await Promise.all([add(old, 'a:1'), add(old, 'b:1'), add(built, 'a:1')]);
    expect(listed().filter((line) => line.startsWith('a:1')).length).toBe(1);
    expect(listed()).toContain('b:1 old');
    expect(listed(await opened())).toEqual(listed());
  });
});

describe('a row of the first form', () => {
  it('is read, and a name that several have is that of the image that was read last', async () => {
    await add(old, 'mine:1');
    await add(built, 'other:1');
    for (const [image, addedAtMs] of [[old, 2] as const, [built, 3] as const]) {
      const { names, ...others } = (await rows.get(image.digest))!;
      expect(names.length).toBe(1);
      const first = { ...others, addedAtMs, name: 'mine:1' };
      await rows.put(image.digest, OWN_IMAGE_ROW(first, 'own-images'));
    }
    images = await opened();
    expect(listed()).toEqual(['mine:1 new']);
    await images.remove('mine:1');
    expect((await opened()).list()).toEqual([]);
  });
});
