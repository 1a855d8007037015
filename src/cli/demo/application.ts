// The application's image, built from what the machine has: the running Node, the libraries it is linked to, and one
// file. No registry is asked for anything.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './programs.ts';

/** The port that the application listens on. */
export const APPLICATION_PORT = 8080;

/** An image in an archive as `docker save` writes it. */
export interface Archive {
  readonly name: string;
  /** `sha256:…` of its configuration. */
  readonly digest: string;
  readonly file: string;
  readonly sizeBytes: number;
}

/** Builds the image under this name into an archive; no engine has it yet. */
export async function archiveApplication(name: string, file: string): Promise<Archive> {
  const work = await mkdtemp(join(tmpdir(), 'tallymesh-demo-image-'));
  try {
    const root = join(work, 'root');
    await mkdir(root);
    const app = await layOut(root);
    const layer = join(work, 'layer.tar');
    await output('tar', ['-C', root, '--owner=0', '--group=0', '-cf', layer, '.']);
    const config = { User: '1000:1000', Cmd: ['/bin/node', `/app/${app}`] };
    const rootfs = { type: 'layers', diff_ids: [await digestOf(createReadStream(layer))] };
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    const body = JSON.stringify({ ...PLATFORM, config, rootfs });
    await writeFile(join(work, 'config.json'), body);
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
    await output('tar', ['-C', work, '-cf', file, 'manifest.json', 'config.json', 'layer.tar']);
    return { name, file, digest: await digestOf([body]), sizeBytes: (await stat(file)).size };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** As configurations of images name it. */
const PLATFORM = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

async function digestOf(bytes: AsyncIterable<Buffer> | Iterable<string>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** Fills the folder; returns the application's file name. */
async function layOut(root: string): Promise<string> {
  const node = await realpath(process.execPath);
  const extension = extname(fileURLToPath(import.meta.url));
  const app = `hello-app${extension}`;
  await Promise.all(['bin', 'app', 'tmp'].map((folder) => mkdir(join(root, folder))));
  await copyFile(node, join(root, 'bin', 'node'));
  await copyFile(fileURLToPath(new URL(`./${app}`, import.meta.url)), join(root, 'app', app));
  await writeFile(join(root, 'app', 'package.json'), '{"type":"module"}\n');
  for (const library of await librariesOf(node)) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
  return app;
}

/** The absolute paths that `ldd` names. */
async function librariesOf(program: string): Promise<string[]> {
  const listing = await output('ldd', [program]);
  return [...listing.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
