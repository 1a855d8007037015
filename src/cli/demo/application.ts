// The application's image, built from what the machine has: the running Node, the libraries it is linked to, and one
// file. No registry is asked for anything.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './programs.ts';

/** The port that the application listens on. */
export const APPLICATION_PORT = 8080;

/** An image in the engine. */
export interface Application {
  readonly name: string;
  readonly sizeBytes: number;
}

/** Builds and imports the image under this name; `docker` runs the client with the engine's address. */
export async function importApplication(name: string, env: NodeJS.ProcessEnv): Promise<Application> {
  const root = await mkdtemp(join(tmpdir(), 'tallymesh-demo-image-'));
  try {
    const app = await layOut(root);
    const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const changes = [`CMD ["/bin/node","/app/${app}"]`, 'USER 1000:1000'].flatMap((change) => ['-c', change]);
    await output('docker', ['import', ...changes, '-', name], { env, input: tar.stdout });
    const size = await output('docker', ['image', 'inspect', '-f', '{{.Size}}', name], { env });
    return { name, sizeBytes: Number(size) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
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
