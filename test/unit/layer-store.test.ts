// Layers in a folder: whole and right, or not there; within a limit; found again after a kill.
import { readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { DAY_MS, MIB } from '../../src/lib/units.ts';
import { type EncodedLayer, partName } from '../../src/runtime/images/layer-names.ts';
import { type LayerStore, openLayerStore } from '../../src/runtime/images/layer-store.ts';
import { digestOf, piecesOf, someLayer, temporaryStore } from '../support/images.ts';

const signal = new AbortController().signal;
const ENCODING = 'ab'.repeat(16);

/** A layer, and the form in which another store sends it. */
function sent(tar = someLayer()): { tar: Buffer; encoded: Buffer; announced: EncodedLayer } {
  const encoded = zstdCompressSync(tar);
  const sizes = { sizeBytes: tar.length, encodedBytes: encoded.length };
  return { tar, encoded, announced: { diffId: digestOf(tar), encoding: ENCODING, ...sizes } };
}

const put = (store: LayerStore, tar: Buffer, diffId = digestOf(tar), maxBytes = tar.length) =>
  store.put({ diffId, maxBytes }, piecesOf(tar), signal);

/** The other bytes, then a failure, as of a connection that breaks. */
async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* piecesOf(bytes);
  throw new Error('the line broke');
}

async function receive(store: LayerStore, announced: EncodedLayer, bytes: AsyncIterable<Uint8Array>) {
  const incoming = await store.receive(announced);
  return incoming.take(bytes, signal);
}

/** Receives the first half, then the line breaks. */
async function receiveHalf(
  store: LayerStore,
  { announced, encoded }: ReturnType<typeof sent>,
): Promise<void> {
  const half = encoded.subarray(0, encoded.length >> 1);
  await expect(receive(store, announced, breaking(half))).rejects.toThrow('the line broke');
}

