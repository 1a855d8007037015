// Archives and layers from people who mean harm: refused by their code before anything is kept, and never a file anywhere but in
// the store. Each attack stands beside what it imitates, which comes in.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { GIB, MIB } from '../../src/lib/units.ts';
import { readSmall } from '../../src/runtime/images/found-image.ts';
import { type ImageSource, type ImportOptions, importImage } from '../../src/runtime/images/import-image.ts';
import { openLayerStore } from '../../src/runtime/images/layer-store.ts';
import { openTarFiles } from '../../src/runtime/images/tar-files.ts';
import { encodeTarHeader } from '../../src/runtime/tar-header.ts';
import {
  digestOf,
  entriesOf,
  imageOf,
  layoutFiles,
  piecesOf,
  savedEntries,
  someLayer,
  type TarEntry,
  type TestImage,
  tarEntry,
  tarOf,
  temporaryFolder,
} from '../support/images.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const image = imageOf([someLayer('low'), someLayer('high')]);
const honest = savedEntries(image);
const layerPath = String(honest.find(({ name }) => String(name).endsWith('layer.tar'))?.name);

/** Imports into a store of its own, and answers with its code or with what came in; only the store's folder may have changed. */
async function bring(source: ImageSource, options: Partial<ImportOptions> = {}): Promise<string> {
  const world = await temporaryFolder();
  const folder = join(world, 'home', 'layers');
  const store = await openLayerStore({ folder, maxBytes: 64 * MIB });
  const outcome = await importImage(source, store, { maxBytes: 16 * MIB, ...options }, signal).then(
    ({ manifest }) => manifest.digest,
    reasonOf,
  );
  expect(await readdir(world)).toEqual(['home']);
  expect(await readdir(join(world, 'home'))).toEqual(['layers']);
  if (!outcome.startsWith('sha256:')) {
    expect(await readdir(folder)).toEqual([]);
    expect(store.usedBytes).toBe(0);
  }
  return outcome;
}

/** The code, with the reason of an archive that is none. */
function reasonOf(error: unknown): string {
  const { reason } = error instanceof TallyError ? error.details : {};
  return codeOf(error) === 'IMAGE_ARCHIVE_MALFORMED' ? String(reason) : codeOf(error);
}

const archive = (entries: readonly (TarEntry | Uint8Array)[]) =>
  bring({ stream: piecesOf(tarOf(entries), 70_000) });

/** The honest archive with one entry replaced. */
const replaced = (name: string, entry: TarEntry) => honest.map((each) => (each.name === name ? entry : each));

const changedManifest = (change: (listing: Record<string, unknown>) => object) => {
  const listing = JSON.parse(String(honest.at(-1)?.body))[0];
  return replaced('manifest.json', { name: 'manifest.json', body: JSON.stringify([change(listing)]) });
};

