// Images made by hand, small ones, in the forms in which they come; and archives that lie, byte by byte.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MIB } from '../../src/lib/units.ts';
import type { LoadableImage } from '../../src/runtime/engine.ts';
import { type LayerStore, openLayerStore } from '../../src/runtime/images/layer-store.ts';

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const octal = (value: number, length: number) => value.toString(8).padStart(length, '0');
const digits = (digest: string) => digest.slice('sha256:'.length);

/** An entry of an archive: by default a plain file. Fields that are given as bytes are written as they are. */
export interface TarEntry {
  name: string | Uint8Array;
  body?: Uint8Array | string;
  /** The letter of its kind: `0` file, `1` link, `2` symlink, `3` device, `5` folder, `x` extended header, … */
  kind?: string;
  target?: string;
  mode?: number;
  /** Major and minor number of a device. */
  device?: readonly [number, number];
  /** The size that the header says, if another than that of the body. */
  size?: string | Uint8Array;
}

/** One entry, whatever it says of itself, under a right checksum. */
export function tarEntry({
  name,
  body = '',
  kind = '0',
  target = '',
  mode = 0o644,
  device = [0, 0],
  size,
}: TarEntry): Buffer {
  const bytes = Buffer.from(body as string);
  const header = Buffer.alloc(512);
  header.set(Buffer.from(name as string).subarray(0, 100), 0);
  header.write(`${octal(mode, 7)}\0`, 100);
  header.write('0000000\x000000000\0', 108);
  header.set(Buffer.from((size ?? `${octal(bytes.length, 11)}\0`) as string), 124);
  header.write('00000000000\0', 136);
  header.write(kind, 156);
  header.write(target, 157, 100);
  header.write('ustar\x0000', 257);
  for (const [i, number] of device.entries()) header.write(`${octal(number, 7)}\0`, 329 + 8 * i);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export function tarOf(entries: readonly (TarEntry | Uint8Array)[]): Buffer {
  const blocks = entries.map((each) => (each instanceof Uint8Array ? each : tarEntry(each)));
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Changes to what a configuration says. */
export type ConfigChanges = Readonly<Record<string, unknown>>;

export interface TestImage extends LoadableImage {
  readonly tars: readonly Buffer[];
}

/** An image of these layers. */
export function imageOf(tars: readonly Buffer[], changes: ConfigChanges = {}): TestImage {
  const layers = tars.map((tar) => ({ diffId: digestOf(tar), sizeBytes: tar.length }));
  const body = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    ...changes,
  };
  const config = Buffer.from(JSON.stringify(body));
  return { digest: digestOf(config), config, architecture: String(body.architecture), layers, tars };
}

/** A layer of one file of random bytes. */
export function someLayer(name = 'file', bytes = 5_000): Buffer {
  return tarOf([{ name, body: randomBytes(bytes) }]);
}

/** The tar of a layer of an image, as a stream; counts what is asked for. */
export function tarsOf(
  image: TestImage,
  asked: string[] = [],
): (diffId: string) => AsyncIterable<Uint8Array> {
  return (diffId) => {
    asked.push(diffId);
    return piecesOf(image.tars[image.layers.findIndex((each) => each.diffId === diffId)] ?? Buffer.alloc(0));
  };
}

/** Bytes as a stream of pieces of this size. */
export async function* piecesOf(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The entries of an archive as engines before 25 write it. */
export function savedEntries(image: TestImage, names: readonly string[] = []): TarEntry[] {
  const folders = image.layers.map((_, i) => `${i}${digits(image.digest).slice(1)}`);
  const config = `${digits(image.digest)}.json`;
  const Layers = folders.map((folder) => `${folder}/layer.tar`);
  return [
    ...folders.flatMap((folder, i) => [
      { name: `${folder}/`, kind: '5' },
      { name: `${folder}/VERSION`, body: '1.0' },
      { name: `${folder}/layer.tar`, body: image.tars[i] ?? '' },
    ]),
    { name: config, body: image.config },
    { name: 'manifest.json', body: JSON.stringify([{ Config: config, RepoTags: names, Layers }]) },
  ];
}

/** What makes a blob of a layer. */
export type Packing = (tar: Buffer) => Buffer;

/** The files of an OCI layout: one image for each platform. */
export function layoutFiles(
  images: readonly { image: TestImage; packing?: Packing; descriptor?: object }[],
): Map<string, Buffer> {
  const files = new Map<string, Buffer>([['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')]]);
  const blob = (bytes: Buffer) => {
    files.set(`blobs/sha256/${digits(digestOf(bytes))}`, bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const manifests = images.map(({ image, packing = (tar) => tar, descriptor = {} }) => {
    const layers = image.tars.map((tar) => blob(packing(tar)));
    const manifest = { schemaVersion: 2, config: blob(Buffer.from(image.config)), layers };
    return { ...blob(Buffer.from(JSON.stringify(manifest))), ...descriptor };
  });
  files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
  return files;
}

export function entriesOf(files: ReadonlyMap<string, Buffer>): TarEntry[] {
  return [...files].map(([name, body]) => ({ name, body }));
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-images-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a folder of its own. */
export async function temporaryStore(maxBytes = 64 * MIB): Promise<{ store: LayerStore; folder: string }> {
  const folder = join(await temporaryFolder(), 'layers');
  return { store: await openLayerStore({ folder, maxBytes }), folder };
}
