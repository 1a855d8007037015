// Whom a tenant shows its images: the volunteers of its leases, the one image, as long as the lease lives.
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import type { Instance } from '../../src/market/tenant/deployment.ts';
import { OwnImages, type OwnImagesParts } from '../../src/market/tenant/own-images.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { HandClock } from '../support/hand-clock.ts';
import { imageOf, someLayer, tarsOf, temporaryStore } from '../support/images.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;
const shared = someLayer('base', 20_000);
const image = imageOf([shared, someLayer('app', 10_000)]);
const other = imageOf([shared, someLayer('secret', 10_000)]);

let images: OwnImages;
let store: LayerStore;
let copy: Instance;
let traffic: OwnTraffic;

beforeEach(async () => {
  const engine = createFakeEngine({ images: [] });
  for (const each of [image, other])
    await engine.loadImage({ peer: 'me', image: each, tar: tarsOf(each) }, SIGNAL);
  ({ store } = await temporaryStore());
  traffic = new OwnTraffic();
  copy = copyOf(wanted({ imageDigest: image.digest }), { volunteer: 'lender', state: 'fetching' });
  images = new OwnImages({
    ...{ clock: new HandClock(), rows: memoryTable(), store, engine },
    contents: { isFor: () => false },
    pushes: { imageFor: () => undefined },
    ...{ granting: { grantsFor: () => [] }, traffic },
    deployments: { byLease: (id: Uint8Array) => (id === copy.row.lease ? copy : undefined) },
  } as unknown as OwnImagesParts);
  await images.add({ engine: image.digest, name: 'mine:1' }, SIGNAL);
  await images.add({ engine: other.digest, name: 'other:1' }, SIGNAL);
});

/** What a peer gets of a layer: how many bytes, or the code of the refusal. */
async function layer(peer: string, diffId: string, change = {}): Promise<number | string> {
  const { encoding } = store.find(diffId)!;
  try {
    let bytes = 0;
    const request = { leave: copy.row.lease, diffId, encoding, offset: 0, ...change };
    for await (const piece of images.layer(peer, request)) bytes += piece.bytes.byteLength;
    return bytes;
  } catch (error) {
    return codeOf(error);
  }
}

const described = (peer: string, lease = copy.row.lease) => {
  try {
    return images.describe(peer, lease).layers.length;
  } catch (error) {
    return codeOf(error);
  }
};

describe('the images of a tenant', () => {
  it('are shown to the volunteer of a lease, whole', async () => {
    expect(described('lender')).toBe(2);
    for (const { diffId } of image.layers)
      expect(await layer('lender', diffId)).toBe(store.find(diffId)!.encodedBytes);
  });

  it('are shown to nobody else, with whatever lease', async () => {
    expect(described('stranger')).toBe('LEASE_UNKNOWN');
    expect(described('lender', new Uint8Array(32))).toBe('LEASE_UNKNOWN');
    expect(await layer('stranger', image.layers[0]!.diffId)).toBe('LEASE_UNKNOWN');
  });

  it('are shown as the one image that the lease is for: no layer of another, although the store has it', async () => {
    expect(await layer('lender', other.layers[1]!.diffId)).toBe('IMAGE_LAYER_MISSING');
    expect(await layer('lender', other.layers[0]!.diffId)).toBeGreaterThan(0);
  });

  it('are shown no more once the lease is over', async () => {
    for (const state of ['ended', 'failed']) {
      copy.row = { ...copy.row, state };
      expect(described('lender')).toBe('LEASE_UNKNOWN');
      expect(await layer('lender', image.layers[0]!.diffId)).toBe('LEASE_UNKNOWN');
    }
  });

  it('are shown no more once they are removed, and what other images share of them stays', async () => {
    await images.remove('mine:1');
    expect(described('lender')).toBe('IMAGE_LAYER_MISSING');
    expect(store.has(image.layers[1]!.diffId)).toBe(false);
    expect(store.has(image.layers[0]!.diffId)).toBe(true);
  });

  it('are this peer’s own traffic while they are sent, to whoever leaves before the end, too', async () => {
    const { diffId } = image.layers[0]!;
    const { encoding } = store.find(diffId)!;
    const pieces = images.layer('lender', { leave: copy.row.lease, diffId, encoding, offset: 0 });
    expect(traffic.isUnderWay).toBe(false);
    await pieces.next();
    expect(traffic.isUnderWay).toBe(true);
    await pieces.return(undefined);
    expect(traffic.isUnderWay).toBe(false);
    expect(await layer('stranger', diffId)).toBe('LEASE_UNKNOWN');
    expect(traffic.isUnderWay).toBe(false);
  });

  it('are sent in the form that was named, from an offset within it', async () => {
    const { diffId } = image.layers[0]!;
    const { encodedBytes } = store.find(diffId)!;
    expect(await layer('lender', diffId, { encoding: '0'.repeat(32) })).toBe('IMAGE_LAYER_MISSING');
    expect(await layer('lender', diffId, { offset: encodedBytes - 5 })).toBe(5);
    expect(await layer('lender', diffId, { offset: encodedBytes + 1 })).toBe('BAD_REQUEST');
  });
});