describe('an archive', () => {
  it('comes in where it is honest', async () => {
    expect(await archive(honest)).toBe(image.digest);
  });

  it('has no name that leads out of it', async () => {
    const names = {
      '../../evil': 'a name leads out of the archive',
      'a/../../evil': 'a name leads out of the archive',
      '/etc/evil': 'a name is absolute',
      '//etc/evil': 'a name is absolute',
      'a\\..\\..\\evil': 'a name is none, or too long',
      '': 'a name is none, or too long',
      '..': 'a name leads out of the archive',
    };
    for (const [name, reason] of Object.entries(names)) {
      expect(await archive([{ name, body: 'evil' }, ...honest]), name).toBe(reason);
      const long = [
        { name: 'long', kind: 'L', body: `${name}\0` },
        { name: 'short', body: 'evil' },
      ];
      if (name !== '') expect(await archive([...long, ...honest]), name).toBe(reason);
      const pax = [
        { name: 'pax', kind: 'x', body: paxRecord('path', name) },
        { name: 'short', body: 'evil' },
      ];
      expect(await archive([...pax, ...honest]), name).toBe(reason);
    }
    expect(await archive([{ name: './a/../b', body: 'good' }, ...honest])).toBe(image.digest);
  });

  it('names no file outside in its manifest', async () => {
    for (const [path, reason] of [
      ['../../../etc/hostname', 'a name leads out of the archive'],
      ['/etc/hostname', 'a name is absolute'],
    ] as const) {
      expect(await archive(changedManifest((each) => ({ ...each, Config: path })))).toBe(reason);
      expect(await archive(changedManifest((each) => ({ ...each, Layers: [path, path] })))).toBe(reason);
    }
    expect(await archive(changedManifest((each) => ({ ...each, Extra: 'ignored' })))).toBe(image.digest);
  });

  it('has no link that leads out of it, and none in a circle', async () => {
    const links: [TarEntry[], string][] = [
      [
        [{ name: layerPath, kind: '2', target: '../../../../etc/hostname' }],
        'a name leads out of the archive',
      ],
      [[{ name: layerPath, kind: '2', target: '/etc/hostname' }], 'a name is absolute'],
      [[{ name: layerPath, kind: '1', target: '../etc/hostname' }], 'a name leads out of the archive'],
      [[{ name: layerPath, kind: '2', target: 'layer.tar' }], 'links lead in a circle'],
      [
        [
          { name: layerPath, kind: '2', target: '../loop' },
          { name: 'loop', kind: '1', target: layerPath },
        ],
        'links lead in a circle',
      ],
      [[{ name: layerPath, kind: '2', target: '../nobody' }], 'IMAGE_LAYER_MISSING'],
    ];
    const rest = honest.filter(({ name }) => name !== layerPath);
    for (const [entries, reason] of links) expect(await archive([...entries, ...rest])).toBe(reason);
    // A folder is no way out of the archive either: names are compared, never followed
    const detour = [
      { name: 'way', kind: '2', target: '..' },
      { name: 'way/evil', body: '' },
    ];
    expect(await archive([...detour, ...honest])).toBe('a name leads out of the archive');
    const moved = honest.map((each) => (each.name === layerPath ? { ...each, name: 'moved' } : each));
    expect(await archive([{ name: layerPath, kind: '2', target: '../moved' }, ...moved])).toBe(image.digest);
  });

  it('has each name once, however it is written', async () => {
    const other = savedEntries(imageOf([someLayer()]));
    for (const name of ['manifest.json', './manifest.json', 'a/../manifest.json']) {
      const second = { name, body: other.at(-1)?.body ?? '' };
      for (const entries of [
        [...honest, second],
        [second, ...honest],
      ])
        expect(await archive(entries)).toBe('two entries have one name');
    }
  });

  it('holds files, folders and links alone', async () => {
    for (const kind of ['3', '4', '6', 'S', 'M', 'Z'])
      expect(await archive([{ name: 'strange', kind }, ...honest])).toBe(
        'it holds something that is no file, folder or link',
      );
  });

  it('is whole: wherever it breaks off before its end, it is refused', async () => {
    const bytes = tarOf(honest);
    const outcomes = new Set<string>();
    for (let length = 0; length < bytes.length - 1024; length += 256)
      outcomes.add(await bring({ stream: piecesOf(bytes.subarray(0, length), 70_000) }));
    expect(outcomes.has(image.digest)).toBe(false);
    expect(outcomes).toContain('it breaks off');
    expect(await bring({ stream: piecesOf(bytes.subarray(0, bytes.length - 1024)) })).toBe(image.digest);
  });

  it('has no extended header that fills the memory, and not more of them than files', async () => {
    const huge = tarEntry({ name: 'pax', kind: 'x', body: Buffer.alloc(65 * 1024) });
    expect(await archive([huge, ...honest])).toBe('an extended header is larger than 64 KiB');
    const announced = tarEntry({ name: 'pax', kind: 'x', size: '77777777777\0' });
    expect(await archive([announced, ...honest])).toBe('an extended header is larger than 64 KiB');
    const flood = Array.from({ length: 9_000 }, () => ({
      name: 'pax',
      kind: 'x',
      body: paxRecord('mtime', '1'),
    }));
    expect(await archive([...flood, ...honest])).toBe('it has more than 8192 entries');
    const many = Array.from({ length: 9_000 }, (_, i) => ({ name: `file-${i}` }));
    expect(await archive([...many, ...honest])).toBe('it has more than 8192 entries');
    expect(await archive([...many.slice(0, 8_000), ...honest])).toBe(image.digest);
    for (const body of ['99999 path=x\n', 'x path=x\n', '6 path', '0 path=x\n', '-1 path=x\n', 'path=x\n'])
      expect(await archive([{ name: 'pax', kind: 'x', body }, ...honest])).toBe(
        'an extended header is no list of records',
      );
  });

  it('announces no size that is none', async () => {
    const base256 = (hex: string) => Buffer.from(hex.padStart(24, '0').replace(/^../, '80'), 'hex');
    const sizes: [string | Buffer, string][] = [
      [base256('7fffffffffffffff'), 'a size is no number of bytes'],
      [Buffer.alloc(12, 0xff), 'a header holds no number where one belongs'],
      ['-0000000001\0', 'a header holds no number where one belongs'],
      ['99999999999\0', 'a header holds no number where one belongs'],
      ['77777777777\0', 'it breaks off'],
      [base256('1fffffffffffff'), 'it breaks off'],
    ];
    for (const [size, reason] of sizes)
      expect(await archive([tarEntry({ name: 'large', size }), ...honest]), String(size)).toBe(reason);
    for (const size of ['-1', '1e3', '9'.repeat(20), ''])
      expect(await archive([{ name: 'pax', kind: 'x', body: paxRecord('size', size) }, ...honest])).toBe(
        'a size is no number of bytes',
      );
    const path = join(await temporaryFolder(), 'large.tar');
    await writeFile(path, encodeTarHeader('large', 9 * GIB));
    await truncate(path, 512 + 9 * GIB);
    await writeFile(path, tarOf([{ name: 'small', body: 'behind it' }]), { flag: 'a' });
    const files = await openTarFiles(await open(path, 'r'));
    expect((await files.find('large'))?.sizeBytes).toBe(9 * GIB);
    expect((await readSmall(files, 'small'))?.toString()).toBe('behind it');
    await files.close();
  });

  it('has headers under their checksum, and names of text', async () => {
    const entry = tarEntry({ name: 'file', body: 'x' });
    entry[0] = 0x80;
    expect(await archive([entry, ...honest])).toBe('a header has a wrong checksum');
    expect(await archive([tarEntry({ name: Buffer.from([0xff, 0xfe, 0x80]), body: 'x' }), ...honest])).toBe(
      image.digest,
    );
  });

  it('says the same in its manifest and in its configuration', async () => {
    const lists: [(each: Record<string, unknown>) => object, string][] = [
      [
        (each) => ({ ...each, Layers: [layerPath] }),
        'the manifest lists another number of layers than the configuration',
      ],
      [(each) => ({ ...each, Layers: [...(each.Layers as string[])].reverse() }), 'IMAGE_DIGEST_WRONG'],
      [(each) => ({ ...each, Layers: [layerPath, layerPath] }), 'IMAGE_DIGEST_WRONG'],
      [
        (each) => ({ ...each, Layers: Array.from({ length: 200 }, () => layerPath) }),
        'IMAGE_TOO_MANY_LAYERS',
      ],
      [(each) => ({ ...each, Layers: [7, 7] }), '"Layers" is no text'],
      [(each) => ({ ...each, Config: layerPath }), 'IMAGE_CONFIG_INVALID'],
    ];
    for (const [change, reason] of lists) expect(await archive(changedManifest(change))).toBe(reason);
    for (const body of ['', '{}', '[', '[[[', '[{}]', 'null', Buffer.from([0xff])])
      expect(await archive(replaced('manifest.json', { name: 'manifest.json', body }))).not.toBe(
        image.digest,
      );
    const large = { name: 'manifest.json', body: ' '.repeat(MIB + 1) };
    expect(await archive(replaced('manifest.json', large))).toBe('a description is larger than 1 MiB');
  });

  it('says nothing of its configuration that one reader could take for another thing than the next', async () => {
    const rootfs = { type: 'layers', diff_ids: image.layers.map(({ diffId }) => diffId) };
    const bad = [
      { RootFS: { ...rootfs, diff_ids: [] } },
      { config: { User: '1000', user: 'root' } },
      { rootfs: { ...rootfs, diff_ids: [rootfs.diff_ids[0], 'sha256:../../etc/passwd'] } },
      { rootfs: { type: 'other', diff_ids: rootfs.diff_ids } },
      { os: 'windows' },
      { architecture: '../amd64' },
      { config: { User: 'a\0b' } },
      { config: { Env: Array.from({ length: 2_000 }, () => 'A=b') } },
      { config: { ExposedPorts: { '70000/tcp': {} } } },
    ];
    for (const changes of bad)
      expect(
        await archive(savedEntries(imageOf(image.tars, changes))),
        JSON.stringify(changes).slice(0, 80),
      ).toBe('IMAGE_CONFIG_INVALID');
    const good = imageOf(image.tars, { config: { User: '1000', Env: ['A=b'] }, history: [{}] });
    expect(await archive(savedEntries(good))).toBe(good.digest);
  });
});

