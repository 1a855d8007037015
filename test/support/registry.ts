// Registries on loopback: one in this process, which answers as a test wants, and Debian's, which is unpacked into the project's
// .tallymesh folder where it is not installed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished, vi } from 'vitest';
import { findProgram, unpackPackage } from './debian.ts';
import { digestOf, type Packing, type TestImage } from './images.ts';
import { ownPlace } from './places.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** What a registry was asked for. */
export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** Answers in the place of the registry; true where it did. */
export type Trick = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An image in a registry. */
export interface Pushed {
  /** `host:port/repository:tag` */
  readonly name: string;
  readonly manifest: string;
  /** The digests of its blobs, one for each layer. */
  readonly blobs: readonly string[];
}

export class TestRegistry {
  readonly host: string;
  readonly asked: Asked[] = [];
  trick: Trick = () => false;
  readonly #server: Server;
  readonly #manifests = new Map<string, { readonly type: string; readonly body: Buffer }>();
  readonly #blobs = new Map<string, Buffer>();

  private constructor(host: string) {
    this.host = host;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** One that listens until the test is over. */
  static async open(): Promise<TestRegistry> {
    const { host, port } = ownPlace();
    const registry = new TestRegistry(`${host}:${port}`);
    registry.#server.listen(port, host);
    await once(registry.#server, 'listening');
    onTestFinished(async () => {
      registry.breakOff();
      registry.#server.close();
    });
    return registry;
  }

  /** Ends every connection where it is. */
  breakOff(): void {
    this.#server.closeAllConnections();
  }

  /** What blobs were asked for, each as often as it was. */
  get blobsAsked(): string[] {
    return this.asked.flatMap(({ path }) => /\/blobs\/(sha256:.*)$/.exec(path)?.[1] ?? []);
  }

  push(repository: string, tag: string, image: TestImage, packing: Packing = gzipSync): Pushed {
    const layers = image.tars.map((tar) => this.blob(packing(tar)));
    const config = this.blob(Buffer.from(image.config));
    const manifest = this.manifest(repository, tag, { schemaVersion: 2, config, layers });
    const name = `${this.host}/${repository}:${tag}`;
    return { name, manifest, blobs: layers.map(({ digest }) => digest) };
  }

  /** An index of manifests that are there, for these architectures. */
  index(repository: string, tag: string, manifests: Readonly<Record<string, string>>): string {
    const listed = Object.entries(manifests).map(([architecture, digest]) => ({
      ...{ digest, size: 1, platform: { architecture, os: 'linux' } },
    }));
    return this.manifest(repository, tag, { schemaVersion: 2, manifests: listed }, INDEX);
  }

  manifest(repository: string, tag: string, body: object, type = MANIFEST): string {
    const bytes = Buffer.from(JSON.stringify(body));
    for (const name of [tag, digestOf(bytes)])
      this.#manifests.set(`/v2/${repository}/manifests/${name}`, { type, body: bytes });
    return digestOf(bytes);
  }

  blob(bytes: Buffer, digest = digestOf(bytes)): { digest: string; size: number } {
    this.#blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url: path = '', headers } = request;
    this.asked.push({ path, authorization: headers.authorization, range: headers.range });
    if (this.trick(request, response)) return;
    const manifest = this.#manifests.get(path);
    const blob = this.#blobs.get(/\/blobs\/(sha256:.*)$/.exec(path)?.[1] ?? '');
    if (manifest !== undefined) response.setHeader('content-type', manifest.type).end(manifest.body);
    else if (blob !== undefined) sendRange(blob, headers.range, response);
    else response.writeHead(404).end('{"errors":[]}');
  }
}

function sendRange(blob: Buffer, range: string | undefined, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const headers = from === 0 ? {} : { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` };
  response.writeHead(from === 0 ? 200 : 206, headers).end(blob.subarray(from));
}

/** Debian's registry; undefined where there is none to be had. */
export async function findRegistry(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = await findProgram('docker-registry', folders);
  return installed ?? findProgram('docker-registry', await unpackPackage('docker-registry'));
}

/** A real registry that runs until the test is over, with a login if one is named; its host. */
export async function runRegistry(program: string, htpasswd?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-registry-'));
  const { host, port } = ownPlace();
  const login = { realm: 'test', path: join(folder, 'htpasswd') };
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `${host}:${port}` },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: login } }),
  };
  if (htpasswd !== undefined) await writeFile(login.path, `${htpasswd}\n`);
  // YAML takes JSON
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  });
  await vi.waitFor(() => fetch(`http://${host}:${port}/v2/`), { timeout: 20_000, interval: 50 });
  return `${host}:${port}`;
}
