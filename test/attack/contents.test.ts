// What fills volumes, against both sides: a volunteer that reads what is not its own, and a tenant that sends what it did not announce.
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { Contents, type ContentsParts } from '../../src/market/tenant/contents.ts';
import { OwnImages, type OwnImagesParts } from '../../src/market/tenant/own-images.ts';
import { PayloadBox } from '../../src/market/tenant/payload-box.ts';
import { allowanceOf } from '../../src/market/terms/disk-allowance.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { Fetching, type FetchingParts } from '../../src/market/volunteer/images/fetching.ts';
import { Holdings } from '../../src/market/volunteer/images/holdings.ts';
import { TenantSource } from '../../src/market/volunteer/images/tenant-source.ts';
import type { LayerItem, LayerRequest } from '../../src/overlay/protocols/images.ts';
import type { Overlay } from '../../src/overlay/terms/overlay.ts';
import { type PayloadVolume, sealPayload } from '../../src/records/payload.ts';
import type { Bytes } from '../../src/runtime/images/bytes.ts';
import { type LayerStore, openLayerStore } from '../../src/runtime/images/layer-store.ts';
import { copyOf, wanted } from '../support/deployments.ts';
import { folderWith, packed } from '../support/folders.ts';
import { HandClock } from '../support/hand-clock.ts';
import { digestOf, piecesOf, type TarEntry, tarOf, temporaryStore } from '../support/images.ts';
import { askingParts } from '../support/sharing.ts';
import { memoryTable } from '../support/table.ts';

const SIGNAL = new AbortController().signal;
const DISK = { diskBytes: MIB };