describe('an OCI layout', () => {
  it('has what its digests name', async () => {
    const files = layoutFiles([{ image }]);
    const names = [...files.keys()].filter((name) => name.startsWith('blobs/'));
    for (const name of names) {
      const changed = new Map(files);
      const bytes = Buffer.from(files.get(name) ?? '');
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      changed.set(name, bytes);
      expect(await archive(entriesOf(changed))).toBe('IMAGE_DIGEST_WRONG');
      changed.delete(name);
      expect(await archive(entriesOf(changed))).not.toBe(image.digest);
    }
    expect(await archive(entriesOf(files))).toBe(image.digest);
  });

  it('does not lead in circles, and names nothing but by digest', async () => {
    const index = (manifests: unknown) => [
      { name: 'oci-layout', body: '{}' },
      { name: 'index.json', body: JSON.stringify({ manifests }) },
    ];
    // An index cannot name itself, for it would have to hold its own digest; but a long chain can be made
    const chain: TarEntry[] = [];
    let body = Buffer.from('{"manifests":[]}');
    for (let depth = 0; depth < 5; depth += 1) {
      chain.push({ name: `blobs/sha256/${digestOf(body).slice(7)}`, body });
      body = Buffer.from(JSON.stringify({ manifests: [{ digest: digestOf(body), size: 1 }] }));
    }
    expect(await archive([...chain, { name: 'index.json', body }])).toBe('indexes name indexes');
    for (const digest of ['../../../etc/passwd', 'sha256:../x', 7])
      expect(await archive(index([{ digest }]))).toBe('"manifests" names something by no SHA-256');
    expect(await archive(index([]))).toBe('IMAGE_ARCHIVE_UNCLEAR');
    expect(await archive(index('x'))).toBe('"manifests" is no list');
    expect(await archive(index(Array.from({ length: 300 }, () => ({}))))).toBe(
      '"manifests" has more than 256 entries',
    );
  });

  it('in a folder has plain files, no links to files of this machine, and no pipes', async () => {
    const files = layoutFiles([{ image }]);
    const layer = `blobs/sha256/${image.layers[0]?.diffId.slice(7)}`;
    const laid = async (replace: (path: string) => Promise<unknown>) => {
      const folder = await temporaryFolder();
      for (const [name, bytes] of files) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        if (name !== layer) await writeFile(join(folder, name), bytes);
      }
      await replace(join(folder, layer));
      return bring({ path: folder });
    };
    expect(await laid((path) => symlink('/etc/hostname', path))).toBe('a file is a link');
    expect(await laid((path) => run('mkfifo', [path]))).toBe('what should be a file is none');
    expect(await laid((path) => mkdir(path))).toBe('what should be a file is none');
    expect(await laid((path) => writeFile(path, files.get(layer) ?? ''))).toBe(image.digest);
  });
});