describe('a layer that is put', () => {
  it('is read again as it was, whole or compressed from an offset on, also by the next process', async () => {
    const { store, folder } = await temporaryStore();
    const tar = someLayer();
    const layer = await put(store, tar);
    for (const each of [store, await openLayerStore({ folder, maxBytes: MIB })]) {
      expect(each.find(layer.diffId)).toEqual(layer);
      expect((await buffer(each.tar(layer.diffId))).equals(tar)).toBe(true);
      const encoded = await buffer(each.read(layer.diffId));
      expect(encoded).toHaveLength(layer.encodedBytes);
      expect((await buffer(each.read(layer.diffId, 100))).equals(encoded.subarray(100))).toBe(true);
      expect(await buffer(each.read(layer.diffId, layer.encodedBytes))).toHaveLength(0);
      await expect(buffer(each.read(layer.diffId, layer.encodedBytes + 1))).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
      expect(each.usedBytes).toBe(layer.encodedBytes);
    }
  });

  it('leaves nothing where it is another, or larger than it may be', async () => {
    const { store, folder } = await temporaryStore();
    const tar = someLayer();
    const refused = (diffId: string, maxBytes: number) => put(store, tar, diffId, maxBytes).catch(codeOf);
    expect(await refused(digestOf(someLayer()), tar.length)).toBe('IMAGE_DIGEST_WRONG');
    expect(await refused(digestOf(tar), tar.length - 1)).toBe('IMAGE_LAYER_TOO_LARGE');
    expect(await readdir(folder)).toEqual([]);
    expect(store.usedBytes).toBe(0);
    await put(store, tar);
    expect(store.usedBytes).toBeGreaterThan(0);
  });

  it('is in the store only once it is kept', async () => {
    const { store, folder } = await temporaryStore();
    const tar = someLayer();
    const stage = () => store.stage({ diffId: digestOf(tar), maxBytes: tar.length }, piecesOf(tar), signal);
    await (await stage()).discard();
    expect(await readdir(folder)).toEqual([]);
    const staged = await stage();
    expect(store.has(digestOf(tar))).toBe(false);
    await staged.keep();
    expect(store.has(digestOf(tar))).toBe(true);
  });

  it('is kept once when two put it at a time', async () => {
    const { store, folder } = await temporaryStore();
    const tar = someLayer();
    const [first, ...others] = await Promise.all([put(store, tar), put(store, tar), put(store, tar)]);
    expect(others).toEqual([first, first]);
    expect(await readdir(folder)).toHaveLength(1);
    expect(store.usedBytes).toBe(first?.encodedBytes);
    expect((await buffer(store.tar(digestOf(tar)))).equals(tar)).toBe(true);
  });

  it('counts as missing, and is given up, when its file is damaged or gone', async () => {
    for (const harm of [
      (path: string) => rm(path),
      (path: string) => truncate(path, 100),
      (path: string) => writeFile(path, zstdCompressSync(someLayer())),
    ]) {
      const { store, folder } = await temporaryStore();
      const { diffId } = await put(store, someLayer());
      const [name = ''] = await readdir(folder);
      await harm(join(folder, name));
      await expect(buffer(store.tar(diffId))).rejects.toMatchObject({ code: 'IMAGE_LAYER_MISSING' });
      expect(store.has(diffId)).toBe(false);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('can be read to its end by who began before it was removed', async () => {
    const { store } = await temporaryStore();
    const tar = someLayer('file', MIB);
    const { diffId, encodedBytes } = await put(store, tar);
    const reading = store.read(diffId)[Symbol.asyncIterator]();
    const first = (await reading.next()).value as Uint8Array;
    await store.remove(diffId);
    let bytes = first.length;
    for await (const piece of { [Symbol.asyncIterator]: () => reading }) bytes += piece.length;
    expect(bytes).toBe(encodedBytes);
    expect(store.usedBytes).toBe(0);
  });
});

describe('a layer that is received', () => {
  it('comes whole from another store, however large it is and in whatever pieces that store read it', async () => {
    const [{ store: from }, { store: to }] = await Promise.all([temporaryStore(), temporaryStore()]);
    const sizes = fc.tuple(fc.integer({ min: 0, max: 700_000 }), fc.integer({ min: 100, max: 300_000 }));
    await fc.assert(
      fc.asyncProperty(sizes, async ([bytes, piece]) => {
        const tar = someLayer('file', bytes);
        const expected = { diffId: digestOf(tar), maxBytes: tar.length };
        const sent = await from.put(expected, piecesOf(tar, piece), signal);
        const incoming = await to.receive(sent);
        expect(await incoming.take(from.read(sent.diffId), signal)).toEqual(sent);
        expect(await buffer(to.tar(sent.diffId))).toEqual(tar);
        await Promise.all([from, to].map((store) => store.remove(sent.diffId)));
      }),
      { numRuns: 40 },
    );
  });

  it('is kept in the form in which it came, and so can be passed on', async () => {
    const { store } = await temporaryStore();
    const { announced, encoded, tar } = sent();
    expect(await receive(store, announced, piecesOf(encoded))).toEqual(announced);
    expect((await buffer(store.read(announced.diffId))).equals(encoded)).toBe(true);
    expect((await buffer(store.tar(announced.diffId))).equals(tar)).toBe(true);
  });

  it('goes on where it broke off, in the same process or the next', async () => {
    for (const isNext of [false, true]) {
      const { store, folder } = await temporaryStore();
      const layer = sent();
      await receiveHalf(store, layer);
      const then = isNext ? await openLayerStore({ folder, maxBytes: MIB }) : store;
      const incoming = await then.receive(layer.announced);
      expect(incoming.offset).toBe(layer.encoded.length >> 1);
      await incoming.take(piecesOf(layer.encoded.subarray(incoming.offset)), signal);
      expect((await buffer(then.tar(layer.announced.diffId))).equals(layer.tar)).toBe(true);
      expect(await readdir(folder)).toHaveLength(1);
      expect(then.usedBytes).toBe(layer.encoded.length);
    }
  });

  it('goes on when it ended early or its signal aborted, and when nothing came in between', async () => {
    const { store } = await temporaryStore();
    const { announced, encoded } = sent();
    await expect(receive(store, announced, piecesOf(encoded.subarray(0, 1_000)))).rejects.toMatchObject({
      code: 'IMAGE_LAYER_INCOMPLETE',
    });
    const patience = new AbortController();
    const waiting = Promise.withResolvers<void>();
    async function* stalling() {
      yield encoded.subarray(1_000, 2_000);
      waiting.resolve();
      await new Promise(() => {});
    }
    const taken = (await store.receive(announced)).take(stalling(), patience.signal);
    await waiting.promise;
    patience.abort(new Error('enough'));
    await expect(taken).rejects.toThrow('enough');
    await (await store.receive(announced)).close();
    const incoming = await store.receive(announced);
    expect(incoming.offset).toBe(2_000);
    await incoming.take(piecesOf(encoded.subarray(2_000)), signal);
  });

  it('begins anew where the disk lost the end of what came', async () => {
    const { store, folder } = await temporaryStore();
    const layer = sent();
    await receiveHalf(store, layer);
    const [name = ''] = await readdir(folder);
    const half = layer.encoded.length >> 1;
    await truncate(join(folder, name), half - 1_000);
    await truncate(join(folder, name), half);
    const next = await openLayerStore({ folder, maxBytes: MIB });
    const rest = (offset: number) => piecesOf(layer.encoded.subarray(offset));
    const damaged = await next.receive(layer.announced);
    await expect(damaged.take(rest(damaged.offset), signal)).rejects.toMatchObject({
      code: 'IMAGE_DIGEST_WRONG',
    });
    const anew = await next.receive(layer.announced);
    expect(anew.offset).toBe(0);
    await anew.take(rest(0), signal);
  });

  it('does not go on with what came of another form', async () => {
    const { store, folder } = await temporaryStore();
    const layer = sent();
    await receiveHalf(store, layer);
    const incoming = await store.receive({ ...layer.announced, encoding: 'cd'.repeat(16) });
    expect(incoming.offset).toBe(0);
    expect(await readdir(folder)).toHaveLength(1);
    await incoming.take(piecesOf(layer.encoded), signal);
  });

  it('leaves nothing where it is not what was announced, and begins anew', async () => {
    const other = sent();
    const layer = sent();
    const { announced, encoded } = layer;
    const cases: Record<string, [string, Partial<EncodedLayer>, Buffer]> = {
      'another layer': ['IMAGE_DIGEST_WRONG', { encodedBytes: other.encoded.length }, other.encoded],
      'no compressed form': ['IMAGE_DIGEST_WRONG', {}, Buffer.alloc(encoded.length, 1)],
      'a larger tar': ['IMAGE_LAYER_TOO_LARGE', { sizeBytes: announced.sizeBytes - 1 }, encoded],
      'a smaller tar': ['IMAGE_DIGEST_WRONG', { sizeBytes: announced.sizeBytes + 1 }, encoded],
      'more bytes': ['IMAGE_LAYER_TOO_LARGE', { encodedBytes: encoded.length - 1 }, encoded],
      'bytes behind its end': [
        'IMAGE_DIGEST_WRONG',
        { encodedBytes: encoded.length + 10 },
        Buffer.concat([encoded, Buffer.alloc(10)]),
      ],
    };
    for (const [name, [code, changes, bytes]] of Object.entries(cases)) {
      const { store, folder } = await temporaryStore();
      const received = receive(store, { ...announced, ...changes }, piecesOf(bytes));
      expect(await received.catch(codeOf), name).toBe(code);
      expect(await readdir(folder), name).toEqual([]);
      expect(store.usedBytes, name).toBe(0);
      expect((await receive(store, announced, piecesOf(encoded))).diffId).toBe(announced.diffId);
    }
  });

  it('is refused at once where it is another, though its sender holds the rest back', async () => {
    const { store, folder } = await temporaryStore();
    const { announced, encoded } = sent(someLayer('file', 300_000));
    // Two blocks of 128 KiB, and some of the third
    async function* withheld() {
      yield encoded.subarray(0, 270_000);
      await new Promise(() => {});
    }
    const received = receive(store, { ...announced, sizeBytes: 250_000 }, withheld());
    await expect(received).rejects.toMatchObject({ code: 'IMAGE_LAYER_TOO_LARGE' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused before a byte of it where it is announced as what it cannot be', async () => {
    const { store } = await temporaryStore();
    const { announced } = sent();
    const refused = (changes: Partial<EncodedLayer>) =>
      store.receive({ ...announced, ...changes }).then(() => 'taken', codeOf);
    for (const diffId of ['../../etc/passwd', 'sha256:..', `sha512:${'0'.repeat(64)}`, ''])
      expect(await refused({ diffId })).toBe('BAD_REQUEST');
    for (const encoding of ['../x', '', 'AB'.repeat(16)])
      expect(await refused({ encoding })).toBe('BAD_REQUEST');
    for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(await refused({ encodedBytes: size, sizeBytes: size })).toBe('BAD_REQUEST');
    expect(await refused({ encodedBytes: 100_000 })).toBe('IMAGE_LAYER_TOO_LARGE');
    expect(await refused({ sizeBytes: 100 * MIB, encodedBytes: 65 * MIB })).toBe('IMAGE_STORE_FULL');
  });

  it('is kept once when two senders bring it, and a slow one keeps nobody waiting', async () => {
    const { store, folder } = await temporaryStore();
    const { announced, encoded } = sent();
    const slow = await store.receive(announced);
    const quick = await store.receive(announced);
    expect([slow.offset, quick.offset]).toEqual([0, 0]);
    await quick.take(piecesOf(encoded), signal);
    expect(store.has(announced.diffId)).toBe(true);
    await slow.take(piecesOf(encoded), signal);
    expect(await readdir(folder)).toHaveLength(1);
    expect(store.usedBytes).toBe(encoded.length);
  });
});

describe('what came of a layer', () => {
  it('is dropped once the layer is kept in another form', async () => {
    const { store, folder } = await temporaryStore();
    const layer = sent();
    await receiveHalf(store, layer);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/\.part$/)]);
    const { encodedBytes } = await put(store, layer.tar);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/\.zst$/)]);
    expect(store.usedBytes).toBe(encodedBytes);
  });

  it('is dropped by who adds to it when that breaks off after another has kept the layer whole', async () => {
    const { store, folder } = await temporaryStore();
    const layer = sent();
    await receiveHalf(store, layer);
    const slow = await store.receive(layer.announced);
    const { encodedBytes } = await put(store, layer.tar);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toHaveLength(1);
    const rest = layer.encoded.subarray(slow.offset, slow.offset + 10);
    await expect(slow.take(breaking(rest), signal)).rejects.toThrow('the line broke');
    expect(await readdir(folder)).toEqual([expect.stringMatching(/\.zst$/)]);
    expect(store.usedBytes).toBe(encodedBytes);
  });

  it('is kept of one layer when another is kept', async () => {
    const { store, folder } = await temporaryStore();
    await receiveHalf(store, sent());
    await put(store, someLayer());
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toHaveLength(1);
  });

  it('is dropped by the next process where a kill came before it was', async () => {
    const { store, folder } = await temporaryStore();
    const layer = sent();
    await put(store, layer.tar);
    await writeFile(join(folder, partName(layer.announced)), layer.encoded.subarray(0, 100));
    const next = await openLayerStore({ folder, maxBytes: MIB });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/\.zst$/)]);
    expect(next.usedBytes).toBe(store.usedBytes);
  });
});