describe('the contents of a tenant', () => {
  const boxes = new PayloadBox({ seed: randomBytes(32) });
  let store: LayerStore;
  let folder: string;
  let contents: Contents;
  let images: OwnImages;
  let copies: ReturnType<typeof copyOf>[];
  let changed: (deployment: ReturnType<typeof wanted>) => void;

  const boxed = (volumes: readonly PayloadVolume[]) =>
    boxes.close(sealPayload({ salt: new Uint8Array(16), command: [], env: [], volumes }).bytes);

  beforeEach(async () => {
    ({ store, folder } = await temporaryStore());
    copies = [];
    const deployments = {
      all: () => copies.map(({ deployment }) => deployment),
      byLease: (lease: Uint8Array) => copies.find(({ row }) => row.lease === lease),
      onChange: (listener: typeof changed) => {
        changed = listener;
      },
    };
    const parts = { clock: new HandClock(), log: silentLog, rows: memoryTable(), store, boxes, deployments };
    contents = new Contents(parts as unknown as ContentsParts);
    await contents.load();
    const none = { engine: undefined, pushes: { imageFor: () => undefined }, traffic: new OwnTraffic() };
    images = new OwnImages({ ...parts, ...none, contents } as unknown as OwnImagesParts);
  });

  /** A copy that waits for a volume with this in it, at a volunteer of this name. */
  async function leased(volunteer: string, text: string) {
    const source = await folderWith({ file: text });
    const { volumes, release } = await contents.pack([{ path: '/data', source }], DISK);
    const deployment = { ...wanted({ payload: boxed(volumes) }), id: `deployment-${copies.length}` };
    const copy = copyOf(deployment, { volunteer, state: 'fetching', runningSinceMs: 0 });
    copies.push(copy);
    changed(deployment);
    await release();
    const [content] = volumes[0]!.content;
    return { copy, deployment, digest: content!.digest };
  }

  async function read(volunteer: string, lease: Uint8Array, diffId: string): Promise<number | string> {
    const encoding = store.find(diffId)?.encoding ?? '0'.repeat(32);
    let bytes = 0;
    try {
      for await (const piece of images.layer(volunteer, { leave: lease, diffId, encoding, offset: 0 }))
        bytes += piece.bytes.byteLength;
      return bytes;
    } catch (error) {
      return codeOf(error);
    }
  }

  const described = (volunteer: string, lease: Uint8Array) => {
    try {
      return contents.describe(volunteer, lease).contents.map(({ diffId }) => diffId);
    } catch (error) {
      return codeOf(error);
    }
  };

  it('are read by the volunteer of the lease, and by nobody else, with whatever lease', async () => {
    const one = await leased('lender', 'of one');
    const other = await leased('neighbour', 'of the other');
    expect(described('lender', one.copy.row.lease)).toEqual([one.digest]);
    expect(await read('lender', one.copy.row.lease, one.digest)).toBe(store.find(one.digest)!.encodedBytes);
    for (const [volunteer, lease] of [
      ['stranger', one.copy.row.lease],
      ['neighbour', one.copy.row.lease],
      ['lender', other.copy.row.lease],
      ['lender', new Uint8Array(32)],
    ] as const) {
      expect(described(volunteer, lease)).toBe('LEASE_UNKNOWN');
      expect(await read(volunteer, lease, one.digest)).toBe('LEASE_UNKNOWN');
    }
    // Its own lease is no leave to read what another is for
    expect(await read('lender', one.copy.row.lease, other.digest)).toBe('IMAGE_LAYER_MISSING');
  });

  it('are read no more once the container runs, or the lease is over', async () => {
    const { copy, digest } = await leased('lender', 'of one');
    for (const change of [{ state: 'running', runningSinceMs: 1 }, { state: 'ended' }, { state: 'failed' }]) {
      const before = copy.row;
      copy.row = { ...copy.row, ...change };
      expect(described('lender', copy.row.lease)).toBe('LEASE_UNKNOWN');
      expect(await read('lender', copy.row.lease, digest)).toMatch(/LEASE_UNKNOWN|IMAGE_LAYER_MISSING/);
      copy.row = before;
    }
    expect(described('lender', copy.row.lease)).toEqual([digest]);
  });

  it('stay for as long as one deployment needs them, and go with the last', async () => {
    const one = await leased('lender', 'the same');
    // The same bytes need the same time of the file, too
    const two = { ...one.deployment, id: 'second', row: one.deployment.row, instances: [] };
    changed(two);
    one.deployment.row = { ...one.deployment.row, end: 'ended' };
    changed(one.deployment);
    expect(store.has(one.digest)).toBe(true);
    two.row = { ...two.row, end: 'ended' };
    changed(two);
    await vi.waitFor(() => expect(store.has(one.digest)).toBe(false));
  });

  it('are packed by one look at the folder, and nothing of them stays where that cannot be written down', async () => {
    const tars: Buffer[] = [];
    const once = Object.assign(Object.create(store) as LayerStore, {
      stage: async (expected: object, tar: Bytes, signal: AbortSignal) => {
        tars.push(await buffer(tar));
        return store.stage(expected as Parameters<LayerStore['stage']>[0], piecesOf(tars.at(-1)!), signal);
      },
      pin: (digests: string[]) => store.pin(digests),
      removeUnpinned: (digests: string[]) => store.removeUnpinned(digests),
      has: (digest: string) => store.has(digest),
    });
    const rows = memoryTable<{ packedAtMs: number }>();
    const parts = { clock: new HandClock(), log: silentLog, rows, store: once, boxes };
    const packing = new Contents(parts as unknown as ContentsParts);
    const source = await folderWith({ file: 'once' });
    const { volumes, release } = await packing.pack([{ path: '/data', source }], DISK);
    expect(tars).toEqual([await packed(source)]);
    expect(volumes[0]!.content).toEqual([{ digest: digestOf(tars[0]!), sizeBytes: tars[0]!.length }]);
    await release();
    rows.put = async () => {
      throw new TallyError('LEDGER_DISK_FULL');
    };
    expect(await packing.pack([{ path: '/data', source }], DISK).catch(codeOf)).toBe('LEDGER_DISK_FULL');
    expect(await readdir(folder)).toEqual([]);
  });

  it('that a killed process packed for no deployment go at the next start', async () => {
    const rows = memoryTable<{ packedAtMs: number }>();
    const deployments = { all: () => [], byLease: () => undefined, onChange: () => {} };
    const parts = {
      clock: new HandClock(),
      log: silentLog,
      rows,
      boxes,
      deployments,
    } as unknown as ContentsParts;
    const source = await folderWith({ file: 'left' });
    await new Contents({ ...parts, store }).pack([{ path: '/data', source }], DISK);
    expect(store.list()).toHaveLength(1);
    const reopened = await openLayerStore({ folder, maxBytes: 64 * MIB });
    await new Contents({ ...parts, store: reopened }).load();
    expect(reopened.list()).toEqual([]);
    for await (const row of rows.entries()) expect(row).toBeUndefined();
  });
});