describe('a layer', () => {
  const layered = (bytes: Buffer, of: TestImage) =>
    bring({ stream: piecesOf(tarOf(entriesOf(layoutFiles([{ image: of, packing: () => bytes }]))), 70_000) });

  it('that unpacks to more than an image may have stops there', async () => {
    const bomb = Buffer.alloc(256 * MIB);
    const of = imageOf([someLayer()]);
    const before = process.memoryUsage().rss;
    for (const packed of [gzipSync(bomb), zstdCompressSync(bomb)]) {
      const began = performance.now();
      expect(await layered(packed, of)).toBe('IMAGE_TOO_LARGE');
      expect(performance.now() - began).toBeLessThan(5_000);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MIB);
    const control = imageOf([Buffer.alloc(8 * MIB)]);
    expect(await layered(gzipSync(control.tars[0] as Buffer), control)).toBe(control.digest);
  });

  it('that hides its size in frames that hold nothing ends too', async () => {
    const [layer = Buffer.alloc(0)] = image.tars;
    const of = imageOf([layer]);
    const empty = zstdCompressSync(Buffer.alloc(0));
    const frames = Buffer.concat(Array.from({ length: 66_000 }, () => empty));
    expect(await layered(Buffer.concat([frames, zstdCompressSync(layer)]), of)).toBe(
      'compressed data has too many frames',
    );
    expect(
      await layered(Buffer.concat([frames.subarray(0, 1_000 * empty.length), zstdCompressSync(layer)]), of),
    ).toBe(of.digest);
  });

  it('that wants more memory for its reading than it may is refused', async () => {
    const [layer = Buffer.alloc(0)] = image.tars;
    const of = imageOf([layer]);
    expect(await layered(rawFrame(layer, 28), of)).toBe('compressed data is damaged, or breaks off');
    expect(await layered(rawFrame(layer, 27), of)).toBe(of.digest);
    const store = await openLayerStore({ folder: join(await temporaryFolder(), 'layers'), maxBytes: MIB });
    const receive = async (windowLog: number) => {
      const encoded = rawFrame(layer, windowLog);
      const sizes = { sizeBytes: layer.length, encodedBytes: encoded.length };
      const incoming = await store.receive({ diffId: digestOf(layer), encoding: '0'.repeat(32), ...sizes });
      return incoming.take(piecesOf(encoded), signal).then(() => 'taken', codeOf);
    };
    expect(await receive(24)).toBe('IMAGE_DIGEST_WRONG');
    expect(await receive(23)).toBe('taken');
  });

  it('whose compressed form is cut, or has something behind it, is refused', async () => {
    const [layer = Buffer.alloc(0)] = image.tars;
    const of = imageOf([layer]);
    for (const packed of [gzipSync(layer), zstdCompressSync(layer)]) {
      expect(await layered(packed.subarray(0, packed.length - 3), of)).toBe(
        'compressed data is damaged, or breaks off',
      );
      expect(await layered(Buffer.concat([packed, randomBytes(3_000)]), of)).not.toBe(of.digest);
      expect(await layered(packed, of)).toBe(of.digest);
    }
  });

  it('may hold what is the business of its container: devices, set-uid programs, whiteouts, names of any bytes', async () => {
    const odd = tarOf([
      { name: 'dev/sda', kind: '3' },
      { name: 'bin/su', body: 'x', mode: 0o4755 },
      { name: '.wh..wh..opq' },
      { name: 'etc/.wh.passwd' },
      { name: Buffer.from([0x66, 0xff, 0xfe]), body: 'x' },
      { name: '../../../../tmp/tallymesh-evil', body: 'x' },
      { name: 'way', kind: '2', target: '/etc' },
    ]);
    const of = imageOf([odd]);
    expect(await archive(savedEntries(of))).toBe(of.digest);
  });

  it('that comes from a peer unpacks to no more than was announced, wherever the bomb is', async () => {
    const folder = join(await temporaryFolder(), 'layers');
    const store = await openLayerStore({ folder, maxBytes: 64 * MIB });
    const bomb = await zeros(256 * MIB);
    const tar = someLayer();
    const announced = {
      diffId: digestOf(tar),
      sizeBytes: MIB,
      encodedBytes: bomb.length,
      encoding: '0'.repeat(32),
    };
    const incoming = await store.receive(announced);
    await expect(incoming.take(piecesOf(bomb, 70_000), signal)).rejects.toMatchObject({
      code: 'IMAGE_LAYER_TOO_LARGE',
    });
    expect(await readdir(folder)).toEqual([]);
    const encoded = zstdCompressSync(tar);
    const honestly = { ...announced, sizeBytes: tar.length, encodedBytes: encoded.length };
    await (await store.receive(honestly)).take(piecesOf(encoded), signal);
    expect(store.has(announced.diffId)).toBe(true);
  });
});