describe('a store', () => {
  it('lets the layer go that nobody has used for longest, and none that is pinned', async () => {
    const { store } = await temporaryStore(20_000);
    const layers = [someLayer(), someLayer(), someLayer()];
    const [a = '', b = '', c = ''] = layers.map(digestOf);
    for (const tar of layers) await put(store, tar);
    await buffer(store.read(a));
    await put(store, someLayer());
    expect([a, b, c].map((each) => store.has(each))).toEqual([true, false, true]);
    const unpin = store.pin([a, c]);
    const again = store.pin([a]);
    await put(store, someLayer());
    await put(store, someLayer());
    expect([a, c].map((each) => store.has(each))).toEqual([true, true]);
    unpin();
    unpin();
    for (let i = 0; i < 4; i += 1) await put(store, someLayer());
    expect([a, c].map((each) => store.has(each))).toEqual([true, false]);
    again();
    for (let i = 0; i < 4; i += 1) await put(store, someLayer());
    expect(store.has(a)).toBe(false);
    expect(store.usedBytes).toBeLessThanOrEqual(20_000);
  });

  it('is full when all it holds is pinned; then what came is refused and all that was there stays', async () => {
    const { store, folder } = await temporaryStore(12_000);
    const held = [someLayer(), someLayer()].map((tar) => ({ tar, diffId: digestOf(tar) }));
    for (const { tar } of held) await put(store, tar);
    store.pin(held.map(({ diffId }) => diffId));
    expect(await put(store, someLayer()).catch(codeOf)).toBe('IMAGE_STORE_FULL');
    const { announced } = sent();
    expect(await store.receive(announced).catch(codeOf)).toBe('IMAGE_STORE_FULL');
    expect(held.every(({ diffId }) => store.has(diffId))).toBe(true);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('promises no room twice, and gives a promise back', async () => {
    const { store } = await temporaryStore(8_000);
    const [first, second] = [sent(), sent()];
    const incoming = await store.receive(first.announced);
    expect(await store.receive(second.announced).catch(codeOf)).toBe('IMAGE_STORE_FULL');
    await incoming.close();
    await receive(store, second.announced, piecesOf(second.encoded));
    expect(store.has(second.announced.diffId)).toBe(true);
  });

  it('lets go what came of a layer before it lets a whole one go', async () => {
    const { store } = await temporaryStore(12_000);
    const whole = someLayer();
    await put(store, whole);
    const layer = sent();
    await receiveHalf(store, layer);
    await put(store, someLayer());
    expect(store.has(digestOf(whole))).toBe(true);
    const incoming = await store.receive(layer.announced);
    expect(incoming.offset).toBe(0);
    await incoming.close();
  });

  it('takes up after a kill what is whole and what can go on, and nothing else of its own', async () => {
    const { store, folder } = await temporaryStore();
    const { diffId } = await put(store, someLayer());
    const [young, old] = [sent(), sent()];
    for (const layer of [young, old]) await receiveHalf(store, layer);
    const names = await readdir(folder);
    const oldName = names.find((name) => name.startsWith(old.announced.diffId.slice(7))) ?? '';
    const longAgo = new Date(Date.now() - 2 * DAY_MS);
    await utimes(join(folder, oldName), longAgo, longAgo);
    await writeFile(join(folder, `${'0'.repeat(32)}.new`), 'of a process that was killed');
    await writeFile(join(folder, 'notes.txt'), 'of somebody else');
    const next = await openLayerStore({ folder, maxBytes: MIB });
    expect(next.list().map((layer) => layer.diffId)).toEqual([diffId]);
    expect(await readdir(folder)).toHaveLength(3);
    expect(await readdir(folder)).toContain('notes.txt');
    const [goesOn, begins] = [await next.receive(young.announced), await next.receive(old.announced)];
    expect(goesOn.offset).toBeGreaterThan(0);
    expect(begins.offset).toBe(0);
    await Promise.all([goesOn.close(), begins.close()]);
  });

  it('keeps the most recently used of what it held when its limit is lowered', async () => {
    const { store, folder } = await temporaryStore();
    const layers = [someLayer(), someLayer(), someLayer()];
    for (const [i, tar] of layers.entries()) {
      await put(store, tar);
      const name = (await readdir(folder)).find((each) => each.startsWith(digestOf(tar).slice(7))) ?? '';
      const usedAt = new Date(Date.now() - (i === 0 ? 0 : 10_000 * i));
      await utimes(join(folder, name), usedAt, usedAt);
    }
    const next = await openLayerStore({ folder, maxBytes: 12_000 });
    expect(layers.map((tar) => next.has(digestOf(tar)))).toEqual([true, true, false]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('hands out files that have no name', async () => {
    const { store, folder } = await temporaryStore();
    const file = await store.scratch();
    await file.writeFile('seen by nobody');
    expect(await readdir(folder)).toEqual([]);
    await file.close();
  });
});