describe('a tenant that lies about a content', () => {
  let store: LayerStore;
  let folder: string;
  let sending: LayerStore;
  let answers: (honest: LayerItem) => LayerItem[];
  let sends: (request: LayerRequest) => AsyncIterable<Uint8Array>;
  let fetching: Fetching;

  beforeEach(async () => {
    ({ store, folder } = await temporaryStore());
    ({ store: sending } = await temporaryStore());
    answers = (honest) => [honest];
    sends = ({ diffId, offset }) => sending.read(diffId, offset);
    fetching = new Fetching({
      ...{ peer: 'volunteer', clock: new HandClock(), engine: {}, store, log: silentLog },
      traffic: new OwnTraffic(),
      holdings: new Holdings({ clock: new HandClock(), rows: memoryTable() }),
    } as unknown as FetchingParts);
  });

  const overlay = {
    request: async () => ({ contents: sending.list().flatMap((each) => answers({ ...each })) }),
    feed: async function* (_: unknown, __: string, request: LayerRequest) {
      for await (const bytes of sends(request)) yield { bytes };
    },
  } as unknown as Overlay;

  /** What becomes of a content that the tenant has named; nothing of it is left but what was whole and is pinned by nobody. */
  async function brought(tar: Buffer, sizeBytes = tar.length): Promise<string> {
    const digest = digestOf(tar);
    await sending.put({ diffId: digest, maxBytes: tar.length }, piecesOf(tar), SIGNAL);
    const unpin = store.pin([digest]);
    const source = new TenantSource(
      { ...askingParts(new HandClock()), overlay, store },
      'tenant',
      new Uint8Array(32),
    );
    const wanted = { contents: [{ digest, sizeBytes }], source, allowed: allowanceOf(DISK) };
    const outcome = await fetching
      .bring({ id: 'lease', tenant: 'tenant', contents: wanted })
      .then(() => 'brought', codeOf);
    unpin();
    await store.removeUnpinned([digest]);
    expect(await readdir(folder)).toEqual([]);
    return outcome;
  }

  const honest = () => tarOf([{ name: 'file', body: 'x' }]);

  it('is found out where it is honest in nothing but the announcement', async () => {
    expect(await brought(await packed(await folderWith({ file: 'x', 'a/b': '->../file' })))).toBe('brought');
  });

  it('about its size, or its form, is found out before a byte comes', async () => {
    expect(await brought(honest(), 9)).toBe('IMAGE_DIGEST_WRONG');
    answers = (item) => [{ ...item, encodedBytes: 2 ** 40 }];
    expect(await brought(honest())).toBe('IMAGE_LAYER_TOO_LARGE');
  });

  it('with other bytes is found out when they have come', async () => {
    const other = tarOf([{ name: 'file', body: 'y' }]);
    await sending.put({ diffId: digestOf(other), maxBytes: other.length }, piecesOf(other), SIGNAL);
    const { encodedBytes } = sending.find(digestOf(other))!;
    answers = (item) => (item.diffId === digestOf(other) ? [] : [{ ...item, encodedBytes }]);
    sends = () => sending.read(digestOf(other));
    expect(await brought(honest())).toBe('IMAGE_DIGEST_WRONG');
  });

  it.each<[string, readonly TarEntry[], string]>([
    ['a path that leads out', [{ name: '../x', body: 'x' }], 'VOLUME_CONTENT_INVALID'],
    ['a device', [{ name: 'x', kind: '3', device: [1, 3] }], 'VOLUME_CONTENT_INVALID'],
    ['a hard link', [{ name: 'x', kind: '1', target: '/etc/shadow' }], 'VOLUME_CONTENT_INVALID'],
    ['a link out', [{ name: 'x', kind: '2', target: '/etc' }], 'VOLUME_CONTENT_INVALID'],
    ['set-uid', [{ name: 'x', body: 'x', mode: 0o4755 }], 'VOLUME_CONTENT_INVALID'],
    ['a bomb', [{ name: 'x', body: Buffer.alloc(8 * MIB) }], 'VOLUME_CONTENT_TOO_LARGE'],
    [
      'too many files',
      Array.from({ length: 4_300 }, (_, i) => ({ name: `${10_000 + i}`, body: '' })),
      'VOLUME_CONTENT_TOO_LARGE',
    ],
  ])('with %s is refused, whole and under its right digest as it came', async (_, entries, code) => {
    expect(await brought(tarOf(entries))).toBe(code);
  });
});