describe('a disk that runs full', () => {
  it('refuses a layer by its code, leaves nothing of it, and takes the next that fits', async ({ skip }) => {
    const disk = await smallDisk();
    if (disk === undefined) return skip('this machine lets nobody mount a disk');
    const folder = join(disk, 'layers');
    const store = await openLayerStore({ folder, maxBytes: 64 * MIB });
    const large = someLayer('large', 12 * MIB);
    const expected = { diffId: digestOf(large), maxBytes: large.length };
    const full = { code: 'IMAGE_STORE_DISK_FULL' };
    await expect(store.put(expected, piecesOf(large, MIB), signal)).rejects.toMatchObject(full);
    const encoded = zstdCompressSync(large);
    const sizes = { sizeBytes: large.length, encodedBytes: encoded.length };
    const incoming = await store.receive({ ...sizes, diffId: digestOf(large), encoding: '0'.repeat(32) });
    await expect(incoming.take(piecesOf(encoded, MIB), signal)).rejects.toMatchObject(full);
    const source = { stream: piecesOf(tarOf(savedEntries(imageOf([large]))), MIB) };
    await expect(importImage(source, store, { maxBytes: 64 * MIB }, signal)).rejects.toMatchObject(full);
    expect(await readdir(folder)).toEqual([]);
    expect(store.usedBytes).toBe(0);
    const small = someLayer('small', MIB);
    await store.put({ diffId: digestOf(small), maxBytes: small.length }, piecesOf(small), signal);
    expect(store.has(digestOf(small))).toBe(true);
  });

  it('keeps of layers that nobody needs no more than what leaves room for one that is needed', async ({
    skip,
  }) => {
    const disk = await smallDisk();
    if (disk === undefined) return skip('this machine lets nobody mount a disk');
    const store = await openLayerStore({ folder: join(disk, 'layers'), maxBytes: 64 * MIB });
    const layers = ['unneeded', 'needed', 'coming'].map((name) => someLayer(name, 3 * MIB));
    const [unneeded, needed, coming] = layers.map(digestOf);
    const put = (tar: Buffer) =>
      store.put({ diffId: digestOf(tar), maxBytes: tar.length }, piecesOf(tar, MIB), signal);
    store.pin([needed!]);
    for (const tar of layers) await put(tar);
    expect([unneeded, needed, coming].map((each) => store.has(each!))).toEqual([false, true, true]);
    expect(store.usedBytes).toBe(store.list().reduce((sum, { encodedBytes }) => sum + encodedBytes, 0));
  });
});

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (`${length}`.length + Buffer.byteLength(rest) !== length)
    length = `${length}`.length + Buffer.byteLength(rest);
  return `${length}${rest}`;
}

/** A frame of one block that is not compressed, which says that its reader needs such a window (RFC 8878, section 3.1.1). */
function rawFrame(bytes: Uint8Array, windowLog: number): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3]), block, bytes]);
}

/** Many zeros, compressed in pieces, so that nothing says in advance how many they are. */
function zeros(bytes: number): Promise<Buffer> {
  const pieces = Array.from({ length: bytes / MIB }, () => Buffer.alloc(MIB));
  return buffer(Readable.from(pieces).pipe(createZstdCompress()));
}

/** A disk of eight megabytes; undefined where the machine lets nobody mount one. */
async function smallDisk(): Promise<string | undefined> {
  const point = await temporaryFolder();
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', point]);
  } catch {
    return undefined;
  }
  onTestFinished(() => run('umount', ['-l', point]).then(() => {}));
  return point;
}
