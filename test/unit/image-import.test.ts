// Images come into the store from everything that writes them, whole or not at all.
import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { saveArchive } from '../../src/runtime/image-archive.ts';
import { type ImageSource, type ImportOptions, importImage } from '../../src/runtime/images/import-image.ts';
import type { LayerStore } from '../../src/runtime/images/layer-store.ts';
import {
  entriesOf,
  imageOf,
  layoutFiles,
  piecesOf,
  savedEntries,
  someLayer,
  type TarEntry,
  tarOf,
  tarsOf,
  temporaryFolder,
  temporaryStore,
} from '../support/images.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const LIMITS: ImportOptions = { maxBytes: 16 * MIB };

const bring = (source: ImageSource, store: LayerStore, options: Partial<ImportOptions> = {}) =>
  importImage(source, store, { ...LIMITS, ...options }, signal);
const stream = (entries: readonly TarEntry[]): ImageSource => ({ stream: piecesOf(tarOf(entries)) });

/** Writes an OCI layout as a folder. */
async function laidOut(files: ReadonlyMap<string, Buffer>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

/** That the store holds just this image, byte for byte. */
async function expectHeld(store: LayerStore, image: ReturnType<typeof imageOf>): Promise<void> {
  for (const [i, { diffId }] of image.layers.entries())
    expect((await buffer(store.tar(diffId))).equals(image.tars[i] as Buffer)).toBe(true);
}

describe('an image', () => {
  const image = imageOf([someLayer('low'), someLayer('high')]);

  it('comes from the stream of an engine', async () => {
    const { store, folder } = await temporaryStore();
    const { manifest } = await bring(stream(savedEntries(image)), store, { digest: image.digest });
    expect(manifest).toMatchObject({ digest: image.digest, layers: image.layers, architecture: 'amd64' });
    expect(manifest.sizeBytes).toBe(image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    await expectHeld(store, image);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('comes from the archive that engines are handed', async () => {
    const { store } = await temporaryStore();
    const archive = saveArchive({ image, tar: tarsOf(image) }, 0, ['mine:1']);
    expect((await bring({ stream: archive }, store, { name: 'mine:1' })).manifest.digest).toBe(image.digest);
    await expectHeld(store, image);
  });

  it('comes from an archive file, plain or compressed', async () => {
    const plain = tarOf(savedEntries(image));
    for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
      const path = join(await temporaryFolder(), 'image.tar');
      await writeFile(path, bytes);
      const { store } = await temporaryStore();
      expect((await bring({ path }, store)).manifest.digest).toBe(image.digest);
      await expectHeld(store, image);
    }
  });

  it('comes from a file that another program packed, with names too long for a header', async () => {
    for (const format of ['gnu', 'pax', 'ustar']) {
      const long = format === 'ustar' ? 'f' : 'f'.repeat(150);
      const folder = await laidOut(
        new Map([
          [`${long}/layer.tar`, image.tars[0] as Buffer],
          ['config', Buffer.from(image.config)],
        ]),
      );
      await symlink(`../${long}/layer.tar`, join(folder, 'other.tar')).catch(() => {});
      await mkdir(join(folder, 'second'));
      await writeFile(join(folder, 'second', 'layer.tar'), image.tars[1] as Buffer);
      await symlink('second/layer.tar', join(folder, 'top'));
      const listing = [{ Config: 'config', RepoTags: null, Layers: [`${long}/layer.tar`, 'top'] }];
      await writeFile(join(folder, 'manifest.json'), JSON.stringify(listing));
      const path = join(await temporaryFolder(), 'image.tar');
      await run('tar', ['-C', folder, `--format=${format}`, '--exclude=other.tar', '-cf', path, '.']);
      const { store } = await temporaryStore();
      expect((await bring({ path }, store)).manifest.digest).toBe(image.digest);
      await expectHeld(store, image);
    }
  });

  it('comes from an archive in which equal layers are links to one file', async () => {
    const [low, high] = image.tars as [Buffer, Buffer];
    const twice = imageOf([low, high, low]);
    const entries = savedEntries(twice);
    const [first = '', , third = ''] = entries
      .map(({ name }) => String(name))
      .filter((name) => name.endsWith('layer.tar'));
    for (const [kind, target] of [
      ['2', `../${first}`],
      ['1', first],
    ]) {
      const linked = entries.map((each) => (each.name === third ? { name: third, kind, target } : each));
      const { store } = await temporaryStore();
      const { manifest } = await bring(stream(linked as TarEntry[]), store);
      expect(manifest.layers).toEqual(twice.layers);
      await expectHeld(store, twice);
      expect(store.list()).toHaveLength(2);
    }
  });

  it('comes from an OCI layout, a folder or an archive, with layers plain or compressed', async () => {
    const two = (tar: Buffer) => {
      const half = tar.length >> 1;
      return [tar.subarray(0, half), tar.subarray(half)] as const;
    };
    const packings = {
      plain: (tar: Buffer) => tar,
      gzip: (tar: Buffer) => gzipSync(tar),
      zstd: (tar: Buffer) => zstdCompressSync(tar),
      'several gzip members': (tar: Buffer) => Buffer.concat(two(tar).map((part) => gzipSync(part))),
      'several zstd frames': (tar: Buffer) => {
        const skipped = Buffer.from([0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
        const [a, b] = two(tar).map((part) => zstdCompressSync(part)) as [Buffer, Buffer];
        return Buffer.concat([skipped, a, skipped, b]);
      },
    };
    for (const packing of Object.values(packings)) {
      const files = layoutFiles([{ image, packing }]);
      for (const source of [{ path: await laidOut(files) }, stream(entriesOf(files))]) {
        const { store } = await temporaryStore();
        expect((await bring(source, store)).manifest.digest).toBe(image.digest);
        await expectHeld(store, image);
      }
    }
  });

  it('is chosen by its architecture among several, and refused where none is named', async () => {
    const arm = imageOf([someLayer()], { architecture: 'arm64' });
    const statement = imageOf([someLayer()], { architecture: 'amd64' });
    const files = layoutFiles([
      { image, descriptor: { platform: { architecture: 'amd64', os: 'linux' } } },
      { image: arm, descriptor: { platform: { architecture: 'arm64', os: 'linux' } } },
      {
        image: statement,
        descriptor: { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
      },
    ]);
    const bringFor = async (architecture?: string) => {
      const { store, folder } = await temporaryStore();
      return bring(stream(entriesOf(files)), store, { architecture }).then(
        ({ manifest }) => manifest.digest,
        async (error) => `${codeOf(error)} ${(await readdir(folder)).length}`,
      );
    };
    expect(await bringFor('amd64')).toBe(image.digest);
    expect(await bringFor('arm64')).toBe(arm.digest);
    expect(await bringFor('riscv64')).toBe('IMAGE_WRONG_ARCHITECTURE 0');
    expect(await bringFor()).toBe('IMAGE_ARCHIVE_UNCLEAR 0');
  });

  it('is chosen by its name among several, and refused where none is named', async () => {
    const other = imageOf([someLayer()]);
    const [a, b] = [savedEntries(image, ['mine:1']), savedEntries(other, ['other:1'])];
    const listing = [a, b].map((entries) => JSON.parse(String(entries.at(-1)?.body))[0]);
    const both = [
      ...a.slice(0, -1),
      ...b.slice(0, -1),
      { name: 'manifest.json', body: JSON.stringify(listing) },
    ];
    const files = layoutFiles([
      { image, descriptor: { annotations: { 'org.opencontainers.image.ref.name': 'mine:1' } } },
      { image: other, descriptor: { annotations: { 'io.containerd.image.name': 'example.test/other:1' } } },
    ]);
    for (const source of [both, entriesOf(files)]) {
      const { store } = await temporaryStore();
      expect((await bring(stream(source), store, { name: 'mine:1' })).manifest.digest).toBe(image.digest);
      expect((await bring(stream(source), store, { name: 'other:1' })).manifest.digest).toBe(other.digest);
      for (const options of [{}, { name: 'nobody:1' }])
        await expect(bring(stream(source), store, options)).rejects.toMatchObject({
          code: 'IMAGE_ARCHIVE_UNCLEAR',
        });
    }
  });

  it('needs no file of a layer that the store holds, and reads none', async () => {
    const { store } = await temporaryStore();
    await bring(stream(savedEntries(image)), store);
    const next = imageOf([...image.tars, someLayer('top')]);
    const entries = savedEntries(next).filter(({ name }) => !/^[01].*layer\.tar$/.test(String(name)));
    expect((await bring(stream(entries), store)).manifest.layers).toEqual(next.layers);
    await expectHeld(store, next);
  });

  it('is refused whole where one layer is missing or another than its configuration says', async () => {
    const lying = savedEntries(image).map((each) =>
      String(each.name).startsWith('1') && String(each.name).endsWith('layer.tar')
        ? { ...each, body: someLayer('another') }
        : each,
    );
    const lacking = savedEntries(image).filter(({ name }) => !/^1.*layer\.tar$/.test(String(name)));
    for (const [entries, code] of [
      [lying, 'IMAGE_DIGEST_WRONG'],
      [lacking, 'IMAGE_LAYER_MISSING'],
    ] as const) {
      const { store, folder } = await temporaryStore();
      await expect(bring(stream(entries), store)).rejects.toMatchObject({ code });
      expect(await readdir(folder)).toEqual([]);
      expect(store.usedBytes).toBe(0);
    }
  });

  it('is refused by its size, its digest and its number of layers', async () => {
    const { store, folder } = await temporaryStore();
    const refused = (options: Partial<ImportOptions>, source = stream(savedEntries(image))) =>
      bring(source, store, options).then(() => 'brought', codeOf);
    const total = image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(await refused({ maxBytes: total - 1 })).toBe('IMAGE_TOO_LARGE');
    expect(await refused({ digest: `sha256:${'0'.repeat(64)}` })).toBe('IMAGE_DIGEST_WRONG');
    const many = imageOf(Array.from({ length: 126 }, () => someLayer('x', 10)));
    expect(await refused({}, stream(savedEntries(many)))).toBe('IMAGE_TOO_MANY_LAYERS');
    expect(await readdir(folder)).toEqual([]);
    expect(await refused({ maxBytes: total })).toBe('brought');
  });

  it('leaves nothing when its stream breaks off or its signal aborts', async () => {
    const { store, folder } = await temporaryStore();
    const broken = new TallyError('ENGINE_UNREACHABLE');
    async function* breaking() {
      yield tarOf(savedEntries(image)).subarray(0, 6_000);
      throw broken;
    }
    await expect(bring({ stream: breaking() }, store)).rejects.toBe(broken);
    const aborted = AbortSignal.abort(new Error('enough'));
    const late = importImage(stream(savedEntries(image)), store, LIMITS, aborted);
    await expect(late).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps nothing in the store from being evicted once it was refused', async () => {
    const { store } = await temporaryStore(12_000);
    const [low = Buffer.alloc(0)] = image.tars;
    const { release } = await bring(stream(savedEntries(imageOf([low]))), store);
    release();
    const lacking = savedEntries(image).filter(({ name }) => !/^1.*layer\.tar$/.test(String(name)));
    await expect(bring(stream(lacking), store)).rejects.toMatchObject({ code: 'IMAGE_LAYER_MISSING' });
    await bring(stream(savedEntries(imageOf([someLayer(), someLayer()]))), store);
    expect(store.has(image.layers[0]?.diffId ?? '')).toBe(false);
  });

  it('stays in the store until it is released', async () => {
    const { store } = await temporaryStore(20_000);
    const { release } = await bring(stream(savedEntries(image)), store);
    const other = imageOf([someLayer('other', 12_000)]);
    const next = () => bring(stream(savedEntries(other)), store);
    await expect(next()).rejects.toMatchObject({ code: 'IMAGE_STORE_FULL' });
    release();
    await next();
    expect(image.layers.filter(({ diffId }) => store.has(diffId))).toHaveLength(1);
  });
});
